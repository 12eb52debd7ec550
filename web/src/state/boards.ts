/** One dashboard, kept current: what changed is read again, and it can be looked at as it was. */

import {
  type Dashboard,
  type DashboardRow,
  listDashboards,
  type PanelRow,
  patchDashboard,
  readDashboard,
  readMoments,
  readPanel,
} from "../api/boards.ts";
import { Problem } from "../api/client.ts";
import type { Frame } from "../api/types.ts";
import type { Cell } from "../lib/board.ts";
import { onFrame, onReset, want } from "./live.ts";
import { Store, throttled } from "./store.ts";

export interface BoardView {
  /** `null` until the first answer. */
  readonly board: Dashboard | null;
  readonly problem: unknown;
  /** UTC seconds of what is shown; `null` is now. */
  readonly at: number | null;
}

const MOMENTS_MS = 3000;

export class Board {
  readonly view = new Store<BoardView>({ board: null, problem: null, at: null });
  readonly moments = new Store<readonly number[]>([]);
  /** What went wrong with a change. */
  readonly refused = new Store<unknown>(null);
  private at: number | null = null;
  private reading = false;
  private again = false;
  private readonly busy = new Map<string, boolean>();
  /** Panels of other dashboards, whose changes are of no interest here. */
  private readonly foreign = new Set<string>();
  private gone = false;
  private readonly leave: (() => void)[];
  private unwish: (() => void) | null = null;
  private watched = "";
  /** Cells that were moved here and that an answer may not know of yet, and the revision that does. */
  private moved: Readonly<Record<string, Cell>> = {};
  private moving = 0;
  private movedRev = 0;
  private readonly lookBack = throttled(() => void this.readMoments(), MOMENTS_MS);

  constructor(readonly name: string) {
    this.leave = [onFrame((frame) => this.hear(frame)), onReset(() => this.reload())];
    this.watch([]);
    this.reload();
  }

  /** Show the dashboard as it was; `null` is now. */
  show(at: number | null): void {
    if (at === this.at) return;
    this.at = at;
    this.reload();
  }

  reload(): void {
    if (this.reading) {
      this.again = true;
      return;
    }
    this.reading = true;
    const { at } = this;
    this.fetch(at).then(
      (board) => this.loaded({ board, problem: null, at }),
      (problem: unknown) => this.loaded({ board: this.kept(problem), problem, at }),
    );
  }

  /** Of a dashboard that nobody has made yet the list tells: a browser logs an address that is not there as an error. */
  private async fetch(at: number | null): Promise<Dashboard> {
    if (at === null && this.view.get().board === null) {
      const rows = await listDashboards();
      if (!rows.some((row) => row.name === this.name)) throw new Problem("There is no such dashboard", "", 404);
    }
    return readDashboard(this.name, at);
  }

  /** Move panels: at once here, then for everybody. */
  move(cells: Readonly<Record<string, Cell>>): void {
    const { board } = this.view.get();
    if (!board || Object.keys(cells).length === 0) return;
    this.moved = { ...this.moved, ...cells };
    this.moving += 1;
    this.replace(this.withMoved(board));
    void this.change(async () => {
      const { rev } = await patchDashboard(this.name, { layout: cells });
      this.movedRev = Math.max(this.movedRev, rev);
    }).then((done) => {
      this.moving -= 1;
      if (!done) this.movedRev = 0;
      if (!done) this.reload();
    });
  }

  /** An answer that was on its way while something was moved does not move it back. */
  private withMoved(board: Dashboard): Dashboard {
    if (this.moving > 0 || board.rev < this.movedRev) return { ...board, layout: { ...board.layout, ...this.moved } };
    this.moved = {};
    return board;
  }

