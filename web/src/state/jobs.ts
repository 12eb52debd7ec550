/** The jobs there are, kept current by the live stream, and what can be done with them. */

import {
  deleteJob,
  type JobPatch,
  type JobRow,
  type JobSlot,
  listJobs,
  type Order,
  orderJob,
  patchJob,
} from "../api/jobs.ts";
import type { JobRows } from "../api/schema.ts";
import { inOrder, type JobAction, withJob } from "../lib/jobs.ts";
import { onFrame, onReset, want } from "./live.ts";
import { Store, throttled } from "./store.ts";

export interface JobList {
  readonly rows: readonly JobRow[] | null;
  readonly slots: readonly JobSlot[];
  readonly problem: unknown;
}

/** Where jobs come from and orders go; tests bring their own. */
export interface JobsSource {
  list(project: string | null): Promise<JobRows>;
  order(id: string, order: Order): Promise<JobRow>;
  patch(id: string, patch: JobPatch): Promise<JobRow>;
  remove(id: string): Promise<void>;
}

const server: JobsSource = { list: listJobs, order: orderJob, patch: patchJob, remove: deleteJob };

export class Jobs {
  readonly list = new Store<JobList>({ rows: null, slots: [], problem: null });
  /** What the server last refused. */
  readonly refused = new Store<unknown>(null);
  private gone = false;
  /** What was told while the list was on its way. */
  private readonly early = new Map<string, JobRow | null>();
  private reading = false;
  private readonly soon = throttled(() => this.read(), 300);
  private readonly leave: (() => void)[];

  constructor(
    readonly project: string | null = null,
    private readonly source: JobsSource = server,
  ) {
    this.leave = [
      onFrame((frame) => {
        if (frame.type === "job") this.hear(frame.id, frame.job);
        if (frame.type === "hello" && this.list.get().problem !== null) this.soon();
      }),
      onReset(() => this.soon()),
      want({ projects: [], runs: {}, documents: ["job"] }),
    ];
    this.soon();
  }

  /** Do something with several jobs; those that cannot are left out. */
  act(rows: readonly JobRow[], action: JobAction): void {
    const able = rows.filter((row) => row.can.includes(action));
    this.follow(
      able.map(async (row) => {
        if (action === "delete") {
          await this.source.remove(row.id);
          this.hear(row.id, null);
        } else if (action !== "set") this.hear(row.id, await this.source.order(row.id, action));
      }),
    );
  }

  change(id: string, patch: JobPatch): void {
    this.follow([this.source.patch(id, patch).then((row) => this.hear(id, row))]);
  }

  /** Forget what was refused. */
  forgive(): void {
    this.refused.set(null);
  }

  destroy(): void {
    this.gone = true;
    this.soon.cancel();
    for (const stop of this.leave) stop();
  }

  private follow(works: readonly Promise<unknown>[]): void {
    Promise.all(works).then(
      () => this.refused.set(null),
      (cause: unknown) => this.refused.set(cause),
    );
  }

  private hear(id: string, job: JobRow | null): void {
    if (this.gone || (job !== null && this.project !== null && job.project !== this.project)) return;
    if (this.reading) this.early.set(id, job);
    this.list.update((list) => (list.rows === null ? list : { ...list, rows: withJob(list.rows, id, job) }));
  }

  private read(): void {
    this.reading = true;
    this.early.clear();
    this.source
      .list(this.project)
      .then(
        ({ jobs, slots }) => {
          if (this.gone) return;
          const rows = [...this.early].reduce((found, [id, job]) => withJob(found, id, job), inOrder(jobs));
          this.list.set({ rows, slots, problem: null });
        },
        (problem: unknown) => !this.gone && this.list.update((list) => ({ ...list, problem })),
      )
      .finally(() => {
        this.reading = false;
      });
  }
}
