/** Sweeps without a browser: names as people read them, the best so far, ranges that are proposed. */

import { formatNumber } from "./format.ts";
import type { Components, Graph, ParamSpec } from "./graph.ts";
import { TRAIN, trainValue } from "./trainform.ts";

export interface Tried {
  readonly number: number;
  readonly state: "open" | "finished" | "pruned" | "failed" | "stopped";
  readonly value: number | null;
}

/** What is searched, as a range or values: as the server tells it. */
export type Axis =
  | {
      readonly kind: "float" | "int";
      readonly low: number;
      readonly high: number;
      readonly log?: boolean;
      readonly count?: number | null;
    }
  | { readonly kind: "choice"; readonly values: readonly unknown[] };

/** A filter that only the runs of a sweep pass: they are a group of its name. */
export function groupFilter(sweep: string): string {
  return `attr.group = '${sweep.replaceAll("'", "''")}'`;
}

/** `lr` of `train.optimizer.lr`, `hidden.units` of `nodes.hidden.units`. */
export function shortName(name: string): string {
  const path = name.replace(/^(train|nodes)\./, "");
  return path === "optimizer.type" ? "optimizer" : path.replace(/^optimizer\./, "");
}

/** Under which key of the config a run of a graph holds a setting that is searched. */
export function configKey(name: string, kind: string): string {
  if (kind !== "graph" || name.startsWith("nodes.")) return name;
  const path = name.replace(/^train\./, "");
  return (
    {
      "optimizer.lr": "lr",
      "optimizer.type": "optimizer",
      patience: "stop.patience",
      weight_decay: "optimizer.weight_decay",
    }[path] ?? path
  );
}

/** The best value until each trial, in the order of their numbers; `null` before the first. */
export function bestSoFar(trials: readonly Tried[], goal: "min" | "max"): readonly (number | null)[] {
  let best: number | null = null;
  return trials.map(({ state, value }) => {
    if (state === "finished" && value !== null && (best === null || (goal === "max" ? value > best : value < best)))
      best = value;
    return best;
  });
}

/** A range or its values in a few words. */
export function axisWords(axis: Axis): string {
  if (axis.kind === "choice") {
    const words = axis.values.map(valueWords);
    return words.length > 8 ? `${words.slice(0, 7).join(", ")} … ${words.length} values` : words.join(", ");
  }
  const count = axis.count ? `, ${axis.count} values` : "";
  return `${formatNumber(axis.low)} to ${formatNumber(axis.high)}${axis.log ? ", logarithmic" : ""}${count}`;
}

export function valueWords(value: unknown): string {
  if (typeof value === "number") return formatNumber(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A setting or parameter that can be searched, with what is proposed for it. */
export interface Searchable {
  readonly name: string;
  readonly title: string;
  readonly doc: string;
  readonly values: string;
  /** Searched unless somebody says otherwise. */
  readonly usual: boolean;
}

/** What of a graph can be searched, the most rewarding first. */
export function searchable(graph: Graph, components: Components): readonly Searchable[] {
  const settings = TRAIN.filter((spec) => SETTINGS.has(spec.name)).map((spec) => ({
    name: spec.name,
    title: shortName(spec.name),
    doc: spec.doc,
    values: proposed(spec, trainValue(graph.train, spec)) ?? "",
    usual: spec.name === "optimizer.lr",
  }));
  const more = [
    {
      name: "optimizer.weight_decay",
      title: "weight_decay",
      doc: "How far each step draws weights towards 0.",
      values: "log:1e-6..1e-2",
      usual: false,
    },
  ];
  const params = graph.nodes.flatMap((node) =>
    (components.get(node.type)?.params ?? []).flatMap((spec) => {
      const values = proposed(spec, node.params[spec.name] ?? spec.default);
      if (values === null || RARE.has(spec.name) || SHAPES.has(node.type.replace(/@.*/, ""))) return [];
      return [
        {
          name: `nodes.${node.id}.${spec.name}`,
          title: `${node.id}.${spec.name}`,
          doc: spec.doc,
          values,
          usual: false,
        },
      ];
    }),
  );
  return [...settings, ...more, ...params].filter((one) => one.values !== "");
}

const SETTINGS: ReadonlySet<string> = new Set(["optimizer.lr", "batch_size", "optimizer.type", "epochs"]);
/** What seldom helps, and often does not fit. */
const RARE: ReadonlySet<string> = new Set(["groups", "padding", "strides", "dilation", "use_bias"]);
/** What these say follows from the data. */
const SHAPES: ReadonlySet<string> = new Set([
  "core/image_input",
  "core/vector_input",
  "core/text_input",
  "core/sequence_input",
  "core/classification",
  "core/regression",
  "core/multi_label",
  "core/segmentation",
  "core/reconstruction",
]);

/** Values around the present one that are worth trying; `null` where nothing sensible is known. */
export function proposed(spec: ParamSpec, value: unknown): string | null {
  if (spec.kind === "choice") return spec.choices.length > 1 ? spec.choices.join(",") : null;
  if (spec.kind === "bool") return "true,false";
  if (typeof value !== "number" || !Number.isFinite(value)) return null;
  const low = spec.min ?? spec.above ?? -Infinity;
  const high = spec.max ?? spec.below ?? Infinity;
  if (spec.kind === "float") return floats(spec, value, low, high);
  if (spec.kind !== "int" || value <= 0) return null;
  const step = /kernel/.test(spec.name) ? 2 : 0;
  const around =
    step > 0
      ? [value - step, value, value + step]
      : value < 4
        ? [value, value + 1, value + 2]
        : [value / 2, value, value * 2];
  const whole = [...new Set(around.map(Math.round))].filter((one) => one >= Math.max(1, low) && one <= high);
  return whole.length > 1 ? whole.join(",") : null;
}

function floats(spec: ParamSpec, value: number, low: number, high: number): string | null {
  if (high <= 1 && low >= 0) return `0..${formatPlain(Math.min(0.7, high))}`;
  if (value <= 0) return null;
  // A rate is searched over ratios: a tenth of it to ten times as much.
  const [from, to] = [Math.max(value / 10, low > 0 ? low : 0), Math.min(value * 10, high)];
  return from < to && (spec.above === 0 || /lr|rate|decay/.test(spec.name))
    ? `log:${formatPlain(from)}..${formatPlain(to)}`
    : null;
}

function formatPlain(value: number): string {
  return String(Number(value.toPrecision(3)));
}
