/** Where things are in a chart: the plot, its scales, the places of its ticks. */

import { bulk, extent, spanOf } from "../../lib/geometry.ts";
import { makeScale, padded, type Scale, ticks, timeTicks } from "../../lib/scale.ts";
import type { LineProps } from "./props.ts";

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Frame {
  readonly box: Box;
  readonly x: Scale;
  readonly y: Scale;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
  /** How far the lines reach on the y axis; `null` when nothing is drawn. */
  readonly reach: readonly [number, number] | null;
}

/** Space around the plot for labels. */
const MARGIN: Box = { left: 46, top: 8, right: 12, bottom: 20 };

/** Pixels of the plot in a chart of this width: what an envelope is asked for. */
export function plotWidth(width: number): number {
  return Math.max(16, Math.floor(width - MARGIN.left - MARGIN.right));
}

/** Lay out the chart; `null` when there is nothing to lay out. */
export function makeFrame(props: LineProps, width: number, height: number, space: Box = MARGIN): Frame | null {
  const box = { left: space.left, top: space.top, right: width - space.right, bottom: height - space.bottom };
  const traces = props.lines.map((line) => line.trace);
  const span = props.zoom ?? spanOf(traces, props.xLog);
  if (span === null || box.right <= box.left || box.bottom <= box.top) return null;
  const x = makeScale(props.xLog ? "log" : "linear", span, [box.left, box.right]);
  const kind = props.yLog ? "log" : "linear";
  const of = props.outliers ? extent : bulk;
  const reach = of(traces, x.domain[0], x.domain[1], props.yLog);
  const y = makeScale(kind, yDomain(props, reach), [box.bottom, box.top]);
  return { box, x, y, reach, xTicks: xTicks(props, x, box), yTicks: ticks(y, box.bottom - box.top < 90 ? 3 : 6) };
}

/** What is drawn with a little air, without outliers where they are to be left out; given ends are kept as they are. */
function yDomain(props: LineProps, reach: readonly [number, number] | null): readonly [number, number] {
  const kind = props.yLog ? "log" : "linear";
  const all = [reach, props.reach].filter((one) => one !== null);
  const found: [number, number] =
    all.length > 0 ? [Math.min(...all.map(([low]) => low)), Math.max(...all.map(([, high]) => high))] : [0, 1];
  const [low, high] = padded(kind, found);
  const given = [props.low ?? low, props.high ?? high] as const;
  const drawable = given[0] < given[1] && (kind === "linear" || given[0] > 0);
  return drawable ? given : [low, high];
}

function xTicks(props: LineProps, x: Scale, box: Box): number[] {
  const most = Math.max(2, Math.min(6, Math.floor((box.right - box.left) / (props.x === "time" ? 84 : 64))));
  if (props.xLog) return ticks(x, most);
  const [first, last] = x.domain;
  if (props.x === "time") return timeTicks(first, last, most, -new Date(first * 1000).getTimezoneOffset() * 60);
  if (props.x === "relative") return timeTicks(first, last, most);
  const found = ticks(x, most);
  // Steps are whole: no tick stands between two of them.
  return props.x === "step" ? found.filter((v) => Number.isInteger(v) && v >= 0) : found;
}
