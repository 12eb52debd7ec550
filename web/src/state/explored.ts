/** What the explore pane shows: some columns of all runs that match, as many as can be drawn. */

import { queryRuns, type RunsQuery } from "../api/client.ts";
import type { RunRow } from "../api/types.ts";
import { onFrame, onReset } from "./live.ts";
import { Store, throttled } from "./store.ts";

export interface Explored {
  readonly runs: readonly RunRow[];
  /** Values by column, one per run. */
  readonly columns: Readonly<Record<string, readonly unknown[]>>;
  readonly matched: number;
  /** The filter that these runs match. */
  readonly where: string;
  readonly loading: boolean;
  readonly problem: unknown;
}

type Question = Required<Pick<RunsQuery, "project" | "where" | "columns" | "archived">>;

/** More lines than this show nothing that fewer would not; the newest are taken. */
export const MOST_EXPLORED = 5000;
const PAGE = 1000;
const REFRESH_MS = 3000;

export class ExploredRuns {
  readonly shown = new Store<Explored>({ runs: [], columns: {}, matched: 0, where: "", loading: true, problem: null });
  private question: Question | null = null;
  private turn = 0;
  private readonly refresh = throttled(() => void this.read(), REFRESH_MS);
  private readonly leave: (() => void)[];

  constructor(readonly project: string) {
    this.leave = [
      onFrame((frame) => {
        if (frame.type === "runs" && frame.rows.some((row) => row.project === project)) this.refresh();
      }),
      onReset(() => void this.read()),
    ];
  }

  ask(question: Omit<Question, "project">): void {
    const next = { project: this.project, ...question };
    if (JSON.stringify(next) === JSON.stringify(this.question)) return;
    this.question = next;
    this.shown.update((shown) => ({ ...shown, loading: true }));
    void this.read();
  }

  destroy(): void {
    this.turn += 1;
    this.refresh.cancel();
    for (const stop of this.leave) stop();
  }

  private async read(): Promise<void> {
    if (this.question === null) return;
    this.turn += 1;
    const turn = this.turn;
    try {
      const found = await all(this.question);
      if (turn === this.turn) this.shown.set(found);
    } catch (problem) {
      if (turn === this.turn) this.shown.update((shown) => ({ ...shown, loading: false, problem }));
    }
  }
}

async function all(question: Question): Promise<Explored> {
  const ask = (offset: number) => queryRuns({ ...question, order: ["-created"], offset, limit: PAGE });
  const first = await ask(0);
  const offsets: number[] = [];
  for (let at = PAGE; at < Math.min(first.matched, MOST_EXPLORED); at += PAGE) offsets.push(at);
  const pages = [first, ...(await Promise.all(offsets.map(ask)))];
  const columns = question.columns.map((name) => [name, pages.flatMap((page) => page.columns[name] ?? [])] as const);
  return {
    runs: pages.flatMap((page) => page.runs),
    columns: Object.fromEntries(columns),
    matched: first.matched,
    where: question.where,
    loading: false,
    problem: null,
  };
}
