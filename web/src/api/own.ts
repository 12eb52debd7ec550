/** Own components of a project: Python files, each version for good. They run in workers, never in the server. */

import { send } from "./client.ts";
import type { OwnComponent, OwnDescribed, OwnPost, OwnRows, OwnSource } from "./schema.ts";

export type Own = OwnComponent;
export type OwnList = OwnRows;

async function json<T>(method: string, path: string, body?: unknown, signal: AbortSignal | null = null): Promise<T> {
  return (await (await send(method, path, body, "application/json", signal)).json()) as T;
}

function path(project: string, rest = ""): string {
  return `api/v1/projects/${encodeURIComponent(project)}/components${rest}`;
}

export function listOwn(project: string): Promise<OwnList> {
  return json("GET", path(project));
}

/** A component in its newest version, or in one of the older ones. */
export function readOwn(project: string, name: string, version: number | null = null): Promise<Own> {
  return json("GET", path(project, `/${encodeURIComponent(name)}${version === null ? "" : `?version=${version}`}`));
}

/** Keep a file as the next version of its component. */
export function saveOwn(project: string, asked: OwnPost): Promise<Own> {
  return json("POST", path(project), asked);
}

/** What a file says it is; a `Problem` with the line when it cannot be that. */
export async function describeOwn(project: string, source: string, signal: AbortSignal | null = null) {
  return (await json<OwnDescribed>("POST", path(project, ":describe"), { source }, signal)).component;
}

/** A file to begin with: one with comments, or one that is what a group of a graph is. */
export async function firstOwn(project: string, from: { graph: string; group: string } | null): Promise<string> {
  const found = from === null ? json("GET", path(project, ":template")) : json("POST", path(project, ":group"), from);
  return ((await found) as OwnSource).source;
}

export async function deleteOwn(project: string, name: string): Promise<void> {
  await send("DELETE", path(project, `/${encodeURIComponent(name)}`));
}
