/** What was captured of the program that a run was: one record at a time, kept current. */

import { useEffect, useState } from "react";
import { send } from "../api/client.ts";
import { RecordReader, type RecordRow } from "../api/records.ts";
import { onFrame, onReset, want } from "./live.ts";

export const CAPTURED = {
  script: "gnomon/code/script",
  diff: "gnomon/code/diff",
  environment: "gnomon/environment",
  traceback: "gnomon/traceback",
  data: "gnomon/data/",
} as const;

export interface Captured {
  readonly state: "reading" | "none" | "there" | "failed";
  readonly row: RecordRow | null;
  readonly text: string;
  readonly problem: unknown;
}

const READING: Captured = { state: "reading", row: null, text: "", problem: null };
const NONE: Captured = { state: "none", row: null, text: "", problem: null };
const reader = new RecordReader();

/** The newest record of a key, as text. */
export function useCaptured(run: string, key: string): Captured {
  const [found, setFound] = useState(READING);
  useEffect(() => {
    let here = true;
    setFound(READING);
    const read = (): void => {
      newest(run, key).then(
        (next) => here && setFound(next),
        (problem: unknown) => here && setFound({ ...NONE, state: "failed", problem }),
      );
    };
    read();
    const leave = [
      want({ projects: [], runs: { [run]: [key] } }),
      onFrame((frame) => {
        if (frame.type === "records" && frame.run === run && key in frame.keys) read();
        if (frame.type === "hello") read();
      }),
      onReset(read),
    ];
    return () => {
      here = false;
      for (const stop of leave) stop();
    };
  }, [run, key]);
  return found;
}

async function newest(run: string, key: string): Promise<Captured> {
  if (!(await keysOf(run)).has(key)) return NONE;
  const { records } = await reader.list(run, key, { newest: true, limit: 1, values: false });
  const row = records.at(-1);
  if (row === undefined) return NONE;
  const whole = row.kind === "text" || row.kind === "json";
  return { state: "there", row, text: whole ? await reader.text(run, row.id) : "", problem: null };
}

/** Questions on their way: several parts of a page ask for the same list at once. */
const asking = new Map<string, Promise<ReadonlySet<string>>>();

/** What was captured of a run; asking for a record that is not there would be an error in the browser's console. */
function keysOf(run: string): Promise<ReadonlySet<string>> {
  const known = asking.get(run);
  if (known) return known;
  const answer = send("GET", `api/v1/runs/${encodeURIComponent(run)}/records?captured=true`)
    .then((response) => response.json())
    .then((page) => new Set(Object.keys(record(page?.keys) ?? {})))
    .finally(() => asking.delete(run));
  asking.set(run, answer);
  return answer;
}

/** Address of one picture of a record of several. */
export function pictureUrl(run: string, row: RecordRow, index: number, size: number): string {
  return reader.imageUrl(run, row.id, { index, size });
}

/** The JSON of a record; `null` while there is none, or when it is not what it should be. */
export function jsonOf(found: Captured): Record<string, unknown> | null {
  if (found.state !== "there") return null;
  try {
    return record(JSON.parse(found.text));
  } catch {
    return null;
  }
}

/** A value as a record, if it is one. */
export function record(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

/** A value as a list of records. */
export function recordsOf(value: unknown): readonly Record<string, unknown>[] {
  if (!Array.isArray(value)) return [];
  return value.map(record).filter((one) => one !== null);
}

/** A value as a list of texts. */
export function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}

/** A value as text; nothing when it is something else. */
export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
