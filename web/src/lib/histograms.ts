/** Histograms over steps: put on one grid of values without gaining or losing a count. */

import type { HistogramData } from "./payload.ts";

export interface StepHistogram extends HistogramData {
  readonly step: number;
}

export interface Stack {
  readonly steps: Float64Array;
  /** Borders of the common bins. */
  readonly low: number;
  readonly high: number;
  readonly bins: number;
  /** Counts, step after step. */
  readonly counts: Float64Array;
  readonly most: number;
}

/** Lowest and highest border of bins that hold anything; `null` when all are empty. */
export function rangeOf(all: readonly HistogramData[]): [number, number] | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { edges, counts } of all) {
    for (let i = 0; i < counts.length; i++) {
      if (!((counts[i] as number) > 0)) continue;
      low = Math.min(low, edges[i] as number);
      high = Math.max(high, edges[i + 1] as number);
    }
  }
  return low < high ? [low, high] : low === high ? [low - 0.5, high + 0.5] : null;
}

/** Spread a histogram over other bins, by how much of each bin lies in each; the sum stays. */
export function rebin(data: HistogramData, low: number, high: number, bins: number): Float64Array {
  const out = new Float64Array(bins);
  const width = (high - low) / bins;
  const place = (v: number): number => Math.max(0, Math.min(bins, (v - low) / width));
  for (let i = 0; i < data.counts.length; i++) {
    const count = data.counts[i] as number;
    if (!(count > 0)) continue;
    const [from, to] = [place(data.edges[i] as number), place(data.edges[i + 1] as number)];
    if (to <= from) {
      const only = Math.min(bins - 1, Math.floor(from));
      out[only] = (out[only] as number) + count;
      continue;
    }
    for (let b = Math.floor(from); b < Math.min(bins, Math.ceil(to)); b++) {
      const share = (Math.min(to, b + 1) - Math.max(from, b)) / (to - from);
      out[b] = (out[b] as number) + count * share;
    }
  }
  return out;
}

/** Put the histograms of many steps next to one another. */
export function stack(all: readonly StepHistogram[], bins = 96, range = rangeOf(all)): Stack | null {
  if (range === null || all.length === 0) return null;
  const [low, high] = range;
  const counts = new Float64Array(all.length * bins);
  let most = 0;
  for (const [i, one] of all.entries()) {
    const column = rebin(one, low, high, bins);
    counts.set(column, i * bins);
    for (const count of column) most = Math.max(most, count);
  }
  return { steps: Float64Array.from(all, (one) => one.step), low, high, bins, counts, most };
}

/** Bin that holds a value; -1 outside. The last bin holds its upper border too. */
export function binAt(edges: Float64Array, value: number): number {
  const last = edges.length - 1;
  if (!(value >= (edges[0] as number)) || value > (edges[last] as number)) return -1;
  let [low, high] = [0, last];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((edges[middle] as number) <= value) low = middle;
    else high = middle;
  }
  return low;
}

/** The histograms in a matrix of one row per step: borders, then counts, as the payload has them. */
export function fromRows(steps: ArrayLike<number>, rows: ArrayLike<number>, width: number): StepHistogram[] {
  const bins = (width - 1) / 2;
  const part = (from: number, n: number): Float64Array =>
    Float64Array.from({ length: n }, (_, i) => rows[from + i] as number);
  return Array.from({ length: steps.length }, (_, i) => ({
    step: steps[i] as number,
    edges: part(i * width, bins + 1),
    counts: part(i * width + bins + 1, bins),
  }));
}
