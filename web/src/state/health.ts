/** The health of one run, kept current while it goes on, and as it was at steps that are looked at. */

import { type RunHealth, readHealth } from "../api/health.ts";
import { ByRun } from "./by_run.ts";
import { onFrame, onReset } from "./live.ts";
import { Store, throttled } from "./store.ts";

const EVERY_MS = 1000;
const SCRUB_MS = 120;
const KEPT = 100;

export class HealthOf {
  /** What is shown: now, or at the step that was asked for; `null` until it was read. */
  readonly shown = new Store<RunHealth | null>(null);
  /** The newest, whatever is shown. */
  readonly newest = new Store<RunHealth | null>(null);
  readonly problem = new Store<unknown>(null);
  private readonly now: ByRun<RunHealth>;
  private readonly past = new Map<number, RunHealth>();
  private at: number | null = null;
  private gone = false;
  private readonly leave: readonly (() => void)[];
  private readonly later = throttled(() => void this.readThen(), SCRUB_MS);

  constructor(
    private readonly run: string,
    private readonly read: (run: string, until: number | null) => Promise<RunHealth> = readHealth,
  ) {
    this.now = new ByRun((id) => read(id, null), EVERY_MS, same);
    this.leave = [
      this.now.values.subscribe(() => this.tell()),
      this.now.problem.subscribe(() => this.problem.set(this.now.problem.get())),
      onFrame((frame) => {
        if (frame.type === "runs") this.mark(frame.rows.map((row) => row.id));
        if (frame.type === "records") this.mark([frame.run]);
      }),
      onReset(() => this.now.mark()),
    ];
    this.now.show([run]);
  }

  /** Look at the run as it was; `null` follows it. */
  look(at: number | null): void {
    if (at === this.at) return;
    this.at = at;
    this.tell();
    if (at !== null && !this.past.has(at)) this.later();
  }

  retry(): void {
    this.now.mark();
  }

  destroy(): void {
    this.gone = true;
    this.now.destroy();
    this.later.cancel();
    for (const stop of this.leave) stop();
  }

  private mark(runs: readonly string[]): void {
    this.now.mark(runs);
  }

  private async readThen(): Promise<void> {
    const { at } = this;
    if (at === null || this.past.has(at)) return;
    try {
      const found = await this.read(this.run, at);
      if (this.past.size >= KEPT) this.past.delete(this.past.keys().next().value as number);
      this.past.set(at, found);
      if (!this.gone) this.tell();
    } catch (cause) {
      if (!this.gone) this.problem.set(cause);
    }
  }

  private tell(): void {
    const newest = this.now.values.get().get(this.run);
    if (newest && newest !== this.newest.get()) this.newest.set(newest);
    const found = this.at === null ? this.now.values.get().get(this.run) : this.past.get(this.at);
    if (found) this.shown.set(found);
  }
}

/** Cursors differ with every frame; nobody draws them. */
function same(a: RunHealth | undefined, b: RunHealth): boolean {
  return a !== undefined && JSON.stringify({ ...a, cursor: "" }) === JSON.stringify({ ...b, cursor: "" });
}
