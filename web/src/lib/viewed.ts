/** Graphs that only show a file of another tool. */

import type { Graph, Op } from "./graph.ts";

/** Whether a graph is a view of a file, to look at. */
export function isView(graph: Pick<Graph, "data"> | null): boolean {
  return graph !== null && typeof graph.data.view === "string";
}

const LOOKS: ReadonlySet<Op["op"]> = new Set(["move", "note", "group", "ungroup"]);

/** Whether operations change only what a graph looks like, or what it is called. */
export function onlyLooks(ops: readonly Op[]): boolean {
  return ops.every(
    (op) =>
      LOOKS.has(op.op) || (op.op === "document" && Object.keys(op).every((key) => key === "op" || key === "name")),
  );
}
