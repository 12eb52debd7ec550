/** The text or the data of a record, whether it came with its row or has to be read. */

import type { RecordReader, RecordRow } from "../../api/records.ts";
import type { Plain } from "../../lib/tree.ts";

/** Longer texts are cut: nobody reads them here, and the download has it all. */
export const MOST_TEXT = 1 << 20;

export async function textOf(reader: RecordReader, run: string, record: RecordRow): Promise<string> {
  return typeof record.value === "string" ? record.value : reader.text(run, record.id);
}

export async function plainOf(reader: RecordReader, run: string, record: RecordRow): Promise<Plain> {
  if (record.value !== undefined) return record.value as Plain;
  return JSON.parse(await reader.text(run, record.id)) as Plain;
}
