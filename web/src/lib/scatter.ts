/** Scatters of labelled points: what stands in the middle of each class, and what a loop of the hand holds. */

export interface Median {
  readonly label: number;
  readonly x: number;
  readonly y: number;
  readonly n: number;
}

/** Median of x and of y of each label, most frequent label first. */
export function medians(points: Float64Array, labels: ArrayLike<number>): Median[] {
  const of = new Map<number, { x: number[]; y: number[] }>();
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number;
    let found = of.get(label);
    if (!found) {
      found = { x: [], y: [] };
      of.set(label, found);
    }
    found.x.push(points[2 * i] as number);
    found.y.push(points[2 * i + 1] as number);
  }
  const out = [...of].map(([label, { x, y }]) => ({ label, x: median(x), y: median(y), n: x.length }));
  return out.sort((a, b) => b.n - a.n || a.label - b.label);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 ? high : (high + (sorted[middle - 1] ?? high)) / 2;
}

/** Whether a point lies within a loop, by how often a ray from it crosses the loop. */
export function within(loop: readonly { x: number; y: number }[], x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = loop.length - 1; i < loop.length; j = i++) {
    const [a, b] = [loop[i], loop[j]];
    if (!a || !b) continue;
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
  }
  return inside;
}

/** Smallest box around points, with air; of equal sides when they must be comparable. */
export function bounds(all: readonly Float64Array[], air = 0.06): { x: [number, number]; y: [number, number] } {
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const points of all) {
    for (let i = 0; i + 1 < points.length; i += 2) {
      const [x, y] = [points[i] as number, points[i + 1] as number];
      if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
      [x0, x1, y0, y1] = [Math.min(x0, x), Math.max(x1, x), Math.min(y0, y), Math.max(y1, y)];
    }
  }
  if (x0 > x1) return { x: [-1, 1], y: [-1, 1] };
  const grow = (a: number, b: number): [number, number] => {
    const by = (b - a || 1) * air;
    return [a - by, b + by];
  };
  return { x: grow(x0, x1), y: grow(y0, y1) };
}
