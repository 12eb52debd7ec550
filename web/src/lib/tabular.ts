/** Tables in memory: sorting, filtering, comparing, writing as CSV. */

import type { Cell, TableData } from "./payload.ts";

/** Rows that match, as places in the table. */
export type Rows = Uint32Array;

type Test = (cell: Cell) => boolean;

/**
 * What a filter's text asks of a cell: `> 0.5`, `<= 3`, `= cat`, `!= 0`, `1..5`, or any text that is in it.
 *
 * @returns `null` for an empty filter, which every cell passes.
 */
export function parseFilter(text: string): Test | null {
  const wish = text.trim();
  if (wish === "") return null;
  const range = /^(-?[\d.]+(?:e-?\d+)?)\s*\.\.\s*(-?[\d.]+(?:e-?\d+)?)$/i.exec(wish);
  if (range) {
    const [low, high] = [Number(range[1]), Number(range[2])];
    return (cell) => typeof cell === "number" && cell >= low && cell <= high;
  }
  const compared = /^(>=|<=|!=|=|>|<)\s*(.*)$/.exec(wish);
  if (compared) return comparison(compared[1] as string, (compared[2] as string).trim());
  const part = wish.toLowerCase();
  return (cell) => textOf(cell).toLowerCase().includes(part);
}

function comparison(operator: string, text: string): Test {
  const number = Number(text);
  if (operator === "=" || operator === "!=") {
    const same = (cell: Cell): boolean =>
      typeof cell === "number" && text !== "" && !Number.isNaN(number)
        ? cell === number
        : textOf(cell).toLowerCase() === text.toLowerCase();
    return operator === "=" ? same : (cell) => !same(cell);
  }
  // Dates are ISO text, which is ordered as text.
  const compare = (cell: Cell): number =>
    typeof cell === "number" && !Number.isNaN(number)
      ? cell - number
      : cell === null || typeof cell === "number"
        ? Number.NaN
        : textOf(cell) < text
          ? -1
          : Number(textOf(cell) > text);
  if (operator === ">") return (cell) => compare(cell) > 0;
  if (operator === ">=") return (cell) => compare(cell) >= 0;
  return operator === "<" ? (cell) => compare(cell) < 0 : (cell) => compare(cell) <= 0;
}

export function textOf(cell: Cell): string {
  if (cell === null) return "";
  return typeof cell === "object" ? JSON.stringify(cell) : String(cell);
}

/** Places of the rows that pass every filter; filters are by column. */
export function filterRows(table: TableData, filters: ReadonlyMap<number, string>): Rows {
  const tests = [...filters].flatMap(([column, text]) => {
    const test = parseFilter(text);
    return test ? [{ cells: table.columns[column] ?? [], test }] : [];
  });
  const out = new Uint32Array(table.rows);
  let n = 0;
  for (let row = 0; row < table.rows; row++) {
    if (tests.every(({ cells, test }) => test(cells[row] ?? null))) out[n++] = row;
  }
  return out.slice(0, n);
}

/** Order rows by a column; what is missing or NaN comes last either way, and equal rows keep their order. */
export function sortRows(table: TableData, rows: Rows, column: number, down: boolean): Rows {
  const cells = table.columns[column];
  if (!cells) return rows;
  const sign = down ? -1 : 1;
  return Uint32Array.from([...rows].sort((a, b) => order(cells[a] ?? null, cells[b] ?? null, sign) || a - b));
}

function order(a: Cell, b: Cell, sign: number): number {
  const [noA, noB] = [isNothing(a), isNothing(b)];
  if (noA || noB) return Number(noA) - Number(noB);
  if (typeof a === "number" && typeof b === "number") return sign * (a - b);
  return sign * textOf(a).localeCompare(textOf(b), undefined, { numeric: true });
}

function isNothing(cell: Cell): boolean {
  return cell === null || (typeof cell === "number" && Number.isNaN(cell));
}

/** RFC 4180: fields with commas, quotes or line breaks stand in quotes, and quotes within are doubled. */
export function toCsv(table: TableData, rows: Rows): string {
  const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = [table.names.map(field).join(",")];
  for (const row of rows) lines.push(table.columns.map((cells) => field(textOf(cells[row] ?? null))).join(","));
  return `${lines.join("\r\n")}\r\n`;
}

/** Whether a cell differs from the one at the same place of the column of the same name; unknown ones count as changed. */
export function differs(table: TableData, base: TableData, column: number, row: number): boolean {
  const there = base.names.indexOf(table.names[column] ?? "");
  if (there < 0 || row >= base.rows) return true;
  const [a, b] = [table.columns[column]?.[row] ?? null, base.columns[there]?.[row] ?? null];
  return typeof a === "object" || typeof b === "object" ? textOf(a) !== textOf(b) : !Object.is(a, b);
}
