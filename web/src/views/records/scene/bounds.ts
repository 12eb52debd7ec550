/** Bounds of everything that a key ever held, so that playing through the steps keeps the camera still. */

import type { RecordReader, RecordRow } from "../../../api/records.ts";
import type { Vec } from "../../../lib/orbit.ts";
import type { RecordViewProps } from "../view.ts";

const MOST_ROWS = 200;

export class Bounds {
  private low: number[] = [];
  private high: number[] = [];
  private readonly asked = new Set<string>();

  constructor(
    private readonly reader: RecordReader,
    private readonly heard: () => void,
  ) {}

  /** Take in what is shown, and once for each run a sample of all its steps. */
  show(props: RecordViewProps): void {
    for (const { run, record } of props.items) {
      this.take(record);
      if (this.asked.has(run.id) || props.steps.length < 2) continue;
      this.asked.add(run.id);
      const every = Math.max(1, Math.ceil(props.steps.length / MOST_ROWS));
      this.reader.list(run.id, props.key, { every, limit: MOST_ROWS, values: false }).then(
        ({ records }) => {
          for (const row of records) this.take(row);
          this.heard();
        },
        // Without them the bounds of what is shown serve.
        () => {},
      );
    }
  }

  get(): { low: Vec; high: Vec } {
    const part = (side: readonly number[], axis: number, fallback: number): number => side[axis] ?? fallback;
    return {
      low: [part(this.low, 0, -1), part(this.low, 1, -1), part(this.low, 2, 0)],
      high: [part(this.high, 0, 1), part(this.high, 1, 1), part(this.high, 2, 0)],
    };
  }

  private take(record: RecordRow): void {
    const { low, high } = record.meta;
    if (!Array.isArray(low) || !Array.isArray(high)) return;
    for (let axis = 0; axis < low.length; axis++) {
      const [a, b] = [Number(low[axis]), Number(high[axis])];
      if (!Number.isFinite(a) || !Number.isFinite(b)) continue;
      this.low[axis] = Math.min(this.low[axis] ?? a, a);
      this.high[axis] = Math.max(this.high[axis] ?? b, b);
    }
  }
}
