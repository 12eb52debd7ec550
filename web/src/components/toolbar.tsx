/** One bar for all charts: the x axis, smoothing, scales, bands, groups, how charts stand, and which are shown. */

import { type RefObject, useState } from "react";
import { type Height, isDefault, type Layout, MOST_COLUMNS } from "../lib/arrangement.ts";
import { parseColumn } from "../lib/metrics.ts";
import { patternProblem } from "../lib/sections.ts";
import { type Smoothing, spanOfWeight } from "../lib/smooth.ts";
import { CHART_DEFAULTS, type ChartState, type Grouping } from "../lib/url.ts";
import { Dialog } from "./dialog.tsx";
import type { MenuItem } from "./menu.tsx";
import { MenuButton } from "./menubutton.tsx";

interface Props {
  readonly chart: ChartState;
  /** Names of series that say how far training has come. */
  readonly axes: readonly string[];
  readonly keys: readonly string[];
  readonly runs: readonly { readonly id: string; readonly name: string }[];
  /** Column that runs are grouped by; empty when they are not. */
  readonly group: string;
  /** Reads the columns in which the runs differ; `null` where there is nothing to group. */
  readonly groupColumns: (() => Promise<readonly string[]>) | null;
  readonly onChange: (changes: Partial<ChartState>, push?: boolean) => void;
  readonly search: RefObject<HTMLInputElement | null>;
  readonly layout: Layout | null;
  /** `null` when there is nothing to undo. */
  readonly undo: (() => void) | null;
  readonly redo: (() => void) | null;
  readonly onEdit: (edit: (layout: Layout) => Layout) => void;
  readonly onNew: () => void;
}

export const LAST_SMOOTHING = 0.6;
const SMOOTHINGS: Readonly<Record<Smoothing, string>> = { ema: "exponential", gauss: "Gaussian", mean: "running mean" };
const GROUPED: Readonly<Record<Grouping, string>> = {
  std: "mean ± std",
  ci: "mean, 95 % CI",
  range: "mean, min–max",
  colour: "colour",
  dash: "dash",
  facet: "facets",
};
const ANOTHER = "\n";

export function Toolbar(props: Props) {
  const { chart, onChange, search } = props;
  return (
    <div className="toolbar" role="toolbar" aria-label="All charts">
      <Axis {...props} />
      <Toggle name="log x" title="Logarithmic x axis" on={chart.xLog} set={(xLog) => onChange({ xLog, zoom: null })} />
      <Toggle name="log y" title="Logarithmic y axis (l)" on={chart.yLog} set={(yLog) => onChange({ yLog })} />
      <Toggle
        name="bands"
        title="Draw every extreme behind the line"
        on={chart.bands}
        set={(bands) => onChange({ bands })}
      />
      <Smooth chart={chart} onChange={onChange} />
      <Groups {...props} />
      <span className="toolbar-end">
        {chart.zoom !== CHART_DEFAULTS.zoom && (
          <button type="button" className="small" onClick={() => onChange({ zoom: null }, true)}>
            Reset zoom
          </button>
        )}
        <View {...props} />
        <button
          type="button"
          className="text"
          onClick={props.onNew}
          title="A chart of several metrics or of an expression"
        >
          + Chart
        </button>
        <input
          ref={search}
          type="search"
          className="chart-filter"
          placeholder="Filter charts  /"
          aria-label="Filter charts by name, a regular expression"
          aria-invalid={patternProblem(chart.charts) !== null}
          value={chart.charts}
          onChange={(event) => onChange({ charts: event.target.value })}
        />
      </span>
    </div>
  );
}

function Axis({ chart, axes, keys, onChange }: Props) {
  const [open, setOpen] = useState(false);
  const known = ["step", "time", "relative", ...axes];
  const set = (x: string): void => onChange({ x, zoom: null });
  return (
    <>
      <label>
        X
        <select
          value={chart.x}
          onChange={(event) => (event.target.value === ANOTHER ? setOpen(true) : set(event.target.value))}
        >
          <option value="step">step</option>
          <option value="time">time</option>
          <option value="relative">relative time</option>
          {axes.map((axis) => (
            <option key={axis} value={axis}>
              {axis}
            </option>
          ))}
          {!known.includes(chart.x) && <option value={chart.x}>{chart.x}</option>}
          <option value={ANOTHER}>another metric…</option>
        </select>
      </label>
      {open && <AxisDialog keys={keys} onPick={set} onClose={() => setOpen(false)} />}
    </>
  );
}

/** A run may have ten thousand keys; the search narrows them down. */
const SHOWN = 100;

interface AxisProps {
  readonly keys: readonly string[];
  readonly onPick: (key: string) => void;
  readonly onClose: () => void;
}

function AxisDialog({ keys, onPick, onClose }: AxisProps) {
  const [text, setText] = useState("");
  const found = keys.filter((key) => key.toLowerCase().includes(text.toLowerCase()));
  return (
    <Dialog title="Metric along the x axis" onClose={onClose}>
      <input
        type="search"
        placeholder="Find a metric"
        aria-label="Find a metric"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <ul className="axis-list">
        {found.slice(0, SHOWN).map((key) => (
          <li key={key}>
            <button
              type="button"
              className="text key"
              onClick={() => {
                onPick(key);
                onClose();
              }}
            >
              {key}
            </button>
          </li>
        ))}
      </ul>
      {found.length > SHOWN && <p className="muted">{found.length - SHOWN} more: search to narrow them down.</p>}
    </Dialog>
  );
}

