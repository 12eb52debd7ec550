/** The run table: any number of runs, read in windows as they are looked at, kept current as they change. */

import { Problem, queryRuns } from "../api/client.ts";
import type { Frame, RunRow, RunsPage } from "../api/types.ts";
import { WINDOW, windowsOf } from "../lib/windows.ts";
import { onFrame, onReset, want } from "./live.ts";
import { Store, throttled } from "./store.ts";

/** Which runs, in which order, with which columns. */
export interface TableQuery {
  readonly where: string;
  readonly order: string;
  readonly columns: readonly string[];
}

export interface TableStatus {
  /** Changes with everything that is shown. */
  readonly version: number;
  readonly total: number;
  readonly matched: number;
  /** Until the first answer to this query. */
  readonly loading: boolean;
  readonly problem: Problem | null;
}

interface Page {
  readonly rows: RunRow[];
  readonly columns: RunsPage["columns"];
}

const REFRESH_MS = 700;

export class RunTable {
  readonly status = new Store<TableStatus>({ version: 0, total: 0, matched: 0, loading: true, problem: null });
  private pages = new Map<number, Page>();
  private asked = new Set<number>();
  private looked: [number, number] = [0, 1];
  /** Counts queries; answers to an older one are not used. */
  private turn = 0;
  private query: TableQuery | null = null;
  private readonly leave: (() => void)[];
  private readonly refreshSoon = throttled(() => this.refresh(), REFRESH_MS);

  constructor(readonly project: string) {
    this.leave = [
      want({ projects: [project], runs: {} }),
      onFrame((frame) => this.hear(frame)),
      onReset(() => this.refresh()),
    ];
  }

  /** Ask another question. Rows of the last one stay until the first answer, so that nothing flickers. */
  ask(query: TableQuery): void {
    if (JSON.stringify(query) === JSON.stringify(this.query)) return;
    this.query = query;
    this.turn += 1;
    this.asked.clear();
    this.status.update((status) => ({ ...status, loading: true }));
    for (const page of windowsOf(...this.looked)) this.read(page, true);
  }

  /** Say which rows are looked at. */
  look(first: number, last: number): void {
    this.looked = [first, Math.max(last, first + 1)];
    for (const page of windowsOf(...this.looked)) if (!this.pages.has(page)) this.read(page);
  }

  row(index: number): RunRow | undefined {
    return this.pages.get(Math.floor(index / WINDOW))?.rows[index % WINDOW];
  }

  cell(column: string, index: number): unknown {
    return this.pages.get(Math.floor(index / WINDOW))?.columns[column]?.[index % WINDOW] ?? null;
  }

  /** How many rows are known. */
  get held(): number {
    return [...this.pages.values()].reduce((sum, page) => sum + page.rows.length, 0);
  }

  /** Values of a column in every row that is known. */
  *known(column: string): Generator<unknown> {
    for (const page of this.pages.values()) yield* page.columns[column] ?? [];
  }

  /** Ids of all known rows by index, holes where nothing was read. */
  order(): (string | undefined)[] {
    const out: (string | undefined)[] = new Array(this.status.get().matched);
    for (const [number, page] of this.pages) {
      for (const [i, row] of page.rows.entries()) out[number * WINDOW + i] = row.id;
    }
    return out;
  }

  find(id: string): RunRow | undefined {
    for (const page of this.pages.values()) {
      const found = page.rows.find((row) => row.id === id);
      if (found) return found;
    }
    return undefined;
  }

  /** Read what is looked at again; what is not is forgotten. */
  refresh(): void {
    if (this.query === null) return;
    const shown = new Set(windowsOf(...this.looked));
    for (const page of this.pages.keys()) if (!shown.has(page)) this.pages.delete(page);
    this.asked.clear();
    for (const page of shown) this.read(page);
  }

  destroy(): void {
    this.turn += 1;
    this.refreshSoon.cancel();
    for (const stop of this.leave) stop();
  }

  private read(page: number, fresh = false): void {
    if (this.query === null || this.asked.has(page)) return;
    this.asked.add(page);
    const turn = this.turn;
    const { where, order, columns } = this.query;
    const query = { project: this.project, columns, order: [order], offset: page * WINDOW, limit: WINDOW };
    queryRuns(where.trim() === "" ? query : { ...query, where }).then(
      (answer) => turn === this.turn && this.keep(page, answer, fresh),
      (cause: unknown) => turn === this.turn && this.fail(page, cause),
    );
  }

  private keep(page: number, answer: RunsPage, fresh: boolean): void {
    if (fresh && this.status.get().loading) this.pages.clear();
    this.asked.delete(page);
    this.pages.set(page, { rows: [...answer.runs], columns: answer.columns });
    const { version } = this.status.get();
    this.status.set({
      version: version + 1,
      total: answer.total,
      matched: answer.matched,
      loading: false,
      problem: null,
    });
  }

  private fail(page: number, cause: unknown): void {
    this.asked.delete(page);
    const problem = cause instanceof Problem ? cause : new Problem("Something broke", String(cause), 0);
    this.status.update((status) => ({ ...status, version: status.version + 1, loading: false, problem }));
  }

  private hear(frame: Frame): void {
    if (frame.type === "removed") this.refreshSoon();
    // The server is back: what could not be read may be read now.
    if (frame.type === "hello" && this.status.get().problem?.status === 0) this.refreshSoon();
    if (frame.type !== "runs") return;
    const mine = frame.rows.filter((row) => row.project === this.project);
    if (mine.length === 0) return;
    for (const row of mine) this.patch(row);
    this.status.update((status) => ({ ...status, version: status.version + 1 }));
    this.refreshSoon();
  }

  private patch(row: RunRow): void {
    for (const page of this.pages.values()) {
      const i = page.rows.findIndex((one) => one.id === row.id);
      if (i >= 0) page.rows[i] = { ...(page.rows[i] as RunRow), ...row };
    }
  }
}
