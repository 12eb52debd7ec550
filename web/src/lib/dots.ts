/** The dots behind a graph: one tile, repeated, that is moved by less than its own size. */

const GAP = 18;
/** Dots that are nearer to one another than this, in pixels, are only every second one. */
const LEAST_GAP = 10;

export interface Dots {
  /** Pixels from dot to dot. */
  readonly gap: number;
  /** Where the first tile begins, from 0 and below `gap`. */
  readonly x: number;
  readonly y: number;
}

/** Where dots stand when the graph is moved by (x, y) and drawn at this zoom. */
export function dotsAt(x: number, y: number, zoom: number): Dots {
  let apart = GAP * zoom;
  while (apart < LEAST_GAP) apart *= 2;
  // Tiles of whole pixels are drawn sharply and without seams.
  const gap = Math.round(apart);
  return { gap, x: within(x, gap), y: within(y, gap) };
}

function within(at: number, gap: number): number {
  return ((at % gap) + gap) % gap;
}
