/** Colours of runs: a stable hash, told apart within a selection. */

export const HUES = 8;
export const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [8, 3, 2, 3]];

export interface Style {
  /** 0 to 7: the token `--r1` to `--r8`. */
  readonly hue: number;
  /** 0 is a solid line; others index `DASHES`. */
  readonly dash: number;
}

/** FNV-1a, 32 bits. */
export function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/**
 * Give each run a style of its own.
 *
 * A run keeps the style it had; a new one takes the hue of its hash, or the next hue that is free. Only when all
 * eight hues are taken do dashes begin, and they vary before a hue repeats with the same dash.
 */
export function assignStyles(
  runs: readonly string[],
  before: ReadonlyMap<string, Style> = new Map(),
): Map<string, Style> {
  const out = new Map<string, Style>();
  const taken = new Set<number>();
  const slot = (style: Style): number => style.dash * HUES + style.hue;
  for (const run of runs) {
    const kept = before.get(run);
    if (kept && !taken.has(slot(kept))) {
      out.set(run, kept);
      taken.add(slot(kept));
    }
  }
  for (const run of runs) {
    if (out.has(run)) continue;
    const style = freeStyle(run, taken);
    out.set(run, style);
    taken.add(slot(style));
  }
  return out;
}

function freeStyle(run: string, taken: ReadonlySet<number>): Style {
  const wish = hash(run) % HUES;
  for (let dash = 0; dash < DASHES.length; dash++) {
    for (let turn = 0; turn < HUES; turn++) {
      const hue = (wish + turn) % HUES;
      if (!taken.has(dash * HUES + hue)) return { hue, dash };
    }
  }
  return { hue: wish, dash: hash(`${run}+`) % DASHES.length };
}
