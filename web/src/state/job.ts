/** One job: what was asked for, what happened, and what it prints, while it prints it. */

import { type JobDetail, type JobLog, type JobRow, readJob, readLog } from "../api/jobs.ts";
import { isOver } from "../lib/jobs.ts";
import { onFrame, onReset, want } from "./live.ts";
import { Store, throttled } from "./store.ts";

export interface JobView {
  readonly detail: JobDetail | null;
  readonly problem: unknown;
}

/** What was printed: its end, from byte `first` on. */
export interface Printed {
  readonly text: string;
  readonly first: number;
  readonly end: number;
}

/** Where a job is read; tests bring their own. */
export interface JobSource {
  read(id: string): Promise<JobDetail>;
  log(id: string, since: number | null): Promise<JobLog>;
}

/** So much of what was printed is shown; the whole is a download away. */
export const MOST_SHOWN = 256 * 1024;
const LOG_EVERY_MS = 1000;

export class Job {
  readonly view = new Store<JobView>({ detail: null, problem: null });
  readonly printed = new Store<Printed | null>(null);
  private gone = false;
  private reading = false;
  private timer: ReturnType<typeof setInterval> | null = null;
  private readonly soon = throttled(() => this.read(), 300);
  private readonly leave: (() => void)[];

  constructor(
    readonly id: string,
    private readonly source: JobSource = { read: readJob, log: readLog },
  ) {
    this.leave = [
      onFrame((frame) => {
        if (frame.type === "job" && frame.id === id) this.hear(frame.job);
      }),
      onReset(() => this.soon()),
      want({ projects: [], runs: {}, documents: ["job"] }),
    ];
    this.soon();
    this.readLog();
    // What a program prints is told to nobody: it is looked at while the job runs and somebody looks.
    this.timer = setInterval(() => {
      const row = this.view.get().detail?.job;
      if (row && !isOver(row) && !globalThis.document?.hidden) this.readLog();
    }, LOG_EVERY_MS);
  }

  /** Read all of it anew. */
  again(): void {
    this.soon();
    this.readLog();
  }

  destroy(): void {
    this.gone = true;
    this.soon.cancel();
    if (this.timer !== null) clearInterval(this.timer);
    for (const stop of this.leave) stop();
  }

  private hear(row: JobRow | null): void {
    const { detail } = this.view.get();
    if (row === null || detail === null) {
      this.soon();
      return;
    }
    const before = detail.job;
    if (before.told > row.told) return;
    this.view.set({ detail: { ...detail, job: row }, problem: null });
    if (happened(before) !== happened(row)) this.again();
  }

  private read(): void {
    this.source.read(this.id).then(
      (detail) => !this.gone && this.show(detail),
      (problem: unknown) => !this.gone && this.view.update((view) => ({ ...view, problem })),
    );
  }

  private show(detail: JobDetail): void {
    const known = this.view.get().detail?.job;
    // What was told meanwhile is newer than what was read.
    const job = known !== undefined && known.told > detail.job.told ? known : detail.job;
    this.view.set({ detail: { ...detail, job }, problem: null });
  }

  private readLog(): void {
    if (this.reading) return;
    this.reading = true;
    const before = this.printed.get();
    this.source
      .log(this.id, before?.end ?? null)
      .then((log) => !this.gone && this.printed.set(joined(before, log)))
      .catch(() => undefined) // the job itself says what is wrong
      .finally(() => {
        this.reading = false;
      });
  }
}

/** What of a row changes when something happened, and not only went on. */
function happened(row: JobRow): string {
  return JSON.stringify([row.state, row.attempt, row.restarts, row.runs, row.checkpoint]);
}

/** What was printed, with what came; the oldest lines go when it is too much. */
export function joined(before: Printed | null, log: JobLog): Printed {
  if (before === null || log.first !== before.end) return { text: log.text, first: log.first, end: log.end };
  if (log.text === "") return before;
  const text = before.text + log.text;
  if (text.length <= MOST_SHOWN) return { text, first: before.first, end: log.end };
  const kept = text.slice(text.indexOf("\n", text.length - MOST_SHOWN) + 1);
  return { text: kept, first: Math.max(1, before.first), end: log.end };
}
