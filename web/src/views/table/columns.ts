/** How the columns of the run table look: title, width, and how their values are written. */

import type { GroupValue } from "../../api/table.ts";
import {
  formatExact,
  formatInteger,
  formatNumber,
  formatValue,
  MISSING,
  spreadFormat,
  wireNumber,
} from "../../lib/format.ts";
import { NAME } from "../../lib/layout.ts";
import { parseColumn } from "../../lib/metrics.ts";
import type { Summary } from "../../lib/summary.ts";
import type { Aggregate } from "../../lib/tablestate.ts";
import { formatDuration, formatMoment } from "../../lib/time.ts";

/** Columns that are drawn from a run itself: the server is not asked for them. */
export const TREND = "trend";
export const TAGS = "tags";

export interface Column {
  readonly id: string;
  readonly title: string;
  /** What stands small beside the title: which value of the series. */
  readonly stat: string;
  /** How a cell is drawn. */
  readonly face: "text" | "trend" | "tags" | "age" | "truth";
  /** Pixels that fit its values. */
  readonly fits: number;
  readonly numeric: boolean;
  /** Whether larger values come first when it begins to sort; `null` where it cannot sort. */
  readonly falls: boolean | null;
  readonly write: (value: unknown) => string;
  readonly exact: (value: unknown) => string;
  /** What a group says in this column. */
  readonly sum: (
    value: GroupValue | undefined,
    aggregate: Aggregate,
  ) => { readonly text: string; readonly full: string };
}

const TITLES: Readonly<Record<string, string>> = { created: "age", last_step: "last step" };
const TIMES = new Set(["created", "updated", "finished"]);
const LARGEST_PX = 260;

/** Describe one column, given what its values are like; `grouped` makes room for mean and deviation. */
export function describeColumn(id: string, summary: Summary, grouped: Summary | null): Column {
  if (id === TREND) return { ...bare(id, "trend", 72), title: "trend" };
  if (id === TAGS) return { ...bare(id, "tags", 120), title: "tags" };
  const { kind, key, stat, other } = parseColumn(id);
  const metric = kind === "metric";
  const write = writer(kind, key, summary);
  const numeric = metric || (summary.numeric && summary.sample.length > 0);
  const title = kind === "attr" ? (TITLES[key] ?? key.replaceAll("_", " ")) : key;
  const small = other ? `${stat.replace("at_", "at ")} ${other}` : metric ? stat : kind === "tag" ? "tag" : "";
  const own = kind === "attr" && (key === "duration" || key === "parameters");
  const total = metric || own ? write : (value: unknown): string => formatNumber(wireNumber(value), 3);
  const sum = summing(write, total, numeric);
  const texts = grouped
    ? Math.max(...grouped.sample.map((value) => (numeric ? total : write)(value).length), 0) * (numeric ? 2 : 1) + 3
    : 0;
  // Room for the title, and for the arrow that says how it sorts.
  const head = Math.min(title.length, 16) * 6.6 + Math.min(small.length, 14) * 5.8 + (small ? 46 : 36);
  const longest = Math.max(summary.longest(write), texts);
  const age = kind === "attr" && TIMES.has(key);
  const truth = kind === "tag" || (kind === "attr" && (key === "archived" || key === "dirty"));
  return {
    id,
    title,
    stat: small,
    face: age ? "age" : truth ? "truth" : "text",
    fits: Math.round(
      Math.max(age ? 66 : 56, Math.min(LARGEST_PX, Math.max(age || truth ? 0 : longest * 7.6 + 20, head))),
    ),
    numeric: age || (numeric && !truth),
    falls: metric ? !/loss|err|min/i.test(key + stat) : age,
    write,
    exact: (value) => exactly(value, age),
    sum,
  };
}

function bare(id: string, face: "trend" | "tags", fits: number): Column {
  const nothing = { text: "", full: "" };
  const none = (): string => "";
  return {
    id,
    title: id,
    stat: "",
    face,
    fits,
    numeric: false,
    falls: null,
    write: none,
    exact: none,
    sum: () => nothing,
  };
}

function writer(kind: string, key: string, summary: Summary): (value: unknown) => string {
  if (kind === "attr" && key === "duration")
    return (value) => (typeof value === "number" ? formatDuration(value) : MISSING);
  if (kind === "attr" && key === "parameters") return (value) => formatNumber(wireNumber(value), 3);
  if (kind === "attr" && key === "commit") return (value) => formatValue(value).slice(0, 8);
  if (kind !== "metric") return formatValue;
  const format = spreadFormat(summary.spread);
  return (value) => format(wireNumber(value));
}

function exactly(value: unknown, time: boolean): string {
  if (time && typeof value === "number") return formatMoment(value);
  const number = wireNumber(value);
  return number === null ? formatValue(value) : formatExact(number);
}

/** What a group says: the value that all its runs share, else an aggregate of their numbers (`total` writes it). */
function summing(
  write: (value: unknown) => string,
  total: (value: unknown) => string,
  numeric: boolean,
): Column["sum"] {
  return (value, aggregate) => {
    const { count = 0, bad = 0, texts = 0 } = value ?? {};
    if (!value || count + bad + texts === 0) return { text: MISSING, full: "no values" };
    if (!numeric || texts > 0) {
      const text = value.mixed ? "differ" : write(value.common);
      return { text, full: value.mixed ? "The values differ" : formatValue(value.common) };
    }
    const std = wireNumber(value.std);
    const alike = value.mixed === false && value.common !== null && value.common !== undefined;
    const deviation = aggregate === "mean" && std !== null && std > 0 ? ` ± ${total(std)}` : "";
    const full = [
      `mean ${formatExact(wireNumber(value.mean))}`,
      ...(std === null ? [] : [`± ${formatExact(std)} (standard deviation)`]),
      `min ${formatExact(value.min)}`,
      `max ${formatExact(value.max)}`,
      `of ${formatInteger(count)}`,
      ...(bad > 0 ? [`${formatInteger(bad)} not finite`] : []),
    ];
    return { text: alike ? write(value.common) : `${total(value[aggregate])}${deviation}`, full: full.join(", ") };
  };
}

/** Columns that the server is asked for. */
export function asked(columns: readonly string[]): string[] {
  return columns.filter((id) => id !== TREND && id !== TAGS && id !== NAME);
}

/** What a head is called aloud and in menus. */
export function wordsOf({ title, stat }: Pick<Column, "title" | "stat">): string {
  return stat ? `${title} (${stat})` : title;
}

/** The CSS variable that holds how far from the left a pinned column stands. */
export function leftOf(id: string): string {
  return `--left-${[...id].map((c) => (/[a-zA-Z0-9]/.test(c) ? c : `_${c.codePointAt(0)?.toString(16)}`)).join("")}`;
}
