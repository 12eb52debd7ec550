/** The saved views of a project: names for addresses of its run table or its leaderboard, shared by everyone who looks at it. */

import { createView, deleteView, listViews, updateView, type ViewRow } from "../api/table.ts";
import { onFrame, onReset, want } from "./live.ts";
import { recall, remember } from "./remember.ts";
import { Store, throttled } from "./store.ts";

const REFRESH_MS = 500;

export class Views {
  /** By name; `null` until they were read. */
  readonly rows = new Store<readonly ViewRow[] | null>(null);
  /** Id of the view that this browser opens the project with. */
  readonly first: Store<string | null>;
  readonly problem = new Store<unknown>(null);
  private readonly leave: (() => void)[];
  private readonly refresh = throttled(() => void this.read(), REFRESH_MS);

  /** @param page Whose views: each page has its own. */
  constructor(
    readonly project: string,
    readonly page: "runs" | "leaderboard" = "runs",
  ) {
    this.first = new Store(recall(this.memory) || null);
    this.leave = [
      want({ projects: [], runs: {}, documents: ["view"] }),
      onFrame((frame) => {
        if (frame.type === "documents") this.refresh();
      }),
      onReset(() => this.refresh()),
    ];
    this.refresh();
  }

  /** Save what an address shows under a name; the same name is written over. */
  save(name: string, search: string): Promise<ViewRow | null> {
    const same = this.rows.get()?.find((view) => view.name === name);
    return this.change(() =>
      same ? updateView(same.id, { search }) : createView({ project: this.project, name, page: this.page, search }),
    );
  }

  rename(id: string, name: string): Promise<ViewRow | null> {
    return this.change(() => updateView(id, { name }));
  }

  async remove(id: string): Promise<void> {
    await this.change(() => deleteView(id));
    if (this.first.get() === id) this.openWith(null);
  }

  /** Open the project with this view from now on, in this browser; `null` with none. */
  openWith(id: string | null): void {
    remember(this.memory, id ?? "");
    this.first.set(id);
  }

  destroy(): void {
    this.refresh.cancel();
    for (const stop of this.leave) stop();
  }

  private get memory(): string {
    return this.page === "runs" ? `view.${this.project}` : `view.${this.page}.${this.project}`;
  }

  private async change<T>(act: () => Promise<T>): Promise<T | null> {
    try {
      const done = await act();
      this.problem.set(null);
      await this.read();
      return done;
    } catch (cause) {
      this.problem.set(cause);
      return null;
    }
  }

  private async read(): Promise<void> {
    try {
      this.rows.set(await listViews(this.project, this.page));
    } catch (cause) {
      this.rows.update((rows) => rows ?? []);
      this.problem.set(cause);
    }
  }
}
