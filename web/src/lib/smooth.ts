/** Smoothing that starts unbiased and weighs a bucket by the points in it. */

export type Smoothing = "ema" | "gauss" | "mean";

/** Points that an average of this weight spans: a running mean of so many smooths as much. */
export function spanOfWeight(weight: number): number {
  return Math.max(1, Math.round(2 / (1 - weight) - 1));
}

/** Smooth bucket means; every kind comes out as NaN where a bucket has no finite mean. */
export function smoothed(
  kind: Smoothing,
  mean: Float64Array,
  n: Uint32Array,
  length: number,
  weight: number,
): Float64Array {
  if (kind === "ema") return smooth(mean, n, length, weight);
  const span = spanOfWeight(weight);
  return kind === "mean" ? runningMean(mean, n, length, span) : gaussian(mean, n, length, span);
}

/**
 * Debiased exponential moving average of bucket means.
 *
 * With weight w, `s_i = w s_(i-1) + (1 - w) n_i m_i` and `c_i = w c_(i-1) + (1 - w) n_i`; the result is `s_i / c_i`, so
 * the first value is itself and a bucket of a hundred points pulls like a hundred. For buckets of one point this is
 * the average that other tools draw. Buckets without a finite mean leave the average as it is and come out as NaN.
 *
 * @param weight 0 (off) to below 1.
 */
export function smooth(mean: Float64Array, n: Uint32Array, length: number, weight: number): Float64Array {
  const out = new Float64Array(length);
  let sum = 0;
  let count = 0;
  for (let i = 0; i < length; i++) {
    const m = mean[i] as number;
    if (!Number.isFinite(m)) {
      out[i] = Number.NaN;
      continue;
    }
    const points = n[i] as number;
    sum = weight * sum + (1 - weight) * points * m;
    count = weight * count + (1 - weight) * points;
    out[i] = sum / count;
  }
  return out;
}

/** Mean of a bucket and those before it, at most `span` in all that hold a finite value. */
export function runningMean(mean: Float64Array, n: Uint32Array, length: number, span: number): Float64Array {
  const out = new Float64Array(length).fill(Number.NaN);
  const good: number[] = [];
  for (let i = 0; i < length; i++) {
    if (!Number.isFinite(mean[i])) continue;
    good.push(i);
    let [sum, count] = [0, 0];
    for (let j = Math.max(0, good.length - span); j < good.length; j++) {
      const at = good[j] as number;
      sum += (n[at] as number) * (mean[at] as number);
      count += n[at] as number;
    }
    out[i] = sum / count;
  }
  return out;
}

/**
 * Mean weighed by a bell curve on both sides, as wide (in variance) as a running mean of `span` buckets.
 *
 * Unlike the others it looks ahead, and so does not lag; at the ends the curve is cut, not bent.
 */
export function gaussian(mean: Float64Array, n: Uint32Array, length: number, span: number): Float64Array {
  const sigma = Math.sqrt((span * span - 1) / 12);
  const reach = Math.ceil(3 * sigma);
  const bell = Float64Array.from({ length: reach + 1 }, (_, k) =>
    sigma > 0 ? Math.exp((-k * k) / (2 * sigma * sigma)) : 1,
  );
  const out = new Float64Array(length).fill(Number.NaN);
  for (let i = 0; i < length; i++) {
    if (!Number.isFinite(mean[i])) continue;
    let [sum, count] = [0, 0];
    for (let j = Math.max(0, i - reach); j <= Math.min(length - 1, i + reach); j++) {
      const m = mean[j] as number;
      if (!Number.isFinite(m)) continue;
      const weight = (bell[Math.abs(j - i)] as number) * (n[j] as number);
      sum += weight * m;
      count += weight;
    }
    out[i] = sum / count;
  }
  return out;
}
