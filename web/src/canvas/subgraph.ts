/** One node for several: a group becomes a subgraph node, and a subgraph node a group again. */

import type { Graph, GraphGroup } from "../lib/graph.ts";
import { laidOut } from "../lib/graphblock.ts";
import { nodeOf } from "../lib/graphedit.ts";
import type { GraphStore } from "../state/graph.ts";

export interface SubgraphAction {
  readonly title: string;
  readonly act: () => Promise<void>;
}

/** What can be done with what is selected: all nodes of one group, or one subgraph node; else nothing. */
export function subgraphAction(store: GraphStore, graph: Graph, selected: readonly string[]): SubgraphAction | null {
  const [first] = selected;
  if (first === undefined) return null;
  const chosen = new Set(selected);
  const group = graph.groups.find((one) => isWhole(one, chosen));
  if (group) return { title: "Make it a component", act: () => store.subgraph("promote", group.id, (ops) => ops) };
  const node = nodeOf(graph, first);
  if (selected.length > 1 || !node.type.startsWith("core/subgraph@")) return null;
  return {
    title: "Open it",
    act: () =>
      store.subgraph("open", node.id, (ops) => {
        const others = graph.nodes.filter((one) => one.id !== node.id);
        const places = new Map(others.flatMap((one) => (one.ui ? [[one.id, one.ui] as const] : [])));
        return node.ui ? laidOut(ops, store.components.get(), places, node.ui) : ops;
      }),
  };
}

function isWhole(group: GraphGroup, chosen: ReadonlySet<string>): boolean {
  return group.nodes.length === chosen.size && group.nodes.every((id) => chosen.has(id));
}
