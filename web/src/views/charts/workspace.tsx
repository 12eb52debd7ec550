/** The chart side of a page: toolbar, sections, full screen, table of values, and the keys that drive them. */

import { useEffect, useMemo, useRef, useState } from "react";
import { Dialog } from "../../components/dialog.tsx";
import { PointsDialog } from "../../components/points.tsx";
import { typing } from "../../components/shell.tsx";
import { LAST_SMOOTHING, Toolbar } from "../../components/toolbar.tsx";
import type { ChartState } from "../../lib/url.ts";
import type { Linked } from "../../state/linked.ts";
import { recall, remember } from "../../state/remember.ts";
import type { ChartRun, Listed } from "../line/control.ts";
import { ChartPanel } from "../line/panel.tsx";
import { ChartGrid } from "./grid.tsx";

export interface WorkspaceProps {
  readonly keys: readonly string[];
  readonly runs: readonly ChartRun[];
  readonly chart: ChartState;
  readonly linked: Linked;
  readonly last: (key: string) => Listed | null;
  readonly onChange: (changes: Partial<ChartState>, push?: boolean) => void;
}

/** Series that say how far training has come, and so can be an axis. */
const AXES = /(^|\/)(epoch|epochs|samples|tokens|examples)$/;

export function ChartWorkspace(props: WorkspaceProps) {
  const { keys, runs, chart, linked, last, onChange } = props;
  const [table, setTable] = useState<string | null>(null);
  const search = useRef<HTMLInputElement>(null);
  const axes = useMemo(() => keys.filter((key) => AXES.test(key)), [keys]);
  useKeys(props, search, setTable);
  return (
    <div className="charts-side">
      <Toolbar chart={chart} axes={axes} onChange={onChange} search={search} />
      <ChartGrid {...props} onTable={setTable} />
      {chart.full !== null && (
        <Dialog title={chart.full} wide bare onClose={() => onChange({ full: null })}>
          <div className="full-screen">
            <ChartPanel
              name={chart.full}
              runs={runs}
              chart={chart}
              linked={linked}
              last={last(chart.full)}
              full
              onZoom={(zoom) => onChange({ zoom }, true)}
              onFull={() => onChange({ full: null })}
              onTable={setTable}
            />
          </div>
        </Dialog>
      )}
      {table !== null && <PointsDialog name={table} runs={runs} onClose={() => setTable(null)} />}
    </div>
  );
}

function useKeys(
  { chart, linked, onChange }: WorkspaceProps,
  search: React.RefObject<HTMLInputElement | null>,
  setTable: (key: string) => void,
): void {
  useEffect(() => {
    const key = (event: KeyboardEvent): void => {
      if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      const active = linked.active.get();
      const acts: Record<string, () => void> = {
        l: () => onChange({ yLog: !chart.yLog }),
        s: () => onChange({ smooth: toggledSmoothing(chart.smooth) }),
        f: () => (chart.full !== null ? onChange({ full: null }) : active !== null && onChange({ full: active }, true)),
        t: () => active !== null && setTable(active),
        "/": () => search.current?.focus(),
      };
      const act = acts[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", key);
    return () => document.removeEventListener("keydown", key);
  }, [chart, linked, onChange, search, setTable]);
}

/** Off, and back to what it was. */
function toggledSmoothing(now: number): number {
  if (now === 0) return Number(recall("smoothing")) || LAST_SMOOTHING;
  remember("smoothing", String(now));
  return 0;
}
