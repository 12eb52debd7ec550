/** The groups of a run table, read in windows as they are looked at, each with its runs once it is opened. */

import { Problem, type RunsQuery } from "../api/client.ts";
import { type GroupRow, type GroupsPage, type GroupsQuery, queryGroups } from "../api/table.ts";
import { formatValue } from "../lib/format.ts";
import { Summary } from "../lib/summary.ts";
import { WINDOW, windowsOf } from "../lib/windows.ts";
import { RunWindows } from "./run_windows.ts";

type Question = Omit<GroupsQuery, "offset" | "limit">;
/** How the runs of an open group are asked for; the group adds its filter. */
type Members = Omit<RunsQuery, "offset" | "limit" | "where">;

/** A group that shows its runs below itself. */
interface Opened {
  readonly index: number;
  readonly windows: RunWindows;
}

/** What stands in one line: a group, or the run at a place among the runs of an open group. */
export type Place =
  | { readonly group: GroupRow; readonly open: boolean }
  | { readonly windows: RunWindows; readonly row: number };

export class GroupWindows {
  groups = 0;
  /** Runs in all groups. */
  matched = 0;
  total = 0;
  archived = 0;
  /** Of the longest key among those that were read. */
  characters = 0;
  loading = true;
  problem: Problem | null = null;
  private pages = new Map<number, readonly GroupRow[]>();
  private asked = new Set<number>();
  /** Counts questions; answers to an older one are not used. */
  private turn = 0;
  private question: Question | null = null;
  private members: Members | null = null;
  private open: readonly string[] = [];
  private readonly runs = new Map<string, RunWindows>();
  private opened: readonly Opened[] = [];
  private looked: readonly [number, number] = [0, 1];
  private summaries = new Map<string, Summary>();

  /** @param changed Called whenever something else is known. */
  constructor(private readonly changed: () => void) {}

  /** Ask another question; `open` are the filters of the groups that show their runs. */
  ask(question: Question, members: Members, open: readonly string[]): void {
    const same = JSON.stringify(question) === JSON.stringify(this.question);
    [this.question, this.members, this.open] = [question, members, open];
    if (!same) {
      this.turn += 1;
      this.asked.clear();
      this.loading = true;
      this.read(0);
    }
    this.arrange();
  }

  /** Lines in all: groups, and the runs of those that are open. */
  get lines(): number {
    return this.groups + this.opened.reduce((sum, { windows }) => sum + windows.matched, 0);
  }

  at(line: number): Place | undefined {
    const found = this.find(line);
    if ("windows" in found) return found;
    const group = this.group(found.index);
    return group && { group, open: this.open.includes(group.where) };
  }

  look(first: number, last: number): void {
    this.looked = [first, last];
    const seen = new Map<RunWindows, [number, number]>();
    const groups: number[] = [];
    for (let line = first; line < Math.min(last, this.lines); line++) {
      const found = this.find(line);
      if ("index" in found) groups.push(found.index);
      else seen.set(found.windows, [seen.get(found.windows)?.[0] ?? found.row, found.row + 1]);
    }
    for (const [windows, [from, to]] of seen) windows.look(from, to);
    const [from, to] = [groups[0] ?? 0, (groups.at(-1) ?? 0) + 1];
    for (const page of windowsOf(from, to)) if (!this.pages.has(page)) this.read(page);
  }

  /** What the aggregates of a column have been like. */
  summary(column: string): Summary {
    return this.summaries.get(column) ?? new Summary();
  }

  /** The windows of the open groups, in the order of the table. */
  get shown(): readonly RunWindows[] {
    return this.opened.map(({ windows }) => windows);
  }

  /** Read everything that is shown again. */
  refresh(): void {
    if (this.question === null) return;
    this.asked.clear();
    for (const page of this.pages.size > 0 ? [...this.pages.keys()] : [0]) this.read(page);
    for (const { windows } of this.opened) windows.refresh();
  }

  destroy(): void {
    this.turn += 1;
    for (const windows of this.runs.values()) windows.destroy();
  }

  private group(index: number): GroupRow | undefined {
    return this.pages.get(Math.floor(index / WINDOW))?.[index % WINDOW];
  }

  private find(line: number): { readonly index: number } | { readonly windows: RunWindows; readonly row: number } {
    let before = 0;
    for (const { index, windows } of this.opened) {
      const head = index + before;
      if (line <= head) break;
      if (line <= head + windows.matched) return { windows, row: line - head - 1 };
      before += windows.matched;
    }
    return { index: line - before };
  }

  private read(page: number): void {
    if (this.question === null || this.asked.has(page)) return;
    this.asked.add(page);
    const turn = this.turn;
    queryGroups({ ...this.question, offset: page * WINDOW, limit: WINDOW }).then(
      (answer) => turn === this.turn && this.keep(page, answer),
      (cause: unknown) => turn === this.turn && this.fail(page, cause),
    );
  }

  private keep(page: number, answer: GroupsPage): void {
    if (this.loading) {
      this.pages.clear();
      this.summaries.clear();
      this.characters = 0;
    }
    this.asked.delete(page);
    this.pages.set(page, answer.groups);
    for (const { key, values } of answer.groups) {
      const written = key.reduce((sum: number, value) => sum + formatValue(value).length, 0);
      this.characters = Math.max(this.characters, written);
      for (const [column, value] of Object.entries(values)) {
        const summary = this.summaries.get(column) ?? new Summary();
        summary.add(value.texts ? [value.common] : [value.mean, value.min, value.max]);
        this.summaries.set(column, summary);
      }
    }
    [this.groups, this.matched, this.total] = [answer.total_groups, answer.matched, answer.total];
    [this.archived, this.loading, this.problem] = [answer.archived, false, null];
    this.arrange();
    this.changed();
  }

  private fail(page: number, cause: unknown): void {
    this.asked.delete(page);
    this.problem = cause instanceof Problem ? cause : new Problem("Something broke", String(cause), 0);
    this.loading = false;
    this.changed();
  }

  /** Find out where the open groups stand, and ask for their runs. */
  private arrange(): void {
    const opened: Opened[] = [];
    for (const [page, groups] of [...this.pages].sort(([a], [b]) => a - b)) {
      for (const [i, { where }] of groups.entries())
        if (this.open.includes(where)) opened.push({ index: page * WINDOW + i, windows: this.windows(where) });
    }
    this.opened = opened;
    for (const [where, windows] of this.runs) {
      if (this.open.includes(where)) continue;
      windows.destroy();
      this.runs.delete(where);
    }
  }

  private windows(where: string): RunWindows {
    const known = this.runs.get(where);
    const windows = known ?? new RunWindows(() => this.heard());
    this.runs.set(where, windows);
    if (this.members) windows.ask({ ...this.members, where });
    return windows;
  }

  private heard(): void {
    this.look(...this.looked);
    this.changed();
  }
}
