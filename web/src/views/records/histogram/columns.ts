/** Where the steps of a stack stand on the screen. */

import type { Stack } from "../../../lib/histograms.ts";
import { linearTicks, makeScale } from "../../../lib/scale.ts";
import type { Axes } from "../vector.ts";

/** One row per bin, the highest values on top; one column per step. */
export function upright(found: Stack): { rows: number; columns: number; values: Float64Array } {
  const columns = found.steps.length;
  const values = new Float64Array(columns * found.bins);
  for (let c = 0; c < columns; c++) {
    for (let b = 0; b < found.bins; b++) {
      values[(found.bins - 1 - b) * columns + c] = found.counts[c * found.bins + b] as number;
    }
  }
  return { rows: found.bins, columns, values };
}

export function isEven(steps: Float64Array): boolean {
  const gap = (steps[1] ?? 1) - (steps[0] ?? 0);
  return steps.every((step, i) => i === 0 || step - (steps[i - 1] as number) === gap);
}

export function stepScale(found: Stack, box: Axes): (step: number) => number {
  const [first, last] = [found.steps[0] as number, found.steps.at(-1) as number];
  const half = (last - first) / Math.max(1, 2 * (found.steps.length - 1));
  return makeScale("linear", [first - half, last + half], [box.left, box.right]).to;
}

export function unscaled(found: Stack, box: Axes, x: number): number {
  const [first, last] = [found.steps[0] as number, found.steps.at(-1) as number];
  return first + ((x - box.left) / (box.right - box.left)) * (last - first);
}

/** Columns reach half way to their neighbours. */
export function borders(steps: Float64Array, x: (step: number) => number): number[] {
  const at = Array.from(steps, x);
  const first = (at[0] as number) - ((at[1] ?? (at[0] as number)) - (at[0] as number)) / 2;
  const last = (at.at(-1) as number) + ((at.at(-1) as number) - (at.at(-2) ?? (at.at(-1) as number))) / 2;
  return [first, ...at.slice(1).map((v, i) => (v + (at[i] as number)) / 2), last];
}

export function stepTicks(found: Stack): number[] {
  return linearTicks(found.steps[0] as number, found.steps.at(-1) as number, 6).filter(Number.isInteger);
}

export function nearest(steps: ArrayLike<number>, step: number): number {
  let best = 0;
  for (let i = 1; i < steps.length; i++) {
    if (Math.abs((steps[i] as number) - step) <= Math.abs((steps[best] as number) - step)) best = i;
  }
  return best;
}
