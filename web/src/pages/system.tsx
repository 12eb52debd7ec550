/** What the machine and the processes of a run used, second by second. */

import { useMemo, useState } from "react";
import type { RunDetail } from "../api/types.ts";
import { Dialog } from "../components/dialog.tsx";
import { systemCharts } from "../lib/system.ts";
import { CHART_DEFAULTS, type ChartState } from "../lib/url.ts";
import { Linked } from "../state/linked.ts";
import { ChartGrid } from "../views/charts/grid.tsx";
import type { ChartRun } from "../views/line/control.ts";
import { ChartPanel, type PanelEvents } from "../views/line/panel.tsx";

const NO_KEYS: readonly string[] = [];
const none = (): null => null;

export function SystemPane({
  run,
  runs,
  keys,
  chart,
  onChange,
}: {
  run: RunDetail;
  runs: readonly ChartRun[];
  keys: readonly string[];
  chart: ChartState;
  onChange: (changes: Partial<ChartState>, push?: boolean) => void;
}) {
  const layout = useMemo(() => systemCharts(keys), [keys]);
  const [linked] = useState(() => new Linked());
  const { zoom, closed, full } = chart;
  const shown = useMemo<ChartState>(
    () => ({ ...CHART_DEFAULTS, x: "relative", legend: true, zoom, closed, full }),
    [zoom, closed, full],
  );
  const events = useMemo<PanelEvents>(
    () => ({
      zoom: (to) => onChange({ zoom: to }, true),
      full: (id) => onChange({ full: full === id ? null : id }, true),
      menu: () => undefined,
      grab: () => undefined,
      nudge: () => undefined,
    }),
    [onChange, full],
  );
  if (keys.length === 0) return <Empty run={run} />;
  const panel = { layout, runs, chart: shown, groups: null, linked, events };
  return (
    <div className="charts-side system-side">
      <ChartGrid {...panel} keys={NO_KEYS} last={none} onFold={(next) => onChange({ closed: next })} />
      {full !== null && layout.charts?.[full] !== undefined && (
        <Dialog title={layout.charts[full].title ?? full} wide bare onClose={() => onChange({ full: null })}>
          <div className="full-screen">
            <ChartPanel {...panel} id={full} last={null} full />
          </div>
        </Dialog>
      )}
    </div>
  );
}

function Empty({ run }: { run: RunDetail }) {
  return (
    <div className="teach">
      <h2>
        {run.state === "running" ? "The first sample comes within a second or two" : "The machine was not sampled"}
      </h2>
      <p>
        While a run is at work, gnomon’s agent on its machine samples CPU, memory, disk, network and NVIDIA GPUs once a
        second. Runs shorter than a second, and those that came by HTTP alone, have no samples.
      </p>
      <p className="muted">
        <code>GNOMON_SYSTEM=off</code> samples nothing; <code>GNOMON_AGENT=off</code> starts no agent.
      </p>
    </div>
  );
}
