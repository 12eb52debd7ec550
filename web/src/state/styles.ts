/** Colours of runs that are shown apart from the table: what somebody chose, else by their ids. */

import { useEffect, useMemo, useRef, useState } from "react";
import { queryRuns } from "../api/client.ts";
import type { RunRow } from "../api/types.ts";
import { assignStyles, chosenStyles, type Style } from "../lib/colour.ts";
import { onFrame } from "./live.ts";

type Colours = Readonly<Record<string, string | null>>;

/** A style for each run; the same map while none of them changes. Runs keep theirs when others come and go. */
export function useRunStyles(project: string, ids: readonly string[]): ReadonlyMap<string, Style> {
  const colours = useColours(project, ids);
  const before = useRef<ReadonlyMap<string, Style>>(new Map());
  return useMemo(() => {
    const chosen = chosenStyles(ids.map((id) => ({ id, color: colours[id] ?? null })));
    before.current = assignStyles(ids, before.current, chosen);
    return before.current;
  }, [ids, colours]);
}

/** What was chosen for these runs, read once and then heard of. */
function useColours(project: string, ids: readonly string[]): Colours {
  const [colours, setColours] = useState<Colours>({});
  useEffect(() => {
    if (ids.length === 0) return;
    let here = true;
    const take = (rows: readonly RunRow[]): void => {
      const told = rows.filter((row) => ids.includes(row.id)).map((row) => [row.id, row.color] as const);
      setColours((known) => {
        const changed = told.filter(([id, color]) => (known[id] ?? null) !== color);
        return changed.length === 0 ? known : { ...known, ...Object.fromEntries(changed) };
      });
    };
    queryRuns({ project, ids, archived: null, columns: [], limit: ids.length }).then(
      (answer) => here && take(answer.runs),
      () => undefined, // their own colours do as well
    );
    const leave = onFrame((frame) => frame.type === "runs" && take(frame.rows));
    return () => {
      here = false;
      leave();
    };
  }, [project, ids]);
  return colours;
}
