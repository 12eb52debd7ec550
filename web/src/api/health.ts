/** How a run is: what checks find in its record, and what it told. */

import type { Finding } from "../lib/health.ts";
import { send } from "./client.ts";
import type { RunHealth as Sent } from "./schema.ts";

/** The server sends every field of a finding. */
export interface Health extends Omit<Sent["health"], "findings"> {
  readonly findings: readonly Finding[];
}
export interface RunHealth extends Omit<Sent, "health"> {
  readonly health: Health;
}
export type { Finding };
export type Check = Health["checks"][number];
export type Alert = RunHealth["alerts"][number];

/** `until`: as the run was at this step; `null` is now. */
export async function readHealth(run: string, until: number | null = null): Promise<RunHealth> {
  const query = until === null ? "" : `?until=${until}`;
  return (await (await send("GET", `api/v1/runs/${encodeURIComponent(run)}/health${query}`)).json()) as RunHealth;
}
