/** What a data set is, as pages hold it: columns, target, split, transforms. `docs/reference/data.md` tells what they mean. */

import { formatInteger, formatNumber, plural } from "./format.ts";

export const KINDS = ["number", "category", "text", "time", "image", "mask", "boxes", "array"] as const;
export type ColumnKind = (typeof KINDS)[number];

export interface Histogram {
  readonly low: number;
  readonly high: number;
  /** In equal steps from `low` to `high`. */
  readonly counts: readonly number[];
}

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  /** How that was told; empty when somebody said it. */
  readonly why: string;
  /** Somebody said what it holds. */
  readonly said: boolean;
  /** Of one value; `null` for an axis that differs from row to row. */
  readonly shape: readonly (number | null)[];
  readonly classes: readonly string[];
  readonly missing: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly mean: number | null;
  readonly std: number | null;
  /** What else it may be said to hold. */
  readonly allowed: readonly ColumnKind[];
  /** Of what a model gets, after all transforms. */
  readonly gives: readonly (number | null)[];
  readonly dtype: string;
  readonly histogram: Histogram | null;
  /** The commonest values. */
  readonly counts: Readonly<Record<string, number>> | null;
}

/** Class to rows in each part. */
export type Balance = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface Finding {
  readonly code: string;
  /** Empty when it is about rows. */
  readonly column: string;
  readonly message: string;
  /** A split that would mend it; what it leaves out stays. */
  readonly fix?: { readonly title: string; readonly split: Partial<Split> } | null;
}

/** What data hold, how they are split and what to beware of. */
export interface Profile {
  readonly name: string;
  readonly path: string;
  readonly rows: number;
  readonly size_bytes: number;
  readonly columns: readonly Column[];
  readonly inputs: readonly string[];
  readonly target: readonly string[];
  readonly split: Split;
  readonly transforms: Transforms;
  readonly parts: Readonly<Record<string, number>>;
  readonly balance: Balance | null;
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

/** What somebody says of data; what is not said is told from them, or stays as it is. */
export interface Changes {
  readonly types?: Readonly<Record<string, ColumnKind>>;
  readonly target?: readonly string[];
  readonly inputs?: readonly string[];
  readonly split?: Split;
  readonly transforms?: Transforms;
}

/** A profile with what was said since the server saw it: further edits begin there. */
export function saidOf(profile: Profile, { target, inputs, split, transforms }: Changes): Profile {
  return {
    ...profile,
    ...(target && { target }),
    ...(inputs && { inputs }),
    ...(split && { split }),
    ...(transforms && { transforms }),
  };
}

/** What a cell holds: a text, a number, a picture as PNG in base64, or nothing. */
export type Cell = string | number | Picture | null;

export interface Picture {
  readonly image: string;
  readonly width: number;
  readonly height: number;
}

export interface Cells {
  /** Its number in the data. */
  readonly row: number;
  readonly part: string;
  readonly cells: Readonly<Record<string, Cell>>;
}

export function isPicture(cell: Cell | undefined): cell is Picture {
  return typeof cell === "object" && cell !== null;
}

export function pictureSource(image: string): string {
  return `data:image/png;base64,${image}`;
}

export const WAYS = ["given", "random", "stratified", "grouped", "time"] as const;
export type Way = (typeof WAYS)[number];

export interface Split {
  readonly way: Way;
  /** Of training, validation and test. */
  readonly shares: readonly number[];
  readonly seed: number;
  /** Whose values are the classes, groups or times. */
  readonly column: string;
}

export interface Augment {
  readonly flip?: "none" | "horizontal" | "vertical" | "both";
  readonly rotate?: number;
  readonly shift?: number;
  readonly zoom?: number;
  readonly noise?: number;
  readonly brightness?: number;
}

export interface Transform {
  readonly normalise?: "none" | "scale" | "standard" | "minmax";
  readonly missing?: "fill" | "zero" | "drop";
  readonly resize?: readonly [number, number] | null;
  readonly grey?: boolean;
  readonly vocabulary?: number;
  readonly length?: number;
  readonly augment?: Augment | null;
}

export type Transforms = Readonly<Record<string, Transform>>;

const MANY: Readonly<Record<ColumnKind, readonly [one: string, many: string]>> = {
  number: ["number", "numbers"],
  category: ["category", "categories"],
  text: ["text", "texts"],
  time: ["time", "times"],
  image: ["image", "images"],
  mask: ["mask", "masks"],
  boxes: ["column of boxes", "columns of boxes"],
  array: ["array", "arrays"],
};

/** `{number: 4, category: 1}` as words: 4 numbers, 1 category. */
export function kindWords(kinds: Readonly<Record<string, number>>): string {
  return KINDS.filter((kind) => (kinds[kind] ?? 0) > 0)
    .map((kind) => plural(kinds[kind] ?? 0, ...MANY[kind]))
    .join(", ");
}

export function countKinds(columns: readonly Column[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { kind } of columns) found[kind] = (found[kind] ?? 0) + 1;
  return found;
}

/** What a column holds, in a few words: its range, its classes, its shape. */
export function columnWords(column: Column): string {
  const { kind, classes, shape, low, high } = column;
  if (kind === "category")
    return `${plural(classes.length, "class", "classes")}: ${classes.slice(0, 6).join(", ")}${classes.length > 6 ? " …" : ""}`;
  if (kind === "number" && low !== null && high !== null) return `${formatNumber(low)} to ${formatNumber(high)}`;
  if (shape.length > 0) return shape.map((side) => (side === null ? "?" : formatInteger(side))).join("×");
  return "";
}

export const PART_NAMES = ["train", "validation", "test"] as const;

/** Parts in the order in which they are used; others behind, by name. */
export function partOrder(names: Iterable<string>): string[] {
  const rank = (name: string): number => {
    const at = (PART_NAMES as readonly string[]).indexOf(name);
    return at < 0 ? PART_NAMES.length : at;
  };
  return [...names].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0));
}

