/** Which data a graph is for: the data set, the column of each input and output, and why its values are what they are. */

import type { ComponentSpec, Components, End, Graph, GraphNode, Op, Params } from "./graph.ts";
import { paramValue, same } from "./params.ts";

/** A choice that was made unasked, with its reason; without a parameter it is the node itself. */
export interface Reason {
  readonly node: string;
  readonly param: string;
  readonly value: unknown;
  readonly why: string;
}

export interface Bound {
  /** `name@digest`. */
  readonly dataset: string;
  readonly inputs: Readonly<Record<string, readonly string[]>>;
  readonly outputs: Readonly<Record<string, readonly string[]>>;
  readonly reasons: readonly Reason[];
}

/** What a document says of its data; it may have been written by hand, and nothing of it is taken on trust. */
export function boundOf(data: Params): Bound {
  const before = READ.get(data);
  if (before) return before;
  const found = {
    dataset: typeof data.dataset === "string" ? data.dataset : "",
    inputs: ends(data.inputs),
    outputs: ends(data.outputs),
    reasons: Array.isArray(data.reasons) ? data.reasons.filter(isReason) : [],
  };
  READ.set(data, found);
  return found;
}

/** Documents never change, and every card asks. */
const READ = new WeakMap<Params, Bound>();

function ends(value: unknown): Record<string, readonly string[]> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).map(([node, columns]) => [node, (Array.isArray(columns) ? columns : [columns]).map(String)]),
  );
}

function isReason(value: unknown): value is Reason {
  if (typeof value !== "object" || value === null) return false;
  const { node, param, why } = value as Record<string, unknown>;
  return typeof node === "string" && typeof param === "string" && typeof why === "string";
}

/** Name and version of `iris@00ff…`. */
export function readRef(ref: string): { readonly name: string; readonly version: string | null } {
  const [name = "", version] = ref.split("@");
  return { name, version: version ? version : null };
}

/** What runs say of a version of data that never changes: `iris@` and sixteen hexadecimal digits; `null` of anything else. */
export function readPinned(text: string): { readonly name: string; readonly version: string } | null {
  const found = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63})@([0-9a-f]{16})$/.exec(text);
  return found ? { name: found[1] as string, version: found[2] as string } : null;
}

/** Whether a node takes from the data, is compared with them, or neither. */
export function endOf(spec: ComponentSpec | undefined): "inputs" | "outputs" | null {
  return spec?.category === "Input" ? "inputs" : spec?.category === "Output" ? "outputs" : null;
}

/** The columns that a node takes, of whichever side. */
export function columnsOf(bound: Bound, node: string): readonly string[] {
  return bound.inputs[node] ?? bound.outputs[node] ?? [];
}

/** The data after an end of the graph was given other columns; one alone stands without a list, as people write it. */
export function withColumns(
  data: Params,
  side: "inputs" | "outputs",
  node: string,
  columns: readonly string[],
): Params {
  const before = boundOf(data)[side];
  const { [node]: _, ...rest } = before;
  const next = columns.length > 0 ? { ...rest, [node]: columns } : rest;
  return { ...data, [side]: written(next) };
}

function written(of: Readonly<Record<string, readonly string[]>>): Params {
  return Object.fromEntries(
    Object.entries(of).map(([node, columns]) => [node, columns.length === 1 ? columns[0] : columns]),
  );
}

/** The data with a node under another name; `null` when they do not name it. */
export function renamedData(data: Params, from: string, to: string): Params | null {
  const bound = boundOf(data);
  const held = from in bound.inputs || from in bound.outputs || bound.reasons.some(({ node }) => node === from);
  if (!held) return null;
  const named = (of: Readonly<Record<string, readonly string[]>>) =>
    written(Object.fromEntries(Object.entries(of).map(([node, columns]) => [node === from ? to : node, columns])));
  return {
    ...data,
    ...(data.inputs === undefined ? {} : { inputs: named(bound.inputs) }),
    ...(data.outputs === undefined ? {} : { outputs: named(bound.outputs) }),
    ...(bound.reasons.length === 0
      ? {}
      : { reasons: bound.reasons.map((one) => (one.node === from ? { ...one, node: to } : one)) }),
  };
}

/** The data without nodes that are taken away; `null` when they do not name them. */
export function prunedData(data: Params, gone: ReadonlySet<string>): Params | null {
  const { inputs, outputs, reasons } = boundOf(data);
  const kept = (of: Readonly<Record<string, readonly string[]>>) =>
    written(Object.fromEntries(Object.entries(of).filter(([node]) => !gone.has(node))));
  const held = [...Object.keys(inputs), ...Object.keys(outputs), ...reasons.map(({ node }) => node)];
  if (!held.some((node) => gone.has(node))) return null;
  return {
    ...data,
    ...(data.inputs === undefined ? {} : { inputs: kept(inputs) }),
    ...(data.outputs === undefined ? {} : { outputs: kept(outputs) }),
    ...(reasons.length === 0 ? {} : { reasons: reasons.filter(({ node }) => !gone.has(node)) }),
  };
}

/** Reasons that still hold: the node is there, and has the value that they speak of. */
export function reasonsHeld(graph: Graph, components: Components): readonly Reason[] {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  return boundOf(graph.data).reasons.filter((reason) => {
    const node = nodes.get(reason.node);
    return node !== undefined && (reason.param === "" || same(heldValue(node, reason.param, components), reason.value));
  });
}

function heldValue(node: GraphNode, name: string, components: Components): unknown {
  const spec = components.get(node.type)?.params.find((param) => param.name === name);
  return spec ? paramValue(spec, node.params) : node.params[name];
}

/** What refusing a choice comes to: the value goes back to its default, a node is taken out and its wires joined. */
export function refuse(graph: Graph, reason: Reason): readonly Op[] {
  const node = graph.nodes.find(({ id }) => id === reason.node);
  const ops: Op[] = [];
  if (node && reason.param !== "" && reason.param in node.params)
    ops.push({ op: "set", id: node.id, unset: [reason.param] });
  if (node && reason.param === "") ops.push(...without(graph, node.id));
  const { reasons } = boundOf(graph.data);
  const kept = reasons.filter((one) =>
    reason.param === "" ? one.node !== reason.node : !(one.node === reason.node && one.param === reason.param),
  );
  if (kept.length < reasons.length) ops.push({ op: "document", data: { ...graph.data, reasons: kept } });
  return ops;
}

/** Take a node out of a chain: what it gave to takes from where it took. */
function without(graph: Graph, id: string): Op[] {
  const into = graph.edges.filter(({ to }) => to[0] === id);
  const out = graph.edges.filter(({ from }) => from[0] === id);
  const from: End | undefined = into[0]?.from;
  const ops: Op[] = [...into, ...out].map((edge) => ({ op: "disconnect", from: edge.from, to: edge.to }));
  ops.push({ op: "remove", id });
  if (from !== undefined && into.length === 1) for (const edge of out) ops.push({ op: "connect", from, to: edge.to });
  return ops;
}

export function reasonKey({ node, param }: Pick<Reason, "node" | "param">): string {
  return `${node}.${param}`;
}
