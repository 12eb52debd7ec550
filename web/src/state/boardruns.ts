/** The runs that a panel names, by id or by a filter, kept current. */

import { getRun, queryRuns } from "../api/client.ts";
import type { RunRow } from "../api/types.ts";
import { onFrame, onReset, want } from "./live.ts";
import { type Store, throttled } from "./store.ts";

export type RunsAsked = { readonly ids: readonly string[] } | { readonly project: string; readonly where: string };

const MOST = 20;
const REFRESH_MS = 1000;

/** Keep the rows of these runs in a store. Returns how to stop. */
export function followRuns(asked: RunsAsked, rows: Store<readonly RunRow[]>): () => void {
  let gone = false;
  const read = (): void => {
    readRuns(asked).then(
      (found) => gone || JSON.stringify(found) === JSON.stringify(rows.get()) || rows.set(found),
      () => {}, // the chart itself says when the server cannot be reached
    );
  };
  const soon = throttled(read, REFRESH_MS);
  const ids = "ids" in asked ? asked.ids : [];
  const mine = (row: RunRow): boolean => ("ids" in asked ? ids.includes(row.id) : row.project === asked.project);
  const leave = [
    onFrame((frame) => {
      if (frame.type === "runs" && frame.rows.some((row) => mine(row) && news(row, rows.get()))) soon();
      if (frame.type === "removed" || (frame.type === "hello" && rows.get().length === 0)) soon();
    }),
    onReset(soon),
    want({
      projects: "project" in asked ? [asked.project] : [],
      runs: Object.fromEntries(ids.map((id) => [id, []])),
    }),
  ];
  soon();
  return () => {
    gone = true;
    soon.cancel();
    for (const stop of leave) stop();
  };
}

/** Whether a row tells more than that values arrived. */
function news(row: RunRow, known: readonly RunRow[]): boolean {
  const before = known.find((one) => one.id === row.id);
  return before?.state !== row.state || before.name !== row.name;
}

async function readRuns(asked: RunsAsked): Promise<RunRow[]> {
  if (!("ids" in asked)) {
    const { project, where } = asked;
    return [...(await queryRuns({ project, where, order: ["-created"], limit: MOST })).runs];
  }
  const found = await Promise.allSettled(asked.ids.map((id) => getRun(id)));
  return found.flatMap((one) => (one.status === "fulfilled" ? [row(one.value)] : []));
}

/** What a chart needs of a run; the rest changes with every value. */
function row(run: RunRow): RunRow {
  const {
    id,
    project,
    name,
    state,
    created,
    finished,
    group,
    tags,
    notes,
    dropped,
    rank,
    archived,
    color,
    alerts,
    alert,
  } = run;
  const constant = { updated: created, last_step: null };
  return {
    id,
    project,
    name,
    state,
    created,
    finished,
    group,
    tags,
    notes,
    dropped,
    rank,
    archived,
    color,
    alerts,
    alert,
    ...constant,
  };
}
