/** Tests of versions without a browser: what a report holds, and what can be said from it exactly. */

import type { Cell, Histogram, Picture } from "./dataset.ts";
import { formatInteger, formatNumber } from "./format.ts";

export const TEST_KINDS = ["test", "robustness", "latency"] as const;
export type TestKind = (typeof TEST_KINDS)[number];
export type Task = "classification" | "multi_label" | "regression" | "segmentation" | "reconstruction";
type Figure = number | null;

export interface ClassFigures {
  readonly name: string;
  readonly support: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly auc: Figure;
  readonly average_precision: Figure;
  readonly iou: Figure;
}

/** A curve of one class, and the threshold at each of its points. */
export interface Line {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly thresholds: readonly Figure[];
  readonly area: number;
}

export interface CalibrationBins {
  readonly confidence: readonly number[];
  readonly accuracy: readonly number[];
  readonly count: readonly number[];
  readonly bins: number;
  readonly ece: number;
  readonly mce: number;
}

/** Rows called `name` from a threshold on: so many rightly, so many wrongly; `support` of `n` are of it. */
export interface Thresholds {
  readonly name: string;
  readonly n: number;
  readonly support: number;
  readonly thresholds: readonly number[];
  readonly tp: readonly number[];
  readonly fp: readonly number[];
}

export interface ResidualPoint {
  readonly row: number;
  readonly truth: number;
  readonly predicted: number;
}

export interface Residuals {
  readonly histogram: Histogram;
  readonly points: readonly ResidualPoint[];
}

export interface Slice {
  readonly value: string;
  readonly n: number;
  readonly figure: Figure;
  readonly low: Figure;
  readonly high: Figure;
  readonly is_small: boolean;
}

export interface Slices {
  readonly column: string;
  readonly kind: string;
  readonly figure: string;
  readonly slices: readonly Slice[];
  readonly left_out: number;
}

export interface OutputReport {
  readonly output: string;
  readonly task: Task;
  readonly n: number;
  readonly left_out: number;
  readonly classes: readonly string[];
  readonly main: string;
  readonly figures: Readonly<Record<string, Figure>>;
  readonly intervals: Readonly<Record<string, readonly [number, number]>>;
  readonly confusion: readonly (readonly number[])[] | null;
  readonly per_class: readonly ClassFigures[];
  readonly roc: readonly Line[];
  readonly pr: readonly Line[];
  readonly calibration: CalibrationBins | null;
  readonly thresholds: readonly Thresholds[];
  readonly residuals: Residuals | null;
  readonly errors: Histogram | null;
  readonly slices: readonly Slices[];
  readonly notes: readonly string[];
}

export interface Level {
  readonly level: number;
  readonly figures: Readonly<Record<string, Figure>>;
  readonly intervals?: Readonly<Record<string, readonly [number, number]>>;
}

export interface Harm {
  readonly name: string;
  readonly unit: string;
  readonly figure: string;
  readonly levels: readonly Level[];
}

export interface Latency {
  readonly format: string;
  readonly batch: number;
  readonly p50_ms: number;
  readonly p95_ms: number;
  readonly rows_s: number;
  readonly size_bytes: number;
}

export interface TestReport {
  readonly kind: TestKind;
  readonly dataset: string;
  readonly part: string;
  readonly rows: number;
  readonly of: number;
  readonly seconds: number;
  readonly outputs: readonly OutputReport[];
  readonly harms: readonly Harm[];
  readonly latency: readonly Latency[];
  readonly run: string;
  readonly notes: readonly string[];
}

export interface Score {
  readonly label: string;
  readonly score: Figure;
}

/** A row of a test; `at` is its place in the part. */
export interface TestRow {
  readonly at: number;
  readonly row: number;
  readonly truth: string | number | null;
  readonly predicted: string | number | null;
  readonly score: Figure;
  readonly loss: Figure;
  readonly is_right: boolean | null;
  readonly scores: readonly Score[];
  readonly cells: Readonly<Record<string, Cell>>;
  readonly target: Picture | null;
  readonly prediction: Picture | null;
}

export interface TriedOutput {
  readonly output: string;
  readonly task: Task;
  readonly label: string | null;
  readonly scores: readonly Score[];
  readonly values: readonly Figure[];
  readonly truth: string | null;
  readonly loss: Figure;
  readonly picture: Picture | null;
  readonly target: Picture | null;
}

