/** Cards in columns from the inputs to the outputs, folded into rows like text so that a deep network fits a screen. */

import { CARD_WIDTH } from "./card.ts";
import type { Graph, Place } from "./graph.ts";

const COLUMN = CARD_WIDTH + 56;
const GAP = 28;
const ROW_GAP = 56;
/** Columns of a row, so that rows and columns together have the form of a screen. */
const FEWEST = 4;
const FORM = 0.55;

/** Place every node by the longest way to it from an input. Linear in nodes and edges, whatever they are. */
export function layered(graph: Graph, height: (id: string) => number): Map<string, Place> {
  const rank = ranks(graph);
  const columns: string[][] = [];
  for (const node of graph.nodes) {
    const at = rank.get(node.id) ?? 0;
    const column = columns[at];
    if (column) column.push(node.id);
    else columns[at] = [node.id];
  }
  const places = new Map<string, Place>();
  columns.forEach((ids, column) => {
    let y = 0;
    for (const id of ids) {
      places.set(id, { x: column * COLUMN, y });
      y += height(id) + GAP;
    }
  });
  return places;
}

/** Length of the longest way from an input; of nodes on a circle, of the way to where it was entered. */
export function ranks(graph: Graph): ReadonlyMap<string, number> {
  const known = new Set(graph.nodes.map((node) => node.id));
  const next = new Map<string, string[]>();
  const waits = new Map(graph.nodes.map((node) => [node.id, 0]));
  for (const { from, to } of graph.edges) {
    if (!known.has(from[0]) || !known.has(to[0])) continue;
    const list = next.get(from[0]);
    if (list) list.push(to[0]);
    else next.set(from[0], [to[0]]);
    waits.set(to[0], (waits.get(to[0]) ?? 0) + 1);
  }
  const rank = new Map<string, number>();
  const ready = graph.nodes.filter((node) => waits.get(node.id) === 0).map((node) => node.id);
  for (const id of ready) rank.set(id, 0);
  for (const id of ready)
    for (const other of next.get(id) ?? []) {
      rank.set(other, Math.max(rank.get(other) ?? 0, (rank.get(id) ?? 0) + 1));
      const left = (waits.get(other) ?? 1) - 1;
      waits.set(other, left);
      if (left === 0) ready.push(other);
    }
  return rank;
}

/**
 * Fold columns into rows where few wires cross the fold.
 *
 * @param height Of a card, by its node.
 * @param most Columns of a row, where a screen has no room for more.
 */
export function folded(
  graph: Graph,
  places: ReadonlyMap<string, Place>,
  height: (id: string) => number,
  most = Number.POSITIVE_INFINITY,
): Map<string, Place> {
  const xs = [...new Set([...places.values()].map((place) => Math.round(place.x)))].sort((a, b) => a - b);
  const columns = xs.filter((x, i) => i === 0 || x - (xs[i - 1] as number) > CARD_WIDTH / 2);
  const length = Math.min(most, Math.max(FEWEST, Math.round(Math.sqrt(FORM * columns.length))));
  if (columns.length <= Math.min(length + 1, most)) return new Map(places);
  const columnOf = (x: number): number => lastUpTo(columns, Math.round(x));
  const crossings = crossed(graph, places, columnOf, columns.length);
  const rows = breaks(crossings, columns.length, length, most);
  const rowOf = rows.flatMap(([first, last], row) => new Array<number>(last - first + 1).fill(row));
  const inRow: [string, Place][][] = rows.map(() => []);
  for (const one of places) inRow[rowOf[columnOf(one[1].x)] as number]?.push(one);
  const result = new Map<string, Place>();
  let top = 0;
  rows.forEach(([first], row) => {
    const inside = inRow[row] ?? [];
    let [least, lowest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const [id, { y }] of inside) {
      least = Math.min(least, y);
      lowest = Math.max(lowest, y + height(id));
    }
    for (const [id, { x, y }] of inside)
      result.set(id, { x: Math.round(x - (columns[first] as number)), y: Math.round(y - least + top) });
    top += lowest - least + ROW_GAP;
  });
  return result;
}

/** Index of the last of some ascending numbers that is not above a value. */
function lastUpTo(values: readonly number[], value: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((values[middle] as number) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** For each column how many wires lead past its right side. */
function crossed(
  graph: Graph,
  places: ReadonlyMap<string, Place>,
  columnOf: (x: number) => number,
  count: number,
): readonly number[] {
  const change = new Array<number>(count + 1).fill(0);
  for (const { from, to } of graph.edges) {
    const [a, b] = [places.get(from[0]), places.get(to[0])];
    if (!a || !b) continue;
    const [left, right] = [columnOf(a.x), columnOf(b.x)].sort((p, q) => p - q) as [number, number];
    change[left] = (change[left] as number) + 1;
    change[right] = (change[right] as number) - 1;
  }
  let open = 0;
  return change.map((by) => {
    open += by;
    return open;
  });
}

/** First and last column of each row: the fewest wires cut, rows of about the same length. */
function breaks(
  crossings: readonly number[],
  count: number,
  usual: number,
  most: number,
): readonly (readonly [number, number])[] {
  const longest = Math.min(usual + 3, most);
  const cost = new Array<number>(count + 1).fill(Number.POSITIVE_INFINITY);
  const from = new Array<number>(count + 1).fill(0);
  cost[0] = 0;
  for (let end = 1; end <= count; end++)
    for (let begin = Math.max(0, end - longest); begin < end; begin++) {
      const length = end - begin;
      const uneven = (usual - length) ** 2 * (length > usual ? 1.5 : end === count ? 0.1 : 0.4);
      const cut = end === count ? 0 : (crossings[end - 1] as number) - 1;
      const total = (cost[begin] as number) + uneven + 6 * Math.max(0, cut) + 1;
      if (total < (cost[end] as number)) [cost[end], from[end]] = [total, begin];
    }
  const rows: [number, number][] = [];
  for (let end = count; end > 0; end = from[end] as number) rows.unshift([from[end] as number, end - 1]);
  return rows;
}
