import { expect, test } from "vitest";
import {
  type Column,
  columnWords,
  countKinds,
  isPicture,
  kindWords,
  nameFor,
  type Profile,
  partOrder,
  pythonLines,
  readShares,
  roleOf,
  saidOf,
  showShares,
  sparseTransform,
  splitColumns,
  transformWords,
  withRole,
  withTransform,
  withWay,
} from "../../src/lib/dataset.ts";

function column(name: string, kind: Column["kind"], more: Partial<Column> = {}): Column {
  const none = { low: null, high: null, mean: null, std: null, histogram: null, counts: null };
  return {
    name,
    kind,
    why: "",
    said: false,
    shape: [],
    classes: [],
    missing: 0,
    allowed: [],
    gives: [],
    dtype: "",
    ...none,
    ...more,
  };
}

const columns = [
  column("age", "number", { low: 18, high: 93.25 }),
  column("ward", "category", { classes: ["a", "b", "c", "d", "e", "f", "g"] }),
  column("day", "time"),
  column("scan", "image", { shape: [null, 28, 1] }),
  column("outcome", "category", { classes: ["no", "yes"] }),
];

test("columns are told in words, by kind and by what they hold", () => {
  expect(kindWords(countKinds(columns))).toBe("1 number, 2 categories, 1 time, 1 image");
  expect(kindWords({ boxes: 2, number: 0, odd: 3 })).toBe("2 columns of boxes");
  expect(columns.map(columnWords)).toEqual([
    "18 to 93.25",
    "7 classes: a, b, c, d, e, f …",
    "",
    "?×28×1",
    "2 classes: no, yes",
  ]);
});

test("parts stand in the order in which they are used", () => {
  expect(partOrder(["test", "extra", "train", "all", "validation"])).toEqual([
    "train",
    "validation",
    "test",
    "all",
    "extra",
  ]);
});

test("shares are read as people write them, and nothing else is", () => {
  expect(readShares("70 / 15 / 15")).toEqual([0.7, 0.15, 0.15]);
  expect(readShares("80,20")).toEqual([0.8, 0.2]);
  expect(readShares("0.5 0.25 0.25")).toEqual([0.5, 0.25, 0.25]);
  for (const wrong of ["", "70 15", "70 15 15 0", "a b", "1.2.3"]) expect(readShares(wrong)).toBeNull();
  for (const shares of [
    [0.7, 0.15, 0.15],
    [0.8, 0.2],
    [0.333, 0.667],
  ])
    expect(readShares(showShares(shares))).toEqual(shares);
});

test("a split takes the column that fits its way, the target first when it is stratified", () => {
  const random = { way: "random", shares: [0.7, 0.15, 0.15], seed: 3, column: "" } as const;
  expect(splitColumns("stratified", columns)).toEqual(["ward", "outcome"]);
  expect(splitColumns("time", columns)).toEqual(["day", "age"]);
  expect(splitColumns("random", columns)).toEqual([]);
  expect(withWay(random, "stratified", columns, ["outcome"])).toEqual({
    ...random,
    way: "stratified",
    column: "outcome",
  });
  expect(withWay(random, "time", columns, [])).toEqual({ ...random, way: "time", column: "day" });
  const grouped = { ...random, way: "grouped", column: "outcome" } as const;
  expect(withWay(grouped, "stratified", columns, []).column).toBe("outcome");
  expect(withWay(grouped, "random", columns, [])).toEqual(random);
  expect(withWay(random, "given", columns, []).shares).toEqual([0.9, 0.1]);
  expect(withWay({ ...random, way: "given", shares: [0.9, 0.1] }, "random", columns, []).shares).toEqual([
    0.7, 0.15, 0.15,
  ]);
});

test("a column goes to the model, from it, or nowhere", () => {
  const profile = { columns, inputs: ["age", "ward"], target: ["outcome"] };
  expect(columns.map(({ name }) => roleOf(name, profile))).toEqual(["input", "input", "out", "out", "target"]);
  expect(withRole(profile, "scan", "input")).toEqual({ inputs: ["age", "ward", "scan"], target: ["outcome"] });
  expect(withRole(profile, "age", "target")).toEqual({ inputs: ["ward"], target: ["age", "outcome"] });
  expect(withRole(profile, "outcome", "out")).toEqual({ inputs: ["age", "ward"], target: [] });
});

test("only what is not the default is kept of a transform", () => {
  expect(
    sparseTransform({ normalise: "none", missing: "fill", grey: false, augment: { flip: "none", rotate: 0 } }),
  ).toEqual({});
  const all = withTransform({ b: { normalise: "scale" } }, "a", {
    augment: { flip: "horizontal", zoom: 0, noise: 0.1 },
  });
  expect(all).toEqual({ b: { normalise: "scale" }, a: { augment: { flip: "horizontal", noise: 0.1 } } });
  expect(withTransform(all, "b", { normalise: "none" })).toEqual({ a: all.a });
  expect(transformWords(all.a)).toEqual(["flip horizontal", "noise 0.1"]);
  expect(
    transformWords({
      normalise: "standard",
      resize: [32, 24],
      grey: true,
      missing: "drop",
      augment: { rotate: 10, shift: 0.125 },
    }),
  ).toEqual([
    "leave out rows without it",
    "resize to 32×24",
    "grey",
    "rotate ±10°",
    "shift ±12.5 %",
    "mean 0, deviation 1",
  ]);
  expect(transformWords(undefined)).toEqual([]);
});

test("names come from files, and are such as data sets may have", () => {
  expect(
    ["/d/visits.csv", "C:\\data\\My Photos.zip", "x/mnist/", "数据.npz", "..", "a.b.parquet"].map(nameFor),
  ).toEqual(["visits", "My-Photos", "mnist", "data", "data", "a.b"]);
  expect(nameFor(`${"x".repeat(80)}.csv`)).toHaveLength(64);
});

test("a cell is a picture, or it is not", () => {
  expect([null, undefined, 3, "a", { image: "", width: 1, height: 1 }].map(isPicture)).toEqual([
    false,
    false,
    false,
    false,
    true,
  ]);
});

test("lines of Python name what there is", () => {
  expect(pythonLines("iris@2", { inputs: ["petal"], target: [] })).toBe(
    [
      "from gnomon.models.datasets import load",
      "",
      'data = load("iris@2")',
      'rows = data.parts["train"]',
      'batch = data.batch("train", range(32))',
      'x = batch["petal"]',
    ].join("\n"),
  );
});

test("an edit begins with what was said last, not with what the server saw", () => {
  const profile = { columns, inputs: ["age"], target: ["outcome"], transforms: {}, rows: 3 } as unknown as Profile;
  const transforms = { scan: { grey: true } };
  expect(saidOf(profile, { transforms, inputs: [] })).toEqual({ ...profile, transforms, inputs: [] });
  expect(saidOf(profile, { types: { age: "category" } })).toEqual(profile);
});
