/** The state of a page in its address: short, readable, and only what differs from the default. */

import type { Smoothing } from "./smooth.ts";

export type AxisName = string; // "step" | "time" | "relative" | key of a series

/** What becomes of the runs of a group: one line with a band of deviation, confidence or range; or a mark on their lines. */
export type Grouping = "std" | "ci" | "range" | "colour" | "dash" | "facet";
const GROUPINGS: readonly Grouping[] = ["std", "ci", "range", "colour", "dash", "facet"];

/** What the chart toolbar sets, for all charts of a page. */
export interface ChartState {
  readonly x: AxisName;
  readonly xLog: boolean;
  readonly yLog: boolean;
  readonly bands: boolean;
  /** 0 is off; below 1. */
  readonly smooth: number;
  readonly smoothing: Smoothing;
  /** `false` leaves the highest and lowest hundredth of extremes out of the y axis, and marks where they are. */
  readonly outliers: boolean;
  readonly legend: boolean;
  /** Run that the others are told apart from; `null` is none. */
  readonly baseline: string | null;
  /** Column whose values make groups of runs, such as `config.lr`; empty is none, `null` is what the table groups by. */
  readonly group: string | null;
  readonly grouping: Grouping;
  /** Part of the x axis that is shown; `null` is everything. */
  readonly zoom: readonly [number, number] | null;
  /** Regular expression over keys. */
  readonly charts: string;
  /** Names of sections that are folded; `null` is the default. */
  readonly closed: readonly string[] | null;
  /** Key of the chart that fills the screen. */
  readonly full: string | null;
}

export const CHART_DEFAULTS: ChartState = {
  x: "step",
  xLog: false,
  yLog: false,
  bands: true,
  smooth: 0,
  smoothing: "ema",
  outliers: true,
  legend: false,
  baseline: null,
  group: null,
  grouping: "std",
  zoom: null,
  charts: "",
  closed: null,
  full: null,
};

export function readCharts(search: URLSearchParams): ChartState {
  const smooth = Number(search.get("smooth"));
  const smoothing = search.get("smoothing");
  return {
    x: search.get("x") || CHART_DEFAULTS.x,
    xLog: search.get("xscale") === "log",
    yLog: search.get("y") === "log",
    bands: search.get("bands") !== "off",
    smooth: smooth > 0 && smooth < 1 ? smooth : 0,
    smoothing: smoothing === "gauss" || smoothing === "mean" ? smoothing : "ema",
    outliers: search.get("outliers") !== "off",
    legend: search.get("legend") === "on",
    baseline: search.get("baseline") || null,
    group: search.get("by")?.replace(/^-$/, "") ?? null,
    grouping: GROUPINGS.find((one) => one === search.get("grouping")) ?? CHART_DEFAULTS.grouping,
    zoom: readZoom(search.get("zoom")),
    charts: search.get("charts") ?? "",
    closed: readList(search.get("closed")),
    full: search.get("full") || null,
  };
}

function readZoom(text: string | null): readonly [number, number] | null {
  const parts = (text ?? "").split("~").map(Number);
  const [first, last] = parts;
  return text && parts.length === 2 && first !== undefined && last !== undefined && first < last ? [first, last] : null;
}

export function writeCharts(state: ChartState): Record<string, string | null> {
  return {
    x: state.x === CHART_DEFAULTS.x ? null : state.x,
    xscale: state.xLog ? "log" : null,
    y: state.yLog ? "log" : null,
    bands: state.bands ? null : "off",
    smooth: state.smooth > 0 ? String(state.smooth) : null,
    smoothing: state.smoothing === "ema" ? null : state.smoothing,
    outliers: state.outliers ? null : "off",
    legend: state.legend ? "on" : null,
    baseline: state.baseline,
    by: state.group === "" ? "-" : state.group,
    grouping: state.grouping === CHART_DEFAULTS.grouping ? null : state.grouping,
    zoom: state.zoom ? `${Number(state.zoom[0].toPrecision(12))}~${Number(state.zoom[1].toPrecision(12))}` : null,
    charts: state.charts || null,
    closed: writeList(state.closed),
    full: state.full,
  };
}

