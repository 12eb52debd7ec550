import { expect, test } from "vitest";
import type { ComparedMetric, GraphChange } from "../../src/api/analysis.ts";
import type { GraphData, GraphNode } from "../../src/lib/payload.ts";
import { mergeGraphs } from "../../src/views/compare/merge.ts";
import {
  type CompareState,
  metricCells,
  movedBy,
  readCompare,
  shownRows,
  writeCompare,
} from "../../src/views/compare/model.ts";

test("the state of the page is its address; a run is compared once, and twenty at most", () => {
  const state: CompareState = {
    runs: ["a", "b"],
    baseline: "b",
    show: "code",
    all: true,
    stat: "max",
    metrics: "^val",
    against: "a",
  };
  const search = new URLSearchParams(Object.entries(writeCompare(state)).map(([name, value]) => [name, value ?? ""]));
  expect(readCompare(search)).toEqual(state);
  expect(readCompare(new URLSearchParams("runs=a,b,a")).runs).toEqual(["a", "b"]);
  const many = Array.from({ length: 30 }, (_, i) => `r${i}`).join(",");
  expect(readCompare(new URLSearchParams({ runs: many })).runs).toHaveLength(20);
  expect(writeCompare({ show: "differences", all: false, stat: "last", metrics: "", runs: [] })).toEqual({
    show: null,
    rows: null,
    stat: null,
    metrics: null,
    runs: null,
  });
});

test("runs change places by one, and stay where they are at the ends", () => {
  expect(movedBy(["a", "b", "c"], "b", -1)).toEqual(["b", "a", "c"]);
  expect(movedBy(["a", "b", "c"], "b", 1)).toEqual(["a", "c", "b"]);
  expect(movedBy(["a", "b"], "a", -1)).toEqual(["a", "b"]);
  expect(movedBy(["a", "b"], "x", 1)).toEqual(["a", "b"]);
});

test("only what differs is listed unless all is asked for", () => {
  const rows = [
    { key: "lr", values: [1, 2], differs: true },
    { key: "n", values: [1, 1], differs: false },
  ];
  expect(shownRows(rows, false)).toEqual([rows[0]]);
  expect(shownRows(rows, true)).toEqual(rows);
});

test("a metric marks its best and tells how far each is from the baseline, by what is better", () => {
  const figure = { values: [0.5, 0.25, "NaN", null, 0.5], best: [1] };
  const metric: ComparedMetric = {
    key: "loss",
    goal: "min",
    goal_from: "name",
    last: figure,
    min: figure,
    max: figure,
  };
  expect(metricCells(metric, "last", 0)).toEqual([
    { text: "0.5000", best: false, delta: "", better: null },
    { text: "0.2500", best: true, delta: "−0.2500", better: true },
    { text: "NaN", best: false, delta: "", better: null },
    { text: "–", best: false, delta: "", better: null },
    { text: "0.5000", best: false, delta: "±0", better: null },
  ]);
  expect(metricCells(metric, "min", 1)[0]).toEqual({ text: "0.5000", best: false, delta: "+0.2500", better: false });
  const near = { ...metric, last: { values: [0.9, 0.90001], best: [] } };
  expect(metricCells(near, "last", 0)[1]?.delta).toBe("+1e−5");
  expect(metricCells(metric, "max", 3).map((cell) => cell.delta)).toEqual(["", "", "", "", ""]);
});

const node = (id: string, op = id, shape = ""): GraphNode => ({ id, op, label: id, parameters: 0, shape });
const chain = (...nodes: GraphNode[]): GraphData => ({
  nodes,
  edges: nodes.slice(1).map((one, i) => [nodes[i]?.id ?? "", one.id] as const),
});
const told = (id: string) => ({ id, op: id, label: id, parameters: null, shape: null });
const change = (changes: GraphChange["changes"]): GraphChange => ({
  run: 1,
  parameters: null,
  nodes: 0,
  edges: 0,
  added: 0,
  removed: 0,
  changed: 0,
  changes,
  edges_added: [],
  edges_removed: [],
});

test("two graphs in one: what came, what went, what changed, and the edges between them", () => {
  const before = chain(node("in"), node("dense", "Dense", "48"), node("drop"), node("out"));
  const after = chain(node("in"), node("dense", "Dense", "24"), node("norm"), node("out"));
  const merged = mergeGraphs(
    before,
    after,
    change([
      { kind: "changed", before: told("dense"), after: told("dense") },
      { kind: "added", before: null, after: told("norm") },
      { kind: "removed", before: told("drop"), after: null },
    ]),
  );
  expect(merged.nodes.map(({ label, mark, before: was }) => [label, mark, was?.shape ?? null])).toEqual([
    ["in", "same", null],
    ["dense", "changed", "48"],
    ["norm", "added", null],
    ["out", "same", null],
    ["drop", "removed", null],
  ]);
  const names = new Map(merged.nodes.map(({ id, label }) => [id, label]));
  expect(merged.edges.map(({ from, to, mark }) => [names.get(from), names.get(to), mark])).toEqual([
    ["in", "dense", "same"],
    ["dense", "norm", "added"],
    ["norm", "out", "added"],
    ["dense", "drop", "removed"],
    ["drop", "out", "removed"],
  ]);
});

test("layers that only bear other names are the same, and so are their edges", () => {
  const merged = mergeGraphs(
    chain(node("in"), node("dense", "Dense"), node("dense_1", "Dense")),
    chain(node("in"), node("dense_2", "Dense"), node("dense_3", "Dense")),
    change([]),
  );
  expect(merged.nodes.map(({ id, mark }) => [id, mark])).toEqual([
    ["in", "same"],
    ["dense_2", "same"],
    ["dense_3", "same"],
  ]);
  expect(merged.edges.every((edge) => edge.mark === "same")).toBe(true);
});
