/** The histograms of one run over all its steps, read in bulk. */

import { Problem } from "../../../api/client.ts";
import type { RecordReader } from "../../../api/records.ts";
import { fromRows, type StepHistogram } from "../../../lib/histograms.ts";
import { decodeHistogram } from "../../../lib/payload.ts";
import { throttled } from "../../../state/store.ts";
import type { RecordViewProps } from "../view.ts";

/** Columns of a heat map: more steps are thinned by the server. */
const MOST_STEPS = 512;
/** Payloads read one by one where bins differ between steps. */
const MOST_SINGLE = 200;
const AGAIN_MS = 1000;

/** All steps of one run, thinned. */
export class Series {
  steps: readonly StepHistogram[] = [];
  every = 1;
  private asked = -1;
  private gone = false;
  private readonly again = throttled(() => void this.read(), AGAIN_MS);

  constructor(
    private readonly reader: RecordReader,
    private readonly run: string,
    private readonly heard: () => void,
    private readonly failed: (problem: unknown) => void,
  ) {}

  private key = "";
  private count = 0;

  show(props: RecordViewProps): void {
    this.key = props.key;
    this.count = props.steps.length;
    if (this.count === this.asked) return;
    this.asked = this.count;
    this.again();
  }

  destroy(): void {
    this.gone = true;
    this.again.cancel();
  }

  private async read(): Promise<void> {
    this.every = Math.max(1, Math.ceil(this.count / MOST_STEPS));
    try {
      const found = await this.bulk();
      if (this.gone) return;
      this.steps = found;
      this.heard();
    } catch (cause) {
      if (!this.gone) this.failed(cause);
    }
  }

  private async bulk(): Promise<StepHistogram[]> {
    try {
      const { step, value } = await this.reader.slices(this.run, this.key, { every: this.every, limit: MOST_STEPS });
      return fromRows(step, value.data, value.shape[1] ?? 1);
    } catch (cause) {
      if (cause instanceof Problem && cause.status === 422) return this.singly();
      throw cause;
    }
  }

  private async singly(): Promise<StepHistogram[]> {
    const every = Math.max(1, Math.ceil(this.count / MOST_SINGLE));
    const { records } = await this.reader.list(this.run, this.key, { every, limit: MOST_SINGLE, values: false });
    this.every = every;
    const kept = records.filter((record) => record.kind === "histogram");
    return Promise.all(
      kept.map(async (record) => ({
        step: record.step,
        ...decodeHistogram(record.meta, await this.reader.data(this.run, record.id)),
      })),
    );
  }
}
