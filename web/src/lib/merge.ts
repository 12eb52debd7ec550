/** Two edits of one text made into one, line by line, where they do not touch the same lines. */

import { script } from "./diff.ts";

interface Hunk {
  /** Lines of the base that are replaced: from the first, counted from 0, to before the last. */
  readonly from: number;
  readonly to: number;
  readonly lines: readonly string[];
}

/** Both edits in one text; `null` when they change the same lines in different ways. */
export function merge3(base: string, mine: string, theirs: string): string | null {
  if (mine === theirs || theirs === base) return mine;
  if (mine === base) return theirs;
  const lines = base.split("\n");
  const all = united(hunksOf(lines, mine.split("\n")), hunksOf(lines, theirs.split("\n")));
  if (all === null) return null;
  const merged: string[] = [];
  let at = 0;
  for (const { from, to, lines: put } of all) {
    merged.push(...lines.slice(at, from), ...put);
    at = to;
  }
  return [...merged, ...lines.slice(at)].join("\n");
}

/** What was replaced by what. */
function hunksOf(base: readonly string[], changed: readonly string[]): Hunk[] {
  const hunks: Hunk[] = [];
  let [b, c] = [0, 0];
  let open: { from: number; to: number; lines: string[] } | null = null;
  for (const change of script(base, changed)) {
    if (change === "same") {
      if (open) hunks.push(open);
      open = null;
      b++;
      c++;
      continue;
    }
    open ??= { from: b, to: b, lines: [] };
    if (change === "removed") open.to = ++b;
    else open.lines.push(changed[c++] as string);
  }
  if (open) hunks.push(open);
  return hunks;
}

/** In the order of the base; the same change made on both sides counts once. */
function united(mine: readonly Hunk[], theirs: readonly Hunk[]): readonly Hunk[] | null {
  const left = theirs.filter((one) => !mine.some((other) => JSON.stringify(other) === JSON.stringify(one)));
  for (const one of mine) if (left.some((other) => collide(one, other))) return null;
  return [...mine, ...left].sort((a, b) => a.from - b.from || a.to - b.to);
}

/** They replace a line of each other, or both insert at one place, where nobody can say which comes first. */
function collide(a: Hunk, b: Hunk): boolean {
  if (a.from === a.to && b.from === b.to) return a.from === b.from;
  return a.from < b.to && b.from < a.to;
}
