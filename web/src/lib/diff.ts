/** What changed from one text to another: the shortest script of lines, and within changed lines of words. */

export type Change = "same" | "added" | "removed";

export interface Piece {
  readonly kind: Change;
  readonly text: string;
}

export interface DiffLine {
  readonly kind: Change;
  /** Number in the first text, from 1; `null` when the line is only in the second. */
  readonly before: number | null;
  readonly after: number | null;
  /** The line in pieces: what stands in it and not in the line that it replaces is marked. */
  readonly pieces: readonly Piece[];
}

/** Beyond so many edits the rest is told as removed and added: nobody reads such a difference piece by piece. */
const MOST_EDITS = 4000;

/**
 * Walk from one list to another in as few edits as there can be.
 *
 * Source: E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", Algorithmica 1 (1986), the greedy algorithm
 * of figure 2. A path ends furthest on diagonal k after d edits; the trace of all ends gives the script backwards.
 */
export function script<T>(a: readonly T[], b: readonly T[], most = MOST_EDITS): Change[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const [n, m] = [a.length - head - tail, b.length - head - tail];
  const middle = walk(n, m, (x, y) => a[head + x] === b[head + y], most) ?? [
    ...repeat("removed", n),
    ...repeat("added", m),
  ];
  return [...repeat("same", head), ...middle, ...repeat("same", tail)];
}

function repeat(kind: Change, count: number): Change[] {
  return new Array<Change>(count).fill(kind);
}

function walk(n: number, m: number, same: (x: number, y: number) => boolean, most: number): Change[] | null {
  if (n === 0 || m === 0) return [...repeat("removed", n), ...repeat("added", m)];
  const reach = Math.min(n + m, most);
  const ends = new Int32Array(2 * reach + 2);
  const trace: Int32Array[] = [];
  for (let d = 0; d <= reach; d++) {
    trace.push(ends.slice(reach - d, reach + d + 2));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && at(ends, reach + k - 1) < at(ends, reach + k + 1));
      let x = down ? at(ends, reach + k + 1) : at(ends, reach + k - 1) + 1;
      let y = x - k;
      while (x < n && y < m && same(x, y)) {
        x++;
        y++;
      }
      ends[reach + k] = x;
      if (x >= n && y >= m) return back(trace, n, m);
    }
  }
  return null;
}

function at(ends: Int32Array, i: number): number {
  return ends[i] as number;
}

function back(trace: readonly Int32Array[], n: number, m: number): Change[] {
  const out: Change[] = [];
  let [x, y] = [n, m];
  for (let d = trace.length - 1; d > 0; d--) {
    const ends = trace[d] as Int32Array;
    const k = x - y;
    // Ends of the round before, diagonal k at index k + d.
    const down = k === -d || (k !== d && at(ends, k - 1 + d) < at(ends, k + 1 + d));
    const from = down ? k + 1 : k - 1;
    const fromX = at(ends, from + d);
    const fromY = fromX - from;
    while (x > fromX && y > fromY) {
      out.push("same");
      x--;
      y--;
    }
    out.push(down ? "added" : "removed");
    [x, y] = [fromX, fromY];
  }
  out.push(...repeat("same", x));
  return out.reverse();
}

/** Words, spaces and signs, which together are the text. */
export function words(text: string): string[] {
  return text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? [];
}

/** What changed between two texts, line by line; lines that replace each other tell their words. */
export function diffLines(before: string, after: string): DiffLine[] {
  const [a, b] = [before.split("\n"), after.split("\n")];
  const out: DiffLine[] = [];
  let [i, j] = [0, 0];
  const edits = script(a, b);
  for (let at = 0; at < edits.length; ) {
    if (edits[at] === "same") {
      out.push({ kind: "same", before: ++i, after: ++j, pieces: [{ kind: "same", text: b[j - 1] as string }] });
      at++;
      continue;
    }
    let [removed, added] = [0, 0];
    for (; at < edits.length && edits[at] !== "same"; at++) {
      if (edits[at] === "removed") removed++;
      else added++;
    }
    out.push(...block(a.slice(i, i + removed), b.slice(j, j + added), i, j));
    i += removed;
    j += added;
  }
  return out;
}

/** Lines that were replaced: first those that went, then those that came, each beside its partner where it has one. */
function block(gone: readonly string[], come: readonly string[], i: number, j: number): DiffLine[] {
  const pairs = gone.map((line, at) => (come[at] === undefined ? null : diffWords(line, come[at] as string)));
  const lines: DiffLine[] = gone.map((line, at) => ({
    kind: "removed",
    before: i + at + 1,
    after: null,
    pieces: pairs[at]?.filter((piece) => piece.kind !== "added") ?? [{ kind: "removed", text: line }],
  }));
  for (const [at, line] of come.entries()) {
    const pieces = pairs[at]?.filter((piece) => piece.kind !== "removed") ?? [{ kind: "added", text: line } as const];
    lines.push({ kind: "added", before: null, after: j + at + 1, pieces });
  }
  return lines;
}

/** What changed between two lines, word by word; neighbours of one kind are one piece. */
export function diffWords(before: string, after: string): Piece[] {
  const [a, b] = [words(before), words(after)];
  const out: Piece[] = [];
  let [i, j] = [0, 0];
  for (const kind of script(a, b)) {
    const text = (kind === "added" ? b[j] : a[i]) as string;
    if (kind !== "added") i++;
    if (kind !== "removed") j++;
    const last = out.at(-1);
    if (last?.kind === kind) out[out.length - 1] = { kind, text: last.text + text };
    else out.push({ kind, text });
  }
  return out;
}

/** Only what changed, with so many lines around it; what was left out is counted. */
export function folded(lines: readonly DiffLine[], around: number): (DiffLine | { readonly skipped: number })[] {
  const near = new Uint8Array(lines.length);
  for (const [i, line] of lines.entries()) {
    if (line.kind === "same") continue;
    near.fill(1, Math.max(0, i - around), Math.min(lines.length, i + around + 1));
  }
  const out: (DiffLine | { skipped: number })[] = [];
  for (const [i, line] of lines.entries()) {
    const last = out.at(-1);
    if (near[i]) out.push(line);
    else if (last && "skipped" in last) last.skipped++;
    else out.push({ skipped: 1 });
  }
  return out;
}
