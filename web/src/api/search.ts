/** Looking for a run among those of all projects. */

import { send } from "./client.ts";
import type { RunsFound } from "./schema.ts";

export type { RunsFound };

/** The likeliest runs; those of `project` first among equals. Without a text its newest. */
export async function findRuns(
  text: string,
  project: string | null,
  limit: number,
  signal: AbortSignal,
): Promise<RunsFound> {
  const query = new URLSearchParams({ q: text, limit: String(limit), ...(project === null ? {} : { project }) });
  const response = await send("GET", `api/v1/runs:search?${query}`, undefined, "application/json", signal);
  return (await response.json()) as RunsFound;
}
