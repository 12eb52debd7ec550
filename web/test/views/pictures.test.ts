import { expect, test } from "vitest";
import type { RecordRow } from "../../src/api/records.ts";
import { loggedRange, lookOf, rangeOf } from "../../src/views/records/image/look.ts";
import { isSmall, MOST_PICTURES, picturesOf } from "../../src/views/records/image/source.ts";
import { fileName } from "../../src/views/records/names.ts";
import { columnsFor } from "../../src/views/records/tiles.ts";

function record(kind: string, meta: Record<string, unknown>, step = 3): RecordRow {
  return { id: 1, key: "k", step, time: 0, kind, meta, size: 0, summary: "" };
}

const FLOATS = { format: "raw", dtype: "float32", low: -2, high: 6 };

test("a picture knows its size, its range and its caption before a byte of it is read", () => {
  const row = record("image", { ...FLOATS, shape: [4, 6, 3], caption: "a cat" });
  expect(picturesOf("r", row)).toEqual([
    {
      run: "r",
      record: row,
      index: 0,
      width: 6,
      height: 4,
      channels: 3,
      dtype: "float32",
      caption: "a cat",
      bytes: 288,
      low: -2,
      high: 6,
      range: undefined,
    },
  ]);
});

test("a batch has a picture for each, up to what is drawn at once", () => {
  const meta = { ...FLOATS, shape: [3, 8, 8, 1], captions: ["a", "b"] };
  expect(picturesOf("r", record("images", meta)).map(({ index, caption }) => [index, caption])).toEqual([
    [0, "a"],
    [1, "b"],
    [2, ""],
  ]);
  expect(picturesOf("r", record("images", { ...FLOATS, shape: [5000, 8, 8, 1] }))).toHaveLength(MOST_PICTURES);
});

test("pictures of different shapes have each their own", () => {
  const parts = [
    { format: "raw", shape: [2, 3, 1], dtype: "uint8", low: 1, high: 9, offset: 0, size: 6 },
    { format: "png", shape: [10, 20, 3], offset: 6, size: 90, caption: "file" },
  ];
  const found = picturesOf("r", record("images", { format: "parts", parts }));
  expect(found.map(({ width, height, channels, dtype, caption }) => [width, height, channels, dtype, caption])).toEqual(
    [
      [3, 2, 1, "uint8", ""],
      [20, 10, 3, "uint8", "file"],
    ],
  );
});

test("large pictures come as thumbnails until somebody looks closely", () => {
  const of = (side: number) => picturesOf("r", record("image", { ...FLOATS, shape: [side, side, 1] }));
  expect([isSmall(of(1000)), isSmall(of(2000))]).toEqual([true, false]);
});

test.each([
  [{ dtype: "uint8", low: 3, high: 9 }, [0, 255]],
  [{ dtype: "float32", low: 0, high: 0.5 }, [0, 0.5]],
  [{ dtype: "uint16", low: 3, high: 9 }, [3, 9]],
  [{ dtype: "float32", low: 0, high: 0.5, range: [0, 1] }, [0, 1]],
  [{ dtype: "uint8", low: 3, high: 9, range: "each" }, null],
  [{ dtype: "float32", low: null, high: null }, null],
])("the range as logged of %o", (meta, range) => {
  const [picture] = picturesOf("r", record("image", { format: "raw", shape: [1, 1, 1], ...meta }));
  expect(picture && loggedRange(picture)).toEqual(range);
});

test("a range can be chosen, and one that makes no sense is not", () => {
  const [picture] = picturesOf("r", record("image", { ...FLOATS, shape: [1, 1, 1] }));
  if (!picture) throw new Error("no picture");
  expect([
    rangeOf(picture, { range: "each" }, null),
    rangeOf(picture, { range: "key" }, [-9, 9]),
    rangeOf(picture, { range: "key" }, null),
    rangeOf(picture, { range: "fixed", low: "-1", high: "2.5" }, null),
    rangeOf(picture, { range: "fixed", low: "5", high: "x" }, null),
  ]).toEqual([null, [-9, 9], [-2, 6], [-1, 2.5], [-2, 6]]);
});

test("each picture's own range is that of its values, of the channel that is shown", () => {
  const [picture] = picturesOf("r", record("image", { ...FLOATS, shape: [1, 2, 3] }));
  if (!picture) throw new Error("no picture");
  const array = { dtype: "float32", shape: [1, 2, 3], data: new Float32Array([0, 1, 2, 3, 4, 5]) };
  const raster = { width: 2, height: 1, channels: 3, array, offset: 0 };
  expect([
    lookOf(picture, raster, { range: "each" }, null),
    lookOf(picture, raster, { range: "each", channel: "1", map: "viridis" }, null),
    lookOf(picture, raster, { channel: "7", map: "rainbow" }, null),
  ]).toEqual([
    { low: 0, high: 5, channel: null, map: "gray" },
    { low: 1, high: 4, channel: 1, map: "viridis" },
    { low: -2, high: 6, channel: null, map: "gray" },
  ]);
});

test("a download is called as it was logged, or by its key and step", () => {
  expect([
    fileName("weights", record("file", { name: "../../etc/model.bin" })),
    fileName("val/samples 1", record("image", { format: "png" }, 40)),
    fileName("a", record("image", { format: "raw" })),
    fileName("说明", record("text", {}, 0)),
    fileName("fig", record("figure", { format: "svg" })),
  ]).toEqual(["model.bin", "val-samples-1-40.png", "a-3.bin", "说明-0.txt", "fig-3.svg"]);
});

test("tiles take as many columns as show them largest", () => {
  expect([
    columnsFor(1, 300, 200),
    columnsFor(3, 600, 200),
    columnsFor(4, 400, 436),
    columnsFor(3, 300, 900),
    columnsFor(3, 600, 400, 5),
  ]).toEqual([1, 3, 2, 1, 1]);
});
