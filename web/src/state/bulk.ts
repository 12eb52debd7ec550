/** Changes of many runs at once: how far they are, what they did, and how they are undone. */

import { changeRuns, deleteRuns, type RunsChange } from "../api/table.ts";
import { formatBytes, formatInteger, plural } from "../lib/format.ts";
import { Store } from "./store.ts";

/** Which runs: those named, or all that a filter keeps, archived ones too or not. */
export type Target =
  | { readonly ids: readonly string[] }
  | { readonly project: string; readonly where: string; readonly archived: boolean; readonly count: number };

export interface BulkState {
  /** What is being done, and how far; `null` when nothing is. */
  readonly busy: string | null;
  /** What was done last. */
  readonly done: string | null;
  /** Changes that take it back, in order. */
  readonly undo: readonly RunsChange[];
  readonly problem: unknown;
}

export type Change = Pick<RunsChange, "tags_add" | "tags_remove" | "archived">;

const IDLE: BulkState = { busy: null, done: null, undo: [], problem: null };
/** Runs of one request: progress is seen, and a change that is refused has not run for long. */
const PIECE = 250;

export class Bulk {
  readonly state = new Store<BulkState>(IDLE);

  /** @param changed Called when something was done. */
  constructor(private readonly changed: () => void) {}

  /** Change runs: "Archiving 12 runs", then "Archived 12 runs". */
  async change(target: Target, change: Change, doing: string, done: string): Promise<void> {
    await this.run(doing, async () => {
      const undo: RunsChange[] = [];
      let changed = 0;
      for (const piece of pieces(target)) {
        const too = "ids" in target ? {} : { also_archived: target.archived };
        const answer = await changeRuns({ ...piece.which, ...too, ...change });
        undo.unshift(...answer.undo);
        changed += answer.changed;
        this.tell(doing, piece.after, countOf(target));
      }
      return { done: changed === 0 ? `${done}: nothing changed` : `${done}: ${plural(changed, "run")}`, undo };
    });
  }

  /** Delete runs for good; what they took on disk is free again. */
  async remove(target: Target): Promise<void> {
    const words = plural(countOf(target), "run");
    await this.run(`Deleting ${words}`, async () => {
      let [deleted, freed] = [0, 0];
      for (const piece of pieces(target)) {
        const too = "ids" in target ? {} : { archived: target.archived };
        const answer = await deleteRuns({ ...piece.which, ...too, expected: piece.count });
        deleted += answer.deleted;
        freed += answer.freed_bytes;
        this.tell("Deleting", piece.after, countOf(target));
      }
      return { done: `Deleted ${plural(deleted, "run")}; ${formatBytes(freed)} on disk are free again`, undo: [] };
    });
  }

  /** Take the last change back. */
  async undo(): Promise<void> {
    const { undo } = this.state.get();
    await this.run("Undoing", async () => {
      for (const change of undo) await changeRuns(change);
      return { done: "Undone", undo: [] };
    });
  }

  dismiss(): void {
    this.state.set(IDLE);
  }

  private async run(
    doing: string,
    act: () => Promise<{ readonly done: string; readonly undo: readonly RunsChange[] }>,
  ): Promise<void> {
    if (this.state.get().busy !== null) return;
    this.state.set({ ...IDLE, busy: `${doing}…` });
    try {
      this.state.set({ ...IDLE, ...(await act()) });
    } catch (problem) {
      this.state.set({ ...IDLE, problem });
    }
    this.changed();
  }

  private tell(doing: string, after: number, count: number): void {
    if (after < count)
      this.state.update((state) => ({
        ...state,
        busy: `${doing}: ${formatInteger(after)} of ${formatInteger(count)}`,
      }));
  }
}

export function countOf(target: Target): number {
  return "ids" in target ? target.ids.length : target.count;
}

interface Piece {
  readonly which: { readonly ids: readonly string[] } | { readonly project: string; readonly where: string };
  readonly count: number;
  /** Runs that are done after it. */
  readonly after: number;
}

function pieces(target: Target): Piece[] {
  if (!("ids" in target)) {
    const { project, where, count } = target;
    return [{ which: { project, where }, count, after: count }];
  }
  const { ids } = target;
  return Array.from({ length: Math.ceil(ids.length / PIECE) }, (_, i) => {
    const some = ids.slice(i * PIECE, (i + 1) * PIECE);
    return { which: { ids: some }, count: some.length, after: i * PIECE + some.length };
  });
}