  /** Make a change; what went wrong is told in `refused`. */
  async change(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      this.refused.set(null);
      return true;
    } catch (cause) {
      this.refused.set(cause);
      return false;
    }
  }

  destroy(): void {
    this.gone = true;
    this.lookBack.cancel();
    for (const stop of this.leave) stop();
    this.unwish?.();
  }

  /** A page stays on screen while the server cannot be reached; a dashboard that is gone does not. */
  private kept(problem: unknown): Dashboard | null {
    return problem instanceof Problem && problem.status === 404 ? null : this.view.get().board;
  }

  private loaded(view: BoardView): void {
    if (this.gone) return;
    this.reading = false;
    // While the past is scrubbed through, what was asked for a moment ago is better than nothing.
    if (view.at === this.at || (view.at !== null && this.at !== null)) {
      const board = view.board && view.at === null ? this.withMoved(view.board) : view.board;
      const first = board !== null && this.view.get().board === null;
      this.view.set({ ...view, board });
      if (first) this.lookBack();
      this.watch(board?.panels ?? []);
    }
    if (this.again || view.at !== this.at) {
      this.again = false;
      this.reload();
    }
  }

  private hear(frame: Frame): void {
    const { problem, board } = this.view.get();
    if (frame.type === "hello" && problem !== null) this.reload();
    if (frame.type === "points" && this.at === null && board)
      this.heardPoints(frame.run, Object.keys(frame.series), board);
    if (frame.type !== "documents") return;
    this.lookBack();
    if (this.at !== null) return;
    for (const { kind, id, deleted } of frame.changes) {
      if (kind === "dashboard" && id === this.name) this.reload();
      else if (kind === "panel" && deleted) this.drop(id);
      else if (kind === "panel" && board?.panels.some((panel) => panel.id === id)) this.read(id);
      else if (kind === "panel" && !this.foreign.has(id)) this.meet(id);
    }
  }

  /** A panel that is not shown has changed: one that came back, or one of another dashboard. */
  private meet(id: string): void {
    readPanel(id).then(
      (panel) => (panel.dashboard === this.name ? this.reload() : this.foreign.add(id)),
      () => {}, // it is gone again
    );
  }

  /** A line that nobody had named before has come. */
  private heardPoints(run: string, keys: readonly string[], board: Dashboard): void {
    this.lookBack();
    for (const panel of board.panels) {
      if (panel.run !== run) continue;
      const known = new Set((panel.lines ?? []).map((line) => line.name));
      if (keys.some((key) => !known.has(key))) this.read(panel.id);
    }
  }

  /** Read one panel again; what changes meanwhile is read once more. */
  private read(id: string): void {
    if (this.busy.has(id)) {
      this.busy.set(id, true);
      return;
    }
    this.busy.set(id, false);
    readPanel(id).then(
      (panel) => this.done(id, panel),
      (cause: unknown) => this.done(id, cause instanceof Problem && cause.status === 404 ? "gone" : null),
    );
  }

  private done(id: string, panel: PanelRow | "gone" | null): void {
    const again = this.busy.get(id) === true;
    this.busy.delete(id);
    if (this.gone) return;
    if (panel === "gone") this.drop(id);
    else if (panel !== null) this.take(panel);
    if (again) this.read(id);
  }

  private take(panel: PanelRow): void {
    const { board } = this.view.get();
    const before = board?.panels.find((one) => one.id === panel.id);
    if (!board || !before || this.at !== null || panel.rev < before.rev) return;
    this.replace({ ...board, panels: board.panels.map((one) => (one.id === panel.id ? panel : one)) });
  }

  private drop(id: string): void {
    const { board } = this.view.get();
    if (board?.panels.some((panel) => panel.id === id) && this.at === null)
      this.replace({ ...board, panels: board.panels.filter((panel) => panel.id !== id) });
  }

  private replace(board: Dashboard): void {
    this.view.update((view) => ({ ...view, board }));
    this.watch(board.panels);
  }

  /** Hear of the documents, and of every line that is appended to these panels. */
  private watch(panels: readonly PanelRow[]): void {
    const runs = [...new Set(panels.flatMap((panel) => panel.run ?? []))].sort();
    if (this.unwish && runs.join() === this.watched) return;
    this.watched = runs.join();
    const before = this.unwish;
    this.unwish = want({
      projects: [],
      runs: Object.fromEntries(runs.map((run) => [run, "*" as const])),
      documents: ["dashboard", "panel"],
    });
    before?.();
  }

  private async readMoments(): Promise<void> {
    if (this.view.get().board === null) return;
    try {
      const times = await readMoments(this.name);
      if (!this.gone) this.moments.set(times);
    } catch {
      // The dashboard itself says what is wrong.
    }
  }
}

export interface BoardList {
  readonly rows: readonly DashboardRow[] | null;
  readonly problem: unknown;
}

/** All dashboards, kept current. */
export class BoardNames {
  readonly list = new Store<BoardList>({ rows: null, problem: null });
  private readonly leave: (() => void)[];
  private readonly soon = throttled(() => this.read(), 300);

  constructor() {
    this.leave = [
      onFrame((frame) => {
        if (frame.type === "documents" || (frame.type === "hello" && this.list.get().problem !== null)) this.soon();
      }),
      onReset(() => this.soon()),
      want({ projects: [], runs: {}, documents: ["dashboard", "panel"] }),
    ];
    this.soon();
  }

  destroy(): void {
    this.soon.cancel();
    for (const stop of this.leave) stop();
  }

  private read(): void {
    listDashboards().then(
      (rows) => this.list.set({ rows, problem: null }),
      (problem: unknown) => this.list.update((list) => ({ ...list, problem })),
    );
  }
}
