/** The console of a run. */

import { address, send } from "./client.ts";
import type { ConsolePage } from "./schema.ts";

export type { ConsolePage, ConsoleRow, OpenRow } from "./schema.ts";

export interface ConsoleQuery {
  readonly first?: number;
  readonly offset?: number;
  readonly limit?: number;
  readonly q?: string;
  readonly regex?: boolean;
  readonly case?: boolean;
  readonly stream?: number | null;
  readonly numbers?: boolean;
}

export async function readConsole(run: string, query: ConsoleQuery): Promise<ConsolePage> {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== null && value !== false && value !== "") asked.set(name, String(value));
  const response = await send("GET", `api/v1/runs/${encodeURIComponent(run)}/console?${asked}`);
  return (await response.json()) as ConsolePage;
}

export function consoleTextUrl(run: string): string {
  return address(`api/v1/runs/${encodeURIComponent(run)}/console.txt`);
}

export async function readConsoleText(run: string): Promise<string> {
  return (await send("GET", `api/v1/runs/${encodeURIComponent(run)}/console.txt`, undefined, "text/plain")).text();
}
