/** What a line chart is given, and what it tells. */

import type { Style } from "../../lib/colour.ts";
import type { Smoothing } from "../../lib/smooth.ts";
import type { Trace } from "../../lib/trace.ts";

export interface Line {
  readonly run: string;
  readonly name: string;
  readonly style: Style;
  readonly trace: Trace;
  /** Its run is alive: the last point gets the amber dot. */
  readonly live: boolean;
  /** What its band stands for when it is not the extremes of a pixel: `± std of 3 runs`. */
  readonly band?: string;
  /** A member of a group whose mean is drawn too: it stays behind. */
  readonly thin?: boolean;
}

export interface LineProps {
  readonly title: string;
  readonly lines: readonly Line[];
  /** `step`, `time`, `relative`, or the key of another series. */
  readonly x: string;
  readonly xLog: boolean;
  readonly yLog: boolean;
  readonly bands: boolean;
  /** 0 is off. */
  readonly smooth: number;
  readonly smoothing: Smoothing;
  /** `false` leaves the highest and lowest hundredth of extremes out of the y axis; where they are is marked. */
  readonly outliers: boolean;
  /** Ends of the y axis; `null` is what is drawn. */
  readonly low: number | null;
  readonly high: number | null;
  /** How far charts reach that share their y axis with this one. */
  readonly reach: readonly [number, number] | null;
  /** Run that the others are told apart from. */
  readonly baseline: string | null;
  readonly zoom: readonly [number, number] | null;
  /** A drag or a wheel goes on: what is seen soon is worth more than what is fitted anew. */
  readonly moving: boolean;
  /** Run to bring forward. */
  readonly hover: string | null;
  /** Where the common rule stands; `own` when the pointer or the keys are in this chart. */
  readonly cursor: { readonly x: number; readonly own: boolean } | null;
  /** It stands in a cell of a notebook, where no table of its points can be opened. */
  readonly alone?: boolean;
}

export interface LineEvents {
  /** A part of the x axis was chosen, or everything again. `settled` is false while a drag or a wheel goes on. */
  zoom(range: readonly [number, number] | null, settled: boolean): void;
  cursor(x: number | null): void;
  hover(run: string | null): void;
  /** The pointer or the focus came or went: keys such as `f` act on this chart. */
  active(here: boolean): void;
  /** What a pixel stands for, and how far the lines reach, whenever that changes. */
  painted(info: {
    readonly density: string;
    readonly notes: readonly string[];
    readonly reach: readonly [number, number] | null;
  }): void;
}
