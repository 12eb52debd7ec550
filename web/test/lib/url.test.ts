import { expect, test } from "vitest";
import { readTable, TABLE_DEFAULTS, type TableState, viewSearch, writeTable } from "../../src/lib/tablestate.ts";
import {
  CHART_DEFAULTS,
  type ChartState,
  canvasesPath,
  canvasPath,
  DATASETS_PATH,
  datasetPath,
  MODELS_PATH,
  mergeSearch,
  modelPath,
  modelTestPath,
  readCharts,
  readRoute,
  registerPath,
  runPath,
  runsPath,
  writeCharts,
} from "../../src/lib/url.ts";

const charts: ChartState = {
  x: "relative",
  xLog: true,
  yLog: true,
  bands: false,
  smooth: 0.75,
  smoothing: "gauss",
  outliers: false,
  legend: true,
  baseline: "01a",
  group: "config.`a,b`",
  grouping: "facet",
  zoom: [1e-7, 123456789.25],
  charts: "^val/.*|a,b",
  closed: ["train", "a,b", "100%"],
  full: "val/acc",
};
const table: TableState = {
  where: "config.lr < 0.3 and name like 'a%,b'",
  order: ["-metric.val/acc.max", "config.`a,b`"],
  layout: {
    columns: ["metric.val/acc.max", "config.`a,b`"],
    pinned: ["metric.val/acc.max"],
    widths: { name: 300, "config.`a,b`": 90 },
  },
  group: ["config.model", "config.`a,b`"],
  aggregate: "max",
  open: ["config.model = 'a,b'"],
  archived: true,
  runs: ["01a", "01b"],
  pane: "charts",
  view: "v1",
};

test("the state of a page survives its address", () => {
  const search = mergeSearch(new URLSearchParams(), { ...writeCharts(charts), ...writeTable(table) });
  expect(readCharts(new URLSearchParams(search))).toEqual(charts);
  expect(readTable(new URLSearchParams(search))).toEqual(table);
});

test("what is default leaves no trace in the address", () => {
  expect(mergeSearch(new URLSearchParams(), { ...writeCharts(CHART_DEFAULTS), ...writeTable(TABLE_DEFAULTS) })).toBe(
    "",
  );
  expect(readCharts(new URLSearchParams())).toEqual(CHART_DEFAULTS);
  expect(readTable(new URLSearchParams())).toEqual(TABLE_DEFAULTS);
});

test("no run chosen is not the same as nothing said about runs", () => {
  for (const runs of [null, [], ["-"], ["a"]]) {
    const search = mergeSearch(new URLSearchParams(), writeTable({ ...TABLE_DEFAULTS, runs }));
    expect(readTable(new URLSearchParams(search)).runs).toEqual(runs);
  }
});

test("parameters of others stay when ours change", () => {
  expect(mergeSearch(new URLSearchParams("tab=overview&y=log"), writeCharts(CHART_DEFAULTS))).toBe("?tab=overview");
});

test("nonsense in an address is the default", () => {
  const search = new URLSearchParams("smooth=7&zoom=9~3&y=cubic&bands=maybe&pane=left");
  expect(readCharts(search)).toEqual(CHART_DEFAULTS);
  expect(readTable(search)).toEqual(TABLE_DEFAULTS);
});

test("paths lead to pages and back, whatever a project is called", () => {
  for (const project of ["digits", "a b", "数字", "50%/50", "r"]) {
    expect(readRoute(runsPath(project))).toEqual({ page: "runs", project });
    expect(readRoute(`/${runPath(project, "01abc")}/`)).toEqual({ page: "run", project, run: "01abc" });
    expect(readRoute(canvasesPath(project))).toEqual({ page: "canvases", project });
    expect(readRoute(canvasPath(project, "a b/c"))).toEqual({ page: "canvas", project, graph: "a b/c" });
  }
  expect(readRoute("")).toEqual({ page: "projects" });
  expect(readRoute(canvasesPath())).toEqual({ page: "canvases", project: null });
  expect(readRoute(DATASETS_PATH)).toEqual({ page: "datasets" });
  expect(readRoute(datasetPath("iris.v2"))).toEqual({ page: "dataset", name: "iris.v2" });
  expect(datasetPath("iris", { version: "2", part: null })).toBe("data/iris?version=2");
  expect(readRoute(MODELS_PATH)).toEqual({ page: "models" });
  expect(readRoute("models/digits.v2")).toEqual({ page: "model", name: "digits.v2" });
  expect(readRoute(modelTestPath("digits.v2", "champion"))).toEqual({
    page: "modeltest",
    name: "digits.v2",
    version: "champion",
  });
  expect(modelTestPath("digits", 3, { tab: "try" })).toBe("models/digits/3/test?tab=try");
  expect(modelPath("digits", { compare: "1~2" })).toBe("models/digits?compare=1~2");
  expect(registerPath("01a", "out/net", 3)).toBe("models?register=01a&key=out/net&step=3");
  expect(readRoute("q/x")).toEqual({ page: "missing", path: "q/x" });
  expect(readRoute("p/%E0%A4%A")).toEqual({ page: "runs", project: "%E0%A4%A" });
});

test("a view keeps what is listed and how, not what is selected or in front", () => {
  const search = new URLSearchParams("view=v1&where=a&runs=01a&pane=charts&columns=trend&open=x&smooth=0.5");
  expect(viewSearch(search)).toBe("columns=trend&smooth=0.5&where=a");
  expect(viewSearch(new URLSearchParams("where=a&columns=trend&smooth=0.5"))).toBe(viewSearch(search));
});

test("a layout without columns is none, and only columns that are shown are pinned", () => {
  const layout = (text: string) => readTable(new URLSearchParams(text)).layout;
  expect(layout("pinned=a&widths=a:90")).toBe(null);
  expect(layout("columns=a,b&pinned=c,b&widths=a:x,:9,b:80")).toEqual({
    columns: ["a", "b"],
    pinned: ["b"],
    widths: { b: 80 },
  });
});
