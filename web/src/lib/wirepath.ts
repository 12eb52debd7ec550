/** The way of a wire that leads back to the left: out, between the rows, and in. */

const OUT = 18;
const CORNER = 9;

/** SVG path, and where its middle is. */
export function wirePath(x1: number, y1: number, x2: number, y2: number): readonly [string, number, number] {
  const apart = Math.abs(y2 - y1);
  // Cards of one row are passed below them, those of two rows between.
  const middle = apart > 90 ? y2 - Math.sign(y2 - y1) * Math.min(64, apart / 2) : Math.max(y1, y2) + 52;
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

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const CLEAR = 12;
const SWING = 44;

/** The height at which a wire passes the cards in its way, above or below them; `null` when none is in its way. */
export function laneOf(x1: number, y1: number, x2: number, y2: number, boxes: readonly Box[]): number | null {
  if (x2 - x1 < 2 * SWING) return null;
  let [top, bottom] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const between = boxes.filter((box) => box.x > x1 + 4 && box.x + box.width < x2 - 4);
  const hit = (box: Box): boolean => {
    const at = y1 + ((y2 - y1) * (box.x + box.width / 2 - x1)) / (x2 - x1);
    return at > box.y - 4 && at < box.y + box.height + 4;
  };
  if (!between.some(hit)) return null;
  // All that stand side by side with those are passed together: a lane leads through no other card.
  for (let grown = true; grown; ) {
    grown = false;
    for (const box of between) {
      const inside = hit(box) || (box.y < bottom + CLEAR && box.y + box.height > top - CLEAR);
      if (!inside || (box.y >= top && box.y + box.height <= bottom)) continue;
      top = Math.min(top, box.y);
      bottom = Math.max(bottom, box.y + box.height);
      grown = true;
    }
  }
  const middle = (y1 + y2) / 2;
  return middle - top <= bottom - middle ? top - CLEAR : bottom + CLEAR;
}

/** A wire that passes cards in a lane of its own. */
export function lanePath(
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  lane: number,
): readonly [string, number, number] {
  const [a, b] = [x1 + SWING, x2 - SWING];
  const bend = SWING / 2;
  const path = `M${x1} ${y1}C${x1 + bend} ${y1} ${a - bend} ${lane} ${a} ${lane}L${b} ${lane}C${b + bend} ${lane} ${x2 - bend} ${y2} ${x2} ${y2}`;
  return [path, (x1 + x2) / 2, lane];
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
