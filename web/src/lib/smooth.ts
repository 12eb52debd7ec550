/** Smoothing that starts unbiased and weighs a bucket by the points in it. */

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
