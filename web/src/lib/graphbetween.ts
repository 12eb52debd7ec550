/** The changes that make one graph another: an earlier revision is brought back as a step that can be undone. */

import { script } from "./diff.ts";
import { edgeKey, type Graph, type GraphNode, type Op, sparseGroup, sparseNode } from "./graph.ts";
import { applyPatch } from "./graphpatch.ts";

/** Operations that make `before` into `after`, order and all. */
export function opsBetween(before: Graph, after: Graph): readonly Op[] {
  const ops: Op[] = [];
  let graph = before;
  const take = (more: readonly Op[]): void => {
    ops.push(...more);
    graph = applyPatch(graph, more).graph;
  };
  // Names of groups are out of the way before nodes may want them.
  take(changedGroups(before, after).map((id) => ({ op: "ungroup", id })));
  take(movedNodes(graph, after));
  take(changedNodes(graph, after));
  take(changedEdges(graph, after));
  if (!same(graph.groups, after.groups)) {
    take(graph.groups.map(({ id }) => ({ op: "ungroup", id })));
    take(after.groups.map((group) => ({ op: "group", group: sparseGroup(group) })));
  }
  take(changedDocument(graph, after));
  return ops;
}

function changedGroups(before: Graph, after: Graph): readonly string[] {
  const kept = new Map(after.groups.map((group) => [group.id, group]));
  return before.groups.filter((group) => !same(kept.get(group.id), group)).map(({ id }) => id);
}

/** What went is removed, what came is added at its place; what stands elsewhere in the order does both. */
function movedNodes(before: Graph, after: Graph): readonly Op[] {
  const nodes = new Map(after.nodes.map((node) => [node.id, node]));
  const [removed, added]: [Op[], Op[]] = [[], []];
  const [from, to] = [before.nodes.map(({ id }) => id), after.nodes.map(({ id }) => id)];
  let [i, j] = [0, 0];
  for (const change of script(from, to)) {
    if (change !== "added") {
      const id = from[i++] as string;
      if (change === "removed") removed.push({ op: "remove", id });
    }
    if (change !== "removed") {
      const id = to[j++] as string;
      if (change === "added") added.push({ op: "add", node: sparseNode(nodes.get(id) as GraphNode), at: j - 1 });
    }
  }
  return [...removed, ...added];
}

/** Nodes are the same by now, in the same order. */
function changedNodes(before: Graph, after: Graph): readonly Op[] {
  const places: Record<string, GraphNode["ui"]> = {};
  const ops = after.nodes.flatMap((node, i): readonly Op[] => {
    const old = before.nodes[i] as GraphNode;
    if (old === node) return [];
    if (!same(old.ui, node.ui)) places[node.id] = node.ui;
    const note: readonly Op[] = old.note === node.note ? [] : [{ op: "note", id: node.id, text: node.note }];
    return [...changedParams(old, node), ...note];
  });
  return Object.keys(places).length > 0 ? [...ops, { op: "move", places }] : ops;
}

function changedParams(old: GraphNode, node: GraphNode): readonly Op[] {
  const { id, type, params } = node;
  if (old.type !== type) return [{ op: "replace", id, type, params }];
  const unset = Object.keys(old.params).filter((name) => !Object.hasOwn(params, name));
  const set = Object.entries(params).filter(
    ([name, value]) => !(Object.hasOwn(old.params, name) && same(old.params[name], value)),
  );
  if (set.length === 0 && unset.length === 0) return [];
  return [{ op: "set", id, params: Object.fromEntries(set), ...(unset.length > 0 ? { unset } : {}) }];
}

function changedEdges(before: Graph, after: Graph): readonly Op[] {
  const there = new Set(after.nodes.map((node) => node.id));
  const [had, has] = [before, after].map((graph) => new Set(graph.edges.map(edgeKey))) as [Set<string>, Set<string>];
  return [
    ...before.edges
      .filter((edge) => !has.has(edgeKey(edge)))
      .map(({ from, to }): Op => ({ op: "disconnect", from, to })),
    ...after.edges
      .filter((edge) => !had.has(edgeKey(edge)))
      .map(({ from, to }): Op => {
        const loose = !there.has(from[0]) || !there.has(to[0]);
        return { op: "connect", from, to, ...(loose ? { loose } : {}) };
      }),
  ];
}

const FIELDS = ["name", "target", "train", "data", "source"] as const;

function changedDocument(before: Graph, after: Graph): readonly Op[] {
  const changed = FIELDS.filter((name) => !same(before[name], after[name]));
  if (changed.length === 0) return [];
  return [{ op: "document", ...Object.fromEntries(changed.map((name) => [name, after[name]])) }];
}

function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
