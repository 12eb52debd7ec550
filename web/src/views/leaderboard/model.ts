/** A leaderboard as its page shows it: the state in the address, what is in which column, the order, the common scale. */

import type { BoardColumn, Entry, EntryRange, Leaderboard } from "../../api/analysis.ts";
import { byImportance, metricColumn, parseColumn } from "../../lib/metrics.ts";
import { readList, writeList } from "../../lib/url.ts";

export const TESTS = ["welch", "permutation", "bootstrap"] as const;
export type Test = (typeof TESTS)[number];

/** What a test is called, and what it is good for. */
export const TEST_WORDS: Readonly<Record<Test, { readonly name: string; readonly says: string }>> = {
  welch: {
    name: "Welch’s t",
    says: "Compares means that spread differently. Takes the values of the seeds as about normal; works from three seeds on and for thousands of entries.",
  },
  permutation: {
    name: "Permutation",
    says: "Asks how often shuffled seeds would differ as much. Assumes no distribution, but needs about five seeds before it can tell anything.",
  },
  bootstrap: {
    name: "Bootstrap",
    says: "Draws the seeds again and again, for intervals that need not be even on both sides. Better with ten seeds than with three.",
  },
};

export interface BoardState {
  /** Series and perhaps which value of it: `test/accuracy`, `val/acc.max`; `null` is the most telling one. */
  readonly metric: string | null;
  /** `null` is what the run or the name of the metric says. */
  readonly goal: "max" | "min" | null;
  readonly groupBy: string;
  readonly where: string;
  readonly test: Test;
  /** `null` is the usual ones. */
  readonly columns: readonly string[] | null;
  /** Column to sort by, `-` falls; `null` is the rank. */
  readonly sort: string | null;
  /** Keys of the entries that are open. */
  readonly open: readonly string[];
  readonly view: string | null;
}

export const BOARD_DEFAULTS: BoardState = {
  metric: null,
  goal: null,
  groupBy: "config - seed",
  where: "",
  test: "welch",
  columns: null,
  sort: null,
  open: [],
  view: null,
};

export function readBoard(search: URLSearchParams): BoardState {
  const goal = search.get("goal");
  return {
    metric: search.get("metric") || null,
    goal: goal === "max" || goal === "min" ? goal : null,
    groupBy: search.get("entries") || BOARD_DEFAULTS.groupBy,
    where: search.get("where") ?? "",
    test: TESTS.find((one) => one === search.get("test")) ?? BOARD_DEFAULTS.test,
    columns: readList(search.get("columns")),
    sort: search.get("sort") || null,
    open: readList(search.get("open")) ?? [],
    view: search.get("view") || null,
  };
}

export function writeBoard(state: BoardState): Record<string, string | null> {
  return {
    metric: state.metric,
    goal: state.goal,
    entries: state.groupBy === BOARD_DEFAULTS.groupBy ? null : state.groupBy,
    where: state.where || null,
    test: state.test === BOARD_DEFAULTS.test ? null : state.test,
    columns: writeList(state.columns),
    sort: state.sort,
    open: state.open.length > 0 ? writeList(state.open) : null,
    view: state.view,
  };
}

export const STATISTICS = ["last", "min", "max", "mean"] as const;
export type Statistic = (typeof STATISTICS)[number];

/** Split `val/acc.max` into the series and the value of it that is meant. */
export function readMetric(metric: string): { readonly key: string; readonly stat: string } {
  if (/^(attr|config)\./.test(metric)) return { key: metric, stat: "" };
  const { key, stat } = parseColumn(`metric.${metric}`);
  return { key, stat };
}

export function writeMetric(key: string, stat: string): string {
  const column = metricColumn(key, stat).slice("metric.".length);
  return stat === "last" && column === `${key}.last` ? key : column;
}

/** The metric that people ask for first: what an evaluation says, held-out before trained on, quality before loss. */
export function firstMetric(metrics: readonly string[]): string | null {
  const words = ["accuracy", "acc", "r2", "auc", "f1", "rmse", "loss"];
  const score = (key: string): number => {
    const parts = key.split("/");
    const word = words.indexOf(parts.at(-1) ?? "");
    return (word < 0 ? words.length : word) + (parts.length > 2 ? 100 : 0);
  };
  const ranked = byImportance(metrics).filter((key) => !/^(epoch|samples|step|time)$/i.test(key));
  const held = ranked.filter((key) => /^(val|valid|validation|test|eval)[/_.-]/i.test(key));
  const from = held.length > 0 ? held : ranked;
  return from.reduce<string | null>((best, key) => (best !== null && score(best) <= score(key) ? best : key), null);
}

/** What makes an entry: the whole config or single columns, and keys that are left out. */
export interface Grouped {
  readonly columns: readonly string[];
  readonly without: readonly string[];
}

