/** Buckets finer than a pixel, joined to one per pixel: the same extremes, and lines of runs of any length alike. */

import type { Scale } from "./scale.ts";
import { type Buckets, Trace } from "./trace.ts";

/** Joining pays when there are so many more buckets than pixels. */
const CROWDED = 1.25;

/**
 * Join neighbouring buckets of a trace that share a pixel.
 *
 * @param x Where they are drawn.
 * @param pixel Width of a device pixel in the unit of the scale.
 * @returns The trace itself when its buckets are no finer than pixels.
 */
export function coarsen(trace: Trace, x: Scale, pixel: number): Trace {
  const { buckets: b, length } = trace;
  if (length < 2) return trace;
  const wide = Math.abs(x.to(b.x1[length - 1] as number) - x.to(b.x0[0] as number)) / pixel;
  if (!(length > CROWDED * wide + 2)) return trace;
  const starts = startsOf(b, length, x, pixel);
  return new Trace(join(b, length, starts), starts.length, trace.total, trace.span);
}

/** First bucket of each pixel. */
function startsOf(b: Readonly<Buckets>, length: number, x: Scale, pixel: number): number[] {
  const starts = [0];
  let left = x.to(b.x0[0] as number);
  for (let i = 1; i < length; i++) {
    if (x.to(b.x1[i] as number) - left < pixel) continue;
    starts.push(i);
    left = x.to(b.x0[i] as number);
  }
  return starts;
}

function join(b: Readonly<Buckets>, length: number, starts: readonly number[]): Buckets {
  const floats = (): Float64Array => new Float64Array(starts.length);
  const counts = (): Uint32Array => new Uint32Array(starts.length);
  const out: Buckets = {
    x0: floats(),
    x1: floats(),
    lowX: floats(),
    highX: floats(),
    low: floats(),
    high: floats(),
    mean: floats(),
    n: counts(),
    bad: counts(),
  };
  for (const [to, from] of starts.entries()) {
    const end = starts[to + 1] ?? length;
    out.x0[to] = b.x0[from] as number;
    out.x1[to] = b.x1[end - 1] as number;
    [out.low[to], out.high[to], out.mean[to]] = [Number.NaN, Number.NaN, Number.NaN];
    out.lowX[to] = b.lowX[from] as number;
    out.highX[to] = b.highX[from] as number;
    let sum = 0;
    for (let i = from; i < end; i++) sum += include(out, to, b, i);
    const finite = (out.n[to] as number) - (out.bad[to] as number);
    if (finite > 0) out.mean[to] = sum / finite;
  }
  return out;
}

/** Add bucket `i` to bucket `to`; returns the sum of its finite values. */
function include(out: Buckets, to: number, b: Readonly<Buckets>, i: number): number {
  const [n, bad, low, high] = [b.n[i] as number, b.bad[i] as number, b.low[i] as number, b.high[i] as number];
  out.n[to] = (out.n[to] as number) + n;
  out.bad[to] = (out.bad[to] as number) + bad;
  if (n === bad) return 0;
  if (!((out.low[to] as number) <= low)) [out.low[to], out.lowX[to]] = [low, b.lowX[i] as number];
  if (!((out.high[to] as number) >= high)) [out.high[to], out.highX[to]] = [high, b.highX[i] as number];
  return (b.mean[i] as number) * (n - bad);
}
