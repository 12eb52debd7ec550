/** Which series runs have, with their last, lowest and highest values. */

import { listSeries } from "../api/client.ts";
import type { SeriesRow } from "../api/types.ts";
import { onFrame, onReset } from "./live.ts";
import { Store, throttled } from "./store.ts";

/** The first answer is small, so that charts begin; the rest comes in one. */
const FIRST = 1000;
const REST = 100_000;
const REFRESH_MS = 1500;

export type SeriesByRun = ReadonlyMap<string, readonly SeriesRow[]>;

/** Every series of one run; `begin` hears of the first thousand when there are more. */
async function readAll(run: string, begin: (rows: readonly SeriesRow[]) => void): Promise<readonly SeriesRow[]> {
  const rows: SeriesRow[] = [];
  for (;;) {
    const answer = await listSeries(run, "", rows.length, rows.length === 0 ? FIRST : REST);
    rows.push(...answer.series);
    if (answer.series.length === 0 || rows.length >= answer.total) return rows;
    begin([...rows]);
  }
}

/** Follows the series of the runs it is told to show. */
export class Catalog {
  readonly series = new Store<SeriesByRun>(new Map());
  readonly problem = new Store<unknown>(null);
  private runs: readonly string[] = [];
  private readonly stale = new Set<string>();
  private readonly reading = new Set<string>();
  private readonly leave: (() => void)[];
  private readonly refresh = throttled(() => this.readStale(), REFRESH_MS);

  constructor() {
    this.leave = [
      onFrame((frame) => {
        if (frame.type === "runs") this.mark(frame.rows.map((row) => row.id));
        if (frame.type === "points") this.mark([frame.run]);
      }),
      onReset(() => this.mark(this.runs)),
    ];
  }

  show(runs: readonly string[]): void {
    this.runs = runs;
    const kept = new Map([...this.series.get()].filter(([run]) => runs.includes(run)));
    if (kept.size !== this.series.get().size) this.series.set(kept);
    for (const run of runs) if (!this.series.get().has(run)) this.read(run);
  }

  destroy(): void {
    this.runs = [];
    this.refresh.cancel();
    for (const stop of this.leave) stop();
  }

  private mark(runs: readonly string[]): void {
    const mine = runs.filter((run) => this.runs.includes(run));
    for (const run of mine) this.stale.add(run);
    if (mine.length > 0) this.refresh();
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
    const keep = (rows: readonly SeriesRow[]): void => {
      if (this.runs.includes(run)) this.series.update((map) => new Map(map).set(run, rows));
    };
    // What is known already is not replaced by a part of it.
    readAll(run, (rows) => this.series.get().has(run) || keep(rows))
      .then(
        (rows) => {
          this.problem.set(null);
          keep(rows);
        },
        (problem: unknown) => this.problem.set(problem),
      )
      .finally(() => this.reading.delete(run));
  }
}
