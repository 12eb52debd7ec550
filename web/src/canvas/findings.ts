/** What the field above the canvas finds: components to add, ports to connect to, wires to cut. */

import type { PortsOf } from "../lib/card.ts";
import type { Choice } from "../lib/choices.ts";
import type { Components, End, Graph } from "../lib/graph.ts";
import type { Block } from "../lib/graphblock.ts";
import { nodeOf, type Start, targets } from "../lib/graphedit.ts";
import type { Places } from "../lib/standing.ts";
import type { Point } from "./asides.tsx";
import { blockFinding, findingOf } from "./shelf.tsx";

export type Searching =
  | { readonly what: "add"; readonly at: Point; readonly start: Start }
  | { readonly what: "connect" | "disconnect"; readonly at: Point; readonly node: string };

export function findingsFor(
  open: Searching,
  graph: Graph,
  components: Components,
  blocks: readonly Block[],
  ports: PortsOf,
  places: Places,
) {
  if (open.what === "add") {
    const all = [...components.values()].filter((one) => one.category !== "");
    const fit = all.filter((one) => (open.start.from ? one.inputs.length > 0 || one.type.includes("code@") : true));
    const giving = open.start.to ? fit.filter((one) => one.outputs.length > 0) : fit;
    const findings: readonly Choice[] = [...giving.map(findingOf), ...blocks.map(blockFinding)];
    return { label: "Add a component", placeholder: "Add a component", choices: findings };
  }
  const { node } = open;
  if (open.what === "connect") {
    const out = ports(nodeOf(graph, node)).outputs;
    const findings = targets(graph, ports, places, node).flatMap((to): readonly Choice[] =>
      out.map((port) => ({
        value: JSON.stringify([[node, port.name], to]),
        text: to[0],
        note: noteOf(out.length > 1 ? `${port.name} → ${to[1]}` : to[1], graph, to),
      })),
    );
    return { label: `Connect ${node} to`, placeholder: `Connect ${node} to`, choices: findings };
  }
  const findings = graph.edges
    .filter((edge) => edge.from[0] === node || edge.to[0] === node)
    .map(({ from, to }) => ({
      value: JSON.stringify([from, to]),
      text: from[0] === node ? `→ ${to[0]}` : `← ${from[0]}`,
      note: from[0] === node ? to[1] : from[1],
    }));
  return { label: `Disconnect ${node} from`, placeholder: `Disconnect ${node} from`, choices: findings };
}

function noteOf(port: string, graph: Graph, to: End): string {
  const taken = graph.edges.find((edge) => edge.to[0] === to[0] && edge.to[1] === to[1]);
  return taken ? `${port}, now from ${taken.from[0]}` : port;
}
