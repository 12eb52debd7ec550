/** The registry: models, their versions, the names that point at them, and what they must pass. */

import type { Gate } from "../lib/models.ts";
import { address, send } from "./client.ts";
import type {
  ModelComparison,
  ModelDetail,
  ModelJudgement,
  ModelPatch,
  ModelRow,
  ModelRows,
  ModelVersion,
  VersionPost,
} from "./schema.ts";

export type { Gate, ModelComparison, ModelDetail, ModelJudgement, ModelRow, ModelVersion };

/** What a version is made of: what a job trained, or a file that a run logged. */
export type Source =
  | { readonly job: { readonly job: string; readonly checkpoint: "best" | "last" } }
  | { readonly run: { readonly run: string; readonly key: string; readonly step?: number } };

function path(name: string, ...parts: readonly (string | number)[]): string {
  return ["api/v1/models", ...[name, ...parts].map((part) => encodeURIComponent(part))].join("/");
}

async function json<T>(method: string, where: string, body?: unknown): Promise<T> {
  return (await (await send(method, where, body)).json()) as T;
}

export async function listModels(): Promise<readonly ModelRow[]> {
  return (await json<ModelRows>("GET", "api/v1/models")).models;
}

export function getModel(name: string): Promise<ModelDetail> {
  return json("GET", path(name));
}

/** Change what is said of a model; refused when somebody else was first. */
export async function patchModel(name: string, rev: number, changes: ModelPatch): Promise<ModelDetail> {
  const headers = { "If-Match": `"${rev}"` };
  return (await send("PATCH", path(name), changes, "application/json", null, headers)).json() as Promise<ModelDetail>;
}

export async function deleteModel(name: string): Promise<void> {
  await send("DELETE", path(name));
}

export function registerVersion(name: string, source: Source, note: string): Promise<ModelVersion> {
  return json("POST", `${path(name)}/versions`, { ...source, note } satisfies VersionPost);
}

export function noteVersion(name: string, version: number, note: string): Promise<ModelVersion> {
  return json("PATCH", path(name, "versions", version), { note });
}

export async function deleteVersion(name: string, version: number): Promise<void> {
  await send("DELETE", path(name, "versions", version));
}

/** Let an alias point at a version; a gate that says no is told as a problem of status 409, unless it is forced. */
export function pointAlias(name: string, alias: string, version: number, force = false): Promise<ModelDetail> {
  return json("PUT", path(name, "aliases", alias), { version, force });
}

export function removeAlias(name: string, alias: string): Promise<ModelDetail> {
  return json("DELETE", path(name, "aliases", alias));
}

export function compareVersions(name: string, a: number, b: number): Promise<ModelComparison> {
  return json("GET", `${path(name)}/compare?a=${a}&b=${b}`);
}

/** Where a file of a version is. */
export function fileUrl(name: string, version: number, file: string): string {
  const parts = file.split("/").map(encodeURIComponent).join("/");
  return address(`${path(name, "versions", version)}/files/${parts}`);
}