export function readGrouped(groupBy: string): Grouped {
  const [first = "", ...minus] = groupBy.split(/\s-\s/);
  const columns = first.split(/\s*,\s*|\s\+\s/).map((part) => part.trim());
  return { columns: columns.filter((part) => part !== ""), without: minus.map((part) => part.trim()) };
}

export function writeGrouped({ columns, without }: Grouped): string {
  if (columns.length === 0) return BOARD_DEFAULTS.groupBy;
  const rest = columns.includes("config") ? without : [];
  return [columns.join(", "), ...rest].join(" - ");
}

/** The name by which an entry is known in the address: its oldest run. */
export function entryKey(entry: Entry): string {
  return entry.seeds.reduce((least, seed) => (least === "" || seed.run < least ? seed.run : least), "");
}

export function isRange(value: unknown): value is EntryRange {
  return typeof value === "object" && value !== null;
}

/** The one value of a cell: where runs differ their mean, or what all of those say that say anything. */
export function cellValue(value: Entry["columns"][string] | undefined): number | string | boolean | null {
  if (!isRange(value)) return value ?? null;
  const said = [...new Set(value.values.filter((one) => one !== null))];
  if (said.length === 1) return said[0] ?? null;
  return value.mean ?? null;
}

/** Different values of a cell whose runs do not agree and that has no mean. */
export function cellTexts(value: Entry["columns"][string] | undefined): string[] {
  if (!isRange(value) || value.mean !== null) return [];
  return [...new Set(value.values.filter((one) => one !== null).map(String))];
}

/** Columns that say something beside the label, unless others were chosen: results, size, time, code. */
export function usualColumns(board: Leaderboard, metric: string): string[] {
  const named = new Set(board.protocols.flatMap((one) => one.entries.flatMap((entry) => Object.keys(entry.config))));
  const own = `metric.${readMetric(metric).key}`;
  const differs = (column: BoardColumn): boolean => {
    const values = board.protocols.flatMap((one) =>
      one.entries.map((entry) => JSON.stringify(cellValue(entry.columns[column.name]))),
    );
    return new Set(values).size > 1;
  };
  const setup = board.columns.filter(
    (one) => one.group === "setup" && !one.source.some((source) => named.has(source)) && differs(one),
  );
  const results = board.columns.filter((one) => one.group === "result" && !one.source.includes(own)).slice(0, 3);
  const run = board.columns.filter((one) => ["epochs_done", "parameters", "duration", "commit"].includes(one.name));
  return [...setup, ...results, ...run].map((one) => one.name);
}

/** Entries in the order of a column; those without a value come last, and ties keep their rank's order. */
export function sorted(entries: readonly Entry[], sort: string | null): readonly Entry[] {
  if (sort === null) return entries;
  const falls = sort.startsWith("-");
  const column = falls ? sort.slice(1) : sort;
  const value = (entry: Entry): number | string | null => {
    if (column === "n") return entry.n;
    if (column === "label") return entry.label;
    const found = cellValue(entry.columns[column]) ?? cellTexts(entry.columns[column]).join() ?? null;
    return typeof found === "boolean" ? Number(found) : found === "" ? null : found;
  };
  const keyed = entries.map((entry) => ({ entry, value: value(entry) }));
  keyed.sort((a, b) => {
    if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null);
    const by =
      typeof a.value === "number" && typeof b.value === "number"
        ? a.value - b.value
        : String(a.value).localeCompare(String(b.value), "en", { numeric: true });
    return falls ? -by : by;
  });
  return keyed.map((one) => one.entry);
}

/** An entry that is further from the best than so many times the median distance is off the common scale. */
const FAR = 6;

/**
 * The ends of the scale on which entries are drawn.
 *
 * It covers the seeds of every entry that is not far out, and of intervals what does not stretch it too much: two seeds
 * have an interval of many times their distance, and one diverged entry would press all others into a point.
 */
export function reach(entries: readonly Entry[]): readonly [number, number] | null {
  const placed = entries.filter((entry) => entry.mean !== null);
  const best = placed[0]?.mean;
  if (best === undefined || best === null) return null;
  const away = placed.map((entry) => Math.abs((entry.mean as number) - best)).sort((a, b) => a - b);
  const median = away[Math.floor(away.length / 2)] ?? 0;
  const near = placed.filter((entry) => Math.abs((entry.mean as number) - best) <= (median > 0 ? FAR * median : 0));
  const shown = median > 0 ? near : placed;
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { seeds } of shown) {
    for (const { value } of seeds) {
      if (value === null) continue;
      [least, most] = [Math.min(least, value), Math.max(most, value)];
    }
  }
  const span = most - least || Math.abs(most) * 0.02 || 1;
  let [low, high] = [least, most];
  for (const { interval } of shown) {
    if (!interval) continue;
    low = Math.min(low, Math.max(interval[0], least - span / 2));
    high = Math.max(high, Math.min(interval[1], most + span / 2));
  }
  const air = (high - low || span) * 0.05;
  return [low - air, high + air];
}
