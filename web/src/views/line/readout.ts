/** The values under the cursor, largest first, in a small table that follows it. */

import { formatInteger, formatNumber } from "../../lib/format.ts";
import { formatDuration, formatMoment } from "../../lib/time.ts";
import type { Palette } from "../palette.ts";
import type { Line, LineProps } from "./props.ts";

const MOST = 14;
const APART_PX = 12;

export interface Value {
  readonly line: Line;
  /** Mean of the bucket, which is the value itself where it holds one point. */
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly bad: number;
  readonly x: number;
}

/** What each line is at `x`, largest first; lines that do not reach it are left out. */
export function valuesAt(props: LineProps, x: number, reach: number): Value[] {
  const out: Value[] = [];
  for (const line of props.lines) {
    const i = line.trace.nearest(x);
    if (i < 0) continue;
    const b = line.trace.buckets;
    const x0 = b.x0[i] as number;
    const x1 = b.x1[i] as number;
    if (x < x0 - reach || x > x1 + reach) continue;
    const [mean, low, high] = [b.mean[i] as number, b.low[i] as number, b.high[i] as number];
    out.push({ line, mean, low, high, n: b.n[i] as number, bad: b.bad[i] as number, x: Math.max(x0, Math.min(x1, x)) });
  }
  return out.sort((a, b) => (Number.isNaN(a.mean) ? 1 : Number.isNaN(b.mean) ? -1 : b.mean - a.mean));
}

/** A place on the x axis in words: `step 1 200`, `2026-11-20 12:00:00`, `4m 07s`. */
function describeX(name: string, x: number): string {
  if (name === "time") return formatMoment(x);
  if (name === "relative") return formatDuration(x);
  const whole = Math.abs(x - Math.round(x)) < 1e-6 || name === "step";
  return `${name} ${whole ? formatInteger(Math.round(x)) : formatNumber(x, 6)}`;
}

/** One line of text for each value, for a screen reader. */
export function sayValues(props: LineProps, x: number, values: readonly Value[]): string {
  const each = values.slice(0, MOST).map((value) => `${value.line.name} ${describeValue(value)}`);
  return `${describeX(props.x, x)}: ${each.join(", ") || "no values"}`;
}

function describeValue(value: Value): string {
  if (value.n === value.bad) return "NaN";
  return value.n === 1 && !value.line.band
    ? formatNumber(value.mean, 6)
    : `${formatNumber(value.mean)}, from ${formatNumber(value.low)} to ${formatNumber(value.high)}`;
}

export class Readout {
  private readonly root = document.createElement("div");

  constructor(parent: HTMLElement) {
    this.root.className = "readout";
    this.root.hidden = true;
    this.root.setAttribute("aria-hidden", "true");
    parent.append(this.root);
  }

  hide(): void {
    this.root.hidden = true;
  }

  show(props: LineProps, x: number, pixel: number, values: readonly Value[], palette: Palette): void {
    const baseline = values.find((value) => value.line.run === props.baseline);
    this.root.replaceChildren(
      this.head(props, x, values),
      ...values.slice(0, MOST).map((value) => this.row(value, props, palette, baseline)),
    );
    if (values.length > MOST) this.root.append(cell("readout-more", `${values.length - MOST} more below`));
    this.root.hidden = values.length === 0;
    this.place(pixel);
  }

  /** Beside the rule, to its right where there is room, and never beyond what scrolls with the chart. */
  private place(pixel: number): void {
    const bounds = (this.root.closest("section, dialog") ?? document.body).getBoundingClientRect();
    const chart = (this.root.parentElement as HTMLElement).getBoundingClientRect();
    const width = this.root.offsetWidth;
    const right = pixel + APART_PX;
    const fits = chart.left + right + width <= bounds.right - 4;
    const left = fits ? right : pixel - APART_PX - width;
    this.root.style.left = `${Math.max(bounds.left + 4 - chart.left, left)}px`;
  }

  private head(props: LineProps, x: number, values: readonly Value[]): HTMLElement {
    const n = Math.max(0, ...values.map((value) => value.n));
    const head = cell("readout-head", describeX(props.x, x));
    if (n > 1) head.append(cell("readout-count", `mean of ${formatInteger(n)} points`));
    return head;
  }

  private row(value: Value, props: LineProps, palette: Palette, baseline: Value | undefined): HTMLElement {
    const row = cell(value.line.run === props.hover ? "readout-row lit" : "readout-row", "");
    const swatch = cell("swatch", "");
    swatch.style.background = palette.runs[value.line.style.hue] ?? palette.ink;
    const range =
      value.n > 1 || (value.line.band && value.low < value.high)
        ? `${formatNumber(value.low, 3)} … ${formatNumber(value.high, 3)}`
        : "";
    const apart = baseline && value.line !== baseline.line ? value.mean - baseline.mean : Number.NaN;
    row.append(swatch, cell("readout-name", value.line.name), cell("readout-range", range));
    row.append(cell("readout-value", value.n === value.bad ? "NaN" : formatNumber(value.mean, value.n === 1 ? 6 : 4)));
    if (baseline) row.append(cell("readout-apart", Number.isFinite(apart) ? formatDelta(apart) : "baseline"));
    return row;
  }
}

/** Difference from the baseline, with its sign. */
function formatDelta(value: number): string {
  return `${value < 0 ? "\u2212" : "+"}${formatNumber(Math.abs(value), 3)}`;
}

function cell(name: string, text: string): HTMLElement {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = text;
  return element;
}
