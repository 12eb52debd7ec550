/** Colours of runs: a stable hash, told apart within a selection. */

export const HUES = 8;
export const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [8, 3, 2, 3]];

/** Names of `--r1` to `--r8` and of `DASHES`, as the server knows them (`server/changes.py`). */
export const HUE_NAMES = ["blue", "red", "green", "pink", "cyan", "olive", "purple", "ink"] as const;
export const DASH_NAMES = ["solid", "dashed", "dotted", "dash-dotted"] as const;

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

/** What `blue dashed` looks like; `null` for what is no style. */
export function readStyle(text: string | null | undefined): Style | null {
  const [hue, dash = "solid"] = (text ?? "").split(" ");
  const found = {
    hue: (HUE_NAMES as readonly string[]).indexOf(hue ?? ""),
    dash: (DASH_NAMES as readonly string[]).indexOf(dash),
  };
  return found.hue < 0 || found.dash < 0 ? null : found;
}

export function writeStyle({ hue, dash }: Style): string {
  return dash === 0 ? `${HUE_NAMES[hue]}` : `${HUE_NAMES[hue]} ${DASH_NAMES[dash]}`;
}

/** The styles that somebody chose, by run. */
export function chosenStyles(
  runs: Iterable<{ readonly id: string; readonly color: string | null }>,
): ReadonlyMap<string, Style> {
  const found = new Map<string, Style>();
  for (const { id, color } of runs) {
    const style = readStyle(color);
    if (style) found.set(id, style);
  }
  return found;
}

/**
 * Give each run a style of its own.
 *
 * What somebody chose stands. A run keeps the style it had; a new one takes the hue of its hash, or the next hue that is free. Only when all
 * eight hues are taken do dashes begin, and they vary before a hue repeats with the same dash.
 */
export function assignStyles(
  runs: readonly string[],
  before: ReadonlyMap<string, Style> = new Map(),
  chosen: ReadonlyMap<string, Style> = new Map(),
): Map<string, Style> {
  const out = new Map<string, Style>();
  const taken = new Set<number>();
  const slot = (style: Style): number => style.dash * HUES + style.hue;
  for (const run of runs) {
    const style = chosen.get(run);
    if (!style) continue;
    out.set(run, style);
    taken.add(slot(style));
  }
  for (const run of runs) {
    const kept = before.get(run);
    if (kept && !out.has(run) && !taken.has(slot(kept))) {
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