/** Shares as somebody types them, in percent: `70 15 15`, `80/20`; `null` when they are none. */
export function readShares(text: string): number[] | null {
  const parts = text
    .split(/[^0-9.]+/)
    .filter((part) => part !== "")
    .map(Number);
  const total = parts.reduce((sum, one) => sum + one, 0);
  if (parts.length < 1 || parts.length > 3 || !parts.every(Number.isFinite)) return null;
  if (Math.abs(total - 100) < 1e-6) return parts.map((one) => Number((one / 100).toPrecision(12)));
  return Math.abs(total - 1) < 1e-6 ? parts : null;
}

export function showShares(shares: readonly number[]): string {
  return shares.map((share) => String(Number((share * 100).toPrecision(6)))).join(" / ");
}

/** Columns that could give a split of a way its classes, groups or times. */
export function splitColumns(way: Way, columns: readonly Column[]): string[] {
  const fits: Readonly<Record<Way, readonly ColumnKind[]>> = {
    given: [],
    random: [],
    stratified: ["category"],
    grouped: ["category", "text", "number"],
    time: ["time", "number"],
  };
  return columns
    .filter(({ kind }) => fits[way].includes(kind))
    .sort((a, b) => fits[way].indexOf(a.kind) - fits[way].indexOf(b.kind))
    .map(({ name }) => name);
}

/** A split of another way: it keeps what still fits, and takes the likeliest column. */
export function withWay(split: Split, way: Way, columns: readonly Column[], target: readonly string[]): Split {
  const fitting = splitColumns(way, columns);
  const wanted = way === "stratified" ? target.find((name) => fitting.includes(name)) : undefined;
  const column = fitting.includes(split.column) ? split.column : (wanted ?? fitting[0] ?? "");
  const given = split.way === "given" || way === "given";
  const shares = given ? (way === "given" ? [0.9, 0.1] : [0.7, 0.15, 0.15]) : split.shares;
  return { ...split, way, shares, column };
}

