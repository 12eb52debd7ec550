/** What the drawn runs logged: their charts, or their media; or what all that match have in common. */

import { useCallback, useEffect, useMemo } from "react";
import { Tabs } from "../components/tabs.tsx";
import { formatInteger } from "../lib/format.ts";
import { isSystem } from "../lib/system.ts";
import { type ChartState, readCharts, writeCharts } from "../lib/url.ts";
import { Catalog } from "../state/catalog.ts";
import type { Keys } from "../state/keys.ts";
import type { Linked } from "../state/linked.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { useStore } from "../state/store.ts";
import { ChartWorkspace } from "../views/charts/workspace.tsx";
import { ExplorePane } from "./explore.tsx";
import { useOwned } from "./owned.ts";
import { MediaPane, useRecordCatalog } from "./records.tsx";
import { type Drawn, foldedOf, listedOf } from "./selection.ts";

interface Props {
  readonly project: string;
  readonly keys: Keys | null;
  readonly drawn: Drawn;
  readonly linked: Linked;
}

export function DrawnSide({ project, keys: known, drawn, linked }: Props) {
  const { search } = usePlace();
  const chart = useMemo(() => readCharts(search), [search]);
  const catalog = useOwned(() => new Catalog());
  useEffect(() => catalog.show(drawn.ids), [catalog, drawn.ids]);
  const series = useStore(catalog.series);
  const { catalog: records, count: media } = useRecordCatalog(drawn.ids);
  const keys = useMemo(
    () => [
      ...new Set([...series.values()].flatMap((rows) => rows.map((row) => row.key)).filter((key) => !isSystem(key))),
    ],
    [series],
  );
  const folded = useMemo(() => foldedOf(series.values()), [series]);
  const show = search.get("show") ?? (keys.length === 0 && media > 0 ? "media" : "charts");
  const lasts = useMemo(
    () => listedOf((drawn.ids.length === 1 && series.get(drawn.ids[0] as string)) || []),
    [series, drawn.ids],
  );
  const last = useCallback((key: string) => lasts.get(key) ?? null, [lasts]);
  const setChart = useCallback(
    (changes: Partial<ChartState>, push = false) =>
      setSearch(writeCharts({ ...readCharts(new URLSearchParams(location.search)), ...changes }), push),
    [],
  );
  return (
    <div className="drawn-side">
      <Tabs
        label="Charts, media or explore"
        tabs={[
          { name: "charts", label: `Charts ${formatInteger(keys.length)}` },
          { name: "media", label: `Media ${formatInteger(media)}` },
          { name: "explore", label: "Explore" },
        ]}
        chosen={show}
        onChoose={(next) => setSearch({ show: next }, true)}
      />
      {show === "explore" ? (
        known && <ExplorePane project={project} keys={known} linked={linked} />
      ) : drawn.ids.length === 0 ? (
        <p className="muted center">
          {show === "media" ? "Select runs to see their media." : "Select runs to draw their charts."}
        </p>
      ) : show === "media" ? (
        <MediaPane catalog={records} runs={drawn.runs} asked={drawn.ids.length} hover={linked.hover} />
      ) : keys.length === 0 && series.size > 0 ? (
        <p className="muted center">These runs have logged no numbers yet. Charts appear with the first value.</p>
      ) : (
        <ChartWorkspace
          keys={keys}
          runs={drawn.runs}
          chart={chart}
          linked={linked}
          last={last}
          folded={folded}
          onChange={setChart}
        />
      )}
    </div>
  );
}