export interface Saliency {
  readonly method: string;
  readonly output: string;
  readonly label: string;
  readonly input: string;
  readonly width: number;
  readonly height: number;
  readonly values: readonly (readonly number[])[];
  readonly picture: string | null;
  readonly columns: readonly { readonly name: string; readonly value: number }[];
}

export interface Tried {
  readonly source: "row" | "sent";
  readonly dataset: string;
  readonly part: string;
  readonly row: number;
  readonly rows: number;
  readonly cells: Readonly<Record<string, Cell>>;
  readonly outputs: readonly TriedOutput[];
  readonly saliency: readonly Saliency[];
  readonly notes: readonly string[];
  readonly took_ms: number;
}

export const METHODS = ["none", "gradient", "occlusion"] as const;
export type Method = (typeof METHODS)[number];

export const METHOD_WORDS: Readonly<Record<Method, string>> = {
  none: "Off",
  gradient: "Gradient × input",
  occlusion: "Occlusion",
};

/** What comes of calling a row by a class from one threshold on. */
export interface AtThreshold {
  readonly threshold: number;
  readonly tp: number;
  readonly fp: number;
  readonly fn: number;
  readonly tn: number;
  /** 0 where there is nothing below the line, as in the report. */
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly accuracy: number;
  /** Share of what is not of the class that is called so. */
  readonly fallout: number;
}

export function atThreshold(found: Thresholds, index: number): AtThreshold {
  const [threshold, tp, fp] = [found.thresholds, found.tp, found.fp].map((list) => list[index] ?? 0) as [
    number,
    number,
    number,
  ];
  const [fn, others] = [found.support - tp, found.n - found.support];
  const tn = others - fp;
  return {
    threshold,
    tp,
    fp,
    fn,
    tn,
    precision: share(tp, tp + fp),
    recall: share(tp, found.support),
    f1: share(2 * tp, 2 * tp + fp + fn),
    accuracy: share(tp + tn, found.n),
    fallout: share(fp, others),
  };
}

/** 0 of nothing. */
export function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}

/** Which of the thresholds lies nearest to one that is asked for. */
export function nearest(values: readonly number[], wanted: number): number {
  let best = 0;
  values.forEach((value, i) => {
    if (Math.abs(value - wanted) < Math.abs((values[best] as number) - wanted)) best = i;
  });
  return best;
}

/** The threshold at which a figure is largest; of equal ones that nearest to a half. */
export function bestThreshold(found: Thresholds, figure: "f1" | "accuracy"): number {
  let best = nearest(found.thresholds, 0.5);
  found.thresholds.forEach((_, i) => {
    if (atThreshold(found, i)[figure] > atThreshold(found, best)[figure]) best = i;
  });
  return best;
}

/** 95 % interval of a share, by Wilson's score: within 0 and 1, and honest where there are few or none is wrong. */
export function wilson(hits: number, n: number): readonly [number, number] | null {
  if (n === 0) return null;
  const z = 1.959964;
  const p = hits / n;
  const middle = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

export interface Confused {
  readonly actual: number;
  readonly predicted: number;
  readonly count: number;
  /** Of the rows that are of the actual class. */
  readonly share: number;
}

/** Every cell of a confusion matrix with its share of the row. */
export function cellsOf(matrix: readonly (readonly number[])[]): readonly (readonly Confused[])[] {
  return matrix.map((row, actual) => {
    const whole = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, predicted) => ({ actual, predicted, count, share: share(count, whole) }));
  });
}

/** What is mistaken for what, the commonest first. */
export function mistakes(matrix: readonly (readonly number[])[], most = 6): readonly Confused[] {
  return cellsOf(matrix)
    .flat()
    .filter(({ actual, predicted, count }) => actual !== predicted && count > 0)
    .sort((a, b) => b.count - a.count || b.share - a.share)
    .slice(0, most);
}

/** A cell as the address holds it: `actual~predicted`. */
export function writeCell(actual: string, predicted: string): string {
  const [a, b] = [actual, predicted].map((name) => encodeURIComponent(name).replaceAll("~", "%7E"));
  return `${a}~${b}`;
}

