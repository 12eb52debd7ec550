/** Which runs are selected: one by one, whole groups, a range, all that match; kept in the address. */

import { useEffect, useRef, useState } from "react";
import { type GroupRow, queryGroups } from "../api/table.ts";
import { formatInteger } from "../lib/format.ts";
import { extend, toggle } from "../lib/select.ts";
import { ALL, type TableState } from "../lib/tablestate.ts";
import { MOST_CHOSEN, type RunTable } from "../state/runs.ts";
import { useStore } from "../state/store.ts";
import type { Drawn } from "./selection.ts";

export interface Choice {
  /** What is selected one by one; empty while all that match are. */
  readonly ids: readonly string[];
  readonly all: boolean;
  /** Whether somebody chose; else the newest are drawn. */
  readonly made: boolean;
  readonly count: number;
  /** Why the last gesture did nothing. */
  readonly notice: string | null;
  readonly has: (id: string) => boolean;
  readonly hasGroup: (group: GroupRow) => boolean | null;
  readonly pick: (id: string, range: boolean) => void;
  readonly extend: (from: string, to: string) => void;
  readonly pickGroup: (group: GroupRow) => void;
  readonly everything: () => void;
  readonly invert: () => void;
  readonly set: (runs: readonly string[] | null) => void;
}

const TOO_MANY = `At most ${formatInteger(MOST_CHOSEN)} runs can be selected one by one. Filter, then select all that match.`;

export function useChoice(
  table: RunTable,
  state: TableState,
  drawn: Drawn,
  put: (runs: readonly string[] | null) => void,
): Choice {
  const status = useStore(table.status);
  const [notice, setNotice] = useState<string | null>(null);
  const anchor = useRef<string | null>(null);
  const all = state.runs?.[0] === ALL;
  const ids = all ? [] : (state.runs ?? drawn.ids);
  const chosen = new Set(ids);
  const inGroups = useGroupCounts(table, state.group, ids, status.matched);

  const set = (runs: readonly string[] | null): void => {
    const much = (runs?.length ?? 0) > MOST_CHOSEN;
    setNotice(much ? TOO_MANY : null);
    if (!much) put(runs);
  };
  /** What is selected, one by one: of all that match those are read. */
  const listed = (act: (ids: readonly string[]) => void): void => {
    if (!all) act(ids);
    else if (status.matched > MOST_CHOSEN) setNotice(TOO_MANY);
    else void table.idsOf(null).then(act, () => setNotice("The runs could not be read. Try again."));
  };
  const from = (runs: readonly string[]): string | null => anchor.current ?? runs.at(-1) ?? null;
  return {
    ids,
    all,
    made: state.runs !== null,
    count: all ? status.matched : ids.length,
    notice,
    has: (id) => all || chosen.has(id),
    hasGroup: (group) => {
      if (all) return true;
      const count = inGroups.get(JSON.stringify(group.key)) ?? 0;
      return count === 0 ? false : count >= group.n ? true : null;
    },
    pick: (id, range) =>
      listed((runs) => {
        const before = { ids: runs, anchor: from(runs) };
        const after = range ? extend(before, id, table.order()) : toggle(before, id);
        anchor.current = after.anchor;
        set(after.ids);
      }),
    extend: (start, end) =>
      listed((runs) => {
        const begun = anchor.current ?? start;
        anchor.current = begun;
        set(extend({ ids: runs.includes(begun) ? runs : [...runs, begun], anchor: begun }, end, table.order()).ids);
      }),
    pickGroup: (group) => {
      if (group.n > MOST_CHOSEN) return setNotice(TOO_MANY);
      const full = all || inGroups.get(JSON.stringify(group.key)) === group.n;
      void table.idsOf(group.where).then(
        (members) =>
          listed((runs) => {
            const others = runs.filter((id) => !members.includes(id));
            set(full ? others : [...(state.runs === null ? [] : others), ...members]);
          }),
        () => setNotice("The runs of this group could not be read. Try again."),
      );
    },
    everything: () => {
      setNotice(null);
      put([ALL]);
    },
    invert: () => {
      if (all) return set([]);
      if (status.matched > MOST_CHOSEN) return setNotice(TOO_MANY);
      void table.idsOf(null).then(
        (every) => set(every.filter((id) => !chosen.has(id))),
        () => setNotice("The runs could not be read. Try again."),
      );
    },
    set: (runs) => {
      anchor.current = null;
      set(runs);
    },
  };
}

/** How many of the selected runs each group holds. */
function useGroupCounts(
  table: RunTable,
  by: readonly string[],
  ids: readonly string[],
  matched: number,
): ReadonlyMap<string, number> {
  const [counts, setCounts] = useState<ReadonlyMap<string, number>>(new Map());
  const name = ids.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: ids are their name; with other runs there are other groups
  useEffect(() => {
    if (by.length === 0 || ids.length === 0) return setCounts(new Map());
    let stale = false;
    const question = { ...table.which(), by, ids, columns: [], limit: MOST_CHOSEN };
    queryGroups(question).then(
      (answer) => stale || setCounts(new Map(answer.groups.map(({ key, n }) => [JSON.stringify(key), n]))),
      () => undefined,
    );
    return () => {
      stale = true;
    };
  }, [table, by, name, matched]);
  return counts;
}
