/** Versions of models in other formats: what is kept, what is being made, and what is possible. */

import { address, send } from "./client.ts";
import type { ExportFormat, ExportMaking, ExportPost, ModelExport, ModelExports } from "./schema.ts";

export type { ExportFormat, ExportMaking, ModelExport, ModelExports };

function path(name: string, version: number, ...parts: readonly string[]): string {
  const place = ["api/v1/models", encodeURIComponent(name), "versions", version, "exports"];
  return [...place, ...parts.map(encodeURIComponent)].join("/");
}

export async function listExports(name: string, version: number): Promise<ModelExports> {
  return (await send("GET", path(name, version))).json() as Promise<ModelExports>;
}

/** Have one made; answers at once with how things are. */
export async function makeExport(name: string, version: number, format: string): Promise<ModelExports> {
  const body = { format: format as ExportPost["format"], wait: false } satisfies ExportPost;
  return (await send("POST", path(name, version), body)).json() as Promise<ModelExports>;
}

/** Delete one; one that is being made is not made any longer; of one that failed the reason is forgotten. */
export async function deleteExport(name: string, version: number, format: string): Promise<void> {
  await send("DELETE", path(name, version, format));
}

/** Where an export is: its one file, or all of them as a zip. */
export function exportUrl(name: string, version: number, { format, files }: ModelExport): string {
  const [only, ...more] = files;
  if (only === undefined || more.length > 0) return address(path(name, version, format, "archive"));
  return address(`${path(name, version, format, "files")}/${only.path.split("/").map(encodeURIComponent).join("/")}`);
}
