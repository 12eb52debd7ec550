/** Lines over steps in a small frame: where everything stands, without drawing it. */

import { tickLabels } from "./format.ts";
import { type Kind, linearTicks, makeScale, padded, ticks } from "./scale.ts";
import type { Trace } from "./trace.ts";

/** Parallel columns; where a bucket holds one point, its ends and its middle are that point. */
export interface StepPoints {
  readonly name: string;
  readonly step: ArrayLike<number>;
  readonly low: ArrayLike<number>;
  readonly high: ArrayLike<number>;
  readonly middle: ArrayLike<number>;
  readonly length: number;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Tick {
  readonly at: number;
  readonly text: string;
}

export interface DrawnLine {
  readonly name: string;
  readonly path: string;
  /** Between the extremes of a pixel; empty where every bucket is one point. */
  readonly reach: string;
  /** Places of what is not finite, on the floor. */
  readonly bad: readonly number[];
}

export interface Drawing {
  readonly box: Box;
  readonly kind: Kind;
  readonly x: (step: number) => number;
  readonly step: (x: number) => number;
  readonly y: (value: number) => number;
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
  readonly lines: readonly DrawnLine[];
}

/** The points of a finding; text such as "NaN" is no number. */
export function ofEvidence(name: string, step: readonly number[], value: readonly (number | string)[]): StepPoints {
  const middle = value.map((one) => (typeof one === "number" ? one : Number.NaN));
  return { name, step, low: middle, high: middle, middle, length: step.length };
}

export function ofTrace(name: string, { buckets, length }: Trace): StepPoints {
  return { name, step: buckets.x1, low: buckets.low, high: buckets.high, middle: buckets.mean, length };
}

/** The value at a step, or at the last one before it; `null` where there is none. */
export function valueAt(points: StepPoints, step: number): number | null {
  let found: number | null = null;
  for (let i = 0; i < points.length && (points.step[i] as number) <= step; i += 1) found = points.middle[i] as number;
  return found;
}

interface Asked {
  readonly lines: readonly StepPoints[];
  readonly width: number;
  readonly height: number;
  /** Values that are to be in the frame, such as a bound. */
  readonly also?: readonly number[];
  /** Values that are shares: the axis begins at 0. */
  readonly fromZero?: boolean;
}

/** More than this between smallest and largest is told apart on a logarithmic axis only. */
const DECADES = 2.5;
const FLAT = 1e-3;

export function drawing({ lines, width, height, also = [], fromZero = false }: Asked): Drawing {
  const box = { left: 46, top: 6, right: width - 8, bottom: height - 18 };
  const range = reachOf(lines, also);
  const positive = range[0] > 0 && range[1] / range[0] > 10 ** DECADES;
  const kind: Kind = !fromZero && positive ? "log" : "linear";
  const y = makeScale(kind, fromZero ? shares(range) : around(kind, range), [box.bottom, box.top]);
  const [first, last] = stepsOf(lines);
  const x = makeScale("linear", first < last ? [first, last] : [first - 0.5, last + 0.5], [box.left, box.right]);
  const [xAt, yAt] = [linearTicks(first, last, 5).filter(Number.isInteger), ticks(y, 4)];
  const [xText, yText] = [tickLabels(xAt), tickLabels(yAt)];
  return {
    box,
    kind,
    x: x.to,
    step: x.from,
    y: y.to,
    xTicks: xAt.map((v, i) => ({ at: x.to(v), text: xText[i] ?? "" })),
    yTicks: yAt.map((v, i) => ({ at: y.to(v), text: yText[i] ?? "" })),
    lines: lines.map((one) => drawn(one, x.to, y.to)),
  };
}

/** From zero to a little above the highest, or to one where all are zero. */
function shares([low, high]: readonly [number, number]): [number, number] {
  return [Math.min(0, low), high > 0 ? high * 1.08 : 1];
}

function around(kind: Kind, [low, high]: readonly [number, number]): [number, number] {
  const middle = (low + high) / 2;
  // What differs by less than a thousandth is drawn flat: its labels would all be the same.
  if (high - low > Math.abs(middle) * FLAT) return padded(kind, [low, high], 0.08);
  const half = high > low ? Math.abs(middle) * FLAT : (Math.abs(low) || 1) / 2;
  return [middle - half, middle + half];
}

function reachOf(lines: readonly StepPoints[], also: readonly number[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const take = (value: number): void => {
    if (!Number.isFinite(value)) return;
    low = Math.min(low, value);
    high = Math.max(high, value);
  };
  for (const line of lines)
    for (let i = 0; i < line.length; i += 1) {
      take(line.low[i] as number);
      take(line.high[i] as number);
    }
  for (const value of also) take(value);
  return low <= high ? [low, high] : [0, 1];
}

function stepsOf(lines: readonly StepPoints[]): [number, number] {
  const ends = lines.filter((line) => line.length > 0);
  if (ends.length === 0) return [0, 1];
  return [
    Math.min(...ends.map((line) => line.step[0] as number)),
    Math.max(...ends.map((line) => line.step[line.length - 1] as number)),
  ];
}

function drawn(line: StepPoints, x: (v: number) => number, y: (v: number) => number): DrawnLine {
  let path = "";
  let pen = false;
  let wide = false;
  const bad: number[] = [];
  const upper: string[] = [];
  const lower: string[] = [];
  for (let i = 0; i < line.length; i += 1) {
    const at = x(line.step[i] as number);
    const value = line.middle[i] as number;
    if (!Number.isFinite(value)) {
      bad.push(at);
      pen = false;
      continue;
    }
    path += `${pen ? "L" : "M"}${at.toFixed(1)} ${y(value).toFixed(1)}`;
    pen = true;
    const [low, high] = [line.low[i] as number, line.high[i] as number];
    wide ||= high > low;
    upper.push(`${at.toFixed(1)} ${y(high).toFixed(1)}`);
    lower.unshift(`${at.toFixed(1)} ${y(low).toFixed(1)}`);
  }
  // One point alone is a dot.
  if (path !== "" && !path.includes("L")) path += "h0.01";
  return { name: line.name, path, reach: wide ? `M${[...upper, ...lower].join("L")}Z` : "", bad };
}
