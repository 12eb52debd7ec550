import { expect, test } from "vitest";
import { type Components, type Graph, wholeGraph } from "../../src/lib/graph.ts";
import {
  boundOf,
  columnsOf,
  prunedData,
  type Reason,
  readPinned,
  readRef,
  reasonsHeld,
  refuse,
  renamedData,
  withColumns,
} from "../../src/lib/graphdata.ts";
import { remove } from "../../src/lib/graphedit.ts";
import { applyPatch } from "../../src/lib/graphpatch.ts";

const reasons: readonly Reason[] = [
  { node: "scaled", param: "", value: null, why: "Columns have scales of their own." },
  { node: "hidden", param: "units", value: 32, why: "Few rows." },
  { node: "drop", param: "rate", value: 0.3, why: "Keeps it from learning by heart." },
];
const data = {
  dataset: "iris@00ff00ff00ff00ff",
  inputs: { numbers: ["a", "b"] },
  outputs: { kind: "species" },
  reasons,
};
const graph: Graph = wholeGraph({
  nodes: [
    { id: "numbers", type: "core/numeric_input@1", params: { columns: 2 } },
    { id: "scaled", type: "core/batch_norm@1" },
    { id: "hidden", type: "core/dense@1", params: { units: 32 } },
    { id: "drop", type: "core/dropout@1", params: { rate: 0.5 } },
  ],
  edges: [
    { from: ["numbers", "out"], to: ["scaled", "in"] },
    { from: ["scaled", "out"], to: ["hidden", "in"] },
    { from: ["hidden", "out"], to: ["drop", "in"] },
  ],
  data,
});
const none: Components = new Map();

test("what a document says of its data is read, however it was written", () => {
  expect(boundOf(data)).toEqual({
    dataset: data.dataset,
    inputs: { numbers: ["a", "b"] },
    outputs: { kind: ["species"] },
    reasons,
  });
  expect(boundOf({ dataset: 3, inputs: [1], outputs: null, reasons: [null, { node: 1 }] })).toEqual({
    dataset: "",
    inputs: {},
    outputs: {},
    reasons: [],
  });
  expect(columnsOf(boundOf(data), "kind")).toEqual(["species"]);
  expect(columnsOf(boundOf(data), "drop")).toEqual([]);
  expect([readRef("iris@3"), readRef("iris"), readRef("")]).toEqual([
    { name: "iris", version: "3" },
    { name: "iris", version: null },
    { name: "", version: null },
  ]);
});

test("a version that never changes is told from other words of a config", () => {
  expect(readPinned("iris.v2@00ff00ff00ff00ff")).toEqual({ name: "iris.v2", version: "00ff00ff00ff00ff" });
  for (const other of ["iris", "iris@3", "me@home", "@00ff00ff00ff00ff", "a b@00ff00ff00ff00ff"])
    expect(readPinned(other)).toBeNull();
});

test("a column is led to an end, one alone without a list, none by taking the end out", () => {
  expect(withColumns(data, "inputs", "numbers", ["b"]).inputs).toEqual({ numbers: "b" });
  expect(withColumns(data, "outputs", "other", ["a", "b"]).outputs).toEqual({ kind: "species", other: ["a", "b"] });
  expect(withColumns(data, "inputs", "numbers", []).inputs).toEqual({});
});

test("a node that is renamed keeps its columns and reasons", () => {
  expect(renamedData(data, "numbers", "x")).toEqual({ ...data, inputs: { x: ["a", "b"] } });
  expect(renamedData(data, "hidden", "x")?.reasons).toEqual([reasons[0], { ...reasons[1], node: "x" }, reasons[2]]);
  expect(renamedData(data, "elsewhere", "x")).toBeNull();
});

test("nodes that are taken away take their columns and reasons along, and come back with them", () => {
  const edit = remove(graph, ["numbers", "hidden"], []);
  const { graph: without, inverse } = applyPatch(graph, edit.ops);
  expect(without.data).toEqual({ ...data, inputs: {}, reasons: [reasons[0], reasons[2]] });
  expect(applyPatch(without, inverse).graph).toEqual(graph);
  expect(prunedData(data, new Set(["elsewhere"]))).toBeNull();
});

test("reasons hold while the value is the one that they speak of", () => {
  expect(reasonsHeld(graph, none)).toEqual([reasons[0], reasons[1]]);
});

test("a refused value goes back to its default, a refused node out of its chain, and neither is asked about again", () => {
  const value = applyPatch(graph, refuse(graph, reasons[1] as Reason)).graph;
  expect(value.nodes[2]).toEqual({ ...graph.nodes[2], params: {} });
  expect(value.data).toEqual({ ...data, reasons: [reasons[0], reasons[2]] });
  const { graph: without } = applyPatch(graph, refuse(graph, reasons[0] as Reason));
  expect(without.nodes.map((node) => node.id)).toEqual(["numbers", "hidden", "drop"]);
  expect(without.edges).toEqual([
    { from: ["hidden", "out"], to: ["drop", "in"] },
    { from: ["numbers", "out"], to: ["hidden", "in"] },
  ]);
  expect(boundOf(without.data).reasons).toEqual([reasons[1], reasons[2]]);
});

test("what was refused is there again after an undo", () => {
  for (const reason of reasons) {
    const { graph: next, inverse } = applyPatch(graph, refuse(graph, reason));
    expect(applyPatch(next, inverse).graph).toEqual(graph);
  }
});
