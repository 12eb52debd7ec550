import { expect, test } from "vitest";
import { defaultAxes, strides, takePlane, tile, tileAt, tilesAcross } from "../../src/lib/plane.ts";

const SHAPE = [2, 3, 4];
const DATA = Float32Array.from({ length: 24 }, (_, i) => i);

test("a plane of the last two axes is what lies in memory", () => {
  const found = takePlane(DATA, SHAPE, 1, 2, [1, 0, 0]);
  expect([found.rows, found.columns, Array.from(found.values)]).toEqual([3, 4, Array.from(DATA.slice(12))]);
});

test("axes can be swapped, and any axis can be held", () => {
  const found = takePlane(DATA, SHAPE, 2, 0, [0, 2, 0]);
  expect([found.rows, found.columns]).toEqual([4, 2]);
  expect(Array.from(found.values)).toEqual([8, 20, 9, 21, 10, 22, 11, 23]);
});

test("a vector is one row, a number one cell, 64-bit integers become numbers", () => {
  expect(Array.from(takePlane(BigInt64Array.from([5n, -7n]), [2], -1, 0, [0]).values)).toEqual([5, -7]);
  expect(takePlane(Float64Array.of(3), [], -1, -1, [])).toEqual({ rows: 1, columns: 1, values: Float64Array.of(3) });
  expect([defaultAxes([]), defaultAxes([9]), defaultAxes([2, 3, 4])]).toEqual([
    { rows: -1, columns: -1 },
    { rows: -1, columns: 0 },
    { rows: 1, columns: 2 },
  ]);
  expect(strides(SHAPE)).toEqual([12, 4, 1]);
});

test("tiles stand side by side with a gap that belongs to none", () => {
  const tiles = tile(
    Float64Array.from({ length: 12 }, (_, i) => i),
    2,
    2,
    2,
    false,
  );
  expect([tiles.across, tiles.down, tiles.plane.rows, tiles.plane.columns]).toEqual([2, 2, 5, 5]);
  const n = Number.NaN;
  expect(Array.from(tiles.plane.values)).toEqual(
    [
      [0, 1, n, 4, 5],
      [2, 3, n, 6, 7],
      [n, n, n, n, n],
      [8, 9, n, n, n],
      [10, 11, n, n, n],
    ].flat(),
  );
  expect(tiles.plane.empty?.reduce((sum, one) => sum + one, 0)).toBe(13);
  expect([tileAt(tiles, 1, 3), tileAt(tiles, 2, 0), tileAt(tiles, 0, 2), tileAt(tiles, 3, 4)]).toEqual([
    { tile: 1, row: 1, column: 0 },
    null,
    null,
    null,
  ]);
});

test("each tile can have a scale of its own", () => {
  const tiles = tile(Float64Array.of(0, 10, 5, 5), 1, 2, 2, true);
  expect(Array.from(tiles.plane.values)).toEqual([0, 1, Number.NaN, 0.5, 0.5]);
});

test("a wide panel has more tiles in a row", () => {
  expect([tilesAcross(32, 3, 3, 1), tilesAcross(32, 3, 3, 2), tilesAcross(1, 3, 3, 5)]).toEqual([6, 8, 1]);
});
