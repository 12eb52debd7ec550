/** Requests to the server. Every failure is a `Problem` that can be shown as it is. */

import { decodeEnvelopes, type SeriesTrace } from "../lib/gnc1.ts";
import { gate } from "./gate.ts";
import type {
  Keys,
  PointsPage,
  ProjectRow,
  Projects,
  RunDetail,
  RunPatch,
  RunRow,
  RunsPage,
  SeriesName,
  SeriesPage,
  WindowQuery,
} from "./types.ts";

/** What went wrong, in the words of the server, or in ours when it could not be asked. */
export class Problem extends Error {
  constructor(
    readonly title: string,
    readonly detail: string,
    readonly status: number,
    readonly field?: string,
    /** Index of the character that the server stopped at. */
    readonly position?: number,
    readonly hint?: string,
    /** Line of the code that it is about, from 1. */
    readonly line?: number,
  ) {
    super(detail || title);
    this.name = "Problem";
  }
}

/** Address of a path below the place where the page is served. */
export function address(path: string): string {
  return new URL(path, document.baseURI).href;
}

/** Send a request once the live stream had its chance to begin; failures are problems. */
export async function send(
  method: string,
  path: string,
  body?: unknown,
  accept = "application/json",
  signal: AbortSignal | null = null,
  headers: Readonly<Record<string, string>> = {},
  keepalive = false,
): Promise<Response> {
  const init: RequestInit = {
    method,
    signal,
    keepalive,
    headers: { Accept: accept, ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
  };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (!gate.isOpen) await gate.passed;
  let response: Response;
  try {
    response = await fetch(address(path), init);
  } catch {
    throw new Problem(
      "The server does not answer",
      "gnomon could not be reached.",
      0,
      undefined,
      undefined,
      "Run `gnomon up` where it was running.",
    );
  }
  if (!response.ok) throw await readProblem(response);
  return response;
}

export async function readProblem(response: Response): Promise<Problem> {
  let body: Record<string, unknown> = {};
  try {
    body = (await response.json()) as Record<string, unknown>;
  } catch {
    // Not every error is ours: a proxy answers with a page of its own.
  }
  const text = (name: string): string | undefined =>
    typeof body[name] === "string" ? (body[name] as string) : undefined;
  const position = typeof body.position === "number" ? body.position : undefined;
  return new Problem(
    text("title") ?? `Error ${response.status}`,
    text("detail") ?? response.statusText,
    response.status,
    text("field"),
    position,
    text("hint"),
    typeof body.line === "number" ? body.line : undefined,
  );
}

async function json<T>(method: string, path: string, body?: unknown): Promise<T> {
  return (await (await send(method, path, body)).json()) as T;
}

export interface RunsQuery {
  readonly project: string;
  readonly where?: string;
  readonly order?: readonly string[];
  readonly columns?: readonly string[];
  readonly offset?: number;
  readonly limit?: number;
  /** Whether archived runs come too; without it those that are not. */
  readonly archived?: boolean | null;
  readonly ids?: readonly string[] | null;
}

export async function listProjects(): Promise<readonly ProjectRow[]> {
  return (await json<Projects>("GET", "api/v1/projects")).projects;
}

export function listKeys(project: string): Promise<Keys> {
  return json("GET", `api/v1/projects/${encodeURIComponent(project)}/keys`);
}

export function queryRuns(query: RunsQuery): Promise<RunsPage> {
  return json("POST", "api/v1/runs:query", query);
}

export function getRun(run: string): Promise<RunDetail> {
  return json("GET", `api/v1/runs/${encodeURIComponent(run)}`);
}

export function patchRun(run: string, changes: RunPatch): Promise<RunRow> {
  return json("PATCH", `api/v1/runs/${encodeURIComponent(run)}`, changes);
}

export function listSeries(run: string, search = "", offset = 0, limit = 1000): Promise<SeriesPage> {
  const query = new URLSearchParams({ search, offset: String(offset), limit: String(limit) });
  return json("GET", `api/v1/runs/${encodeURIComponent(run)}/series?${query}`);
}

/** Every point of a series from a step on, at most `limit`. */
export function readPoints(
  run: string,
  key: string,
  first: number | null,
  last: number | null,
  limit: number,
): Promise<PointsPage> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (first !== null) query.set("first", String(first));
  if (last !== null) query.set("last", String(last));
  return json("GET", `api/v1/runs/${encodeURIComponent(run)}/series/${encodeURIComponent(key)}?${query}`);
}

export async function readEnvelopes(series: readonly SeriesName[], window: WindowQuery): Promise<SeriesTrace[]> {
  const response = await send("POST", "api/v1/envelopes", { series, ...window }, "application/vnd.gnomon.columns");
  return decodeEnvelopes(await response.arrayBuffer());
}
