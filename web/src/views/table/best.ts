/** Which run is best in each column that says which direction is better. */

import { wireNumber } from "../../lib/format.ts";
import { goalOf, parseColumn } from "../../lib/metrics.ts";
import type { RunTable } from "../../state/runs.ts";

const NONE: ReadonlyMap<number, ReadonlySet<string>> = new Map();

/** For every column with a direction, the row that is best; nothing while some rows are not known. */
export function bestRows(
  table: RunTable,
  columns: readonly string[],
  matched: number,
): ReadonlyMap<number, ReadonlySet<string>> {
  if (matched < 2 || !table.whole) return NONE;
  const out = new Map<number, Set<string>>();
  for (const column of columns) {
    const { kind, key, stat } = parseColumn(column);
    const goal = kind === "metric" ? goalOf(key) : null;
    if (goal === null || (stat !== "last" && stat !== goal)) continue;
    const found = bestOf(table, column, matched, goal === "max" ? 1 : -1);
    if (found >= 0) out.set(found, (out.get(found) ?? new Set()).add(column));
  }
  return out;
}

function bestOf(table: RunTable, column: string, matched: number, sign: 1 | -1): number {
  let found = -1;
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < matched; i++) {
    const value = wireNumber(table.cell(column, i));
    if (value === null || !Number.isFinite(value) || sign * value <= top) continue;
    [found, top] = [i, sign * value];
  }
  return found;
}
