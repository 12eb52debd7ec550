/** What a run watched of its model, by node of a graph, kept current while the run goes on. */

import { readWatched, type Variable, type WatchedRun } from "../api/imports.ts";
import { byNode, type NodeVariables } from "../lib/watched.ts";
import { ByRun } from "./by_run.ts";
import { onFrame, onReset, want } from "./live.ts";
import { Store } from "./store.ts";

export interface Following {
  readonly run: string;
  readonly name: string;
  readonly project: string;
  /** Newest step of what is shown; `null` while nothing was watched. */
  readonly step: number | null;
  readonly variables: NodeVariables;
}

export type { Variable };

/** What cards show while a run is followed: what it watched, or the sample with its weights. */
export const onCards = new Store<"statistics" | "sample">("statistics");

const EVERY_MS = 1000;

/** The run that the canvas shows statistics of; one at a time. */
export const following = new Store<Following | null>(null);

/** Reads a run's variables again whenever it has logged more. */
export class Watching {
  readonly problem: Store<unknown>;
  private readonly reader: ByRun<WatchedRun>;
  private readonly leave: readonly (() => void)[];

  constructor(run: string, read: (run: string) => Promise<WatchedRun> = readWatched) {
    this.reader = new ByRun(read, EVERY_MS, (a, b) => JSON.stringify(a?.variables) === JSON.stringify(b.variables));
    this.problem = this.reader.problem;
    this.leave = [
      this.reader.values.subscribe(() => tell(this.reader.values.get().get(run))),
      want({ projects: [], runs: { [run]: "*" } }),
      onFrame((frame) => {
        if (frame.type === "runs") this.reader.mark(frame.rows.map((row) => row.id));
        if (frame.type === "records") this.reader.mark([frame.run]);
      }),
      onReset(() => this.reader.mark()),
    ];
    this.reader.show([run]);
  }

  destroy(): void {
    this.reader.destroy();
    for (const stop of this.leave) stop();
    following.set(null);
    onCards.set("statistics");
  }
}

function tell(found: WatchedRun | undefined): void {
  if (!found) return;
  const { run, name, project, variables } = found;
  const step = variables.reduce((most, one) => Math.max(most, one.step), -1);
  following.set({ run, name, project, step: step < 0 ? null : step, variables: byNode(variables) });
}
