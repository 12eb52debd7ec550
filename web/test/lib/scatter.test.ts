import { expect, test } from "vitest";
import { bounds, median, medians, within } from "../../src/lib/scatter.ts";

test("each class has its median, the most frequent class first", () => {
  const points = Float64Array.of(0, 0, 9, 9, 2, 4, 100, 2);
  expect(medians(points, [7, 1, 7, 7])).toEqual([
    { label: 7, x: 2, y: 2, n: 3 },
    { label: 1, x: 9, y: 9, n: 1 },
  ]);
  expect([median([4, 1]), median([5]), median([])]).toEqual([2.5, 5, Number.NaN]);
});

test("a loop holds what it goes around, even where it bends inwards", () => {
  const loop = [
    { x: 0, y: 0 },
    { x: 4, y: 0 },
    { x: 4, y: 4 },
    { x: 2, y: 1 },
    { x: 0, y: 4 },
  ];
  expect([within(loop, 1, 1), within(loop, 2, 3), within(loop, 3.8, 3), within(loop, 5, 1), within([], 0, 0)]).toEqual([
    true,
    false,
    true,
    false,
    false,
  ]);
});

test("bounds hold all points that are finite, with air", () => {
  const found = bounds([Float64Array.of(0, 0, 10, 5), Float64Array.of(Number.NaN, 9, -10, 1)], 0.1);
  expect(found).toEqual({ x: [-12, 12], y: [-0.5, 5.5] });
  expect(bounds([])).toEqual({ x: [-1, 1], y: [-1, 1] });
});
