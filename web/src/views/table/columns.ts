/** How the columns of the run table look: title, width, and how their values are written. */

import { columnFormat, formatExact, formatValue, wireNumber } from "../../lib/format.ts";
import { parseColumn } from "../../lib/metrics.ts";

export interface Column {
  readonly id: string;
  readonly title: string;
  /** What stands small beside the title: which value of the series. */
  readonly stat: string;
  readonly width: number;
  readonly numeric: boolean;
  readonly write: (value: unknown) => string;
  readonly exact: (value: unknown) => string;
}

const WORDS: Record<string, string> = { last: "last", min: "min", max: "max" };

/** Describe one column, given the values that are known of it. */
export function describeColumn(id: string, values: readonly unknown[]): Column {
  const { kind, key, stat } = parseColumn(id);
  const present = values.filter((value) => value !== null);
  const numbers = present.map(wireNumber);
  const numeric = numbers.every((value) => value !== null);
  const format = kind === "metric" ? columnFormat(numbers) : formatValue;
  const write = (value: unknown): string =>
    kind === "metric" ? format(wireNumber(value) as never) : formatValue(value);
  const longest = Math.max(0, ...present.slice(0, 200).map((value) => write(value).length));
  // Long names are cut short; the title of the head says them in full.
  const wide =
    kind === "metric" ? Math.min(key.length, 13) * 6.4 + stat.length * 5.6 + 33 : Math.min(key.length, 9) * 6.7 + 26;
  return {
    id,
    title: key,
    stat: kind === "metric" ? (WORDS[stat] ?? stat) : "",
    width: Math.round(Math.max(56, Math.min(150, Math.max(longest * 7.9 + 20, wide)))),
    numeric: kind === "metric" || numeric,
    write,
    exact: (value) => (wireNumber(value) === null ? formatValue(value) : formatExact(wireNumber(value))),
  };
}
