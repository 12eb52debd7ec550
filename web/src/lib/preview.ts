/** What one sample becomes at a node: how it is shown, what is said of it, and when it has to be asked for anew. */

import { formatExact, formatInteger, formatNumber, wireNumber } from "./format.ts";
import type { Graph } from "./graph.ts";

export interface PreviewStats {
  readonly size: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly std: number | null;
  readonly nan: number;
  readonly inf: number;
  readonly zeros: number;
}

export interface PreviewHistogram {
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
}

/** Tiles row by row in one picture, one pixel apart. */
export interface Montage {
  readonly kind: "grey" | "rgb";
  readonly rows: number;
  readonly cols: number;
  /** Of one tile. */
  readonly width: number;
  readonly height: number;
  readonly shown: number;
  readonly channels: number;
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly png: string;
}

export interface NodePreview {
  readonly key: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly stats: PreviewStats | null;
  readonly histogram: PreviewHistogram | null;
  readonly montage: Montage | null;
  /** Of what has no places: the first 64 numbers. */
  readonly values: readonly (number | string)[] | null;
}

/** `bars` only of what is told as a whole. */
export type Look = "picture" | "bars" | "histogram" | "nothing";

export function lookOf(preview: NodePreview): Look {
  if (preview.montage !== null) return "picture";
  if (preview.values !== null && preview.values.length === (preview.stats?.size ?? -1) && preview.values.length > 0)
    return "bars";
  return preview.histogram === null ? "nothing" : "histogram";
}

export interface Tiles {
  /** How many of the montage's there is room for. */
  readonly count: number;
  readonly cols: number;
  readonly width: number;
  readonly height: number;
}

const APART = 2;
const FEW_LINES = 3;

/** Room for tiles in a box: as large as they can be while all are there, or as many as there can be. */
export function tilesIn(montage: Montage, wide: number, high: number, most = FEW_LINES): Tiles {
  const { shown, width, height } = montage;
  let best: Tiles = { count: 0, cols: 0, width: 0, height: 0 };
  for (let lines = 1; lines <= most; lines += 1) {
    let tall = (high - (lines - 1) * APART) / lines;
    let across = (tall * width) / height;
    if (across > wide) [across, tall] = [wide, (wide * height) / width];
    const cols = Math.floor((wide + APART) / (across + APART));
    const count = Math.min(shown, cols * lines);
    if (count > best.count)
      best = { count, cols: Math.min(cols, Math.ceil(count / lines)), width: across, height: tall };
    if (best.count === shown) break;
  }
  return best;
}

/** Left upper corner of tile `i` in a box. */
export function tileAt(tiles: Tiles, i: number): readonly [number, number] {
  return [(i % tiles.cols) * (tiles.width + APART), Math.floor(i / tiles.cols) * (tiles.height + APART)];
}

/** Left upper corner of tile `i` in the picture. */
export function sourceAt(montage: Montage, i: number): readonly [number, number] {
  return [(i % montage.cols) * (montage.width + 1), Math.floor(i / montage.cols) * (montage.height + 1)];
}

export interface Bar {
  /** From the upper edge, as shares of the height; a number that is not finite has none. */
  readonly top: number;
  readonly bottom: number;
  readonly finite: boolean;
  readonly largest: boolean;
}

export interface Bars {
  /** Where 0 lies, from the upper edge. */
  readonly zero: number;
  readonly bars: readonly Bar[];
}

/** Bars from 0, which lies within; the largest number is marked where it is the only one. */
export function barsOf(values: readonly (number | string)[]): Bars {
  const numbers = values.map((value) => wireNumber(value));
  const finite = numbers.filter((value): value is number => value !== null && Number.isFinite(value));
  const low = Math.min(0, ...finite);
  const span = Math.max(0, ...finite) - low || 1;
  const most = finite.length > 0 ? Math.max(...finite) : Number.NaN;
  const single = finite.filter((value) => value === most).length === 1;
  const at = (value: number): number => 1 - (value - low) / span;
  const bars = numbers.map((value) =>
    value === null || !Number.isFinite(value)
      ? { top: 0, bottom: 0, finite: false, largest: false }
      : {
          top: at(Math.max(value, 0)),
          bottom: at(Math.min(value, 0)),
          finite: true,
          largest: single && value === most,
        },
  );
  return { zero: at(0), bars };
}

