/** Which part of a tensor is looked at, and how: read from the settings. */

import type { RecordRow } from "../../../api/records.ts";
import type { MapName } from "../../../lib/colormap.ts";
import type { NdArray } from "../../../lib/npy.ts";
import { defaultAxes } from "../../../lib/plane.ts";
import { type Stretch, type Summary, symmetric } from "../../../lib/stretch.ts";
import { type Choice, chosen } from "../controls.ts";
import type { Look } from "../heat.ts";
import type { Settings } from "../view.ts";

/** Tensors up to this size are read whole, larger ones plane by plane. */
const WHOLE_BYTES = 8 << 20;
/** More cells than this are thinned before they travel. */
const MOST_CELLS = 4 << 20;
/** What was read: an array over some of the tensor's axes. */
export interface Part {
  readonly array: NdArray;
  /** Which axis of the tensor each axis of the array is. */
  readonly axes: readonly number[];
  /** Every how manyth row and column was read. */
  readonly step: number;
}

/** Which plane is looked at. */
export interface Choosing {
  readonly shape: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly at: readonly number[];
  readonly tiles: boolean;
}

export const MODE: Choice = {
  name: "mode",
  label: "Draw as",
  options: [
    ["heat", "Heat map"],
    ["table", "Numbers"],
  ],
};
export const MAP: Choice = {
  name: "map",
  label: "Colours",
  options: [
    ["auto", "Auto colours"],
    ["viridis", "Viridis"],
    ["cividis", "Cividis"],
    ["gray", "Gray"],
    ["diverging", "Diverging"],
  ],
};
export const SCALE: Choice = {
  name: "scale",
  label: "Scale",
  options: [
    ["linear", "Linear"],
    ["log", "Log"],
  ],
};

export function shapeOf(record: RecordRow): number[] {
  return Array.isArray(record.meta.shape) ? record.meta.shape.map(Number) : [];
}

/** Inputs that are a picture: as many as a square has pixels. */
const LEAST_SQUARE = 16;

/** Height and width of one filter; `null` for a tensor that holds none. Each row of a dense layer may be a picture. */
export function filterSize(shape: readonly number[]): readonly [number, number] | null {
  if (shape.length === 4 || shape.length === 3) return [shape.at(-2) as number, shape.at(-1) as number];
  const inputs = shape.length === 2 ? (shape[1] as number) : 0;
  const side = Math.round(Math.sqrt(inputs));
  return inputs >= LEAST_SQUARE && side * side === inputs ? [side, side] : null;
}

/** Filters are what convolutions and dense layers hold: [out, in, height, width] or [out, in]. */
export function modes(shape: readonly number[]): Choice {
  return filterSize(shape) ? { ...MODE, options: [...MODE.options, ["tiles", "Tiles"]] } : MODE;
}

export function choosing(shape: readonly number[], settings: Settings): Choosing {
  const axes = defaultAxes(shape);
  const axis = (name: string, fallback: number): number => {
    const wish = Number(settings[name] ?? fallback);
    return Number.isInteger(wish) && wish >= 0 && wish < shape.length ? wish : fallback;
  };
  const rows = axis("rows", axes.rows);
  let columns = axis("cols", axes.columns);
  if (columns === rows && shape.length > 1) columns = columns === axes.columns ? axes.rows : axes.columns;
  const wishes = (settings.at ?? "").split(".").map(Number);
  const at = shape.map((n, i) => Math.max(0, Math.min(n - 1, wishes[i] || 0)));
  return { shape, rows, columns, at, tiles: chosen(settings, modes(shape)) === "tiles" };
}

/** The slice to ask for, and which axes remain; `null` when the whole tensor is small enough. */
export function sliceOf(record: RecordRow, how: Choosing): { text: string; axes: number[]; step: number } | null {
  if (record.size <= WHOLE_BYTES) return null;
  const kept = how.tiles
    ? how.shape.map((_, i) => i)
    : [how.rows, how.columns].filter((axis) => axis >= 0).sort((a, b) => a - b);
  const cells = kept.reduce((n, axis) => n * (how.shape[axis] as number), 1);
  const step = Math.max(1, Math.ceil((cells / MOST_CELLS) ** (1 / Math.max(1, Math.min(2, kept.length)))));
  const thinned = kept.slice(-2);
  const text = how.shape.map((_, i) =>
    kept.includes(i) ? (step > 1 && thinned.includes(i) ? `::${step}` : ":") : String(how.at[i]),
  );
  return { text: text.join(","), axes: kept, step };
}

/** One range for all. */
export function joined(all: readonly Summary[]): { low: number; high: number } {
  const known = all.filter(({ low }) => Number.isFinite(low));
  return { low: Math.min(...known.map(({ low }) => low)), high: Math.max(...known.map(({ high }) => high)) };
}

export function lookFor(all: { low: number; high: number }, settings: Settings): Look {
  const wish = chosen(settings, MAP);
  const map = (wish === "auto" ? (all.low < 0 && all.high > 0 ? "diverging" : "viridis") : wish) as MapName;
  const [low, high] = map === "diverging" ? symmetric(all.low, all.high) : [all.low, all.high];
  return {
    map,
    low: Number.isFinite(low) ? low : 0,
    high: Number.isFinite(high) ? high : 1,
    stretch: chosen(settings, SCALE) as Stretch,
  };
}
