/** Nodes of a report in an order that somebody chose. */

import type { End, NodeReport, Report } from "./graph.ts";

export type TotalsKey = "params" | "flops" | "memory_bytes";

export interface NodeTotals {
  readonly id: string;
  readonly node: NodeReport;
}

/** By a number, or in the order of computation; nodes that are not in it stand last. */
export function orderedNodes(
  report: Pick<Report, "nodes" | "order">,
  by: TotalsKey | "order",
  down: boolean,
): readonly NodeTotals[] {
  const place = new Map(report.order.map((id, i) => [id, i]));
  const late = report.order.length;
  const all = Object.entries(report.nodes).map(([id, node]) => ({ id, node }));
  all.sort((a, b) => (place.get(a.id) ?? late) - (place.get(b.id) ?? late));
  if (by !== "order") all.sort((a, b) => (down ? -1 : 1) * (a.node[by] - b.node[by]));
  else if (down) all.reverse();
  return all;
}

/** What leaves a port, as people write it; empty when it is not known. */
export function outText(report: Report | null, [node, port]: End, ports: readonly string[]): string {
  const found = report?.nodes[node];
  if (found === undefined || found.blocked) return "";
  return found.outs?.[Math.max(0, ports.indexOf(port))]?.text ?? found.text;
}
