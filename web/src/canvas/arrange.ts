/** Places for all nodes: dagre's columns, folded into rows. In a worker where it would hold the page up. */

import { Graph as DagreGraph, layout } from "@dagrejs/dagre";
import type { Graph, Place } from "../lib/graph.ts";
import { folded, layered } from "../lib/layered.ts";

/** Nodes that are laid out while the page waits: some tens of milliseconds. */
const AT_ONCE = 120;

export interface Size {
  readonly width: number;
  readonly height: number;
}

export type Sizes = ReadonlyMap<string, Size>;

const NONE: Size = { width: 0, height: 0 };

/** Places by dagre, with so many columns in a row at most. */
export function arrange(graph: Graph, sizes: Sizes, most?: number): Map<string, Place> {
  const dagre = new DagreGraph({ multigraph: true });
  dagre.setGraph({ rankdir: "LR", nodesep: 28, ranksep: 56, edgesep: 16 });
  for (const node of graph.nodes) dagre.setNode(node.id, { ...(sizes.get(node.id) ?? NONE) });
  for (const { from, to } of graph.edges)
    if (dagre.hasNode(from[0]) && dagre.hasNode(to[0]) && from[0] !== to[0])
      dagre.setEdge(from[0], to[0], {}, `${from[1]} ${to[1]}`);
  layout(dagre);
  const places = graph.nodes.map(({ id }): [string, Place] => {
    const { x, y } = dagre.node(id) as { x: number; y: number };
    const { width, height } = sizes.get(id) ?? NONE;
    return [id, { x: x - width / 2, y: y - height / 2 }];
  });
  return folded(graph, new Map(places), (id) => (sizes.get(id) ?? NONE).height, most);
}

/** Places for a graph that nobody placed: good ones for a small graph, quick ones for a large. */
export function placesAtOnce(graph: Graph, sizes: Sizes, most?: number): Map<string, Place> {
  if (graph.nodes.length <= AT_ONCE) return arrange(graph, sizes, most);
  const height = (id: string): number => (sizes.get(id) ?? NONE).height;
  return folded(graph, layered(graph, height), height, most);
}

/** Like `arrange`, without holding the page up. */
export function arranged(graph: Graph, sizes: Sizes): Promise<Map<string, Place>> {
  if (graph.nodes.length <= AT_ONCE) return Promise.resolve(arrange(graph, sizes));
  const worker = new Worker(new URL("./arrange.worker.ts", import.meta.url), { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = (event: MessageEvent<Map<string, Place>>) => resolve(event.data);
    worker.onerror = reject;
    worker.postMessage({ graph, sizes });
  }).finally(() => worker.terminate()) as Promise<Map<string, Place>>;
}
