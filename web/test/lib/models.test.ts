import { expect, test } from "vitest";
import {
  bestOf,
  changeWords,
  figureOrder,
  figuresOf,
  gateWords,
  isAlias,
  isModelName,
  lessIsBetter,
  likelyPair,
  modelNameFor,
  portWords,
  pythonLines,
  readBar,
  readPair,
  shellLines,
  splitFigures,
  telling,
} from "../../src/lib/models.ts";

const METRICS = {
  epoch: 5,
  "train/loss": 0.2,
  "batch/loss": 0.21,
  "speed/rows": 900,
  "val/accuracy": 0.91,
  "test/recall/cat": 0.8,
  "test/loss": 0.4,
  "test/accuracy": 0.9,
};

test("figures of tests come first, then of validation, others, those of training, and the rest", () => {
  expect(figureOrder(Object.keys(METRICS))).toEqual([
    "test/accuracy",
    "test/loss",
    "test/recall/cat",
    "val/accuracy",
    "speed/rows",
    "train/loss",
    "batch/loss",
    "epoch",
  ]);
  expect(figureOrder(["val/a", "val/a"])).toEqual(["val/a"]);
});

test("figures of single classes stand apart", () => {
  expect(splitFigures([{ metrics: { "test/f1/a": 1, "test/f1": 0.5 } }, { metrics: { "val/f1": null } }])).toEqual({
    main: ["test/f1", "val/f1"],
    ofClass: ["test/f1/a"],
  });
});

test("an accuracy tells more than a loss, and a test more than training", () => {
  expect(telling(METRICS)).toEqual([
    ["test/accuracy", 0.9],
    ["test/loss", 0.4],
  ]);
  expect(telling({ "train/loss": null, epoch: 3 }, 1)).toEqual([["train/loss", null]]);
  expect(telling({})).toEqual([]);
});

test("what a test found of a version stands over what it was registered with", () => {
  const tests = [
    { version: 1, figures: { "robust/noise": 0.5, "test/accuracy": 0.8 } },
    { version: 2, figures: { "test/accuracy": 0.1 } },
  ];
  expect(figuresOf({ number: 1, metrics: { "test/accuracy": 0.9, "test/loss": 1 } }, tests)).toEqual({
    "test/accuracy": 0.8,
    "test/loss": 1,
    "robust/noise": 0.5,
  });
});

test("a gate reads as a sentence, and its bar is a number or an alias", () => {
  expect(gateWords({ metric: "test/accuracy", goal: ">=", value: 0.95 })).toBe("test/accuracy ≥ 0.95");
  expect(gateWords({ metric: "loss", goal: "<", value: "champion" })).toBe("loss < that of champion");
  expect([" 0.95 ", "-3", "champion", "", "  ", "Not One", "latest", "Infinity"].map(readBar)).toEqual([
    0.95,
    -3,
    "champion",
    null,
    null,
    null,
    null,
    null,
  ]);
});

test("names are checked as the server checks them, and made of what is there", () => {
  expect(["champion", "a-1_b", "latest", "Champion", "", "1st"].map(isAlias)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
  expect(["digits", "V2.1_a-b", ".hidden", "a b", "", "a".repeat(65)].map(isModelName)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
  const made = ["My first net (2)", "…", "..x", `${"a".repeat(63)} b`].map(modelNameFor);
  expect(made).toEqual(["My-first-net-2", "model", "x", "a".repeat(63)]);
  expect(made.every(isModelName)).toBe(true);
});

test("what a model takes and gives is said in words", () => {
  expect(portWords({ name: "image", shape: [28, 28, 1], kind: "image_input" })).toBe("image 28×28×1 float32");
  expect(portWords({ name: "words", shape: [null], dtype: "int64", kind: "text_input" })).toBe("text any int64");
  expect(portWords({ name: "price", kind: "regression" })).toBe("numbers one number float32");
  expect(portWords({ name: "label", shape: [2], kind: "classification", classes: ["cat", "dog"] })).toBe(
    "one of 2 classes: cat, dog",
  );
  const many = Array.from({ length: 10 }, (_, i) => String(i));
  expect(portWords({ name: "digit", classes: many })).toBe("one of 10 classes: 0, 1, 2, 3, 4, 5, 6, 7 …");
});

test("a change has its sign, and a figure's name says which way is better", () => {
  expect([0.0125, -3, 0, null].map(changeWords)).toEqual(["+0.0125", "−3", "±0", "–"]);
  const names = ["test/loss", "val/rmse", "test/accuracy", "test/f1/cat", "epoch", "speed/rows"];
  expect(names.map(lessIsBetter)).toEqual([true, true, false, false, null, null]);
});

test("the best of a figure is known where its name says which way is better", () => {
  expect(bestOf("test/loss", [0.3, null, 0.1, undefined])).toBe(0.1);
  expect(bestOf("test/accuracy", [0.3, 0.9])).toBe(0.9);
  expect([bestOf("epoch", [1, 2]), bestOf("test/f1", [0.5]), bestOf("test/f1", [0.5, 0.5])]).toEqual([
    null,
    null,
    null,
  ]);
});

test("lines that use a version fit its format", () => {
  expect(pythonLines("digits@champion", "mlp")).toBe(
    [
      "from gnomon.models.registry import home as registry",
      "",
      'net = registry.load("digits@champion")',
      "classes = net.predict(x)",
    ].join("\n"),
  );
  for (const [format, word] of [
    ["torch", "model.safetensors"],
    ["keras", "model.safetensors"],
    ["onnx", "onnxruntime"],
    ["file", "iterdir"],
  ] as const)
    expect(pythonLines("m@1", format)).toContain(word);
  expect(shellLines("digits@3")).toBe("gnomon models get digits@3 -o ./deployed\ngnomon models verify digits");
});

test("the newest is compared with the champion, or else with the one before it", () => {
  const version = (number: number, ...aliases: string[]) => ({ number, metrics: {}, aliases });
  expect(likelyPair([version(1)])).toBe(null);
  expect(likelyPair([version(3), version(2), version(1)])).toEqual([2, 3]);
  expect(likelyPair([version(3), version(2), version(1, "champion")])).toEqual([1, 3]);
  expect(likelyPair([version(3, "champion"), version(2)])).toEqual([2, 3]);
  expect([readPair("3~12"), readPair("3"), readPair(null), readPair("a~b")]).toEqual([[3, 12], null, null, null]);
});
