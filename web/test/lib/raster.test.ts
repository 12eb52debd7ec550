import { expect, test } from "vitest";
import type { NdArray } from "../../src/lib/npy.ts";
import { difference, differenceLook, extremesOf, type Look, rastersOf, toRgba } from "../../src/lib/raster.ts";

const GREY: Look = { low: 0, high: 255, channel: null, map: "gray" };

function floats(shape: number[], values: number[]): NdArray {
  return { dtype: "float32", shape, data: new Float32Array(values) };
}

function bytes(shape: number[], values: number[]): NdArray {
  return { dtype: "uint8", shape, data: new Uint8Array(values) };
}

function only(array: NdArray) {
  return rastersOf(array, false)[0] as ReturnType<typeof rastersOf>[number];
}

test("8-bit colours are drawn exactly as they were logged", () => {
  const rgb = [0, 1, 2, 127, 128, 129, 253, 254, 255, 17, 99, 201];
  const out = toRgba(only(bytes([2, 2, 3], rgb)), GREY);
  expect([...out]).toEqual([0, 1, 2, 255, 127, 128, 129, 255, 253, 254, 255, 255, 17, 99, 201, 255]);
});

test("every grey of 8 bits stays itself", () => {
  const all = Array.from({ length: 256 }, (_, i) => i);
  const out = toRgba(only(bytes([16, 16], all)), GREY);
  expect(all.map((i) => [out[4 * i], out[4 * i + 1], out[4 * i + 2]])).toEqual(all.map((i) => [i, i, i]));
});

test("opacity is kept, of bytes and of floats", () => {
  expect([...toRgba(only(bytes([1, 1, 4], [10, 20, 30, 128])), GREY)]).toEqual([10, 20, 30, 128]);
  const half = only(floats([1, 1, 4], [1, 0, 0.5, 0.5]));
  expect([...toRgba(half, { ...GREY, high: 1 })]).toEqual([255, 0, 128, 128]);
  expect(extremesOf(half)).toEqual([0, 1]);
});

test("one channel is drawn grey", () => {
  const raster = only(bytes([1, 2, 3], [1, 2, 3, 4, 5, 6]));
  expect([...toRgba(raster, { ...GREY, channel: 1 })]).toEqual([2, 2, 2, 255, 5, 5, 5, 255]);
});

test("what is not a number is marked and leaves the range alone", () => {
  const raster = only(floats([1, 4], [0, 2, Number.NaN, Number.POSITIVE_INFINITY]));
  expect(extremesOf(raster)).toEqual([0, 2]);
  const out = toRgba(raster, { ...GREY, high: 2 });
  expect([...out.slice(0, 8)]).toEqual([0, 0, 0, 255, 255, 255, 255, 255]);
  expect([...out.slice(8, 12)]).toEqual([...out.slice(12, 16)]);
  expect(out[8]).toBeGreaterThan(200);
  expect(out[9]).toBeLessThan(60);
  expect(extremesOf(only(floats([1, 1], [Number.NaN])))).toBeNull();
});

test("a flat picture is drawn in the middle", () => {
  expect(toRgba(only(floats([1, 1], [3])), { ...GREY, low: 3, high: 3 })[0]).toBe(127);
});

test("pictures of a batch share their array", () => {
  const batch = rastersOf(bytes([2, 1, 2, 1], [1, 2, 3, 4]), true);
  expect(batch.map((raster) => [...toRgba(raster, GREY)].filter((_, i) => i % 4 === 0))).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test("values that are no picture are refused with their shape", () => {
  expect(() => rastersOf(bytes([2, 2, 5], []), false)).toThrow(/1, 3 or 4 channels, received 2 × 2 × 5/);
});

test("a difference is signed, in the units that were logged, and knows its largest place", () => {
  const a = only(floats([2, 2], [0, 1, 2, 3]));
  const b = only(floats([2, 2], [0, 0.5, 2, 3.25]));
  const found = difference(a, b);
  expect({ ...found, raster: [...found.raster.array.data] }).toEqual({
    raster: [0, -0.5, 0, 0.25],
    max: 0.5,
    at: { x: 1, y: 0 },
    count: 2,
  });
});

test("of several channels the one that differs most is told", () => {
  const a = only(bytes([1, 1, 3], [10, 10, 10]));
  const b = only(bytes([1, 1, 3], [12, 3, 11]));
  expect([...difference(a, b).raster.array.data]).toEqual([-7]);
});

test("two pictures without a difference are white all over, and NaN equals NaN", () => {
  const a = only(floats([1, 2], [Number.NaN, 1]));
  const found = difference(a, a);
  expect({ max: found.max, at: found.at, count: found.count }).toEqual({ max: 0, at: null, count: 0 });
  const out = toRgba(found.raster, differenceLook(found.max));
  expect(Math.min(...out)).toBeGreaterThan(240);
});

test("a number that became NaN differs, and is marked", () => {
  const found = difference(only(floats([1, 2], [1, 1])), only(floats([1, 2], [Number.NaN, 1])));
  expect({ max: found.max, count: found.count }).toEqual({ max: 0, count: 1 });
});

test("pictures of different shapes cannot be subtracted", () => {
  expect(() => difference(only(bytes([1, 2], [1, 2])), only(bytes([2, 1], [1, 2])))).toThrow(
    /received 1 × 2 × 1 and 2 × 1 × 1/,
  );
});
