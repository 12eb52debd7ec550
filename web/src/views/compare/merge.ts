/** Two graphs laid over each other: what only one of them has, and what is not the same in both. */

import type { GraphChange } from "../../api/analysis.ts";
import type { GraphData, GraphNode } from "../../lib/payload.ts";

export type Mark = "same" | "added" | "removed" | "changed";

export interface MergedNode extends GraphNode {
  readonly mark: Mark;
  /** What stood in its place, of a node that changed. */
  readonly before: GraphNode | null;
}

export interface MergedEdge {
  readonly from: string;
  readonly to: string;
  readonly mark: "same" | "added" | "removed";
}

export interface Merged {
  readonly nodes: readonly MergedNode[];
  readonly edges: readonly MergedEdge[];
}

/** Ids of nodes that only the first graph has could be those of others in the second. */
const GONE = "\u0000";

/** The second graph with what the first had and it has not; `change` is what the server found between them. */
export function mergeGraphs(before: GraphData, after: GraphData, change: GraphChange): Merged {
  const old = new Map(before.nodes.map((node) => [node.id, node]));
  const removed = new Set(
    change.changes.flatMap((one) => (one.kind === "removed" && one.before ? [one.before.id] : [])),
  );
  const added = new Set(change.changes.flatMap((one) => (one.kind === "added" && one.after ? [one.after.id] : [])));
  const pairs = change.changes.flatMap((one) =>
    one.kind === "changed" && one.before && one.after ? [[one.before.id, one.after.id] as const] : [],
  );
  const changed = new Map(pairs.map(([a, b]) => [b, a]));
  const names = new Map<string, string>([...pairs, ...renamed(before, after, removed, added, pairs)]);
  for (const { id } of before.nodes) {
    if (removed.has(id)) names.set(id, GONE + id);
    else if (!names.has(id)) names.set(id, id);
  }
  const nodes: MergedNode[] = after.nodes.map((node) => {
    const was = changed.get(node.id);
    const mark = added.has(node.id) ? "added" : was === undefined ? "same" : "changed";
    return { ...node, mark, before: (was !== undefined && old.get(was)) || null };
  });
  for (const node of before.nodes)
    if (removed.has(node.id)) nodes.push({ ...node, id: GONE + node.id, mark: "removed", before: null });
  return { nodes, edges: mergedEdges(before, after, names) };
}

/** Nodes that are the same under another name: what is left of both, in order. */
function renamed(
  before: GraphData,
  after: GraphData,
  removed: ReadonlySet<string>,
  added: ReadonlySet<string>,
  pairs: readonly (readonly [string, string])[],
): (readonly [string, string])[] {
  const [a, b] = [new Set(before.nodes.map((node) => node.id)), new Set(after.nodes.map((node) => node.id))];
  const [was, is] = [new Set(pairs.map(([from]) => from)), new Set(pairs.map(([, to]) => to))];
  const gone = before.nodes.filter(({ id }) => !b.has(id) && !removed.has(id) && !was.has(id));
  const come = after.nodes.filter(({ id }) => !a.has(id) && !added.has(id) && !is.has(id));
  return gone.flatMap(({ id }, i) => (come[i] ? [[id, come[i].id] as const] : []));
}

function mergedEdges(before: GraphData, after: GraphData, names: ReadonlyMap<string, string>): MergedEdge[] {
  const sign = (from: string, to: string): string => JSON.stringify([from, to]);
  const old = before.edges.map(([from, to]) => [names.get(from) ?? from, names.get(to) ?? to] as const);
  const had = new Set(old.map(([from, to]) => sign(from, to)));
  const has = new Set(after.edges.map(([from, to]) => sign(from, to)));
  return [
    ...after.edges.map(([from, to]) => ({ from, to, mark: had.has(sign(from, to)) ? "same" : "added" }) as const),
    ...old.flatMap(([from, to]) => (has.has(sign(from, to)) ? [] : [{ from, to, mark: "removed" } as const])),
  ];
}
