/** Charts in folding sections. */

import { useMemo } from "react";
import { SectionGrid } from "../../components/sections.tsx";
import { matching } from "../../lib/sections.ts";
import type { ChartState } from "../../lib/url.ts";
import type { Linked } from "../../state/linked.ts";
import type { ChartRun, Listed } from "../line/control.ts";
import { ChartPanel } from "../line/panel.tsx";

export interface ChartGridProps {
  readonly keys: readonly string[];
  readonly runs: readonly ChartRun[];
  readonly chart: ChartState;
  readonly linked: Linked;
  /** Last value of a key, when one run is shown. */
  readonly last: (key: string) => Listed | null;
  readonly onChange: (changes: Partial<ChartState>, push?: boolean) => void;
  readonly onTable: (key: string) => void;
}

const ROW_PX = 226;
const NARROWEST_PX = 330;
/** On a wide page a chart gets more than the least. */
const WIDE_PX = 1100;
const ROOMY_PX = 430;

function columnsAt(width: number): number {
  return Math.floor(width / (width > WIDE_PX ? ROOMY_PX : NARROWEST_PX));
}

export function ChartGrid({ keys, runs, chart, linked, last, onChange, onTable }: ChartGridProps) {
  const shown = useMemo(() => matching(keys, chart.charts), [keys, chart.charts]);
  const nothing = shown.length === 0 && keys.length > 0;
  return (
    <SectionGrid
      label="Charts"
      keys={shown}
      closed={chart.closed}
      onFold={(closed) => onChange({ closed })}
      columns={columnsAt}
      rowPx={ROW_PX}
      notice={nothing && <p className="muted pad">No chart matches “{chart.charts}”.</p>}
    >
      {(key) => (
        <ChartPanel
          key={key}
          name={key}
          runs={runs}
          chart={chart}
          linked={linked}
          last={last(key)}
          onZoom={(zoom) => onChange({ zoom }, true)}
          onFull={(full) => onChange({ full }, true)}
          onTable={onTable}
        />
      )}
    </SectionGrid>
  );
}
