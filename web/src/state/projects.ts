/** All projects, kept current. */

import { listProjects } from "../api/client.ts";
import type { ProjectRow } from "../api/types.ts";
import { onFrame, onReset, want } from "./live.ts";
import { Store, throttled, useStore } from "./store.ts";

export interface ProjectList {
  /** `null` until the first answer. */
  readonly rows: readonly ProjectRow[] | null;
  readonly problem: unknown;
}

export const projects = new Store<ProjectList>({ rows: null, problem: null });

/** Read the list and follow it. Returns how to stop. */
export function followProjects(): () => void {
  const read = (): void => {
    listProjects().then(
      (rows) => projects.set({ rows: [...rows].sort((a, b) => b.updated - a.updated), problem: null }),
      (problem: unknown) => projects.update((list) => ({ ...list, problem })),
    );
  };
  const soon = throttled(read, 1000);
  const unwish = want({ projects: "*", runs: {} });
  const leave = onFrame(
    (frame) => (frame.type === "runs" || frame.type === "removed" || projects.get().problem !== null) && soon(),
  );
  const leaveReset = onReset(read);
  soon();
  return () => {
    soon.cancel();
    leave();
    leaveReset();
    unwish();
  };
}

export function useProjects(): ProjectList {
  return useStore(projects);
}