export function readCell(text: string | null): { readonly actual: string; readonly predicted: string } | null {
  const parts = text?.split("~") ?? [];
  if (parts.length !== 2) return null;
  try {
    return { actual: decodeURIComponent(parts[0] as string), predicted: decodeURIComponent(parts[1] as string) };
  } catch {
    return null;
  }
}

/** Figures that are shares: their axis begins at 0 and ends at 1. */
export function isShare(name: string): boolean {
  return !/(^|[./_])(loss|mae|mse|rmse|bias|error|max_error|r2|mcc|log_loss|n)$/.test(name);
}

/** A figure with its 95 % interval: `0.936, 95 % 0.921 to 0.950`. */
export function figureWords(value: Figure, interval: readonly [number, number] | undefined): string {
  if (interval === undefined) return formatNumber(value);
  return `${formatNumber(value)}, 95 % ${formatNumber(interval[0], 3)} to ${formatNumber(interval[1], 3)}`;
}

/** How many rows a test judged: `360 test rows`, `500 of 10 000 test rows`. */
export function rowWords({ rows, of, part }: Pick<TestReport, "rows" | "of" | "part">): string {
  const count = rows === of || of === 0 ? formatInteger(rows) : `${formatInteger(rows)} of ${formatInteger(of)}`;
  return `${count} ${part === "" ? "" : `${part} `}${(of || rows) === 1 ? "row" : "rows"}`;
}

export interface Difference {
  readonly name: string;
  readonly first: Figure;
  readonly second: Figure;
  readonly change: number | null;
  /** 95 % of the change; `null` where a side has none. */
  readonly interval: readonly [number, number] | null;
}

/**
 * Figures of two tests beside each other.
 *
 * The interval of the change takes the two as independent. Judged by the same rows they rise and fall together, so the true
 * one is narrower: what differs here does differ.
 *
 * Source: R. G. Newcombe, Interval estimation for the difference between independent proportions (1998), method 10.
 */
export function differences(a: OutputReport, b: OutputReport): readonly Difference[] {
  const names = Object.keys(a.figures).filter((name) => name in b.figures && !name.includes("/") && name !== "n");
  const order = [...new Set([a.main, ...names])].filter((name) => names.includes(name));
  return order.map((name) => {
    const [first, second] = [a.figures[name] ?? null, b.figures[name] ?? null];
    const change = first === null || second === null ? null : second - first;
    const [left, right] = [a.intervals[name], b.intervals[name]];
    if (change === null || !left || !right) return { name, first, second, change, interval: null };
    const below = Math.hypot((second as number) - right[0], left[1] - (first as number));
    const above = Math.hypot(right[1] - (second as number), (first as number) - left[0]);
    return { name, first, second, change, interval: [change - below, change + above] };
  });
}

export type ClassColumn = "name" | "support" | "precision" | "recall" | "f1" | "auc" | "average_precision" | "iou";

/** Classes in the order of a column; what has no figure comes last whichever way. */
export function sortClasses(
  rows: readonly ClassFigures[],
  column: ClassColumn,
  falling: boolean,
): readonly ClassFigures[] {
  const way = falling ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [a[column] ?? null, b[column] ?? null];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    if (typeof x === "number" && typeof y === "number") return way * (x - y);
    return way * String(x).localeCompare(String(y), "en", { numeric: true });
  });
}

/** The lowest and highest of some numbers, equal on both axes where truth and prediction are drawn. */
export function rangeOf(values: readonly number[]): readonly [number, number] {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return [0, 1];
  let [low, high] = [finite[0] as number, finite[0] as number];
  for (const value of finite) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** The one figure that stands for a test in a list. */
export function headline({ outputs, harms, latency }: TestReport): string {
  const [output] = outputs;
  if (output) return `${output.main} ${formatNumber(output.figures[output.main])}`;
  const ends = harms.flatMap(({ name, figure, levels }) => {
    const [first, last] = [levels[0]?.figures[figure] ?? null, levels.at(-1)?.figures[figure] ?? null];
    return first === null || last === null ? [] : [{ name, figure, last, lost: Math.abs(last - first) }];
  });
  const [worst] = ends.sort((a, b) => b.lost - a.lost);
  if (worst) return `${worst.name}: ${formatNumber(worst.last, 3)}`; // by what figure stands on its page
  const [own] = latency;
  return own ? `${formatNumber(own.p50_ms, 3)} ms` : "";
}