/** A list travels with commas; a comma or a percent sign inside an entry is escaped. `-` is the empty list. */
export function writeList(list: readonly string[] | null): string | null {
  if (list === null) return null;
  if (list.length === 0) return "-";
  return list.map((entry) => (entry === "-" ? "%2D" : entry.replaceAll("%", "%25").replaceAll(",", "%2C"))).join(",");
}

export function readList(text: string | null): string[] | null {
  if (text === null || text === "") return null;
  if (text === "-") return [];
  return text.split(",").map((entry) => entry.replaceAll("%2D", "-").replaceAll("%2C", ",").replaceAll("%25", "%"));
}

/** The parameters after some were set and others (null) removed; slashes and commas stay readable. */
export function mergeSearch(search: URLSearchParams, changes: Record<string, string | null>): string {
  const next = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString().replaceAll("%2F", "/").replaceAll("%2C", ",").replaceAll("%7E", "~");
  return text ? `?${text}` : "";
}

/** A page of the application. */
export type Route =
  | { readonly page: "projects" }
  | { readonly page: "runs"; readonly project: string }
  | { readonly page: "run"; readonly project: string; readonly run: string }
  | { readonly page: "leaderboard"; readonly project: string }
  | { readonly page: "compare"; readonly project: string }
  | { readonly page: "dashboards"; readonly project: string | null }
  | { readonly page: "dashboard"; readonly name: string }
  | { readonly page: "canvases"; readonly project: string | null }
  | { readonly page: "canvas"; readonly project: string; readonly graph: string }
  | { readonly page: "datasets" }
  | { readonly page: "dataset"; readonly name: string }
  | { readonly page: "jobs" }
  | { readonly page: "job"; readonly job: string }
  | { readonly page: "sweep"; readonly sweep: string }
  | { readonly page: "models" }
  | { readonly page: "endpoints" }
  | { readonly page: "endpoint"; readonly name: string }
  | { readonly page: "model"; readonly name: string }
  | { readonly page: "modeltest"; readonly name: string; readonly version: string }
  | { readonly page: "missing"; readonly path: string };

/** Read a path below the base address: `p/digits/r/01abc`. */
export function readRoute(path: string): Route {
  const parts = path.replace(/^\/+|\/+$/g, "").split("/");
  const text = (part: string | undefined): string => {
    try {
      return decodeURIComponent(part ?? "");
    } catch {
      return part ?? "";
    }
  };
  if (parts.length === 1 && (parts[0] === "" || parts[0] === "index.html")) return { page: "projects" };
  if (parts[0] === "p" && parts.length === 2) return { page: "runs", project: text(parts[1]) };
  if (parts[0] === "p" && parts[2] === "r" && parts.length === 4)
    return { page: "run", project: text(parts[1]), run: text(parts[3]) };
  if (parts[0] === "p" && parts.length === 3 && (parts[2] === "leaderboard" || parts[2] === "compare"))
    return { page: parts[2], project: text(parts[1]) };
  if (parts[0] === "p" && parts[2] === "canvas" && parts.length === 3)
    return { page: "canvases", project: text(parts[1]) };
  if (parts[0] === "p" && parts[2] === "canvas" && parts.length === 4)
    return { page: "canvas", project: text(parts[1]), graph: text(parts[3]) };
  if (parts[0] === "p" && parts[2] === "d" && parts.length === 3)
    return { page: "dashboards", project: text(parts[1]) };
  if (parts[0] === "canvas" && parts.length === 1) return { page: "canvases", project: null };
  if (parts[0] === "data" && parts.length === 1) return { page: "datasets" };
  if (parts[0] === "data" && parts.length === 2) return { page: "dataset", name: text(parts[1]) };
  if (parts[0] === "jobs" && parts.length === 1) return { page: "jobs" };
  if (parts[0] === "sweeps" && parts.length === 2) return { page: "sweep", sweep: text(parts[1]) };
  if (parts[0] === "jobs" && parts.length === 2) return { page: "job", job: text(parts[1]) };
  if (parts[0] === "endpoints" && parts.length === 1) return { page: "endpoints" };
  if (parts[0] === "endpoints" && parts.length === 2) return { page: "endpoint", name: text(parts[1]) };
  if (parts[0] === "models" && parts.length === 1) return { page: "models" };
  if (parts[0] === "models" && parts.length === 2) return { page: "model", name: text(parts[1]) };
  if (parts[0] === "models" && parts.length === 4 && parts[3] === "test")
    return { page: "modeltest", name: text(parts[1]), version: text(parts[2]) };
  if (parts[0] === "d" && parts.length === 1) return { page: "dashboards", project: null };
  if (parts[0] === "d" && parts.length === 2) return { page: "dashboard", name: text(parts[1]) };
  return { page: "missing", path };
}