/** What a picture of a preview means, in one sentence. */
export function saysOf(preview: NodePreview): string {
  const { montage, stats, values } = preview;
  const range = stats === null ? "" : rangeOf(stats);
  switch (lookOf(preview)) {
    case "picture":
      return `${tilesWords(montage as Montage)}${range === "" ? "" : `; all numbers ${range}`}`;
    case "bars":
      return `${formatInteger(values?.length ?? 0)} ${values?.length === 1 ? "number" : "numbers"} as bars from 0, ${range}`;
    case "histogram":
      return `How often which of ${formatInteger(stats?.size ?? 0)} numbers occur, ${range}`;
    default:
      return stats === null ? `${preview.dtype}: nothing to draw` : "No number is finite";
  }
}

function tilesWords({ kind, shown, channels }: Montage): string {
  if (kind === "rgb") return "In its colours, scaled from its least to its largest number";
  if (channels === 1) return "From its least number (black) to its largest (white)";
  const which = shown < channels ? `The first ${shown} of ${channels} channels` : `All ${channels} channels`;
  return `${which}, each from its own least number (black) to its largest (white)`;
}

function rangeOf({ min, max }: PreviewStats): string {
  return min === null || max === null ? "none of them finite" : `from ${formatNumber(min)} to ${formatNumber(max)}`;
}

/** The numbers below a preview, in the order in which they are read. */
export function factsOf(stats: PreviewStats): readonly (readonly [string, string, string])[] {
  const share = (count: number): string => `${formatNumber((100 * count) / Math.max(1, stats.size), 3)} %`;
  const facts: (readonly [string, string, string])[] = [
    ["mean", formatNumber(stats.mean), formatExact(stats.mean)],
    ["std", formatNumber(stats.std), formatExact(stats.std)],
    ["min", formatNumber(stats.min), formatExact(stats.min)],
    ["max", formatNumber(stats.max), formatExact(stats.max)],
    ["zeros", share(stats.zeros), `${formatInteger(stats.zeros)} of ${formatInteger(stats.size)}`],
  ];
  if (stats.nan > 0)
    facts.push(["NaN", share(stats.nan), `${formatInteger(stats.nan)} of ${formatInteger(stats.size)}`]);
  if (stats.inf > 0)
    facts.push(["infinite", share(stats.inf), `${formatInteger(stats.inf)} of ${formatInteger(stats.size)}`]);
  return facts;
}

/** Nodes whose output may differ after an edit: those that it touched, and all behind them. */
export function changedBy(before: Graph, after: Graph): ReadonlySet<string> {
  const whole = (graph: Graph): string => JSON.stringify([graph.target, graph.source, graph.data]);
  if (whole(before) !== whole(after)) return new Set(after.nodes.map((node) => node.id));
  const [old, now] = [signatures(before), signatures(after)];
  const behind = new Map<string, string[]>();
  for (const { from, to } of after.edges) {
    const list = behind.get(from[0]);
    if (list) list.push(to[0]);
    else behind.set(from[0], [to[0]]);
  }
  const found = new Set<string>();
  const open = after.nodes.map((node) => node.id).filter((id) => old.get(id) !== now.get(id));
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    open.push(...(behind.get(id) ?? []));
  }
  return found;
}

/** By node, all that its output depends on but its inputs' values. */
function signatures(graph: Graph): ReadonlyMap<string, string> {
  const into = new Map<string, string[]>();
  for (const { from, to } of graph.edges) {
    const list = into.get(to[0]);
    if (list) list.push(`${to[1]} ${from.join(".")}`);
    else into.set(to[0], [`${to[1]} ${from.join(".")}`]);
  }
  const repeats = new Map<string, string[]>();
  for (const { id, nodes, repeat } of graph.groups)
    if (repeat > 1) for (const node of nodes) repeats.set(node, [...(repeats.get(node) ?? []), `${id} ${repeat}`]);
  return new Map(
    graph.nodes.map(({ id, type, params }) => [
      id,
      JSON.stringify([type, params, (into.get(id) ?? []).sort(), repeats.get(id) ?? []]),
    ]),
  );
}
