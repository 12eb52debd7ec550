/** The shapes of a trace in pixels: a band that reaches every extreme, a line through the means, marks for the rest. */

import { formatInteger } from "./format.ts";
import type { Scale } from "./scale.ts";
import type { Trace } from "./trace.ts";

/** Corners of one line or outline: x, y, x, y … */
export type Path = number[];

/** One stretch of the band: its upper and its lower edge, both from left to right. */
export interface Band {
  readonly upper: Path;
  readonly lower: Path;
}

export interface Shapes {
  readonly bands: Band[];
  /** Stretches of the line, each at least one corner. */
  readonly lines: Path[];
  /** Pixels x where a bucket holds values that are not finite. */
  readonly bad: number[];
  /** How many values those are. */
  readonly badCount: number;
  /** Pixels x where a logarithmic axis has no place for a value at or below zero. */
  readonly under: number[];
  /** Points that lie in the window. */
  readonly points: number;
  /** Buckets that lie in the window. */
  readonly buckets: number;
}

/** Where a bucket stands on the x axis: in the middle of its points, by the axis' own measure. */
function middle(scale: Scale, x0: number, x1: number): number {
  return x0 === x1 ? scale.to(x0) : (scale.to(x0) + scale.to(x1)) / 2;
}

/**
 * Lay out the part of a trace that is inside the window, and one bucket on each side so that lines leave the frame.
 *
 * @param floor Pixel y that stands for values a logarithmic axis cannot show.
 * @param values What the line goes through; the means unless smoothed ones are given.
 */
export function layout(trace: Trace, x: Scale, y: Scale, floor: number, values?: Float64Array): Shapes {
  const [first, last] = x.domain;
  const begin = trace.firstAt(first);
  const end = trace.lastAt(last);
  const from = Math.max(0, begin - 1);
  const to = Math.min(trace.length, end + 1);
  const inside = marks(trace, x, y, begin, end);
  return {
    ...inside,
    bands: bands(trace, x, y, floor, from, to),
    lines: lines(trace, x, y, from, to, values ?? trace.buckets.mean),
    buckets: Math.max(0, end - begin),
  };
}

function marks(
  trace: Trace,
  x: Scale,
  y: Scale,
  begin: number,
  end: number,
): Pick<Shapes, "bad" | "badCount" | "under" | "points"> {
  const { buckets: b } = trace;
  const bad: number[] = [];
  const under: number[] = [];
  let badCount = 0;
  let points = 0;
  for (let i = begin; i < end; i++) {
    const at = middle(x, b.x0[i] as number, b.x1[i] as number);
    points += b.n[i] as number;
    if ((b.bad[i] as number) > 0) {
      bad.push(at);
      badCount += b.bad[i] as number;
    }
    if (y.kind === "log" && (b.low[i] as number) <= 0) under.push(x.to(b.lowX[i] as number));
  }
  return { bad, badCount, under, points };
}

function bands(trace: Trace, x: Scale, y: Scale, floor: number, from: number, to: number): Band[] {
  const { buckets: b } = trace;
  const height = (value: number): number => (y.kind === "log" && value <= 0 ? floor : y.to(value));
  const out: Band[] = [];
  let open: Band | null = null;
  for (let i = from; i < to; i++) {
    const low = b.low[i] as number;
    const high = b.high[i] as number;
    const breadth =
      high > low ||
      (i + 1 < to && (b.high[i + 1] as number) > (b.low[i + 1] as number)) ||
      (i > from && (b.high[i - 1] as number) > (b.low[i - 1] as number));
    if (Number.isNaN(low) || !breadth) {
      open = null;
      continue;
    }
    if (open === null) {
      open = { upper: [], lower: [] };
      out.push(open);
    }
    open.upper.push(x.to(b.highX[i] as number), height(high));
    open.lower.push(x.to(b.lowX[i] as number), height(low));
  }
  return out;
}

function lines(trace: Trace, x: Scale, y: Scale, from: number, to: number, values: Float64Array): Path[] {
  const { buckets: b } = trace;
  const out: Path[] = [];
  let open: Path | null = null;
  for (let i = from; i < to; i++) {
    const at = middle(x, b.x0[i] as number, b.x1[i] as number);
    const height = y.to(values[i] as number);
    if (Number.isNaN(height) || Number.isNaN(at)) {
      open = null;
      continue;
    }
    if (open === null) {
      open = [];
      out.push(open);
    }
    open.push(at, height);
  }
  return out;
}

