/** The layout of a project's charts: changed at once here, saved soon, undone step by step, followed when others change it. */

import { useEffect, useState } from "react";
import { readLayout, saveLayout } from "../api/charts.ts";
import { Problem } from "../api/client.ts";
import { EMPTY, type Layout, tidy } from "../lib/arrangement.ts";
import { onFrame, onReset, want } from "./live.ts";
import { Store, useStore } from "./store.ts";

export interface LayoutView {
  /** `null` until the first answer. */
  readonly layout: Layout | null;
  readonly problem: unknown;
  readonly undoable: boolean;
  readonly redoable: boolean;
}

export type Edit = (layout: Layout) => Layout;

const SAVE_MS = 300;
const MOST_UNDONE = 100;

export class Layouts {
  readonly view = new Store<LayoutView>({ layout: null, problem: null, undoable: false, redoable: false });
  private past: Layout[] = [];
  private future: Layout[] = [];
  /** What the server has, and its revision. */
  private saved: Layout = EMPTY;
  private rev = 0;
  /** Edits that the server does not know of, to be made again on what somebody else saved meanwhile. */
  private pending: Edit[] = [];
  private timer: ReturnType<typeof setTimeout> | null = null;
  private busy = false;
  private gone = false;
  private readonly leave: (() => void)[];

  constructor(readonly project: string) {
    this.leave = [
      want({ projects: [], runs: {}, documents: ["layout"] }),
      onFrame((frame) => {
        if (frame.type === "hello" && this.view.get().problem !== null) void this.read();
        if (frame.type !== "documents") return;
        const mine = frame.changes.find((change) => change.kind === "layout" && change.id === project);
        if (mine && mine.rev > this.rev) void this.read();
      }),
      onReset(() => void this.read()),
      onLeaving(() => this.flush()),
    ];
    void this.read();
  }

  /** Change the layout; the step can be undone. */
  edit(change: Edit): void {
    const before = this.view.get().layout ?? EMPTY;
    const after = tidy(change(before));
    if (JSON.stringify(after) === JSON.stringify(before)) return;
    this.past = [...this.past.slice(1 - MOST_UNDONE), before];
    this.future = [];
    this.apply(after, change);
  }

  undo(): void {
    const before = this.past.pop();
    if (!before) return;
    this.future.push(this.view.get().layout ?? EMPTY);
    this.apply(before, () => before);
  }

  redo(): void {
    const after = this.future.pop();
    if (!after) return;
    this.past.push(this.view.get().layout ?? EMPTY);
    this.apply(after, () => after);
  }

  destroy(): void {
    for (const stop of this.leave) stop();
    // What was arranged a moment before is saved too.
    if (this.timer !== null) void this.save();
    this.gone = true;
  }

  /** Save what was arranged a moment before the page is gone, when no answer will be heard any more. */
  private flush(): void {
    if (this.timer === null) return;
    clearTimeout(this.timer);
    this.timer = null;
    const made = this.pending.reduce((layout, change) => tidy(change(layout)), this.saved);
    // A save on its way makes the next revision.
    void saveLayout(this.project, made, this.rev + (this.busy ? 1 : 0)).catch(() => undefined);
  }

  private apply(layout: Layout, change: Edit): void {
    this.pending.push(change);
    this.show(layout, null);
    this.soon();
  }

  private soon(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), SAVE_MS);
  }

  private show(layout: Layout, problem: unknown): void {
    if (this.gone) return;
    this.view.set({ layout, problem, undoable: this.past.length > 0, redoable: this.future.length > 0 });
  }

  private async read(): Promise<void> {
    try {
      const { layout, rev } = await readLayout(this.project);
      if (rev >= this.rev) [this.saved, this.rev] = [tidy(layout), rev];
      const now = this.pending.reduce((made, change) => tidy(change(made)), this.saved);
      const { layout: shown, problem } = this.view.get();
      if (problem !== null || JSON.stringify(now) !== JSON.stringify(shown)) this.show(now, null);
    } catch (problem) {
      // Charts are shown as they are by default rather than not at all.
      this.show(this.view.get().layout ?? EMPTY, problem);
    }
  }

  private async save(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.busy) {
      this.soon();
      return;
    }
    this.busy = true;
    const sent = this.pending.length;
    const made = this.pending.reduce((layout, change) => tidy(change(layout)), this.saved);
    try {
      const { rev } = await saveLayout(this.project, made, this.rev);
      [this.saved, this.rev] = [made, rev];
      this.pending = this.pending.slice(sent);
    } catch (problem) {
      if (problem instanceof Problem && problem.status === 412) await this.read();
      else this.show(this.view.get().layout ?? EMPTY, problem);
      if (problem instanceof Problem && problem.status === 412) this.soon();
    } finally {
      this.busy = false;
    }
    if (this.pending.length > sent) this.soon();
  }
}

function onLeaving(act: () => void): () => void {
  addEventListener("pagehide", act);
  return () => removeEventListener("pagehide", act);
}

const NOTHING = new Store<LayoutView>({ layout: EMPTY, problem: null, undoable: false, redoable: false });
const UNREAD = new Store<LayoutView>({ layout: null, problem: null, undoable: false, redoable: false });

/** The layout of a project for a component; without a project the default, which cannot be changed. */
export function useLayouts(project: string | null): { readonly layouts: Layouts | null; readonly view: LayoutView } {
  const [layouts, setLayouts] = useState<Layouts | null>(null);
  useEffect(() => {
    if (project === null) return;
    const made = new Layouts(project);
    setLayouts(made);
    return () => made.destroy();
  }, [project]);
  const current = layouts?.project === project ? layouts : null;
  return { layouts: current, view: useStore(current?.view ?? (project === null ? NOTHING : UNREAD)) };
}
