/** Runs side by side, as their page shows them: the state in the address, and what is written in a cell. */

import type { ComparedFigure, ComparedMetric, ComparedRow } from "../../api/analysis.ts";
import { columnFormat, formatNumber, wireNumber } from "../../lib/format.ts";
import { readList, writeList } from "../../lib/url.ts";

const MINUS = "\u2212";
export const MOST_RUNS = 20;
export const STATISTICS = ["last", "min", "max"] as const;
export type Statistic = (typeof STATISTICS)[number];

export interface CompareState {
  readonly runs: readonly string[];
  /** The run that the others are told apart from; charts know it too. `null` is the first. */
  readonly baseline: string | null;
  readonly show: string;
  /** Whether rows that are the same in all runs are listed too. */
  readonly all: boolean;
  readonly stat: Statistic;
  /** Regular expression over metrics. */
  readonly metrics: string;
  /** Whose code and graph is laid beside the baseline's; `null` is the next run. */
  readonly against: string | null;
}

export function readCompare(search: URLSearchParams): CompareState {
  return {
    runs: [...new Set(readList(search.get("runs")) ?? [])].slice(0, MOST_RUNS),
    baseline: search.get("baseline") || null,
    show: search.get("show") || "differences",
    all: search.get("rows") === "all",
    stat: STATISTICS.find((one) => one === search.get("stat")) ?? "last",
    metrics: search.get("metrics") ?? "",
    against: search.get("against") || null,
  };
}

export function writeCompare(state: Partial<CompareState>): Record<string, string | null> {
  const out: Record<string, string | null> = {};
  if (state.runs !== undefined) out.runs = state.runs.length > 0 ? writeList(state.runs) : null;
  if (state.baseline !== undefined) out.baseline = state.baseline;
  if (state.show !== undefined) out.show = state.show === "differences" ? null : state.show;
  if (state.all !== undefined) out.rows = state.all ? "all" : null;
  if (state.stat !== undefined) out.stat = state.stat === "last" ? null : state.stat;
  if (state.metrics !== undefined) out.metrics = state.metrics || null;
  if (state.against !== undefined) out.against = state.against;
  return out;
}

/** The list with one entry moved by one place; at the end nothing changes. */
export function movedBy(list: readonly string[], entry: string, by: -1 | 1): readonly string[] {
  const from = list.indexOf(entry);
  const to = from + by;
  if (from < 0 || to < 0 || to >= list.length) return list;
  const next = list.filter((one) => one !== entry);
  next.splice(to, 0, entry);
  return next;
}

/** Rows to list: those that differ, or all. */
export function shownRows(rows: readonly ComparedRow[], all: boolean): readonly ComparedRow[] {
  return all ? rows : rows.filter((row) => row.differs);
}

export interface MetricCell {
  readonly text: string;
  readonly best: boolean;
  /** How far it is from the baseline, signed; empty where there is nothing to say. */
  readonly delta: string;
  readonly better: boolean | null;
}

/** The cells of a metric: alike in digits, the best marked, each with its distance from the baseline. */
export function metricCells(metric: ComparedMetric, stat: Statistic, baseline: number): readonly MetricCell[] {
  const figure: ComparedFigure = metric[stat];
  const numbers = figure.values.map(wireNumber);
  const write = columnFormat(numbers);
  const base = numbers[baseline] ?? null;
  return numbers.map((value, i) => {
    const told = value !== null && base !== null && Number.isFinite(value) && Number.isFinite(base) && i !== baseline;
    const delta = told ? value - base : 0;
    return {
      text: write(value),
      best: figure.best.includes(i),
      delta: told ? signed(delta, write) : "",
      better: delta === 0 ? null : delta > 0 === (metric.goal === "max"),
    };
  });
}

/** With the digits of the row, unless they would make nothing of it. */
function signed(delta: number, write: (value: number) => string): string {
  if (delta === 0) return "±0";
  const written = write(Math.abs(delta));
  const text = Number(written) === 0 ? formatNumber(Math.abs(delta), 2) : written;
  return `${delta > 0 ? "+" : MINUS}${text}`;
}
