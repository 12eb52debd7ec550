/** Dashboards and panels: read, changed, looked back at. */

import { address, Problem, send } from "./client.ts";
import { gate } from "./gate.ts";
import type {
  Dashboard,
  DashboardPatch,
  DashboardPost,
  DashboardRow,
  Dashboards,
  History,
  Moments,
  PanelPatch,
  PanelPost,
  PanelRow,
} from "./schema.ts";

export type { Dashboard, DashboardRow, PanelRow };
export type PanelKind = PanelRow["kind"];
export type Revision = History["revisions"][number];

function boardPath(name: string): string {
  return `api/v1/dashboards/${encodeURIComponent(name)}`;
}

function panelPath(id: string): string {
  return `api/v1/panels/${encodeURIComponent(id)}`;
}

async function json<T>(method: string, path: string, body?: unknown): Promise<T> {
  return (await (await send(method, path, body)).json()) as T;
}

export async function listDashboards(): Promise<readonly DashboardRow[]> {
  return (await json<Dashboards>("GET", "api/v1/dashboards")).dashboards;
}

export function openDashboard(asked: DashboardPost): Promise<Dashboard> {
  return json("POST", "api/v1/dashboards", asked);
}

/** A dashboard with its panels; `at` (UTC seconds) as it was then. */
export function readDashboard(name: string, at: number | null): Promise<Dashboard> {
  return json("GET", at === null ? boardPath(name) : `${boardPath(name)}?at=${at}`);
}

export function patchDashboard(name: string, changes: DashboardPatch): Promise<Dashboard> {
  return json("PATCH", boardPath(name), changes);
}

export async function deleteDashboard(name: string): Promise<void> {
  await send("DELETE", boardPath(name));
}

export function restoreDashboard(name: string): Promise<Dashboard> {
  return json("POST", `${boardPath(name)}/restore`, {});
}

/** Moments at which something changed, oldest first. */
export async function readMoments(name: string): Promise<readonly number[]> {
  return (await json<Moments>("GET", `${boardPath(name)}/moments`)).times;
}

export function createPanel(asked: PanelPost): Promise<PanelRow> {
  return json("POST", "api/v1/panels", asked);
}

/** A panel as a dashboard shows it: what is large is left to `/frame` and `/image`. */
export function readPanel(id: string): Promise<PanelRow> {
  return json("GET", `${panelPath(id)}?brief=true`);
}

export function readRevision(id: string, rev: number): Promise<PanelRow> {
  return json("GET", `${panelPath(id)}?rev=${rev}`);
}

/** A panel with its whole value. */
export function readWhole(id: string): Promise<PanelRow> {
  return json("GET", panelPath(id));
}

export function patchPanel(id: string, changes: PanelPatch): Promise<PanelRow> {
  return json("PATCH", panelPath(id), changes);
}

export async function deletePanel(id: string): Promise<void> {
  await send("DELETE", panelPath(id));
}

export function restorePanel(id: string, rev: number | null = null): Promise<PanelRow> {
  return json("POST", `${panelPath(id)}/restore`, rev === null ? {} : { rev });
}

export function readHistory(id: string): Promise<History> {
  return json("GET", `${panelPath(id)}/history?limit=1000`);
}

export function frameUrl(panel: PanelRow): string {
  return address(`${panelPath(panel.id)}/frame?rev=${panel.rev}`);
}

export function imageUrl(panel: PanelRow): string {
  return address(`${panelPath(panel.id)}/image?rev=${panel.rev}`);
}

/** Send a picture; the panel of that name shows it from then on. */
export async function uploadImage(file: Blob, where: Readonly<Record<string, string>>): Promise<PanelRow> {
  if (!gate.isOpen) await gate.passed;
  const path = `api/v1/panels:upload?${new URLSearchParams(where)}`;
  const headers = { "Content-Type": file.type || "application/octet-stream" };
  const response = await fetch(address(path), { method: "POST", headers, body: file });
  const answer = (await response.json()) as PanelRow & { title: string; detail?: string; hint?: string };
  if (!response.ok)
    throw new Problem(answer.title, answer.detail ?? "", response.status, undefined, undefined, answer.hint);
  return answer;
}
