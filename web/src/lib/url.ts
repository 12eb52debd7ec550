/** The state of a page in its address: short, readable, and only what differs from the default. */

export type AxisName = string; // "step" | "time" | "relative" | key of a series

/** What the chart toolbar sets, for all charts of a page. */
export interface ChartState {
  readonly x: AxisName;
  readonly xLog: boolean;
  readonly yLog: boolean;
  readonly bands: boolean;
  /** 0 is off; below 1. */
  readonly smooth: number;
  /** Part of the x axis that is shown; `null` is everything. */
  readonly zoom: readonly [number, number] | null;
  /** Regular expression over keys. */
  readonly charts: string;
  /** Names of sections that are folded. */
  readonly closed: readonly string[];
  /** Key of the chart that fills the screen. */
  readonly full: string | null;
}

export const CHART_DEFAULTS: ChartState = {
  x: "step",
  xLog: false,
  yLog: false,
  bands: true,
  smooth: 0,
  zoom: null,
  charts: "",
  closed: [],
  full: null,
};

/** What the run table shows. */
export interface TableState {
  readonly where: string;
  readonly order: string;
  /** `null` is the default choice. */
  readonly columns: readonly string[] | null;
  /** Ids of selected runs; `null` is the newest few. */
  readonly runs: readonly string[] | null;
  /** Which of the two is shown where there is room for one. */
  readonly pane: "runs" | "charts";
}

export const TABLE_DEFAULTS: TableState = { where: "", order: "-created", columns: null, runs: null, pane: "runs" };

export function readCharts(search: URLSearchParams): ChartState {
  const smooth = Number(search.get("smooth"));
  return {
    x: search.get("x") || CHART_DEFAULTS.x,
    xLog: search.get("xscale") === "log",
    yLog: search.get("y") === "log",
    bands: search.get("bands") !== "off",
    smooth: smooth > 0 && smooth < 1 ? smooth : 0,
    zoom: readZoom(search.get("zoom")),
    charts: search.get("charts") ?? "",
    closed: readList(search.get("closed")) ?? [],
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
    zoom: state.zoom ? `${Number(state.zoom[0].toPrecision(12))}~${Number(state.zoom[1].toPrecision(12))}` : null,
    charts: state.charts || null,
    closed: writeList(state.closed.length > 0 ? state.closed : null),
    full: state.full,
  };
}

export function readTable(search: URLSearchParams): TableState {
  return {
    where: search.get("where") ?? "",
    order: search.get("order") || TABLE_DEFAULTS.order,
    columns: readList(search.get("columns")),
    runs: readList(search.get("runs")),
    pane: search.get("pane") === "charts" ? "charts" : "runs",
  };
}

export function writeTable(state: TableState): Record<string, string | null> {
  return {
    where: state.where || null,
    order: state.order === TABLE_DEFAULTS.order ? null : state.order,
    columns: writeList(state.columns),
    runs: writeList(state.runs),
    pane: state.pane === "runs" ? null : state.pane,
  };
}

/** A list travels with commas; a comma or a percent sign inside an entry is escaped. `-` is the empty list. */
function writeList(list: readonly string[] | null): string | null {
  if (list === null) return null;
  if (list.length === 0) return "-";
  return list.map((entry) => (entry === "-" ? "%2D" : entry.replaceAll("%", "%25").replaceAll(",", "%2C"))).join(",");
}

function readList(text: string | null): string[] | null {
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
  | { readonly page: "dashboards"; readonly project: string | null }
  | { readonly page: "dashboard"; readonly name: string }
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
  if (parts[0] === "p" && parts[2] === "d" && parts.length === 3)
    return { page: "dashboards", project: text(parts[1]) };
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
