/** Jobs without a browser: their order, their words, where one goes that is moved. */

import { formatInteger } from "./format.ts";
import { formatDuration } from "./time.ts";

export type JobState =
  | "queued"
  | "starting"
  | "running"
  | "paused"
  | "stopping"
  | "parked"
  | "finished"
  | "stopped"
  | "failed"
  | "lost";
export type JobAction = "pause" | "resume" | "park" | "stop" | "checkpoint" | "set" | "delete";

/** What of a job its place in the list depends on. */
export interface Listed {
  readonly id: string;
  readonly state: JobState;
  readonly priority: number;
  readonly place: number;
  readonly began: number | null;
  readonly ended: number | null;
  readonly since: number;
  readonly created: number;
  /** The larger, the newer. */
  readonly told: number;
}

/** How far a job is. */
export interface Far {
  readonly step: number | null;
  readonly steps: number | null;
  readonly epoch: number | null;
  readonly epochs: number | null;
}

/** A change of place, as the server takes it. */
export type Move = { readonly before: string | null } | { readonly priority: number };

const OVER: ReadonlySet<JobState> = new Set(["parked", "finished", "stopped", "failed", "lost"]);

/** Nothing of it runs, and nothing is about to. */
export function isOver({ state }: Pick<Listed, "state">): boolean {
  return OVER.has(state);
}

/** It has a slot. */
export function isActive(row: Pick<Listed, "state">): boolean {
  return row.state !== "queued" && !isOver(row);
}

/** It trained a graph, is over, and left weights that can become a version of a model. */
export function canRegister(
  row: Pick<Listed, "state"> & { readonly kind: string; readonly checkpoint: number | null },
) {
  return row.kind === "graph" && row.checkpoint !== null && isOver(row);
}

/** What runs, the longest first; what waits, as its turn comes; what is over, the last first. */
export function inOrder<T extends Listed>(rows: readonly T[]): readonly T[] {
  const rank = (row: T): number => (row.state === "queued" ? 1 : isOver(row) ? 2 : 0);
  return [...rows].sort((a, b) => {
    const [ra, rb] = [rank(a), rank(b)];
    if (ra !== rb) return ra - rb;
    if (ra === 1) return b.priority - a.priority || a.place - b.place;
    if (ra === 0) return (a.began ?? a.since) - (b.began ?? b.since) || a.created - b.created;
    return (b.ended ?? b.since) - (a.ended ?? a.since) || b.created - a.created;
  });
}

/** The rows with one that changed, came, or (`null`) went; what is older than what is known changes nothing. */
export function withJob<T extends Listed>(rows: readonly T[], id: string, job: T | null): readonly T[] {
  const known = rows.find((row) => row.id === id);
  if (job !== null && known !== undefined && known.told > job.told) return rows;
  const rest = rows.filter((row) => row.id !== id);
  return inOrder(job === null ? rest : [...rest, job]);
}

/** What to ask for so that a job of the queue comes to stand at a place of it; `null` when it stands there. */
export function moveTo(queue: readonly Listed[], id: string, to: number): Move | null {
  const from = queue.findIndex((row) => row.id === id);
  const at = Math.max(0, Math.min(queue.length - 1, to));
  const moved = queue[from];
  if (!moved || at === from) return null;
  const rest = queue.filter((row) => row.id !== id);
  const behind = rest[at];
  if (behind) return { before: behind.id };
  const last = rest.at(-1);
  return last && last.priority !== moved.priority ? { priority: last.priority } : { before: null };
}

/** How far it is: `step 1 200 of 4 000 · epoch 2 of 5`. */
export function farWords(row: Far): string {
  const parts: string[] = [];
  if (row.step !== null)
    parts.push(`step ${formatInteger(row.step)}${row.steps === null ? "" : ` of ${formatInteger(row.steps)}`}`);
  if (row.epoch !== null) {
    const now = Math.floor(row.epoch) + 1;
    parts.push(row.epochs === null ? `epoch ${now}` : `epoch ${Math.min(now, row.epochs)} of ${row.epochs}`);
  }
  return parts.join(" · ");
}

/** A command without the folder of its program: `python train.py --lr 0.1`. */
export function shortCommand(command: string): string {
  return command.replace(/^\S*\//, "");
}

/** `4m 07s left`, nothing when it is not known. */
export function leftWords({ left_s }: { readonly left_s: number | null }): string {
  return left_s === null ? "" : `${formatDuration(left_s)} left`;
}

const VERBS: Readonly<Record<JobAction, string>> = {
  pause: "Pause",
  resume: "Resume",
  park: "Park",
  stop: "Stop",
  checkpoint: "Save a checkpoint",
  set: "Set the learning rate",
  delete: "Delete",
};

/** What a button says: a script that is over begins anew, a job that waits leaves the queue. */
export function verb(action: JobAction, row: { readonly kind: "graph" | "script"; readonly state: JobState }): string {
  if (action === "resume" && row.kind === "script" && isOver(row)) return "Run again";
  if (action === "stop" && row.state === "queued") return "Remove";
  if (action === "stop" && row.state === "stopping") return "End at once";
  return VERBS[action];
}

const EVENTS: Readonly<Record<string, string>> = {
  starting: "Taken from the queue",
  started: "Worker started",
  running: "Running",
  restarted: "Started again",
  run: "Run began",
  paused: "Paused",
  resumed: "Went on",
  checkpoint: "Checkpoint",
  set: "Changed while it ran",
  stopping: "Told to stop",
  parked: "Parked",
  finished: "Finished",
  stopped: "Stopped",
  failed: "Failed",
  lost: "Lost",
  ended: "Nothing runs any more",
};

/** An event as people say it. */
export function eventWords(event: string): string {
  return EVENTS[event] ?? event;
}

/** Lines as a terminal would leave them: of a line that was written over, its last state. */
export function lastStates(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => line.replace(/\r+$/, "").split("\r").at(-1) ?? "");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
