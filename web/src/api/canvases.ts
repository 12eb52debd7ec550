/** Graphs of a project as a whole: listed, made, looked back at, written as code and read from it. */

import type { Graph, GraphEdge, Issue, Op, Report, SparseGraph, Target } from "../lib/graph.ts";
import { wholeGraph } from "../lib/graph.ts";
import { send } from "./client.ts";
import type {
  GraphChecked,
  GraphDetail,
  GraphDifference,
  GraphParsed,
  GraphPost,
  GraphRevisions,
  GraphRow,
  GraphRows,
  GraphWritten,
  TemplateRow,
  Templates,
} from "./schema.ts";

export type { GraphRow };
export type Revision = GraphRevisions["revisions"][number];

/** A graph to begin with. */
export interface Template extends Omit<TemplateRow, "graph"> {
  readonly graph: Graph;
}

/** A graph at one revision. */
export interface GraphAt extends Omit<GraphDetail, "graph" | "report"> {
  readonly graph: Graph;
  readonly report: Report;
}

/** How two revisions differ. */
export interface Difference extends Omit<GraphDifference, "edges_added" | "edges_removed"> {
  readonly edges_added: readonly GraphEdge[];
  readonly edges_removed: readonly GraphEdge[];
}

/** A graph as code. */
export interface Written extends Omit<GraphWritten, "missing"> {
  readonly missing: readonly Issue[];
}

/** Code as a graph. */
export interface Parsed extends Omit<GraphParsed, "graph" | "ops"> {
  readonly graph: Graph;
  readonly ops: readonly Op[];
}

function graphPath(id: string): string {
  return `api/v1/graphs/${encodeURIComponent(id)}`;
}

async function json<T>(method: string, path: string, body?: unknown, signal: AbortSignal | null = null): Promise<T> {
  return (await (await send(method, path, body, "application/json", signal)).json()) as T;
}

/** The graphs of a project, or all. */
export async function listGraphs(project: string | null): Promise<readonly GraphRow[]> {
  const query = project === null ? "" : `?${new URLSearchParams({ project })}`;
  return (await json<GraphRows>("GET", `api/v1/graphs${query}`)).graphs;
}

/** Make a graph; the one that has this name already, when there is one. */
export async function openGraph(asked: Omit<GraphPost, "graph"> & { readonly graph?: SparseGraph }): Promise<GraphAt> {
  return whole(await json<GraphDetail>("POST", "api/v1/graphs", asked));
}

/** A graph as it is, or as it was at a revision. */
export async function readGraphAt(id: string, rev: number | null = null): Promise<GraphAt> {
  return whole(await json<GraphDetail>("GET", rev === null ? graphPath(id) : `${graphPath(id)}?rev=${rev}`));
}

function whole(detail: GraphDetail): GraphAt {
  return { ...detail, graph: wholeGraph(detail.graph as SparseGraph), report: detail.report as unknown as Report };
}

export async function renameGraph(id: string, rev: number, name: string): Promise<void> {
  await send("PATCH", graphPath(id), { rev, ops: [{ op: "document", name }], label: `Rename to ${name}` });
}

export async function deleteGraph(id: string): Promise<void> {
  await send("DELETE", graphPath(id));
}

/** Make an earlier revision the present one; without one, bring back what was deleted. */
export async function restoreGraph(id: string, rev?: number): Promise<void> {
  await send("POST", `${graphPath(id)}:restore`, rev === undefined ? {} : { rev });
}

export async function listTemplates(): Promise<readonly Template[]> {
  const { templates } = await json<Templates>("GET", "api/v1/templates");
  return templates.map((row) => ({ ...row, graph: wholeGraph(row.graph as SparseGraph) }));
}

/** Revisions, newest first. */
export function listRevisions(id: string, before: number | null = null): Promise<GraphRevisions> {
  return json("GET", `${graphPath(id)}/revisions${before === null ? "" : `?before=${before}`}`);
}

/** How a revision differs from an earlier one. */
export async function readDifference(id: string, from: number, to: number): Promise<Difference> {
  return (await json<GraphDifference>("GET", `${graphPath(id)}/diff?from=${from}&to=${to}`)) as unknown as Difference;
}

/** A graph as code; `fresh` passes over what was written by hand. */
export async function writeCode(
  graph: Graph,
  target: Target,
  signal: AbortSignal | null = null,
  fresh = false,
): Promise<Written> {
  const written = await json<GraphWritten>("POST", "api/v1/graphs:code", { graph, target, fresh }, signal);
  return written as unknown as Written;
}

/** Code as a graph, and what makes `graph` it. */
export async function parseCode(
  text: string,
  target: Target,
  graph: Graph | null,
  signal: AbortSignal | null = null,
): Promise<Parsed> {
  const asked = graph === null ? { text, target } : { text, target, graph };
  const parsed = await json<GraphParsed>("POST", "api/v1/graphs:parse", asked, signal);
  return { ...parsed, graph: wholeGraph(parsed.graph as SparseGraph), ops: parsed.ops as unknown as readonly Op[] };
}

/** What is known of a graph that is not stored. */
export async function checkGraph(graph: SparseGraph): Promise<Report> {
  return (await json<GraphChecked>("POST", "api/v1/graphs:check", { graph })).report as unknown as Report;
}
