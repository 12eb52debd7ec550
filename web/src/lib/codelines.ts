/** Which lines of code belong to which node, and where they are after an edit. */

/** First and last line of each stretch of a node's code, counted from 1. */
export type NodeLines = Readonly<Record<string, readonly (readonly [number, number])[]>>;

/** The node that a line belongs to: the one with the shortest stretch around it; `null` when it is nobody's. */
export function nodeAt(lines: NodeLines, line: number): string | null {
  let found: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const [node, stretches] of Object.entries(lines))
    for (const [first, last] of stretches)
      if (first <= line && line <= last && last - first < least) {
        found = node;
        least = last - first;
      }
  return found;
}

/** All lines of these nodes, in order, each once. */
export function linesOf(lines: NodeLines, nodes: Iterable<string>): readonly number[] {
  const found = new Set<number>();
  for (const node of nodes)
    for (const [first, last] of lines[node] ?? []) for (let line = first; line <= last; line++) found.add(line);
  return [...found].sort((a, b) => a - b);
}

/** The first line of a node. */
export function firstLine(lines: NodeLines, node: string): number | null {
  const starts = (lines[node] ?? []).map(([first]) => first);
  return starts.length > 0 ? Math.min(...starts) : null;
}

/** Of the lines of a node, the one that says `statement`, however it is indented; else its first one. */
export function lineIn(text: string, lines: readonly number[], statement: string): number | null {
  const written = text.split("\n");
  const wanted = statement.trim();
  return lines.find((line) => wanted !== "" && written[line - 1]?.trim() === wanted) ?? lines[0] ?? null;
}

/** A stretch of lines that was replaced: lines `from` to `to` (the latter not counted) became `count` lines. */
export interface LineEdit {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** What one must replace in a text to get another: the whole lines between what both begin and end with. */
export function lineEdit(before: string, after: string): LineEdit {
  const [a, b] = [before.split("\n"), after.split("\n")];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  return { from: head + 1, to: a.length - tail + 1, count: b.length - tail - head };
}

/** Where the lines of nodes are after an edit; a stretch inside what was replaced keeps what is left around it. */
export function movedLines(lines: NodeLines, edit: LineEdit): NodeLines {
  const by = edit.count - (edit.to - edit.from);
  const moved = ([first, last]: readonly [number, number]): readonly (readonly [number, number])[] => {
    if (last < edit.from) return [[first, last]];
    if (first >= edit.to) return [[first + by, last + by]];
    const start = Math.min(first, edit.from);
    const end = last >= edit.to ? last + by : edit.from + edit.count - 1;
    return start <= end ? [[start, end]] : [];
  };
  return Object.fromEntries(Object.entries(lines).map(([node, stretches]) => [node, stretches.flatMap(moved)]));
}

/** The smallest replacement of characters that turns a text into another, so that the cursor and the folds stay. */
export function textEdit(
  before: string,
  after: string,
): { readonly from: number; readonly to: number; readonly insert: string } {
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  return { from: head, to: before.length - tail, insert: after.slice(head, after.length - tail) };
}

/** Lines of a text that another does not have, spaces around them aside; each as often as it is missing. */
export function lostLines(before: string, after: string): readonly string[] {
  const left = new Map<string, number>();
  for (const line of after.split("\n")) left.set(line.trim(), (left.get(line.trim()) ?? 0) + 1);
  return before.split("\n").filter((line) => {
    const text = line.trim();
    const count = left.get(text) ?? 0;
    left.set(text, count - 1);
    return text !== "" && count <= 0;
  });
}
