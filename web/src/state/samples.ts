/** Rows of a data set, of which those in sight are read. */

import { getRows, type RowsPage, type RowsQuery } from "../api/datasets.ts";
import type { Cells } from "../lib/dataset.ts";
import { Store } from "./store.ts";

export interface SamplesState {
  /** How many there are after the filter; `null` until the first answer. */
  readonly total: number | null;
  readonly columns: readonly string[];
  /** Chunks of `CHUNK` rows that are here, by number. */
  readonly chunks: ReadonlyMap<number, readonly Cells[]>;
  readonly problem: unknown;
}

/** Rows of one request. */
export const CHUNK = 50;
/** Chunks that are kept: pictures of more would fill the memory of the page. */
const KEPT = 40;
const AT_ONCE = 2;

type Read = (first: number, last: number, signal: AbortSignal) => Promise<RowsPage>;

export class Samples {
  readonly state = new Store<SamplesState>({ total: null, columns: [], chunks: new Map(), problem: null });
  private readonly asked = new Set<number>();
  private waiting: number[] = [];
  private running = 0;
  private readonly stop = new AbortController();

  constructor(private readonly read: Read) {
    this.need(0, 0);
  }

  /** The rows of a data set that a filter leaves. */
  static of(name: string, query: RowsQuery): Samples {
    return new Samples((first, last, signal) => getRows(name, query, first, last, signal));
  }

  row(index: number): Cells | null {
    return this.state.get().chunks.get(Math.floor(index / CHUNK))?.[index % CHUNK] ?? null;
  }

  /** Read what is missing between two rows; what was asked for before and not begun is forgotten. */
  need(first: number, last: number): void {
    this.waiting = [];
    const { total } = this.state.get();
    const end = total === null ? last : Math.min(last, total - 1);
    for (let chunk = Math.floor(first / CHUNK); chunk * CHUNK <= end; chunk++)
      if (!this.asked.has(chunk)) this.waiting.push(chunk);
    this.next();
  }

  destroy(): void {
    this.stop.abort();
    this.waiting = [];
  }

  private next(): void {
    while (this.running < AT_ONCE) {
      const chunk = this.waiting.shift();
      if (chunk === undefined) return;
      this.running += 1;
      this.asked.add(chunk);
      this.read(chunk * CHUNK, chunk * CHUNK + CHUNK - 1, this.stop.signal)
        .then(
          (page) => this.show(chunk, page),
          (problem: unknown) => this.failed(chunk, problem),
        )
        .finally(() => {
          this.running -= 1;
          this.next();
        });
    }
  }

  private show(chunk: number, { total, columns, rows }: RowsPage): void {
    if (this.stop.signal.aborted) return;
    this.state.update((before) => {
      const chunks = new Map(before.chunks).set(chunk, rows);
      // Those farthest from what was asked for last go first: never what is in sight.
      const far = [...chunks.keys()].sort((a, b) => Math.abs(b - chunk) - Math.abs(a - chunk));
      for (const old of far.slice(0, Math.max(0, chunks.size - KEPT))) {
        chunks.delete(old);
        this.asked.delete(old);
      }
      return { total, columns, chunks, problem: null };
    });
  }

  private failed(chunk: number, problem: unknown): void {
    if (this.stop.signal.aborted) return;
    this.asked.delete(chunk);
    this.state.update((before) => ({ ...before, problem }));
  }
}
