/** Requests about many runs at once: groups, bulk changes, files, values of a column, saved views. */

import type { Completion } from "../lib/completion.ts";
import { send } from "./client.ts";
import type {
  GroupRow,
  GroupsPage,
  GroupsQuery,
  GroupValue,
  RunsChange,
  RunsChanged,
  RunsDelete,
  RunsDeleted,
  RunsExport,
  ViewPatch,
  ViewPost,
  ViewRow,
  Views,
} from "./schema.ts";

export type { GroupRow, GroupsPage, GroupsQuery, GroupValue, RunsChange, ViewRow };

async function json<T>(method: string, path: string, body?: unknown): Promise<T> {
  return (await (await send(method, path, body)).json()) as T;
}

export function queryGroups(query: GroupsQuery): Promise<GroupsPage> {
  return json("POST", "api/v1/runs:group", query);
}

export function changeRuns(change: RunsChange): Promise<RunsChanged> {
  return json("POST", "api/v1/runs:change", change);
}

export function deleteRuns(which: RunsDelete): Promise<RunsDeleted> {
  return json("POST", "api/v1/runs:delete", which);
}

/** The runs of a question as a file. */
export async function exportRuns(query: RunsExport): Promise<Blob> {
  return (await send("POST", "api/v1/runs:export", query, "*/*")).blob();
}

/** What may be written at a place of a filter; the last question alone is answered. */
export function completeFilter(project: string, text: string, at: number, signal: AbortSignal): Promise<Completion> {
  const query = new URLSearchParams({ project, text, at: String(at), limit: "50" });
  return send("GET", `api/v1/filter:complete?${query}`, undefined, "application/json", signal).then(
    (response) => response.json() as Promise<Completion>,
  );
}

export async function listViews(project: string, page: string): Promise<readonly ViewRow[]> {
  return (await json<Views>("GET", `api/v1/views?${new URLSearchParams({ project, page })}`)).views;
}

export function createView(view: ViewPost): Promise<ViewRow> {
  return json("POST", "api/v1/views", view);
}

export function updateView(id: string, changes: ViewPatch): Promise<ViewRow> {
  return json("PATCH", `api/v1/views/${encodeURIComponent(id)}`, changes);
}

export async function deleteView(id: string): Promise<void> {
  await send("DELETE", `api/v1/views/${encodeURIComponent(id)}`);
}