/** The list of dashboards, of one project or of all. */
export function dashboardsPath(project: string | null = null): string {
  return project === null ? "d" : `${runsPath(project)}/d`;
}

export function dashboardPath(name: string): string {
  return `d/${encodeURIComponent(name)}`;
}

export function runsPath(project: string): string {
  return `p/${encodeURIComponent(project)}`;
}

export function runPath(project: string, run: string): string {
  return `${runsPath(project)}/r/${encodeURIComponent(run)}`;
}

export function leaderboardPath(project: string, search: Readonly<Record<string, string | null>> = {}): string {
  return `${runsPath(project)}/leaderboard${mergeSearch(new URLSearchParams(), search)}`;
}

/** The graphs of a project, or all. */
export function canvasesPath(project: string | null = null): string {
  return project === null ? "canvas" : `${runsPath(project)}/canvas`;
}

/** All data sets of the home. */
export const DATASETS_PATH = "data";

export function datasetPath(name: string, search: Readonly<Record<string, string | null>> = {}): string {
  return `data/${encodeURIComponent(name)}${mergeSearch(new URLSearchParams(), search)}`;
}

/** The queue of this machine. */
export const JOBS_PATH = "jobs";

export function sweepPath(sweep: string): string {
  return `sweeps/${encodeURIComponent(sweep)}`;
}

export function jobPath(job: string): string {
  return `${JOBS_PATH}/${encodeURIComponent(job)}`;
}

/** The registry. */
export const MODELS_PATH = "models";

export function modelPath(model: string, search: Readonly<Record<string, string | null>> = {}): string {
  return `${MODELS_PATH}/${encodeURIComponent(model)}${mergeSearch(new URLSearchParams(), search)}`;
}

/** Models that answer over HTTP. */
export const ENDPOINTS_PATH = "endpoints";

export function endpointPath(name: string, search: Readonly<Record<string, string | null>> = {}): string {
  return `${ENDPOINTS_PATH}/${encodeURIComponent(name)}${mergeSearch(new URLSearchParams(), search)}`;
}

/** Where a version, by number or alias, is tested and tried. */
export function modelTestPath(
  model: string,
  version: string | number,
  search: Readonly<Record<string, string | null>> = {},
): string {
  return `${modelPath(model)}/${encodeURIComponent(version)}/test${mergeSearch(new URLSearchParams(), search)}`;
}

/** Where a file that a run logged is registered as a version of a model. */
export function registerPath(run: string, key: string, step: number): string {
  return MODELS_PATH + mergeSearch(new URLSearchParams(), { register: run, key, step: String(step) });
}

/** A graph; with a revision that one, to be looked at. */
export function canvasPath(project: string, graph: string, rev: number | null = null): string {
  const path = `${canvasesPath(project)}/${encodeURIComponent(graph)}`;
  return rev === null ? path : `${path}?side=history&rev=${rev}`;
}

/** These runs side by side. */
export function comparePath(project: string, runs: readonly string[]): string {
  return `${runsPath(project)}/compare${mergeSearch(new URLSearchParams(), { runs: writeList(runs) })}`;
}
