/** The run of a run page, kept current. */

import { useEffect, useState } from "react";
import { getRun } from "../api/client.ts";
import type { RunDetail } from "../api/types.ts";
import { onFrame, onReset, want } from "./live.ts";
import { throttled } from "./store.ts";

export interface Detail {
  readonly run: RunDetail | null;
  readonly problem: unknown;
}

/** Follow one run: what is known of it, read again whenever it changes. */
export function useRun(id: string, project: string): Detail {
  const [detail, setDetail] = useState<Detail>({ run: null, problem: null });
  useEffect(() => {
    let here = true;
    let failed = false;
    const read = (): void => {
      getRun(id).then(
        (run) => {
          failed = false;
          if (here) setDetail({ run, problem: null });
        },
        (problem: unknown) => {
          failed = true;
          if (here) setDetail((before) => ({ ...before, problem }));
        },
      );
    };
    const soon = throttled(read, 500);
    const leave = [
      want({ projects: [project], runs: {} }),
      onFrame((frame) => {
        if (frame.type === "runs" && frame.rows.some((row) => row.id === id)) soon();
        // The server is back: what could not be read may be read now.
        if (frame.type === "hello" && failed) soon();
        if (frame.type === "removed" && frame.runs.includes(id)) soon();
      }),
      onReset(read),
      soon.cancel,
    ];
    soon();
    return () => {
      here = false;
      for (const stop of leave) stop();
    };
  }, [id, project]);
  return detail;
}
