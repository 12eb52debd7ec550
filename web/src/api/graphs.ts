/** One graph of the canvas: read, patched, caught up with; and the components it is made of. */

import type { ComponentSpec, Graph, Op, Report, SparseGraph } from "../lib/graph.ts";
import { wholeGraph } from "../lib/graph.ts";
import type { Block } from "../lib/graphblock.ts";
import { Problem, send } from "./client.ts";
import type { GraphDetail, GraphEdits, GraphOps, GraphPatched, Palette } from "./schema.ts";

/** A graph as it was read. */
export interface GraphRead {
  readonly rev: number;
  readonly graph: Graph;
  readonly report: Report;
}

export interface PatchAnswer {
  readonly rev: number;
  readonly report: Report;
  /** What the server did beyond the operations that were sent: code by hand follows the nodes. */
  readonly added: readonly Op[];
}

/** A change that somebody made; without operations the graph must be read anew. */
export interface Edit {
  readonly rev: number;
  readonly ops: readonly Op[] | null;
  readonly token: string;
}

/** Where a store gets its graph from; tests bring their own. */
export interface GraphSource {
  read(id: string): Promise<GraphRead>;
  /** `token` is this change's own name, by which a tab knows it again when the answer was lost. */
  patch(id: string, rev: number, ops: readonly Op[], label: string, token: string): Promise<PatchAnswer>;
  since(id: string, rev: number): Promise<readonly Edit[]>;
  palette(project: string): Promise<Pieces>;
  /** The operations that make one node of a group, or put a group in the place of a subgraph node. */
  subgraph(way: "promote" | "open", graph: Graph, id: string): Promise<readonly Op[]>;
}

/** What graphs are made of, in the order of the palette. */
export interface Pieces {
  readonly components: readonly ComponentSpec[];
  readonly blocks: readonly Block[];
}

function path(id: string): string {
  return `api/v1/graphs/${encodeURIComponent(id)}`;
}

async function json<T>(method: string, where: string, body?: unknown): Promise<T> {
  return (await (await send(method, where, body)).json()) as T;
}

export const serverGraphs: GraphSource = {
  async read(id) {
    const found = await json<GraphDetail>("GET", path(id));
    return { rev: found.rev, graph: wholeGraph(found.graph as SparseGraph), report: found.report as unknown as Report };
  },
  async patch(id, rev, ops, label, token) {
    const { added, report, ...rest } = await json<GraphPatched>("PATCH", path(id), { rev, ops, label, token });
    return { rev: rest.rev, report: report as unknown as Report, added: added as readonly unknown[] as readonly Op[] };
  },
  async since(id, rev) {
    return (await json<GraphEdits>("GET", `${path(id)}/ops?since=${rev}`)).edits as readonly unknown[] as Edit[];
  },
  async palette(project) {
    const { components, blocks } = await json<Palette>("GET", `api/v1/components?${new URLSearchParams({ project })}`);
    return { components, blocks: blocks as readonly unknown[] as readonly Block[] };
  },
  async subgraph(way, graph, id) {
    return (await json<GraphOps>("POST", `api/v1/graphs:${way}`, { graph, id })).ops as readonly unknown[] as Op[];
  },
};

/** Whether somebody else was first. */
export function wasLate(cause: unknown): boolean {
  return cause instanceof Problem && cause.status === 409;
}

/** Whether trying again later may help: the server does not answer, or is in trouble of its own. */
export function mayPass(cause: unknown): boolean {
  return cause instanceof Problem && (cause.status === 0 || cause.status >= 500 || cause.status === 429);
}
