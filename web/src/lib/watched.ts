/** Variables that a run watched, on the nodes of a graph. */

import { formatNumber } from "./format.ts";

/** The last histogram of one variable, as the server tells it. */
export interface Variable {
  readonly key: string;
  readonly model: string;
  readonly what: "weights" | "gradients" | "activations";
  /** Of the variable in the model. */
  readonly path: string;
  readonly node: string;
  readonly step: number;
  readonly low: number;
  readonly high: number;
  /** Of bins of equal width from `low` to `high`. */
  readonly counts: readonly number[];
}

export type NodeVariables = ReadonlyMap<string, readonly Variable[]>;

const ORDER = ["activations", "weights", "gradients"] as const;

/** Variables by node: what comes out first, then weights, then their gradients. */
export function byNode(variables: readonly Variable[]): NodeVariables {
  const found = new Map<string, Variable[]>();
  for (const one of variables) found.set(one.node, [...(found.get(one.node) ?? []), one]);
  for (const list of found.values()) list.sort((a, b) => ORDER.indexOf(a.what) - ORDER.indexOf(b.what));
  return found;
}

/** What a node is called that no graph names: the module whose variables these are, as their keys spell it. */
export function moduleOf(node: string, variables: readonly Variable[]): string {
  const modules = new Set(
    variables.map(({ what, path }) => (what === "activations" ? path : path.replace(/[./][^./]*$/, ""))),
  );
  const [only] = modules;
  return only !== undefined && modules.size === 1 ? only : node;
}

/** What a strip shows of a node: its activations, else its largest set of weights. */
export function shownOf(variables: readonly Variable[]): Variable | undefined {
  const size = (one: Variable): number => one.counts.reduce((sum, n) => sum + n, 0);
  for (const what of ORDER) {
    const [first, ...rest] = variables.filter((one) => one.what === what);
    if (first) return rest.reduce((best, one) => (size(one) > size(best) ? one : best), first);
  }
  return undefined;
}

/** A histogram as the outline of its bars, in a box. */
export function outline(counts: readonly number[], width: number, height: number): string {
  const most = Math.max(...counts);
  if (!(most > 0)) return "";
  const step = width / counts.length;
  const bars = counts.map(
    (n, i) => `V${(height - (n / most) * (height - 1)).toFixed(1)}H${((i + 1) * step).toFixed(1)}`,
  );
  return `M0 ${height}${bars.join("")}V${height}Z`;
}

/** Where zero lies in a histogram's width; `null` when it lies outside. */
export function zeroAt({ low, high }: Pick<Variable, "low" | "high">, width: number): number | null {
  return low < 0 && high > 0 ? (-low / (high - low)) * width : null;
}

/** "activations at step 12: -0.31 to 2.4". */
export function sayVariable({ what, step, low, high }: Variable): string {
  return `${what} at step ${step}: ${formatNumber(low, 3)} to ${formatNumber(high, 3)}`;
}

/** What a variable is called below its node: `weight`, or nothing where the node has only this one. */
export function localName({ what, path }: Variable): string {
  return what === "activations" ? "" : (path.split(/[./]/).at(-1) ?? "");
}
