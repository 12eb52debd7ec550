/** How the cells of a leaderboard are written: alike within a column, the whole of it on hover. */

import type { BoardColumn, Entry, Leaderboard } from "../../api/analysis.ts";
import { columnFormat, formatInteger, formatNumber, formatValue } from "../../lib/format.ts";
import { formatDuration } from "../../lib/time.ts";
import { cellTexts, cellValue, isRange } from "./model.ts";

export interface Cell {
  readonly text: string;
  readonly title: string;
  readonly numeric: boolean;
}

export type WriteCell = (entry: Entry) => Cell;

/** Characters of a hash that tell it from others at a glance. */
const HASH = 8;

export function cellWriters(board: Leaderboard): ReadonlyMap<string, WriteCell> {
  const entries = board.protocols.flatMap((one) => one.entries);
  return new Map(board.columns.map((column) => [column.name, writer(column, entries)]));
}

function writer(column: BoardColumn, entries: readonly Entry[]): WriteCell {
  const numbers = entries
    .map((entry) => cellValue(entry.columns[column.name]))
    .filter((one) => typeof one === "number");
  // A learning rate has no decimals in common with the next; results do.
  const write = column.kind === "number" && column.group !== "setup" ? columnFormat(numbers) : formatNumber;
  const one = (value: unknown): string => {
    if (typeof value === "number" && column.kind === "duration") return formatDuration(value);
    if (typeof value === "number" && column.kind === "count") return formatInteger(Math.round(value));
    if (typeof value === "number") return write(value);
    if (typeof value === "string" && column.kind === "hash") return shortHash(value);
    return formatValue(value);
  };
  return (entry) => {
    const value = entry.columns[column.name];
    const found = cellValue(value);
    const texts = cellTexts(value);
    const several = texts.length > 1;
    return {
      text: several
        ? texts.slice(0, 2).map(one).join(", ") + (texts.length > 2 ? ` +${texts.length - 2}` : "")
        : one(found),
      title: isRange(value) ? ranged(value, one, texts) : formatValue(found),
      numeric: typeof found === "number",
    };
  };
}

function ranged(
  { low, high, values }: { low: number | null; high: number | null; values: readonly unknown[] },
  one: (value: unknown) => string,
  texts: readonly string[],
): string {
  const missing = values.filter((value) => value === null).length;
  const absent = missing > 0 ? `; ${missing} without` : "";
  if (texts.length > 0) return `${texts.join("\n")}${absent}`;
  if (low === null || high === null) return formatValue(values.find((value) => value !== null));
  return low === high ? `${one(low)}${absent}` : `mean of the runs, from ${one(low)} to ${one(high)}${absent}`;
}

/** `train:17cfa84863ef28e3` as `17cfa848`; several as the beginnings of all. */
function shortHash(text: string): string {
  return text
    .split(" ")
    .map((part) => part.slice(part.lastIndexOf(":") + 1).slice(0, HASH))
    .join(" ");
}