/** Smallest and largest drawn value of all traces in a window; `null` when nothing is drawn. */
export function extent(
  traces: Iterable<Trace>,
  first: number,
  last: number,
  positive: boolean,
): [number, number] | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const trace of traces) {
    const found = trace.extent(first, last, positive);
    low = Math.min(low, found.low);
    high = Math.max(high, found.high);
  }
  return low <= high ? [low, high] : null;
}

/** Share of extremes at either end that counts as outliers. */
const OUTLYING = 0.01;

/** Like `extent`, without the highest hundredth of upper and the lowest hundredth of lower extremes. */
export function bulk(traces: Iterable<Trace>, first: number, last: number, positive: boolean): [number, number] | null {
  const [lows, highs]: [number[], number[]] = [[], []];
  const all = [...traces];
  for (const trace of all) {
    const { low, high } = trace.buckets;
    const end = trace.lastAt(last);
    for (let i = trace.firstAt(first); i < end; i++) {
      if ((low[i] as number) > (positive ? 0 : Number.NEGATIVE_INFINITY)) lows.push(low[i] as number);
      if ((high[i] as number) > (positive ? 0 : Number.NEGATIVE_INFINITY)) highs.push(high[i] as number);
    }
  }
  if (lows.length === 0 || highs.length === 0) return extent(all, first, last, positive);
  const low = quantile(Float64Array.from(lows).sort(), OUTLYING);
  const high = quantile(Float64Array.from(highs).sort(), 1 - OUTLYING);
  return low <= high ? [low, high] : extent(all, first, last, positive);
}

/** Quantile of sorted values, between neighbours where it falls between them. */
export function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] as number;
  return below + ((sorted[Math.ceil(at)] as number) - below) * (at - Math.floor(at));
}

/** Where a trace leaves the y axis: pixels x of buckets that reach above its top or below its foot. */
export interface Beyond {
  readonly above: number[];
  readonly below: number[];
}

/** Find what the y axis does not reach, so that nothing is left out without a mark. */
export function beyond(trace: Trace, x: Scale, y: Scale): Beyond {
  const { buckets: b } = trace;
  const [foot, top] = y.domain;
  const out: Beyond = { above: [], below: [] };
  const end = trace.lastAt(x.domain[1]);
  for (let i = trace.firstAt(x.domain[0]); i < end; i++) {
    if ((b.high[i] as number) > top) out.above.push(x.to(b.highX[i] as number));
    const low = b.low[i] as number;
    // What a logarithmic axis has no place for at all is marked as that.
    if (low < foot && (y.kind === "linear" || low > 0)) out.below.push(x.to(b.lowX[i] as number));
  }
  return out;
}

/** First and last x of all traces together; `null` when all are empty. */
export function spanOf(traces: Iterable<Trace>, positive = false): [number, number] | null {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const trace of traces) {
    if (Number.isNaN(trace.span[0]) || trace.total === 0) continue;
    first = Math.min(first, positive && trace.span[0] <= 0 ? firstPositive(trace) : trace.span[0]);
    last = Math.max(last, trace.span[1]);
  }
  return first <= last ? [first, last] : null;
}

function firstPositive(trace: Trace): number {
  const { buckets: b } = trace;
  for (let i = 0; i < trace.length; i++) {
    if ((b.x0[i] as number) > 0) return b.x0[i] as number;
    if ((b.x1[i] as number) > 0) return Math.min(1, b.x1[i] as number);
  }
  return 1;
}

/** What one pixel stands for, in words. */
export function density(points: number, buckets: number, pixels: number, banded: boolean): string {
  if (points === 0) return "no points here";
  if (points === buckets) return points === 1 ? "1 point drawn" : "every point drawn";
  const per = points / Math.max(1, Math.min(pixels, buckets));
  // Just above one, neighbouring pixels hold one point or two.
  const text = per < 1.95 ? "1 or 2" : per < 9.95 ? per.toFixed(1).replace(".0", "") : formatInteger(Math.round(per));
  return `1 px = ${text} points, ${banded ? "all extremes drawn" : "means drawn, extremes hidden"}`;
}
