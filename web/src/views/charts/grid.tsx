/** Charts in folding sections, where somebody put them. */

import { memo, useCallback, useMemo } from "react";
import { SectionGrid } from "../../components/sections.tsx";
import { arranged, HEIGHTS, type Layout, spanOf, titleOf } from "../../lib/arrangement.ts";
import { type Folding, patternProblem } from "../../lib/sections.ts";
import type { ChartState } from "../../lib/url.ts";
import type { Group } from "../../state/bands.ts";
import type { Linked } from "../../state/linked.ts";
import type { ChartRun, Listed } from "../line/control.ts";
import { ChartPanel, type PanelEvents } from "../line/panel.tsx";

export interface ChartGridProps {
  readonly keys: readonly string[];
  readonly layout: Layout;
  readonly runs: readonly ChartRun[];
  readonly chart: ChartState;
  readonly groups: readonly Group[] | null;
  readonly linked: Linked;
  /** Last value of a key, when one run is shown. */
  readonly last: (key: string) => Listed | null;
  readonly events: PanelEvents;
  /** What is folded before anybody chooses. */
  readonly folded?: Folding;
  readonly onFold: (closed: readonly string[]) => void;
}

const NONE: Folding = { closed: [], apart: new Set() };
const NARROWEST_PX = 330;
/** On a wide page a chart gets more than the least. */
const WIDE_PX = 1100;
const ROOMY_PX = 430;
/** Below this width charts stand below one another whatever was chosen. */
const PHONE_PX = 480;
/** Ends the name of a chart before that of a facet. */
const FACET = "\n";

function columnsAt(width: number): number {
  return Math.floor(width / (width > WIDE_PX ? ROOMY_PX : NARROWEST_PX));
}

export const ChartGrid = memo(function ChartGrid(props: ChartGridProps) {
  const { keys, layout, runs, chart, groups, linked, last, events, folded = NONE, onFold } = props;
  const all = useMemo(() => arranged(keys, layout, folded.apart, chart.charts), [keys, layout, folded, chart.charts]);
  const facets = chart.grouping === "facet" && groups && groups.length > 1 ? groups : null;
  const shown = useMemo(() => (facets ? split(all, facets) : all), [all, facets]);
  const places = useMemo(() => new Map(all.flatMap(({ name, keys: ids }) => ids.map((id) => [id, name]))), [all]);
  const span = useCallback((key: string) => spanOf(layout, baseOf(key)), [layout]);
  const named = useCallback((key: string) => titleOf(layout, baseOf(key)), [layout]);
  const { columns: chosen } = layout;
  const columns = useCallback((width: number) => (chosen && width > PHONE_PX ? chosen : columnsAt(width)), [chosen]);
  const problem = patternProblem(chart.charts);
  const nothing = shown.length === 0 && keys.length > 0;
  return (
    <SectionGrid
      label="Charts"
      keys={shown}
      closed={chart.closed ?? folded.closed}
      onFold={onFold}
      columns={columns}
      rowPx={HEIGHTS[layout.height ?? "medium"]}
      span={span}
      nameOf={named}
      notice={
        <>
          {problem !== null && (
            <p className="filter-note pad" role="status">
              Not a regular expression ({problem}); charts whose name contains the text are shown.
            </p>
          )}
          {nothing && <p className="muted pad">No chart matches “{chart.charts}”.</p>}
        </>
      }
    >
      {(key, wide) => {
        const id = baseOf(key);
        return (
          <ChartPanel
            key={key}
            id={id}
            layout={layout}
            runs={runs}
            chart={chart}
            groups={groups}
            facet={facets?.find((group) => key.endsWith(`${FACET}${group.name}`)) ?? null}
            linked={linked}
            last={last(id)}
            section={places.get(id) ?? ""}
            columns={Math.min(wide, span(key))}
            events={events}
          />
        );
      }}
    </SectionGrid>
  );
});

function baseOf(key: string): string {
  const cut = key.indexOf(FACET);
  return cut < 0 ? key : key.slice(0, cut);
}

function split(all: ReturnType<typeof arranged>, facets: readonly Group[]): ReturnType<typeof arranged> {
  return all.map(({ name, keys }) => ({
    name,
    keys: keys.flatMap((id) => facets.map((group) => `${id}${FACET}${group.name}`)),
  }));
}
