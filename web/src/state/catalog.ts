/** Which series runs have, with their last, lowest and highest values. */

import { listSeries } from "../api/client.ts";
import type { SeriesRow } from "../api/types.ts";
import { ByRun } from "./by_run.ts";
import { onFrame, onReset } from "./live.ts";
import type { Store } from "./store.ts";

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
  private readonly byRun = new ByRun(readAll, REFRESH_MS);
  readonly series: Store<SeriesByRun> = this.byRun.values;
  readonly problem = this.byRun.problem;
  private readonly leave = [
    onFrame((frame) => {
      if (frame.type === "runs") this.byRun.mark(frame.rows.map((row) => row.id));
      if (frame.type === "points") this.byRun.mark([frame.run]);
    }),
    onReset(() => this.byRun.mark()),
  ];

  show(runs: readonly string[]): void {
    this.byRun.show(runs);
  }

  destroy(): void {
    this.byRun.destroy();
    for (const stop of this.leave) stop();
  }
}
