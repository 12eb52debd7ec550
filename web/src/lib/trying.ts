/** What a version can be tried on, told by what it takes. */

import type { Column } from "./dataset.ts";
import { formatNumber } from "./format.ts";
import type { Port } from "./models.ts";

export const SOURCES = ["data", "upload", "draw", "fields"] as const;
export type Source = (typeof SOURCES)[number];

export const SOURCE_WORDS: Readonly<Record<Source, string>> = {
  data: "From the data",
  upload: "Upload",
  draw: "Draw",
  fields: "Fields",
};

/** Pixels of the one picture that is taken; `null` where it is none, or its size is not told. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/** `[28, 28, 1]`, `[28, 28]`; what stands in front for any number of rows does not count. */
export function pictureSize(inputs: readonly Port[]): PictureSize | null {
  const [port] = inputs;
  if (inputs.length !== 1 || port === undefined) return null;
  const sides = (port.shape ?? []).filter((side, i) => side !== null || i > 0);
  const [height, width, channels = 1] = sides;
  if (sides.length < 2 || sides.length > 3 || !height || !width || (channels !== 1 && channels !== 3)) return null;
  if (sides.length === 2 && !/image/.test(port.kind ?? "")) return null;
  return { width, height, channels };
}

/** What a version takes; where it does not say, as files from elsewhere do not, what its data hold. */
export function portsOf(inputs: readonly Port[], columns: readonly Column[] | null): readonly Port[] {
  if (inputs.length > 0 || columns === null) return inputs;
  return columns.map(({ name, kind, gives }) => ({
    name,
    shape: gives,
    kind: kind === "image" ? "image_input" : `${kind}_input`,
  }));
}

/** What may be tried, the likeliest first; rows of data where there are any. */
export function sourcesOf(inputs: readonly Port[], columns: readonly Column[] | null): readonly Source[] {
  const pictured = pictureSize(inputs) !== null || inputs.some(({ kind }) => /image/.test(kind ?? ""));
  const plain = columns !== null && columns.length > 0 && columns.every(({ kind }) => isField(kind));
  return SOURCES.filter(
    (source) =>
      (source === "data" && columns !== null) ||
      (source === "upload" && pictured && inputs.length === 1) ||
      (source === "draw" && pictureSize(inputs) !== null) ||
      (source === "fields" && plain),
  );
}

function isField(kind: Column["kind"]): boolean {
  return kind === "number" || kind === "category" || kind === "text" || kind === "time";
}

export type Fields = Readonly<Record<string, string>>;

/** What fields hold at first: the mean of numbers, the first class. */
export function firstFields(columns: readonly Column[]): Fields {
  return Object.fromEntries(
    columns.map(({ name, kind, mean, low, classes }) => [
      name,
      kind === "number" ? plainNumber(mean ?? low ?? 0) : kind === "category" ? (classes[0] ?? "") : "",
    ]),
  );
}

function plainNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** The row that fields say, and what is wrong with them, by column. */
export function readFields(
  columns: readonly Column[],
  fields: Fields,
): {
  readonly values: Readonly<Record<string, string | number | null>>;
  readonly wrong: Readonly<Record<string, string>>;
} {
  const values: Record<string, string | number | null> = {};
  const wrong: Record<string, string> = {};
  for (const { name, kind } of columns) {
    const text = (fields[name] ?? "").trim();
    if (kind !== "number") values[name] = text;
    else if (text === "") values[name] = null;
    else if (Number.isFinite(Number(text))) values[name] = Number(text);
    else wrong[name] = `“${text}” is no number`;
  }
  return { values, wrong };
}

/** What a column held in the data: what is far from it, the model has never seen. */
export function fieldHint({ kind, low, high }: Column): string {
  return kind === "number" && low !== null && high !== null
    ? `${formatNumber(low, 3)} to ${formatNumber(high, 3)}`
    : "";
}

/** Whether a number lies outside of what the data held. */
export function isOutside({ kind, low, high }: Column, text: string): boolean {
  const value = Number(text);
  return kind === "number" && text.trim() !== "" && low !== null && high !== null && (value < low || value > high);
}
