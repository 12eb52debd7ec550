/** What checks found, by node, and which parts of a model there are to look at. */

import type { NodeVariables, Variable } from "./watched.ts";

export type Code =
  | "nonfinite"
  | "exploding"
  | "vanishing"
  | "dead"
  | "saturated"
  | "constant"
  | "overfit"
  | "stuck"
  | "loader_bound";

/** One thing that is not as it should be; `gnomon.analysis.health` says what the fields mean. */
export interface Finding {
  readonly code: Code;
  readonly level: "warning" | "error";
  readonly title: string;
  readonly metric: string;
  readonly from_step: number;
  readonly at_step: number;
  /** Text where JSON has no number. */
  readonly value: number | string;
  readonly bound: number;
  readonly source: string;
  readonly evidence: readonly {
    readonly key: string;
    readonly step: readonly number[];
    readonly value: readonly (number | string)[];
  }[];
  readonly remedy: string;
  readonly model: string;
  readonly what: string;
  readonly path: string;
  readonly node: string;
  readonly others: readonly string[];
}

export type Level = "error" | "warning" | "info";
export const LEVEL_SIGNS: Readonly<Record<Level, string>> = { error: "✕", warning: "▲", info: "●" };

export const CHECK_WORDS: Readonly<Record<Code, string>> = {
  nonfinite: "NaN or infinite",
  exploding: "exploding",
  vanishing: "vanishing gradients",
  dead: "dead units",
  saturated: "saturated outputs",
  constant: "constant prediction",
  overfit: "overfitting",
  stuck: "stuck loss",
  loader_bound: "waiting for data",
};

/** The worst level of what was found at each node. */
export function levelsOf(findings: readonly Finding[]): ReadonlyMap<string, "error" | "warning"> {
  const found = new Map<string, "error" | "warning">();
  for (const { node, level } of findings) if (node !== "" && found.get(node) !== "error") found.set(node, level);
  return found;
}

/** Nodes that there is something to see of, in the order of a graph, then as people count. */
export function nodesOf(
  variables: NodeVariables,
  graph: readonly string[] | null,
  keys: readonly string[] = [],
): readonly string[] {
  const place = new Map((graph ?? []).map((node, i) => [node, i]));
  const order = new Intl.Collator("en", { numeric: true });
  const sampled = (graph ?? []).filter((node) => samplesOf(node, keys).length > 0);
  return [...new Set([...variables.keys(), ...sampled])].sort(
    (a, b) => (place.get(a) ?? place.size) - (place.get(b) ?? place.size) || order.compare(a, b),
  );
}

/** Series of a variable that are drawn over steps. */
export interface Curve {
  readonly name: string;
  readonly key?: string;
  readonly expression?: string;
  readonly share?: boolean;
}

/** What is drawn of the variables of one node besides histograms. */
export function curvesOf(variables: readonly Variable[]): readonly Curve[] {
  return variables.flatMap((one): Curve[] => {
    const { key, what, path } = one;
    if (what === "activations")
      return [
        { name: "dead units", key: `${key}/dead`, share: true },
        { name: "saturated outputs", key: `${key}/saturated`, share: true },
      ];
    if (what === "gradients") {
      const weights = variables.find((other) => other.what === "weights" && other.path === path);
      const name = path.split(/[./]/).at(-1) ?? path;
      if (!weights) return [];
      return [
        { name: `gradient to ${name}`, expression: `${quoted(`${key}/norm`)} / ${quoted(`${weights.key}/norm`)}` },
      ];
    }
    return [];
  });
}

/** A key as expressions name it. */
function quoted(key: string): string {
  return `\`${key.replaceAll("`", "``")}\``;
}

/** Records that show what a node makes of chosen samples, or what it has learnt. */
export function samplesOf(node: string, keys: readonly string[]): readonly string[] {
  return keys
    .filter((key) => /^(samples|outputs|filters)\//.test(key) && key.slice(key.indexOf("/") + 1) === node)
    .sort();
}

/** What a finding is about; its values change with every step. */
export function nameOf({ code, model, what, path, metric }: Finding): string {
  return `${code} ${model} ${what} ${path} ${path === "" ? metric : ""}`;
}

/** What is found now and was not yet at the step that is looked at. */
export function foundLater(then: readonly Finding[], now: readonly Finding[]): readonly Finding[] {
  const known = new Set(then.map(nameOf));
  return now.filter((one) => !known.has(nameOf(one)));
}
