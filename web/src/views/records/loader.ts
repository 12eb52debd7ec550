/** Brings what each shown run logged at a step, and keeps the last until the next has come, so that nothing flickers. */

import type { RecordItem, RecordViewProps } from "./view.ts";

export interface Loaded<D> {
  readonly item: RecordItem;
  readonly data: D;
}

export class Loader<D> {
  private readonly have = new Map<string, Loaded<D>>();
  /** What was last asked for, by run. */
  private readonly wish = new Map<string, string>();
  private waiting = 0;
  private problem: unknown = null;
  private gone = false;

  /**
   * @param read Read and decode one record.
   * @param heard Something came; draw.
   * @param name Tells one payload from another; a view that reads parts of records names the part too.
   */
  constructor(
    private readonly read: (item: RecordItem) => Promise<D>,
    private readonly heard: () => void,
    private readonly name: (item: RecordItem) => string = (item) => String(item.record.id),
  ) {}

  show(props: RecordViewProps, items: readonly RecordItem[] = props.items): void {
    const runs = new Set(items.map((item) => item.run.id));
    for (const id of [...this.have.keys(), ...this.wish.keys()]) {
      if (runs.has(id)) continue;
      this.have.delete(id);
      this.wish.delete(id);
    }
    for (const item of items) {
      if (this.wish.get(item.run.id) !== this.name(item)) void this.bring(item, props);
    }
  }

  /** What has come, in the order of the items; a run whose next record is on its way still has its last. */
  list(items: readonly RecordItem[]): Loaded<D>[] {
    return items.flatMap((item) => {
      const held = this.have.get(item.run.id);
      return held ? [held] : [];
    });
  }

  get(run: string): Loaded<D> | null {
    return this.have.get(run) ?? null;
  }

  destroy(): void {
    this.gone = true;
    this.have.clear();
    this.wish.clear();
  }

  private async bring(item: RecordItem, props: RecordViewProps): Promise<void> {
    const { run } = item;
    const name = this.name(item);
    this.wish.set(run.id, name);
    this.waiting += 1;
    if (!this.have.has(run.id)) props.onState({ busy: true });
    try {
      const data = await this.read(item);
      if (this.gone || this.wish.get(run.id) !== name) return;
      this.have.set(run.id, { item, data });
      this.problem = null;
    } catch (cause) {
      if (this.gone || this.wish.get(run.id) !== name) return;
      this.have.delete(run.id);
      this.problem = cause;
    } finally {
      this.waiting -= 1;
      if (!this.gone) {
        props.onState({ busy: this.waiting > 0, problem: this.problem });
        this.heard();
      }
    }
  }
}
