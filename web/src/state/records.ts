/** Which keys of records runs have, kept current. */

import type { KeyRow, RecordReader } from "../api/records.ts";
import { ByRun } from "./by_run.ts";
import { onFrame, onReset } from "./live.ts";
import type { Store } from "./store.ts";

export type KeysByRun = ReadonlyMap<string, Readonly<Record<string, KeyRow>>>;

const CATALOG_MS = 1000;

/** Follows the keys of records of the runs it is told to show. */
export class RecordCatalog {
  private readonly byRun: ByRun<Readonly<Record<string, KeyRow>>>;
  readonly keys: Store<KeysByRun>;
  readonly problem: Store<unknown>;
  private readonly leave: (() => void)[];

  constructor(readonly reader: RecordReader) {
    this.byRun = new ByRun(
      (run) => reader.keys(run),
      CATALOG_MS,
      (a, b) => JSON.stringify(a) === JSON.stringify(b),
    );
    this.keys = this.byRun.values;
    this.problem = this.byRun.problem;
    this.leave = [
      onFrame((frame) => {
        if (frame.type === "runs") this.byRun.mark(frame.rows.map((row) => row.id));
        if (frame.type === "records") this.byRun.mark([frame.run]);
        if (frame.type === "hello" && this.problem.get() !== null) this.byRun.mark();
      }),
      onReset(() => this.byRun.mark()),
    ];
  }

  show(runs: readonly string[]): void {
    this.byRun.show(runs);
  }

  retry(): void {
    this.byRun.mark();
  }

  destroy(): void {
    this.byRun.destroy();
    for (const stop of this.leave) stop();
  }
}
