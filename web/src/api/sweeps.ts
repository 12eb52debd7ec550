/** Sweeps: listed, asked for, told what to do. */

import { send } from "./client.ts";
import type { SweepDetail, SweepPost, SweepRow, SweepRows, SweepTrial } from "./schema.ts";

export type { SweepDetail, SweepPost, SweepRow, SweepTrial };

export type SweepOrder = "pause" | "resume" | "stop";

function path(id: string): string {
  return `api/v1/sweeps/${encodeURIComponent(id)}`;
}

async function json<T>(method: string, where: string, body?: unknown, signal: AbortSignal | null = null): Promise<T> {
  return (await (await send(method, where, body, "application/json", signal)).json()) as T;
}

export async function listSweeps(signal: AbortSignal | null = null): Promise<SweepRows> {
  return json("GET", "api/v1/sweeps", undefined, signal);
}

export async function readSweep(id: string, signal: AbortSignal | null = null): Promise<SweepDetail> {
  return json("GET", path(id), undefined, signal);
}

export async function beginSweep(asked: SweepPost): Promise<SweepDetail> {
  return json("POST", "api/v1/sweeps", asked);
}

export async function orderSweep(id: string, order: SweepOrder): Promise<SweepRow> {
  return json("POST", `${path(id)}:${order}`, {});
}

export async function deleteSweep(id: string): Promise<void> {
  await send("DELETE", path(id));
}