function Smooth({ chart, onChange }: Pick<Props, "chart" | "onChange">) {
  const { smooth, smoothing } = chart;
  const title =
    smoothing === "ema"
      ? "Smoothing (s): an average in front, the raw values stay"
      : `Smoothing (s) over ${spanOfWeight(smooth)} points, or pixels where they hold several; the raw values stay`;
  return (
    <span className="smooth">
      <label title={title}>
        Smoothing
        <input
          type="range"
          min="0"
          max="0.99"
          step="0.01"
          value={smooth}
          onChange={(event) => onChange({ smooth: Number(event.target.value) })}
          aria-valuetext={smooth > 0 ? String(smooth) : "off"}
        />
        <output>{smooth > 0 ? smooth.toFixed(2) : "off"}</output>
      </label>
      {smooth > 0 && (
        <select
          aria-label="Kind of smoothing"
          value={smoothing}
          onChange={(event) => onChange({ smoothing: event.target.value as Smoothing })}
        >
          {Object.entries(SMOOTHINGS).map(([kind, name]) => (
            <option key={kind} value={kind}>
              {name}
            </option>
          ))}
        </select>
      )}
    </span>
  );
}

function Groups({ chart, group, groupColumns, onChange }: Props) {
  const [offered, setOffered] = useState<readonly string[] | null>(null);
  if (groupColumns === null) return null;
  const load = (): void => {
    groupColumns().then(setOffered, () => setOffered([]));
  };
  const columns = [...new Set([...(group ? [group] : []), ...(offered ?? [])])];
  return (
    <span className="smooth">
      <label title="Runs with the same value of a config key become one line with a band, or share a colour">
        Group
        <select
          value={group}
          onFocus={load}
          onPointerDown={load}
          onChange={(event) => onChange({ group: event.target.value })}
        >
          <option value="">none</option>
          {columns.map((column) => (
            <option key={column} value={column}>
              {column.startsWith("config.") ? parseColumn(column).key : column.replace(/^attr\./, "")}
            </option>
          ))}
          {offered === null && <option disabled>reading…</option>}
          {offered?.length === 0 && <option disabled>the runs do not differ</option>}
        </select>
      </label>
      {group !== "" && (
        <select
          aria-label="What becomes of a group"
          value={chart.grouping}
          onChange={(event) => onChange({ grouping: event.target.value as Grouping })}
        >
          {Object.entries(GROUPED).map(([kind, name]) => (
            <option key={kind} value={kind}>
              {name}
            </option>
          ))}
        </select>
      )}
    </span>
  );
}

const MOST_BASELINES = 30;

function View({ chart, runs, layout, undo, redo, onChange, onEdit }: Props) {
  const items = (): MenuItem[] => [
    { heading: "Columns" },
    ...[null, ...Array.from({ length: MOST_COLUMNS }, (_, i) => i + 1)].map((columns) => ({
      label: columns === null ? "As many as fit" : columns === 1 ? "1 column" : `${columns} columns`,
      checked: (layout?.columns ?? null) === columns,
      act: () => onEdit((now) => ({ ...now, columns })),
    })),
    { heading: "Height" },
    ...(["small", "medium", "large"] as const satisfies readonly Height[]).map((height) => ({
      label: `${height[0]?.toUpperCase()}${height.slice(1)}`,
      checked: (layout?.height ?? "medium") === height,
      act: () => onEdit((now) => ({ ...now, height })),
    })),
    "line",
    { label: "Outliers on the axis", checked: chart.outliers, act: () => onChange({ outliers: !chart.outliers }) },
    { label: "Legend in every chart", checked: chart.legend, act: () => onChange({ legend: !chart.legend }) },
    ...(runs.length > 1
      ? [
          { heading: "Baseline" } as const,
          { label: "No baseline", checked: chart.baseline === null, act: () => onChange({ baseline: null }) },
          ...runs.slice(0, MOST_BASELINES).map((run) => ({
            label: run.name,
            checked: chart.baseline === run.id,
            act: () => onChange({ baseline: run.id }),
          })),
        ]
      : []),
    "line",
    { label: "Undo", note: "Ctrl Z", disabled: undo === null, act: () => undo?.() },
    { label: "Redo", note: "Ctrl Shift Z", disabled: redo === null, act: () => redo?.() },
    {
      label: "Restore the default layout",
      disabled: layout === null || isDefault(layout),
      act: () => onEdit(() => ({})),
    },
  ];
  return (
    <MenuButton label="How charts stand and are drawn" items={items}>
      View
    </MenuButton>
  );
}

function Toggle({ name, title, on, set }: { name: string; title: string; on: boolean; set: (on: boolean) => void }) {
  return (
    <button type="button" className="toggle" aria-pressed={on} title={title} onClick={() => set(!on)}>
      {name}
    </button>
  );
}
