/** The run table: any number of runs or groups of them, read as they are looked at, kept current as they change. */

import type { Problem, RunsQuery } from "../api/client.ts";
import { queryRuns } from "../api/client.ts";
import type { GroupRow } from "../api/table.ts";
import type { Frame, RunRow } from "../api/types.ts";
import type { Summary } from "../lib/summary.ts";
import { onFrame, onReset, want } from "./live.ts";
import { GroupWindows } from "./run_groups.ts";
import { RunWindows } from "./run_windows.ts";
import { Store, throttled } from "./store.ts";

/** Which runs, in which order, with which columns, in which groups. */
export interface TableQuery {
  readonly where: string;
  readonly order: readonly string[];
  readonly columns: readonly string[];
  readonly archived: boolean;
  /** Columns whose equal values make a group; none lists the runs themselves. */
  readonly group: readonly string[];
  /** What groups are sorted by. */
  readonly groupOrder: readonly string[];
  /** Filters of the groups that are open. */
  readonly open: readonly string[];
}

export interface TableStatus {
  /** Changes with everything that is shown. */
  readonly version: number;
  /** Runs of the project, without those that are archived unless they are shown. */
  readonly total: number;
  readonly archived: number;
  readonly matched: number;
  /** `null` where runs are not grouped. */
  readonly groups: number | null;
  /** Rows of the table: runs, or groups and the runs of those that are open. */
  readonly lines: number;
  /** Until the first answer to this question. */
  readonly loading: boolean;
  readonly problem: Problem | null;
}

/** What stands in one row. */
export type Line =
  | {
      readonly kind: "run";
      readonly run: RunRow;
      readonly cell: (column: string) => unknown;
      readonly inGroup: boolean;
    }
  | { readonly kind: "group"; readonly group: GroupRow; readonly open: boolean };

const REFRESH_MS = 700;
/** So many runs can be selected one by one; more are all that match. */
export const MOST_CHOSEN = 1000;

export class RunTable {
  readonly status = new Store<TableStatus>({
    version: 0,
    total: 0,
    archived: 0,
    matched: 0,
    groups: null,
    lines: 0,
    loading: true,
    problem: null,
  });
  private readonly runs = new RunWindows(() => this.changed());
  private readonly groups = new GroupWindows(() => this.changed());
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

  /** Ask another question; what is shown stays until it is answered. */
  ask(query: TableQuery): void {
    if (JSON.stringify(query) === JSON.stringify(this.query)) return;
    this.query = query;
    const { columns, order, group } = query;
    // The newest runs are drawn before anyone chooses: they are read in any case.
    this.runs.ask({ ...this.which(), columns, order });
    if (group.length > 0) {
      const question = { ...this.which(), by: group, columns, order: query.groupOrder };
      const { where: _, ...scope } = this.which();
      this.groups.ask(question, { ...scope, columns, order }, query.open);
    }
    this.changed();
  }

  /** The question which runs: for bulk changes and files as for the table. */
  which(): Pick<RunsQuery, "project" | "where" | "archived"> {
    const { where = "", archived = false } = this.query ?? {};
    const scope = { project: this.project, ...(archived ? { archived: true } : {}) };
    return where.trim() === "" ? scope : { ...scope, where };
  }

  /** Say which rows are looked at. */
  look(first: number, last: number): void {
    if (this.grouped) this.groups.look(first, last);
    else this.runs.look(first, last);
  }

  /** What stands in a row; undefined until it is known. */
  line(index: number): Line | undefined {
    if (!this.grouped) return lineOf(this.runs, index, false);
    const place = this.groups.at(index);
    if (!place) return undefined;
    if ("windows" in place) return lineOf(place.windows, place.row, true);
    return { kind: "group", ...place };
  }

  /** The first runs of the table, whether it is grouped or not. */
  first(count: number): RunRow[] {
    const length = Math.min(count, this.runs.matched);
    return Array.from({ length }, (_, i) => this.runs.row(i)).filter((row) => row !== undefined);
  }

  /** What the values of a column are like: those of the runs that are shown, and the aggregates of groups. */
  summary(column: string): Summary {
    return this.runs.summary(column);
  }

  groupSummary(column: string): Summary {
    return this.groups.summary(column);
  }

  /** Characters of the longest key of a group. */
  get keyCharacters(): number {
    return this.groups.characters;
  }

  /** Whether every run is known, in a table without groups. */
  get whole(): boolean {
    return !this.grouped && this.runs.whole;
  }

  cell(column: string, index: number): unknown {
    return this.runs.cell(column, index);
  }

  /** Ids of the runs by row, holes where a group stands or nothing is known. */
  order(): (string | undefined)[] {
    if (!this.grouped) return this.runs.ids();
    return Array.from({ length: this.groups.lines }, (_, i) => {
      const line = this.line(i);
      return line?.kind === "run" ? line.run.id : undefined;
    });
  }

  find(id: string): RunRow | undefined {
    for (const windows of this.windows()) {
      const found = windows.find(id);
      if (found) return found;
    }
    return undefined;
  }

  /** Ids of every run that a filter keeps, in the order of the table; at most `MOST_CHOSEN`. */
  async idsOf(where: string | null): Promise<string[]> {
    const scope = where === null ? this.which() : { ...this.which(), where };
    const answer = await queryRuns({ ...scope, order: this.query?.order ?? [], columns: [], limit: MOST_CHOSEN });
    return answer.runs.map((run) => run.id);
  }

  /** Read what is looked at again. */
  refresh(): void {
    if (this.query === null) return;
    this.runs.refresh();
    if (this.grouped) this.groups.refresh();
  }

  destroy(): void {
    this.refreshSoon.cancel();
    this.runs.destroy();
    this.groups.destroy();
    for (const stop of this.leave) stop();
  }

  private get grouped(): boolean {
    return (this.query?.group.length ?? 0) > 0;
  }

  private windows(): readonly RunWindows[] {
    return this.grouped ? [this.runs, ...this.groups.shown] : [this.runs];
  }

  private changed(): void {
    const shown = this.grouped ? this.groups : this.runs;
    const { total, archived, matched, problem } = shown;
    this.status.update(({ version }) => ({
      version: version + 1,
      total,
      archived,
      matched,
      groups: this.grouped ? this.groups.groups : null,
      lines: this.grouped ? this.groups.lines : this.runs.matched,
      loading: shown.loading,
      problem,
    }));
  }

  private hear(frame: Frame): void {
    if (frame.type === "removed") this.refreshSoon();
    // The server is back: what could not be read may be read now.
    if (frame.type === "hello" && this.status.get().problem?.status === 0) this.refreshSoon();
    if (frame.type !== "runs") return;
    const mine = frame.rows.filter((row) => row.project === this.project);
    if (mine.length === 0) return;
    for (const row of mine) for (const windows of this.windows()) windows.patch(row);
    this.changed();
    this.refreshSoon();
  }
}

function lineOf(windows: RunWindows, index: number, inGroup: boolean): Line | undefined {
  const run = windows.row(index);
  return run && { kind: "run", run, cell: (column) => windows.cell(column, index), inGroup };
}
