/** The charts of the runs that are compared, laid over each other. */

import { useCallback, useEffect, useMemo, useState } from "react";
import { isSystem } from "../lib/system.ts";
import { type ChartState, readCharts, writeCharts } from "../lib/url.ts";
import { Catalog } from "../state/catalog.ts";
import { Linked } from "../state/linked.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { useStore } from "../state/store.ts";
import { ChartWorkspace } from "../views/charts/workspace.tsx";
import type { ChartRun } from "../views/line/control.ts";
import { useOwned } from "./owned.ts";
import { foldedOf } from "./selection.ts";

export function ChartsPane({ runs }: { runs: readonly ChartRun[] }) {
  const { search } = usePlace();
  const chart = useMemo(() => readCharts(search), [search]);
  const catalog = useOwned(() => new Catalog());
  const [linked] = useState(() => new Linked());
  useEffect(() => catalog.show(runs.map((run) => run.id)), [catalog, runs]);
  const series = useStore(catalog.series);
  const keys = useMemo(
    () =>
      [...new Set([...series.values()].flatMap((rows) => rows.map((row) => row.key)))].filter((key) => !isSystem(key)),
    [series],
  );
  const folded = useMemo(() => foldedOf(series.values()), [series]);
  const onChange = useCallback(
    (changes: Partial<ChartState>, push = false) =>
      setSearch(writeCharts({ ...readCharts(new URLSearchParams(location.search)), ...changes }), push),
    [],
  );
  if (keys.length === 0 && series.size > 0)
    return <p className="muted center">These runs have logged no numbers. Charts appear with the first value.</p>;
  return (
    <ChartWorkspace
      folded={folded}
      keys={keys}
      runs={runs}
      chart={chart}
      linked={linked}
      last={NO_LAST}
      onChange={onChange}
    />
  );
}

/** Several runs have no one last value. */
const NO_LAST = (): null => null;
