/** Data sets of the home: listed, looked at, registered, changed. */

import type { Cell, Cells, Changes, Column, Profile, Split, Transforms } from "../lib/dataset.ts";
import { type Graph, type SparseGraph, wholeGraph } from "../lib/graph.ts";
import type { Reason } from "../lib/graphdata.ts";
import { address, Problem, readProblem, send } from "./client.ts";
import type {
  DatasetDetail,
  DatasetRow,
  DatasetRows,
  DatasetUploaded,
  DatasetUses,
  DatasetVersions,
  GraphBuilt,
} from "./schema.ts";

export type { DatasetRow, DatasetUses };
export type DatasetVersion = DatasetVersions["versions"][number];
export type DatasetUse = DatasetUses["runs"][number];

/** A data set at a version. */
export interface Dataset extends Omit<DatasetDetail, "columns" | "split" | "transforms"> {
  readonly columns: readonly Column[];
  readonly split: Split;
  readonly transforms: Transforms;
}

export interface RowsQuery {
  readonly part: string | null;
  readonly class: string | null;
  readonly version: string | null;
}

export interface RowsPage {
  /** After the filter. */
  readonly total: number;
  readonly columns: readonly string[];
  readonly rows: readonly Cells[];
}

export interface Sampled {
  readonly column: string;
  readonly values: readonly { readonly row: number; readonly before: Cell; readonly after: Cell }[];
}

function path(name: string): string {
  return `api/v1/datasets/${encodeURIComponent(name)}`;
}

function query(values: Readonly<Record<string, string | number | null>>): string {
  const given = Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]));
  return given.length > 0 ? `?${new URLSearchParams(given)}` : "";
}

async function json<T>(method: string, where: string, body?: unknown, signal: AbortSignal | null = null): Promise<T> {
  return (await (await send(method, where, body, "application/json", signal)).json()) as T;
}

export async function listDatasets(): Promise<readonly DatasetRow[]> {
  return (await json<DatasetRows>("GET", "api/v1/datasets")).datasets;
}

export function getDataset(name: string, version: string | null = null): Promise<Dataset> {
  return json("GET", path(name) + query({ version }));
}

export function getProfile(
  name: string,
  version: string | null = null,
  signal: AbortSignal | null = null,
): Promise<Profile> {
  return json("GET", `${path(name)}/profile${query({ version })}`, undefined, signal);
}

export function getRows(
  name: string,
  asked: RowsQuery,
  first: number,
  last: number,
  signal: AbortSignal | null = null,
): Promise<RowsPage> {
  return json("GET", `${path(name)}/rows${query({ ...asked, first, last })}`, undefined, signal);
}

export async function listVersions(name: string): Promise<readonly DatasetVersion[]> {
  return (await json<DatasetVersions>("GET", `${path(name)}/versions`)).versions;
}

export function getUses(name: string): Promise<DatasetUses> {
  return json("GET", `${path(name)}/uses`);
}

/** What would be registered; nothing is stored. */
export function look(
  where: { readonly path: string; readonly name?: string },
  changes: Changes,
  signal: AbortSignal | null = null,
): Promise<Profile> {
  return json("POST", "api/v1/datasets:look", { ...where, ...changes }, signal);
}

/** Values of a column before and after its transforms. */
export function sample(
  where: { readonly path: string },
  changes: Changes,
  column: string,
  count: number,
  signal: AbortSignal | null = null,
): Promise<Sampled> {
  return json("POST", "api/v1/datasets:sample", { ...where, ...changes, column, count }, signal);
}

export function register(name: string, where: string, changes: Changes, note: string): Promise<Dataset> {
  return json("POST", "api/v1/datasets", { name, path: where, ...changes, note });
}

/** Make a version of what is said now; refused when somebody else was first. */
export async function patchDataset(
  name: string,
  rev: number,
  changes: Changes & { readonly note?: string },
): Promise<Dataset> {
  const headers = { "If-Match": `"${rev}"` };
  return (await send("PATCH", path(name), changes, "application/json", null, headers)).json() as Promise<Dataset>;
}

export async function deleteDataset(name: string): Promise<void> {
  await send("DELETE", path(name));
}

/** Bring a file to the server; `hear` is told how much has arrived, from 0 to 1. */
export function upload(file: File, hear: (share: number) => void, signal: AbortSignal): Promise<DatasetUploaded> {
  return new Promise((done, refuse) => {
    // A request of this kind alone tells how far it has come.
    const request = new XMLHttpRequest();
    request.open("POST", address(`api/v1/datasets:upload${query({ filename: file.name })}`));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = ({ loaded, total }) => hear(total > 0 ? loaded / total : 0);
    request.onerror = () => refuse(new Problem("The upload was cut off", "The server does not answer.", 0));
    request.onabort = () => refuse(new DOMException("The upload was taken back.", "AbortError"));
    request.onload = () => {
      if (request.status < 300) done(JSON.parse(request.responseText) as DatasetUploaded);
      else void readProblem(new Response(request.responseText, { status: request.status })).then(refuse);
    };
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

/** Take away what was uploaded; refused where a data set was made of it. */
export async function discardUpload(path: string): Promise<void> {
  // It goes out also while the tab is closed.
  await send("DELETE", `api/v1/datasets:upload${query({ path })}`, undefined, undefined, null, {}, true);
}

/** A first model of data, and why it is so. */
export interface Built {
  readonly graph: Graph;
  readonly reasons: readonly Reason[];
  /** Columns that it does not take, with the reason. */
  readonly left_out: Readonly<Record<string, string>>;
  /** Numbers that are trained. */
  readonly params: number;
}

/** What would be built; nothing is stored. */
export async function buildGraph(
  asked: { readonly dataset: string; readonly target: string },
  signal: AbortSignal | null = null,
): Promise<Built> {
  const { report, ...found } = await json<GraphBuilt>("POST", "api/v1/graphs:build", asked, signal);
  const graph = wholeGraph(found.graph as SparseGraph);
  const { reasons } = found;
  // They go with the graph, so that they can be read and refused on the canvas too.
  return { ...found, graph: { ...graph, data: { ...graph.data, reasons } }, params: report.totals.params };
}
