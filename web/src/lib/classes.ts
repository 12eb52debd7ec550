/** What a confusion matrix says about each class. */

export interface ClassScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Samples of this class in truth. */
  readonly support: number;
}

/**
 * Precision, recall and F1 of one class.
 *
 * @param counts Rows are the truth, columns the prediction.
 * @returns NaN where a score has nothing to divide by.
 */
export function scoreOf(counts: ArrayLike<number>, k: number, index: number): ClassScore {
  let [truth, predicted] = [0, 0];
  for (let i = 0; i < k; i++) {
    truth += counts[index * k + i] as number;
    predicted += counts[i * k + index] as number;
  }
  const hit = counts[index * k + index] as number;
  return {
    precision: hit / predicted,
    recall: hit / truth,
    f1: (2 * hit) / (truth + predicted),
    support: truth,
  };
}

export type Normal = "counts" | "rows" | "columns";

/** Counts as they are, or as shares of their row (of the truth) or their column (of the prediction). */
export function normalise(counts: Float64Array, k: number, how: Normal): Float64Array {
  if (how === "counts") return counts;
  const sums = new Float64Array(k);
  for (let r = 0; r < k; r++) {
    for (let c = 0; c < k; c++) {
      const at = how === "rows" ? r : c;
      sums[at] = (sums[at] as number) + (counts[r * k + c] as number);
    }
  }
  return counts.map((count, i) => {
    const sum = sums[how === "rows" ? Math.floor(i / k) : i % k] as number;
    return sum > 0 ? count / sum : Number.NaN;
  });
}

export function accuracy(counts: Float64Array, k: number): number {
  let [hit, all] = [0, 0];
  for (let i = 0; i < counts.length; i++) {
    all += counts[i] as number;
    if (Math.floor(i / k) === i % k) hit += counts[i] as number;
  }
  return hit / all;
}