/** A transform without what is the default: so it is stored, and so two are told apart. */
export function sparseTransform(transform: Transform): Transform {
  const augment = Object.fromEntries(
    Object.entries(transform.augment ?? {}).filter(([, value]) => value !== 0 && value !== "none"),
  );
  const defaults: Transform = { normalise: "none", missing: "fill", grey: false, vocabulary: 10_000, length: 128 };
  const kept = Object.entries(transform).filter(
    ([name, value]) => name !== "augment" && value !== null && value !== defaults[name as keyof Transform],
  );
  return { ...Object.fromEntries(kept), ...(Object.keys(augment).length > 0 ? { augment } : {}) };
}

/** The transforms after one was changed. */
export function withTransform(all: Transforms, column: string, changes: Transform): Transforms {
  const next = sparseTransform({ ...all[column], ...changes });
  const { [column]: _, ...rest } = all;
  return Object.keys(next).length > 0 ? { ...rest, [column]: next } : rest;
}

/** Where a column goes: to the model, from it, or nowhere. */
export type Role = "input" | "target" | "out";

export function roleOf(name: string, { inputs, target }: Pick<Profile, "inputs" | "target">): Role {
  return target.includes(name) ? "target" : inputs.includes(name) ? "input" : "out";
}

/** Inputs and target after a column goes elsewhere, in the order of the columns. */
export function withRole(profile: Pick<Profile, "columns" | "inputs" | "target">, name: string, role: Role) {
  const kept = (list: readonly string[], has: boolean): string[] => {
    const next = new Set(list);
    if (has) next.add(name);
    else next.delete(name);
    return profile.columns.map((column) => column.name).filter((one) => next.has(one));
  };
  return { inputs: kept(profile.inputs, role === "input"), target: kept(profile.target, role === "target") };
}

/** What is done to a column, in words: scale, flip horizontal, rotate 10°. */
export function transformWords(transform: Transform | undefined): string[] {
  if (transform === undefined) return [];
  const { normalise = "none", missing, resize, grey, augment, vocabulary, length } = transform;
  const share = (value: number): string => `${formatNumber(100 * value, 3)} %`;
  return [
    missing === "drop" ? "leave out rows without it" : missing === "zero" ? "missing become 0" : "",
    resize ? `resize to ${resize[0]}×${resize[1]}` : "",
    grey ? "grey" : "",
    vocabulary === undefined ? "" : `${formatInteger(vocabulary)} words`,
    length === undefined ? "" : `${formatInteger(length)} words of each`,
    augment?.flip && augment.flip !== "none" ? `flip ${augment.flip}` : "",
    augment?.rotate ? `rotate ±${formatNumber(augment.rotate, 3)}°` : "",
    augment?.shift ? `shift ±${share(augment.shift)}` : "",
    augment?.zoom ? `zoom ±${share(augment.zoom)}` : "",
    augment?.brightness ? `brightness ±${share(augment.brightness)}` : "",
    augment?.noise ? `noise ${formatNumber(augment.noise, 3)}` : "",
    { none: "", scale: "scale to 0…1", standard: "mean 0, deviation 1", minmax: "lowest 0, highest 1" }[normalise],
  ].filter((words) => words !== "");
}

/** A name that a data set may have, of the name of a file. */
export function nameFor(path: string): string {
  const last =
    path
      .replace(/[/\\]+$/, "")
      .split(/[/\\]/)
      .pop() ?? "";
  const plain = last.replace(/\.(csv|tsv|txt|parquet|pq|npz|npy|zip)$/i, "");
  const name = plain.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "");
  return name.slice(0, 64).replace(/-+$/, "") || "data";
}

/** Lines of Python that use a data set. */
export function pythonLines(
  ref: string,
  columns: { readonly inputs: readonly string[]; readonly target: readonly string[] },
): string {
  const [x] = columns.inputs;
  const [y] = columns.target;
  return [
    "from gnomon.models.datasets import load",
    "",
    `data = load(${JSON.stringify(ref)})`,
    'rows = data.parts["train"]',
    `batch = data.batch("train", range(32))`,
    x === undefined ? "" : `x = batch[${JSON.stringify(x)}]`,
    y === undefined ? "" : `y = batch[${JSON.stringify(y)}]`,
  ]
    .filter((line, i) => line !== "" || i === 1)
    .join("\n");
}
