import { expect, test } from "vitest";
import type { ComponentSpec, Graph, ParamSpec } from "../../src/lib/graph.ts";
import { axisWords, bestSoFar, configKey, proposed, searchable, shortName } from "../../src/lib/sweeps.ts";

const SPEC: ParamSpec = {
  name: "units",
  kind: "int",
  default: 32,
  doc: "",
  min: 1,
  max: 1_000_000,
  above: null,
  below: null,
  choices: [],
  nullable: false,
  role: "units",
};

test("names are read without what they begin with, and found in the config of runs", () => {
  expect(["train.optimizer.lr", "optimizer.type", "nodes.hidden.units", "x"].map(shortName)).toEqual([
    "lr",
    "optimizer",
    "hidden.units",
    "x",
  ]);
  expect(
    ["optimizer.type", "train.optimizer.lr", "patience", "batch_size", "nodes.a.b"].map((name) =>
      configKey(name, "graph"),
    ),
  ).toEqual(["optimizer", "lr", "stop.patience", "batch_size", "nodes.a.b"]);
  expect(configKey("optimizer.lr", "script")).toBe("optimizer.lr");
});

test("the best so far is of finished trials alone", () => {
  const trials = [
    { number: 1, state: "failed", value: null },
    { number: 2, state: "finished", value: 3 },
    { number: 3, state: "pruned", value: 9 },
    { number: 4, state: "finished", value: 2 },
    { number: 5, state: "finished", value: 4 },
  ] as const;
  expect(bestSoFar(trials, "max")).toEqual([null, 3, 3, 3, 4]);
  expect(bestSoFar(trials, "min")).toEqual([null, 3, 3, 2, 2]);
});

test("ranges and values are told in a few words", () => {
  expect(axisWords({ kind: "float", low: 1e-4, high: 0.1, log: true })).toBe("1e−4 to 0.1, logarithmic");
  expect(axisWords({ kind: "int", low: 1, high: 9, count: 3 })).toBe("1 to 9, 3 values");
  expect(axisWords({ kind: "choice", values: [1, "relu", [3, 3], null] })).toBe("1, relu, [3,3], null");
  expect(axisWords({ kind: "choice", values: [1, 2, 3, 4, 5, 6, 7, 8, 9] })).toBe("1, 2, 3, 4, 5, 6, 7 … 9 values");
});

test("what is proposed lies around what is there, within its limits", () => {
  expect(proposed(SPEC, 32)).toBe("16,32,64");
  expect(proposed(SPEC, 2)).toBe("2,3,4");
  expect(proposed({ ...SPEC, name: "kernel" }, 3)).toBe("1,3,5");
  expect(proposed({ ...SPEC, max: 40 }, 32)).toBe("16,32");
  expect(proposed({ ...SPEC, kind: "float", name: "rate", min: 0, max: null, below: 1 }, 0.5)).toBe("0..0.7");
  expect(proposed({ ...SPEC, kind: "float", name: "optimizer.lr", min: null, above: 0, max: 10 }, 0.001)).toBe(
    "log:0.0001..0.01",
  );
  expect(proposed({ ...SPEC, kind: "choice", choices: ["relu", "tanh"] }, "relu")).toBe("relu,tanh");
  expect(proposed({ ...SPEC, kind: "bool" }, true)).toBe("true,false");
  expect(proposed({ ...SPEC, kind: "text" }, "a")).toBeNull();
  expect(proposed(SPEC, null)).toBeNull();
});

test("of a graph its settings come first, then the parameters of its nodes, but not what follows from the data", () => {
  const graph = {
    train: { optimizer: { lr: 0.01 } },
    nodes: [
      { id: "x", type: "core/image_input@1", params: { height: 8 }, ui: null, note: "" },
      { id: "hidden", type: "core/dense@1", params: { units: 64 }, ui: null, note: "" },
    ],
  } as unknown as Graph;
  const dense = { type: "core/dense@1", params: [SPEC] } as unknown as ComponentSpec;
  const image = { type: "core/image_input@1", params: [{ ...SPEC, name: "height" }] } as unknown as ComponentSpec;
  const found = searchable(
    graph,
    new Map([
      [dense.type, dense],
      [image.type, image],
    ]),
  );
  expect(found.map(({ name, values, usual }) => [name, values, usual])).toEqual([
    ["optimizer.type", "adam,adamw,sgd,rmsprop", false],
    ["optimizer.lr", "log:0.001..0.1", true],
    ["batch_size", "32,64,128", false],
    ["epochs", "5,10,20", false],
    ["optimizer.weight_decay", "log:1e-6..1e-2", false],
    ["nodes.hidden.units", "32,64,128", false],
  ]);
});
