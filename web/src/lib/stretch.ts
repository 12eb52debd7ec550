/** From values to shares of a colour map: where the range begins and ends, and how it is stretched between. */

export type Stretch = "linear" | "sqrt" | "log" | "asinh";
export const STRETCHES: readonly Stretch[] = ["linear", "sqrt", "log", "asinh"];

/** How far log and asinh lift the faint end: what astronomers call `a`. */
const LOG_A = 1000;
const ASINH_A = 0.02;

/** Share of the map for a share of the range; both from 0 to 1, and every stretch keeps 0 and 1 in place. */
export function stretch(kind: Stretch, share: number): number {
  const s = share < 0 ? 0 : share > 1 ? 1 : share;
  if (kind === "sqrt") return Math.sqrt(s);
  if (kind === "log") return Math.log1p(LOG_A * s) / Math.log1p(LOG_A);
  if (kind === "asinh") return Math.asinh(s / ASINH_A) / Math.asinh(1 / ASINH_A);
  return s;
}

/** The way back: which share of the range has this share of the map. For the ticks of a colour bar. */
export function unstretch(kind: Stretch, share: number): number {
  if (kind === "sqrt") return share * share;
  if (kind === "log") return Math.expm1(share * Math.log1p(LOG_A)) / LOG_A;
  if (kind === "asinh") return ASINH_A * Math.sinh(share * Math.asinh(1 / ASINH_A));
  return share;
}

export interface Summary {
  readonly n: number;
  readonly low: number;
  readonly high: number;
  readonly mean: number;
  readonly nan: number;
  readonly inf: number;
}

/** What a set of values is like; `low`, `high` and `mean` of the finite ones, NaN where there are none. */
export function summarise(values: ArrayLike<number>): Summary {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let nan = 0;
  let inf = 0;
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    if (Number.isFinite(v)) {
      if (v < low) low = v;
      if (v > high) high = v;
      sum += v;
    } else if (Number.isNaN(v)) nan++;
    else inf++;
  }
  const finite = values.length - nan - inf;
  if (finite === 0) return { n: values.length, low: Number.NaN, high: Number.NaN, mean: Number.NaN, nan, inf };
  return { n: values.length, low, high, mean: sum / finite, nan, inf };
}

/** More values than this are sampled, evenly, for percentiles: the cut of an image moves by less than a grey level. */
const MOST_SORTED = 1 << 20;

/**
 * The range that holds the central `percent` of the finite values, as FITS viewers cut; 100 is the whole range.
 *
 * @returns `[0, 1]` when no value is finite.
 */
export function cut(values: ArrayLike<number>, percent: number): [number, number] {
  const every = Math.max(1, Math.ceil(values.length / MOST_SORTED));
  if (percent >= 100) {
    const { low, high } = summarise(values);
    return Number.isNaN(low) ? [0, 1] : [low, high];
  }
  const kept = new Float64Array(Math.ceil(values.length / every));
  let n = 0;
  for (let i = 0; i < values.length; i += every) {
    const v = values[i] as number;
    if (Number.isFinite(v)) kept[n++] = v;
  }
  if (n === 0) return [0, 1];
  const sorted = kept.subarray(0, n).sort();
  const tail = (100 - percent) / 200;
  return [quantile(sorted, tail), quantile(sorted, 1 - tail)];
}

/** Quantile of sorted values, linear between neighbours. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const at = q * (sorted.length - 1);
  const i = Math.floor(at);
  const a = sorted[i] as number;
  const b = sorted[Math.min(sorted.length - 1, i + 1)] as number;
  return a + (b - a) * (at - i);
}

/** The range a diverging map needs: as far below zero as above. */
export function symmetric(low: number, high: number): [number, number] {
  const most = Math.max(Math.abs(low), Math.abs(high)) || 1;
  return [-most, most];
}
