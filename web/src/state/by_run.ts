/** Something that is read for each run that is shown, and read again when a frame says that it changed. */

import { Store, throttled } from "./store.ts";

export class ByRun<T> {
  readonly values = new Store<ReadonlyMap<string, T>>(new Map());
  readonly problem = new Store<unknown>(null);
  private runs: readonly string[] = [];
  private readonly stale = new Set<string>();
  private readonly reading = new Set<string>();
  private readonly refresh: ReturnType<typeof throttled>;

  /**
   * @param fetch Reads the whole of one run; `begin` hears of a first part, which never replaces what is known.
   * @param everyMs At most so often, however many frames come.
   * @param same Tells that nobody needs to hear of a value, being what is known.
   */
  constructor(
    private readonly fetch: (run: string, begin: (part: T) => void) => Promise<T>,
    everyMs: number,
    private readonly same: (known: T | undefined, value: T) => boolean = () => false,
  ) {
    this.refresh = throttled(() => this.readStale(), everyMs);
  }

  show(runs: readonly string[]): void {
    this.runs = runs;
    const kept = new Map([...this.values.get()].filter(([run]) => runs.includes(run)));
    if (kept.size !== this.values.get().size) this.values.set(kept);
    for (const run of runs) if (!this.values.get().has(run)) this.read(run);
  }

  /** These runs changed; those that are not shown are nobody's business. */
  mark(runs: readonly string[] = this.runs): void {
    const mine = runs.filter((run) => this.runs.includes(run));
    for (const run of mine) this.stale.add(run);
    if (mine.length > 0) this.refresh();
  }

  destroy(): void {
    this.runs = [];
    this.refresh.cancel();
  }

  private readStale(): void {
    const runs = [...this.stale];
    this.stale.clear();
    for (const run of runs) this.read(run);
  }

  private read(run: string): void {
    if (this.reading.has(run)) {
      this.stale.add(run);
      this.refresh();
      return;
    }
    this.reading.add(run);
    this.fetch(run, (part) => this.values.get().has(run) || this.keep(run, part))
      .then(
        (value) => {
          this.problem.set(null);
          this.keep(run, value);
        },
        (problem: unknown) => this.problem.set(problem),
      )
      .finally(() => this.reading.delete(run));
  }

  private keep(run: string, value: T): void {
    if (!this.runs.includes(run) || this.same(this.values.get().get(run), value)) return;
    this.values.update((map) => new Map(map).set(run, value));
  }
}
