/** Trends for the rows of the run table, read only for rows that stay in view. */

import { Trace } from "../lib/trace.ts";
import { requestTrace } from "./envelopes.ts";
import { Store } from "./store.ts";

const SPARK_PX = 48;
const SETTLE_MS = 60;

interface Spark {
  trace: Trace;
  /** `updated` of the run when it was read. */
  at: number;
}

export class Sparks {
  readonly version = new Store(0);
  private readonly known = new Map<string, Spark>();
  private timer: ReturnType<typeof setTimeout> | null = null;

  get(run: string, key: string): Trace | undefined {
    return this.known.get(`${run} ${key}`)?.trace;
  }

  /** Say which rows are in view; scrolling past asks for nothing. */
  show(rows: readonly { id: string; updated: number }[], key: string): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.read(rows, key), SETTLE_MS);
  }

  destroy(): void {
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private read(rows: readonly { id: string; updated: number }[], key: string): void {
    for (const { id, updated } of rows) {
      const name = `${id} ${key}`;
      const spark = this.known.get(name);
      if (spark && updated - spark.at < 1) continue;
      this.known.set(name, { trace: spark?.trace ?? Trace.empty(), at: updated });
      requestTrace(id, key, { px: SPARK_PX, x: "step", scale: "linear" }).then(
        (trace) => {
          this.known.set(name, { trace, at: updated });
          this.version.update((n) => n + 1);
        },
        () => this.known.delete(name),
      );
    }
  }
}
