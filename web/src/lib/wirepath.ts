/** The way of a wire that leads back to the left: out, between the rows, and in. */

const OUT = 18;
const CORNER = 9;

/** SVG path, and where its middle is. */
export function wirePath(x1: number, y1: number, x2: number, y2: number): readonly [string, number, number] {
  const apart = Math.abs(y2 - y1);
  // Cards of one row are passed below them, those of two rows between.
  const middle = apart > 90 ? y2 - Math.sign(y2 - y1) * Math.min(46, apart / 2) : Math.max(y1, y2) + 52;
  const [right, left] = [x1 + OUT, x2 - OUT];
  const points = [
    [x1, y1],
    [right, y1],
    [right, middle],
    [left, middle],
    [left, y2],
    [x2, y2],
  ] as const;
  return [rounded(points), (right + left) / 2, middle];
}

/** A line through points whose corners are rounded. */
function rounded(points: readonly (readonly [number, number])[]): string {
  const parts = [`M${points[0]?.join(" ")}`];
  for (let i = 1; i < points.length - 1; i++) {
    const [before, here, after] = [points[i - 1], points[i], points[i + 1]] as [
      readonly [number, number],
      readonly [number, number],
      readonly [number, number],
    ];
    const cut = Math.min(CORNER, far(before, here) / 2, far(here, after) / 2);
    parts.push(`L${towards(here, before, cut)}`, `Q${here.join(" ")} ${towards(here, after, cut)}`);
  }
  parts.push(`L${points.at(-1)?.join(" ")}`);
  return parts.join("");
}

function far(a: readonly [number, number], b: readonly [number, number]): number {
  return Math.hypot(b[0] - a[0], b[1] - a[1]);
}

function towards(from: readonly [number, number], to: readonly [number, number], by: number): string {
  const length = far(from, to) || 1;
  return `${from[0] + ((to[0] - from[0]) * by) / length} ${from[1] + ((to[1] - from[1]) * by) / length}`;
}
