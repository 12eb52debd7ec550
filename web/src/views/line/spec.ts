/** What one chart is to draw, worked out from the bar above all charts, its own settings, and the groups of runs. */

import { type LineSpec, lineName, type Settings } from "../../lib/arrangement.ts";
import { assignStyles, DASHES, HUES, hash, type Style } from "../../lib/colour.ts";
import { formatInteger } from "../../lib/format.ts";
import type { ChartState } from "../../lib/url.ts";
import type { BandAsk, Group, GroupBand } from "../../state/bands.ts";
import type { Line } from "./props.ts";

export interface ChartRun {
  readonly id: string;
  readonly name: string;
  readonly created: number;
  readonly live: boolean;
  readonly style: Style;
}

export interface ChartSpec {
  /** Names the chart in the layout and among its neighbours. */
  readonly id: string;
  readonly title: string;
  readonly lines: readonly LineSpec[];
  readonly runs: readonly ChartRun[];
  /** The bar above all charts, where this chart has no settings of its own. */
  readonly chart: ChartState;
  readonly low: number | null;
  readonly high: number | null;
  /** Whether zoom and cursor are those of the other charts: not on an axis of its own. */
  readonly linked: boolean;
  readonly groups: readonly Group[] | null;
  /** Groups whose members are drawn behind their mean. */
  readonly expanded: readonly string[];
  /** Charts of the same facets share the reach of their y axes under this name; `null` is a chart that stands alone. */
  readonly shares: string | null;
}

/** The bar above all charts with the settings of one chart laid over it. */
export function resolved(chart: ChartState, settings: Settings): ChartState {
  return {
    ...chart,
    x: settings.x ?? chart.x,
    xLog: settings.x_log ?? chart.xLog,
    yLog: settings.y_log ?? chart.yLog,
    bands: settings.bands ?? chart.bands,
    outliers: settings.outliers ?? chart.outliers,
    smooth: settings.smooth ?? chart.smooth,
    smoothing: settings.smoothing ?? chart.smoothing,
  };
}

/** What is drawn of groups, for the foot of a chart. */
export const BAND_WORDS = {
  std: "mean ± std of runs",
  ci: "mean, 95 % CI over runs",
  range: "mean, min–max of runs",
} as const;

/** Whether runs are drawn as one line for each group, with a band. */
export function isBanded(spec: ChartSpec): boolean {
  const { grouping } = spec.chart;
  return spec.groups !== null && (grouping === "std" || grouping === "ci" || grouping === "range");
}

/**
 * How a line is drawn: its hue says the run and its dash the metric; of a single run the hue says the metric.
 *
 * Where runs are grouped, the colour or the dash says the group instead.
 */
export function styleOf(spec: ChartSpec, run: ChartRun, line: number): Style {
  const { groups, chart, runs, lines } = spec;
  const group = groups?.findIndex((one) => one.runs.includes(run.id)) ?? -1;
  if (group >= 0 && isBanded(spec)) return { ...groupStyle(group), dash: dashOf(line) };
  if (group >= 0 && chart.grouping === "colour") return { ...groupStyle(group), dash: dashOf(line) };
  if (group >= 0 && chart.grouping === "dash") return { hue: run.style.hue, dash: group % DASHES.length };
  if (lines.length === 1) return run.style;
  if (runs.length > 1) return { hue: run.style.hue, dash: dashOf(line) };
  return metricStyle(lines, line);
}

function dashOf(line: number): number {
  return line % DASHES.length;
}

/** Style of a metric in a chart of one run. */
function metricStyle(lines: readonly LineSpec[], line: number): Style {
  const name = lineName(lines[line] ?? {});
  return assignStyles(lines.map(lineName)).get(name) ?? { hue: hash(name) % HUES, dash: 0 };
}

/** Groups stand in the order of their values, and so do their hues. */
function groupStyle(index: number): Style {
  return { hue: Math.max(0, index) % HUES, dash: Math.floor(Math.max(0, index) / HUES) % DASHES.length };
}

/** What a line is called in the readout and the legend. */
export function nameOf(spec: ChartSpec, run: ChartRun, line: number): string {
  if (spec.lines.length === 1) return run.name;
  const metric = lineName(spec.lines[line] ?? {});
  return spec.runs.length === 1 ? metric : `${run.name} · ${metric}`;
}

/** Runs whose own lines of a metric are drawn: all, or the members of groups that were expanded. */
export function drawnRuns(spec: ChartSpec, line: LineSpec): readonly ChartRun[] {
  // Expressions have no bands: their runs are drawn in the colours of their groups.
  if (!isBanded(spec) || line.expression) return spec.runs;
  const members = new Set(
    (spec.groups ?? []).filter((group) => spec.expanded.includes(group.name)).flatMap((group) => group.runs),
  );
  return spec.runs.filter((run) => members.has(run.id));
}

/** What to ask for where groups are drawn as bands: one question for each metric; expressions have no bands. */
export function bandAsks(spec: ChartSpec, window: Pick<BandAsk, "x" | "scale" | "px" | "zoom">): BandAsk[] {
  const shown = new Set(spec.runs.map((run) => run.id));
  const groups = (spec.groups ?? [])
    .map(({ name, runs }) => ({ name, runs: runs.filter((id) => shown.has(id)) }))
    .filter((group) => group.runs.length > 0);
  const { grouping } = spec.chart;
  const interval = grouping === "ci" || grouping === "range" ? grouping : "std";
  return spec.lines.flatMap(({ key }) => (key ? [{ key, groups, interval, ...window }] : []));
}

/** Bands of each metric as lines: the hue says the group, the dash the metric. */
export function bandsAsLines(spec: ChartSpec, bands: ReadonlyMap<string, readonly GroupBand[]>): Line[] {
  const groups = spec.groups ?? [];
  return spec.lines.flatMap((line, i) =>
    (bands.get(line.key ?? "") ?? []).map(({ name, n, trace, method }) => {
      const at = groups.findIndex((group) => group.name === name);
      const metric = spec.lines.length > 1 ? ` · ${lineName(line)}` : "";
      const style = { ...groupStyle(at), ...(spec.lines.length > 1 ? { dash: dashOf(i) } : {}) };
      const label = `${name}${metric} (n = ${formatInteger(n)})`;
      return { run: `group ${name}`, name: label, style, live: false, trace, band: method };
    }),
  );
}
