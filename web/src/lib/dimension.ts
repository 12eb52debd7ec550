/** Dimensions: one column of many runs as an axis, with a place for every run, also for those without a value. */

import { hash } from "./colour.ts";
import { formatValue, MISSING, tickLabels, wireNumber } from "./format.ts";
import { parseColumn } from "./metrics.ts";
import { makeScale, padded, type Scale, ticks } from "./scale.ts";

export type DimensionKind = "linear" | "log" | "category";

export interface Tick {
  /** 0 at the bottom of the axis, 1 at its top. */
  readonly place: number;
  readonly label: string;
}

/** Part of an axis: numbers from `low` to `high`, or some of its categories. */
export type Range = { readonly low: number; readonly high: number } | { readonly labels: readonly string[] };

export interface Dimension {
  readonly column: string;
  readonly title: string;
  readonly kind: DimensionKind;
  /** Where each run stands, 0 to 1; `NOWHERE` without a (finite) value. */
  readonly places: Float64Array;
  readonly ticks: readonly Tick[];
  /** How many runs have no place, and how that is called: "none", "NaN". */
  readonly missing: number;
  readonly missingLabel: string;
  /** How many different values there are. */
  readonly distinct: number;
  /** What lies between two places. */
  readonly range: (low: number, high: number) => Range;
  readonly within: (range: Range, run: number) => boolean;
  /** A range as a test of the filter language. */
  readonly filter: (range: Range) => string;
  /** Where a number stands, kept on the axis. */
  readonly placeOf: (value: number) => number;
  /** What a run has here, in words. */
  readonly word: (run: number) => string;
}

/** Below the axis, where runs without a value are kept in sight. */
export const NOWHERE = -0.11;
/** A positive axis over more than this factor is logarithmic. */
const DECADES = 50;
/** Share of a category's band in which its runs are spread, so that many lines do not become one. */
const SPREAD = 0.5;
const TICKS = 6;

/** What a column is called on an axis: `lr`, `val/acc max`. */
export function columnTitle(column: string): string {
  const { kind, key, stat, other } = parseColumn(column);
  if (kind !== "metric" || stat === "last") return key;
  return other === undefined ? `${key} ${stat.replace("_", " ")}` : `${key} ${stat.replace("_", " ")} ${other}`;
}

/** @param flat Whether the axis must not be logarithmic. */
export function makeDimension(column: string, values: readonly unknown[], flat = false): Dimension {
  const read = values.map((value) =>
    typeof value === "number" || typeof value === "string" ? wireNumber(value) : null,
  );
  const isNumber = values.every((value, i) => value === null || value === undefined || read[i] !== null);
  return isNumber ? numeric(column, read, flat) : categorical(column, values);
}

function numeric(column: string, read: readonly (number | null)[], flat: boolean): Dimension {
  const numbers = Float64Array.from(read, (value) => (value !== null && Number.isFinite(value) ? value : Number.NaN));
  const finite = numbers.filter((value) => !Number.isNaN(value));
  const [low, high] = extent(finite);
  const kind = !flat && low > 0 && high / low >= DECADES ? "log" : "linear";
  const scale: Scale = makeScale(kind, padded(kind, [low, high]), [0, 1]);
  const marks = ticks(scale, TICKS);
  const labels = tickLabels(marks);
  const notANumber = read.some((value) => value !== null && !Number.isFinite(value));
  return {
    column,
    title: columnTitle(column),
    kind,
    places: numbers.map((value) => (Number.isNaN(value) ? NOWHERE : scale.to(value))),
    ticks: marks.map((value, i) => ({ place: scale.to(value), label: labels[i] ?? "" })),
    missing: numbers.length - finite.length,
    missingLabel: notANumber ? "none, NaN" : "none",
    distinct: new Set(finite).size,
    range: (from, to) => ({ low: rounded(scale.from(from)), high: rounded(scale.from(to)) }),
    within: (range, run) => {
      const value = numbers[run] as number;
      return "low" in range && value >= range.low && value <= range.high;
    },
    filter: (range) => ("low" in range ? `${column} BETWEEN ${range.low} AND ${range.high}` : ""),
    placeOf: (value) => Math.max(0, Math.min(1, scale.to(value))),
    word: (run) => formatValue(read[run]),
  };
}

/** Enough digits that a range reads well and still holds what it held. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

function extent(values: Float64Array): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}

function categorical(column: string, values: readonly unknown[]): Dimension {
  const words = values.map((value) => (value === null || value === undefined ? null : formatValue(value)));
  const quoted = new Map<string, string>();
  for (const [i, word] of words.entries()) if (word !== null) quoted.set(word, literal(values[i]));
  const labels = [...quoted.keys()].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
  const at = new Map(labels.map((label, i) => [label, i]));
  const middle = (i: number): number => (i + 0.5) / labels.length;
  const places = Float64Array.from(words, (word, run) => {
    if (word === null) return NOWHERE;
    return middle(at.get(word) as number) + (strewn(run) - 0.5) * (SPREAD / labels.length);
  });
  const every = Math.max(1, Math.ceil(labels.length / 12));
  return {
    column,
    title: columnTitle(column),
    kind: "category",
    places,
    ticks: labels.map((label, i) => ({ place: middle(i), label })).filter((_, i) => i % every === 0),
    missing: words.filter((word) => word === null).length,
    missingLabel: "none",
    distinct: labels.length,
    range: (from, to) => ({ labels: labels.filter((_, i) => middle(i) >= from && middle(i) <= to) }),
    within: (range, run) => "labels" in range && words[run] !== null && range.labels.includes(words[run] as string),
    filter: (range) => {
      const wanted = "labels" in range ? range.labels.flatMap((label) => quoted.get(label) ?? []) : [];
      return wanted.length > 0 ? `${column} IN (${wanted.join(", ")})` : `${column} IS NULL`;
    },
    placeOf: () => 0.5,
    word: (run) => words[run] ?? MISSING,
  };
}

/** A share for each run, the same one each time, that goes with nothing else of it. */
function strewn(run: number): number {
  return hash(`run ${run}`) / 2 ** 32;
}

/** A value as the filter language writes it. */
function literal(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return `'${(typeof value === "string" ? value : JSON.stringify(value)).replaceAll("'", "''")}'`;
}

/** Whether a run lies in all ranges, by column. */
export function held(dimensions: readonly Dimension[], ranges: ReadonlyMap<string, Range>, count: number): boolean[] {
  const tested = dimensions.flatMap((dimension) => {
    const range = ranges.get(dimension.column);
    return range ? [[dimension, range] as const] : [];
  });
  return Array.from({ length: count }, (_, run) => tested.every(([dimension, range]) => dimension.within(range, run)));
}
