/** Layouts of charts, bands over groups of runs, points to keep. */

import { address, send } from "./client.ts";
import type { Bands, BandsQuery, ChartLayout, SavedLayout } from "./schema.ts";

export type { Bands, BandsQuery, ChartLayout, SavedLayout };

async function json<T>(method: string, path: string, body?: unknown): Promise<T> {
  return (await (await send(method, path, body)).json()) as T;
}

function layoutPath(project: string): string {
  return `api/v1/layouts/${encodeURIComponent(project)}`;
}

export function readLayout(project: string): Promise<SavedLayout> {
  return json("GET", layoutPath(project));
}

/** Browsers refuse to go on with more than this once the page is gone. */
const KEPT_CHARS = 20_000;

/**
 * Save a layout; it arrives even when the page is left meanwhile, unless it is uncommonly large.
 *
 * @throws Problem of status 412 when somebody else changed the layout after `rev`.
 */
export async function saveLayout(project: string, layout: ChartLayout, rev: number): Promise<SavedLayout> {
  const headers = { "If-Match": `"${rev}"` };
  const keepalive = JSON.stringify(layout).length < KEPT_CHARS;
  const response = await send("PUT", layoutPath(project), layout, "application/json", null, headers, keepalive);
  return (await response.json()) as SavedLayout;
}

export function readBands(query: BandsQuery): Promise<Bands> {
  return json("POST", "api/v1/bands", query);
}

/** Where every point of some lines in a window is downloaded from, as CSV. */
export function pointsUrl(
  runs: readonly string[],
  lines: readonly { readonly key?: string; readonly expression?: string }[],
  x: string,
  zoom: readonly [number, number] | null,
): string {
  const query = new URLSearchParams({ runs: runs.join(","), x });
  for (const line of lines) query.append(line.expression ? "expression" : "key", line.expression || line.key || "");
  if (zoom) {
    query.set("first", String(zoom[0]));
    query.set("last", String(zoom[1]));
  }
  return address(`api/v1/points.csv?${query}`);
}
