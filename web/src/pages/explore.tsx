/** The explore pane of the runs page: its part of the address, and what it does to the table. */

import { lazy, Suspense, useCallback, useMemo } from "react";
import { type ExploreState, readExplore, writeExplore } from "../lib/explorestate.ts";
import { runPath } from "../lib/url.ts";
import { ExploredRuns } from "../state/explored.ts";
import type { Keys } from "../state/keys.ts";
import type { Linked } from "../state/linked.ts";
import { navigate, setSearch, usePlace } from "../state/router.ts";
import { useOwned } from "./owned.ts";
import { useTableState } from "./tablesetup.ts";

const Explore = lazy(async () => ({ default: (await import("../views/explore/explore.tsx")).Explore }));

export function ExplorePane({ project, keys, linked }: { project: string; keys: Keys; linked: Linked }) {
  const { search } = usePlace();
  const { state: table, put } = useTableState();
  const runs = useOwned(() => new ExploredRuns(project));
  const state = useMemo(() => readExplore(search), [search]);
  const change = useCallback(
    (changes: Partial<ExploreState>) =>
      setSearch(writeExplore({ ...readExplore(new URLSearchParams(location.search)), ...changes })),
    [],
  );
  const open = useCallback((run: string) => navigate(runPath(project, run)), [project]);
  const narrow = useCallback((where: string) => put({ where }, true), [put]);
  const select = useCallback((ids: readonly string[]) => put({ runs: ids }, true), [put]);
  return (
    <Suspense>
      <Explore
        runs={runs}
        where={table.where}
        archived={table.archived}
        keys={keys}
        state={state}
        linked={linked}
        onState={change}
        onWhere={narrow}
        onSelect={select}
        onOpen={open}
      />
    </Suspense>
  );
}
