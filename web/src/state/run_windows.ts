/** The runs of one question, read in windows as they are looked at. */

import { Problem, queryRuns, type RunsQuery } from "../api/client.ts";
import type { RunRow, RunsPage } from "../api/types.ts";
import { Summary } from "../lib/summary.ts";
import { WINDOW, windowsOf } from "../lib/windows.ts";

type Question = Omit<RunsQuery, "offset" | "limit">;

interface Page {
  readonly rows: RunRow[];
  readonly columns: RunsPage["columns"];
}

/** So many windows are kept; of more, those farthest from what is looked at go. */
const KEPT = 30;
/** Rows on either side of what is seen that are read with it. */
const AHEAD = 40;

export class RunWindows {
  total = 0;
  /** Runs of the project that are archived. */
  archived = 0;
  matched = 0;
  /** Until the first answer to this question. */
  loading = true;
  problem: Problem | null = null;
  private pages = new Map<number, Page>();
  private asked = new Set<number>();
  private looked: readonly [number, number] = [0, 1];
  /** Counts questions; answers to an older one are not used. */
  private turn = 0;
  private question: Question | null = null;
  private summaries = new Map<string, Summary>();

  /** @param changed Called whenever something else is known. */
  constructor(private readonly changed: () => void) {}

  /** Ask another question. Rows of the last one stay until the first answer, so that nothing flickers. */
  ask(question: Question): void {
    if (JSON.stringify(question) === JSON.stringify(this.question)) return;
    this.question = question;
    this.turn += 1;
    this.asked.clear();
    this.loading = true;
    for (const page of windowsOf(...this.looked)) this.read(page);
  }

  /** Say which rows are looked at. */
  look(first: number, last: number): void {
    this.looked = [first, Math.max(last, first + 1)];
    const end = this.loading ? this.looked[1] : Math.min(this.looked[1] + AHEAD, Math.max(this.matched, 1));
    for (const page of windowsOf(Math.max(0, first - AHEAD), end)) if (!this.pages.has(page)) this.read(page);
  }

  row(index: number): RunRow | undefined {
    return this.pages.get(Math.floor(index / WINDOW))?.rows[index % WINDOW];
  }

  cell(column: string, index: number): unknown {
    return this.pages.get(Math.floor(index / WINDOW))?.columns[column]?.[index % WINDOW] ?? null;
  }

  /** Whether every row is known. */
  get whole(): boolean {
    return [...this.pages.values()].reduce((sum, page) => sum + page.rows.length, 0) >= this.matched;
  }

  /** What the values of a column have been like since the question was asked. */
  summary(column: string): Summary {
    return this.summaries.get(column) ?? new Summary();
  }

  /** Ids of the known rows in order, holes where nothing is known. */
  ids(): (string | undefined)[] {
    const out: (string | undefined)[] = new Array(this.matched);
    for (const [number, page] of this.pages)
      for (const [i, row] of page.rows.entries()) out[number * WINDOW + i] = row.id;
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
    const shown = new Set(windowsOf(...this.looked));
    for (const page of this.pages.keys()) if (!shown.has(page)) this.pages.delete(page);
    this.asked.clear();
    for (const page of shown) this.read(page);
  }

  /** Take what the server told of a run. */
  patch(row: RunRow): void {
    for (const page of this.pages.values()) {
      const i = page.rows.findIndex((one) => one.id === row.id);
      if (i >= 0) page.rows[i] = { ...(page.rows[i] as RunRow), ...row };
    }
  }

  destroy(): void {
    this.turn += 1;
    this.question = null;
  }

  private read(page: number): void {
    if (this.question === null || this.asked.has(page)) return;
    this.asked.add(page);
    const turn = this.turn;
    queryRuns({ ...this.question, offset: page * WINDOW, limit: WINDOW }).then(
      (answer) => turn === this.turn && this.keep(page, answer),
      (cause: unknown) => turn === this.turn && this.fail(page, cause),
    );
  }

  private keep(page: number, answer: RunsPage): void {
    if (this.loading) {
      this.pages.clear();
      this.summaries.clear();
    }
    this.asked.delete(page);
    this.pages.set(page, { rows: [...answer.runs], columns: answer.columns });
    for (const [column, values] of Object.entries(answer.columns)) {
      const summary = this.summaries.get(column) ?? new Summary();
      summary.add(values);
      this.summaries.set(column, summary);
    }
    [this.total, this.matched, this.archived] = [answer.total, answer.matched, answer.archived];
    [this.loading, this.problem] = [false, null];
    this.forget();
    this.changed();
  }

  private forget(): void {
    const here = this.looked[0] / WINDOW;
    const far = [...this.pages.keys()].sort((a, b) => Math.abs(b - here) - Math.abs(a - here));
    for (const page of far.slice(0, Math.max(0, far.length - KEPT))) this.pages.delete(page);
  }

  private fail(page: number, cause: unknown): void {
    this.asked.delete(page);
    this.problem = cause instanceof Problem ? cause : new Problem("Something broke", String(cause), 0);
    this.loading = false;
    this.changed();
  }
}
