/** What a download is called. */

import type { RecordRow } from "../../api/records.ts";

const ENDS: Readonly<Record<string, string>> = { text: "txt", json: "json", html: "html", table: "json", fits: "fits" };
/** Formats of ours, which no other program knows by an ending. */
const OURS = ["raw", "parts", "plain", "markdown"];

/** The name that the record was logged with, or its key and step. */
export function fileName(key: string, record: RecordRow): string {
  const { name, format } = record.meta;
  if (typeof name === "string" && name !== "") return name.split(/[/\\]/).at(-1) ?? name;
  const end = typeof format === "string" && !OURS.includes(format) ? format : (ENDS[record.kind] ?? "bin");
  return `${key.replaceAll(/[^\p{L}\p{N}._-]+/gu, "-")}-${record.step}.${end}`;
}
