/** Models of other tools as graphs: files, and what runs logged. */

import { address, readProblem, send } from "./client.ts";
import type { GraphImported, LoggedGraphs, WatchedRun } from "./schema.ts";

export type Logged = LoggedGraphs["graphs"][number];
export type Variable = WatchedRun["variables"][number];
export type { GraphImported, WatchedRun };

export interface ImportAsked {
  readonly project: string;
  readonly name?: string;
  /** Of Python: what makes the model. */
  readonly object?: string;
  /** Of Python: axes of each input without the batch. */
  readonly input?: string;
}

/** Make a graph of a file. */
export async function importFile(file: File, asked: ImportAsked, signal: AbortSignal): Promise<GraphImported> {
  const query = new URLSearchParams({ ...kept(asked), file: file.name });
  const response = await fetch(address(`api/v1/graphs:import?${query}`), {
    method: "POST",
    signal,
    headers: { "Content-Type": "application/octet-stream", Accept: "application/json" },
    body: file,
  });
  if (!response.ok) throw await readProblem(response);
  return (await response.json()) as GraphImported;
}

/** Make a graph of the last model that a run logged under a key. */
export async function importLogged(run: string, key: string): Promise<GraphImported> {
  const query = new URLSearchParams({ run, key });
  const headers = { "Content-Type": "application/octet-stream" };
  const path = `api/v1/graphs:import?${query}`;
  return (await (await send("POST", path, undefined, "application/json", null, headers)).json()) as GraphImported;
}

/** Models that the newest runs of a project logged. */
export async function listLogged(project: string, limit = 50): Promise<readonly Logged[]> {
  const query = new URLSearchParams({ project, limit: String(limit) });
  return ((await (await send("GET", `api/v1/graphs:logged?${query}`)).json()) as LoggedGraphs).graphs;
}

/** What a run watched of its model. */
export async function readWatched(run: string): Promise<WatchedRun> {
  return (await (await send("GET", `api/v1/runs/${encodeURIComponent(run)}/watched`)).json()) as WatchedRun;
}

function kept(asked: ImportAsked): Record<string, string> {
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined && value !== ""));
}
