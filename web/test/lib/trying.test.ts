import { expect, test } from "vitest";
import type { Column } from "../../src/lib/dataset.ts";
import {
  fieldHint,
  firstFields,
  isOutside,
  pictureSize,
  portsOf,
  readFields,
  sourcesOf,
} from "../../src/lib/trying.ts";

const COLUMN: Column = {
  name: "area",
  kind: "number",
  why: "",
  said: false,
  shape: [],
  classes: [],
  missing: 0,
  low: 30,
  high: 200,
  mean: 114.53125,
  std: 40,
  allowed: [],
  gives: [],
  dtype: "float32",
  histogram: null,
  counts: null,
};
const DISTRICT: Column = { ...COLUMN, name: "district", kind: "category", classes: ["east", "north"], mean: null };
const IMAGE = { name: "image", kind: "image_input", shape: [28, 28, 1] };

test("the size of the one picture that is taken, told by its shape", () => {
  expect(pictureSize([IMAGE])).toEqual({ width: 28, height: 28, channels: 1 });
  expect(pictureSize([{ ...IMAGE, shape: [null, 32, 48, 3] }])).toEqual({ width: 48, height: 32, channels: 3 });
  expect(pictureSize([{ ...IMAGE, shape: [28, 28] }])).toEqual({ width: 28, height: 28, channels: 1 });
  for (const port of [
    { name: "x", shape: [4, 3] },
    { ...IMAGE, shape: [28, null, 1] },
    { ...IMAGE, shape: [8, 8, 4] },
    { name: "x" },
  ])
    expect(pictureSize([port])).toBeNull();
  expect(pictureSize([IMAGE, IMAGE])).toBeNull();
});

test("what a version can be tried on follows from what it takes and from its data", () => {
  expect(sourcesOf([IMAGE], [{ ...COLUMN, kind: "image" }])).toEqual(["data", "upload", "draw"]);
  expect(sourcesOf([IMAGE], null)).toEqual(["upload", "draw"]);
  expect(sourcesOf([{ name: "numbers", shape: [2] }], [COLUMN, DISTRICT])).toEqual(["data", "fields"]);
  expect(sourcesOf([{ name: "numbers", shape: [2] }], null)).toEqual([]);
});

test("a version that does not say what it takes is told by its data", () => {
  const picture: Column = { ...COLUMN, name: "image", kind: "image", gives: [8, 8, 1] };
  expect(portsOf([], [picture])).toEqual([{ name: "image", shape: [8, 8, 1], kind: "image_input" }]);
  expect(pictureSize(portsOf([], [picture]))).toEqual({ width: 8, height: 8, channels: 1 });
  expect([portsOf([IMAGE], [picture]), portsOf([], null)]).toEqual([[IMAGE], []]);
});

test("fields begin at the middle of the data, and are read back as a row or refused by name", () => {
  const columns = [COLUMN, DISTRICT];
  const first = firstFields(columns);
  expect(first).toEqual({ area: "114.5", district: "east" });
  expect(readFields(columns, first)).toEqual({ values: { area: 114.5, district: "east" }, wrong: {} });
  expect(readFields(columns, { area: "", district: "north" }).values).toEqual({ area: null, district: "north" });
  expect(readFields(columns, { ...first, area: "1,5" })).toEqual({
    values: { district: "east" },
    wrong: { area: "“1,5” is no number" },
  });
});

test("a number that the data never held is told apart", () => {
  expect(fieldHint(COLUMN)).toBe("30 to 200");
  expect([isOutside(COLUMN, "29"), isOutside(COLUMN, "30"), isOutside(COLUMN, ""), isOutside(DISTRICT, "9")]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
