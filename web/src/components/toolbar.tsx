/** One bar for all charts: the x axis, smoothing, scales, bands, and which charts are shown. */

import type { RefObject } from "react";
import { CHART_DEFAULTS, type ChartState } from "../lib/url.ts";

interface Props {
  readonly chart: ChartState;
  /** Names of series that can be an axis. */
  readonly axes: readonly string[];
  readonly onChange: (changes: Partial<ChartState>, push?: boolean) => void;
  readonly search: RefObject<HTMLInputElement | null>;
}

export const LAST_SMOOTHING = 0.6;

export function Toolbar({ chart, axes, onChange, search }: Props) {
  return (
    <div className="toolbar" role="toolbar" aria-label="All charts">
      <label>
        X
        <select value={chart.x} onChange={(event) => onChange({ x: event.target.value, zoom: null })}>
          <option value="step">step</option>
          <option value="time">time</option>
          <option value="relative">relative time</option>
          {axes.map((axis) => (
            <option key={axis} value={axis}>
              {axis}
            </option>
          ))}
        </select>
      </label>
      <Toggle name="log x" title="Logarithmic x axis" on={chart.xLog} set={(xLog) => onChange({ xLog, zoom: null })} />
      <Toggle name="log y" title="Logarithmic y axis (l)" on={chart.yLog} set={(yLog) => onChange({ yLog })} />
      <Toggle
        name="bands"
        title="Draw every extreme behind the line"
        on={chart.bands}
        set={(bands) => onChange({ bands })}
      />
      <label className="smooth" title="Smoothing (s): an average in front, the raw values stay">
        Smoothing
        <input
          type="range"
          min="0"
          max="0.99"
          step="0.01"
          value={chart.smooth}
          onChange={(event) => onChange({ smooth: Number(event.target.value) })}
          aria-valuetext={chart.smooth > 0 ? String(chart.smooth) : "off"}
        />
        <output>{chart.smooth > 0 ? chart.smooth.toFixed(2) : "off"}</output>
      </label>
      {chart.zoom !== CHART_DEFAULTS.zoom && (
        <button type="button" className="small" onClick={() => onChange({ zoom: null }, true)}>
          Reset zoom
        </button>
      )}
      <input
        ref={search}
        type="search"
        className="chart-filter"
        placeholder="Filter charts  /"
        aria-label="Filter charts by name, a regular expression"
        value={chart.charts}
        onChange={(event) => onChange({ charts: event.target.value })}
      />
    </div>
  );
}

function Toggle({ name, title, on, set }: { name: string; title: string; on: boolean; set: (on: boolean) => void }) {
  return (
    <button type="button" className="toggle" aria-pressed={on} title={title} onClick={() => set(!on)}>
      {name}
    </button>
  );
}
