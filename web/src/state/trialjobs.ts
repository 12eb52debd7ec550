/** The jobs of a sweep's trials, as the live stream tells how far they are. */

import { useEffect, useState } from "react";
import type { JobRow } from "../api/jobs.ts";
import { onFrame, want } from "./live.ts";
import { Store, useStore } from "./store.ts";

/** Rows by id of the job: those that said something since the page was opened. */
export function useTrialJobs(sweep: string): ReadonlyMap<string, JobRow> {
  const [known] = useState(() => new Store<ReadonlyMap<string, JobRow>>(new Map()));
  useEffect(() => {
    const leave = [
      want({ projects: [], runs: {}, documents: ["job"] }),
      onFrame((frame) => {
        const job = frame.type === "job" ? frame.job : null;
        if (job?.sweep?.id === sweep) known.update((before) => new Map(before).set(job.id, job));
      }),
    ];
    return () => {
      for (const stop of leave) stop();
    };
  }, [sweep, known]);
  return useStore(known);
}
