/** Traces for tests: from raw points, bucketed the plain way. */

import { type Buckets, Trace } from "../../src/lib/trace.ts";

/** Cut points into runs of `per`, as the server would at that zoom. */
export function bucketed(x: readonly number[], value: readonly number[], per = 1): Trace {
  const m = Math.ceil(x.length / per);
  const b: Buckets = {
    x0: new Float64Array(m),
    x1: new Float64Array(m),
    lowX: new Float64Array(m),
    highX: new Float64Array(m),
    low: new Float64Array(m),
    high: new Float64Array(m),
    mean: new Float64Array(m),
    n: new Uint32Array(m),
    bad: new Uint32Array(m),
  };
  for (let i = 0; i < m; i++) {
    const xs = x.slice(i * per, (i + 1) * per);
    const finite = value.map((v, at) => ({ v, x: x[at] as number })).slice(i * per, (i + 1) * per);
    const good = finite.filter((point) => Number.isFinite(point.v));
    const low = good.reduce((a, c) => (c.v < a.v ? c : a), { v: Number.POSITIVE_INFINITY, x: xs[0] as number });
    const high = good.reduce((a, c) => (c.v > a.v ? c : a), { v: Number.NEGATIVE_INFINITY, x: xs[0] as number });
    b.x0[i] = xs[0] as number;
    b.x1[i] = xs.at(-1) as number;
    b.lowX[i] = low.x;
    b.highX[i] = high.x;
    b.low[i] = good.length > 0 ? low.v : Number.NaN;
    b.high[i] = good.length > 0 ? high.v : Number.NaN;
    b.mean[i] = good.reduce((sum, point) => sum + point.v, 0) / good.length;
    b.n[i] = xs.length;
    b.bad[i] = xs.length - good.length;
  }
  return new Trace(b, m, x.length, [x[0] ?? Number.NaN, x.at(-1) ?? Number.NaN]);
}

export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** Points of a trace, one per bucket, for comparing whole. */
export function listed(trace: Trace): { x0: number[]; x1: number[]; mean: number[]; n: number[]; bad: number[] } {
  const { buckets: b, length } = trace;
  const part = (column: ArrayLike<number>): number[] => Array.from(column).slice(0, length);
  return { x0: part(b.x0), x1: part(b.x1), mean: part(b.mean), n: part(b.n), bad: part(b.bad) };
}
