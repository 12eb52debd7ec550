/** The run of a run page, kept current. */

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { getRun, patchRun } from "../api/client.ts";
import type { RunDetail, RunPatch } from "../api/types.ts";
import { onFrame, onReset, want } from "./live.ts";
import { throttled } from "./store.ts";

export interface Detail {
  readonly run: RunDetail | null;
  readonly problem: unknown;
  /** Read it now; resolves whether that worked or not. */
  readonly reread: () => Promise<void>;
}

export interface Editing {
  /** The run as it will be when the server agrees. */
  readonly run: RunDetail | null;
  /** Why the last change was taken back. */
  readonly refused: unknown;
  readonly edit: (changes: RunPatch) => void;
}

/** Show changes at once, until the run is read again with them; what the server refuses is taken back and says why. */
export function useEditing({ run, reread }: Detail): Editing {
  const [pending, setPending] = useState<readonly RunPatch[]>([]);
  const [refused, setRefused] = useState<unknown>(null);
  const id = run?.id;
  const edit = useCallback(
    (changes: RunPatch) => {
      if (id === undefined) return;
      setRefused(null);
      setPending((all) => [...all, changes]);
      patchRun(id, changes)
        .then(reread, setRefused)
        .finally(() => setPending((all) => all.filter((one) => one !== changes)));
    },
    [id, reread],
  );
  const shown = useMemo(() => run && Object.assign({}, run, ...pending), [run, pending]);
  return { run: shown, refused, edit };
}

/** Follow one run: what is known of it, read again whenever it changes. */
export function useRun(id: string, project: string): Detail {
  const [detail, setDetail] = useState<Omit<Detail, "reread">>({ run: null, problem: null });
  const reading = useRef<() => Promise<void>>(async () => undefined);
  const reread = useCallback(() => reading.current(), []);
  useEffect(() => {
    let here = true;
    let failed = false;
    const read = (): Promise<void> =>
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
    reading.current = read;
    const soon = throttled(() => void read(), 500);
    const leave = [
      want({ projects: [project], runs: {} }),
      onFrame((frame) => {
        if (frame.type === "runs" && frame.rows.some((row) => row.id === id)) soon();
        // The server is back: what could not be read may be read now.
        if (frame.type === "hello" && failed) soon();
        if (frame.type === "removed" && frame.runs.includes(id)) soon();
      }),
      onReset(() => void read()),
      soon.cancel,
    ];
    soon();
    return () => {
      here = false;
      for (const stop of leave) stop();
    };
  }, [id, project]);
  return { ...detail, reread };
}
