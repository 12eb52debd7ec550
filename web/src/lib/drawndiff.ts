/** Two revisions of a graph in one picture: what came, what went, what changed. */

import { edgeKey, type Graph, type GraphEdge, type GraphNode } from "./graph.ts";

export type Mark = "added" | "removed" | "changed";

export interface ChangedNode {
  readonly id: string;
  readonly params: Readonly<Record<string, readonly unknown[]>>;
  readonly type: readonly unknown[] | null;
}

export interface Differs {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly ChangedNode[];
  readonly renamed: readonly (readonly unknown[])[];
  readonly edges_added: readonly GraphEdge[];
  readonly edges_removed: readonly GraphEdge[];
}

export interface DrawnDiff {
  /** The later graph, and with it what it lost. */
  readonly graph: Graph;
  readonly marks: Readonly<Record<string, Mark>>;
  /** By `edgeKey`. */
  readonly edgeMarks: Readonly<Record<string, Mark>>;
}

/** Draw how `after` differs from `before`; what is gone stands where it stood. */
export function drawDiff(before: Graph, after: Graph, differs: Differs): DrawnDiff {
  const names = new Map(differs.renamed.map(([old, now]) => [String(old), String(now)]));
  const renamed = new Set(names.values());
  const known = new Set(after.nodes.map((node) => node.id));
  const gone = before.nodes.filter((node) => differs.removed.includes(node.id) && !known.has(node.id));
  const nodes: readonly GraphNode[] = [...after.nodes, ...gone];
  const marks: Record<string, Mark> = {};
  for (const id of renamed) marks[id] = "changed";
  for (const { id } of differs.changed) marks[id] = "changed";
  for (const id of differs.added) marks[id] = "added";
  for (const { id } of gone) marks[id] = "removed";
  const here = new Set(nodes.map((node) => node.id));
  const edges = new Map(after.edges.map((edge) => [edgeKey(edge), edge]));
  const edgeMarks: Record<string, Mark> = {};
  for (const edge of differs.edges_added) edgeMarks[edgeKey(edge)] = "added";
  for (const edge of differs.edges_removed) {
    const now = {
      from: [names.get(edge.from[0]) ?? edge.from[0], edge.from[1]],
      to: [names.get(edge.to[0]) ?? edge.to[0], edge.to[1]],
    } as const;
    const key = edgeKey(now);
    if (edges.has(key) || !here.has(now.from[0]) || !here.has(now.to[0])) continue;
    edges.set(key, now);
    edgeMarks[key] = "removed";
  }
  return { graph: { ...after, nodes, edges: [...edges.values()], groups: [] }, marks, edgeMarks };
}
