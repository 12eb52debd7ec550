/** Jobs: listed, asked for, told what to do; what they printed. */

import type { JobAction } from "../lib/jobs.ts";
import { send } from "./client.ts";
import type { JobDetail, JobEvent, JobLog, JobPatch, JobPost, JobRow, JobRows, JobSlot } from "./schema.ts";

export type { JobDetail, JobEvent, JobLog, JobPatch, JobPost, JobRow, JobSlot };

export type Order = Exclude<JobAction, "set" | "delete">;

function path(id: string): string {
  return `api/v1/jobs/${encodeURIComponent(id)}`;
}

async function json<T>(method: string, where: string, body?: unknown, signal: AbortSignal | null = null): Promise<T> {
  return (await (await send(method, where, body, "application/json", signal)).json()) as T;
}

export async function listJobs(project: string | null = null): Promise<JobRows> {
  return json("GET", `api/v1/jobs${project === null ? "" : `?project=${encodeURIComponent(project)}`}`);
}

export async function readJob(id: string, signal: AbortSignal | null = null): Promise<JobDetail> {
  return json("GET", path(id), undefined, signal);
}

export async function submitJob(asked: JobPost): Promise<JobDetail> {
  return json("POST", "api/v1/jobs", asked);
}

export async function orderJob(id: string, order: Order): Promise<JobRow> {
  return json("POST", `${path(id)}:${order}`, {});
}

export async function patchJob(id: string, patch: JobPatch): Promise<JobRow> {
  return json("PATCH", path(id), patch);
}

export async function deleteJob(id: string): Promise<void> {
  await send("DELETE", path(id));
}

/** The end of what a job printed, or (`since`) what came after a byte. */
export async function readLog(id: string, since: number | null = null): Promise<JobLog> {
  return json("GET", `${path(id)}/log${since === null ? "" : `?since=${since}`}`);
}
