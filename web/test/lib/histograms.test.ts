import { expect, test } from "vitest";
import { binAt, fromRows, rangeOf, rebin, stack } from "../../src/lib/histograms.ts";

const ONE = { edges: Float64Array.of(0, 1, 2, 4), counts: Float64Array.of(10, 0, 6) };

test("a histogram on finer and on coarser bins keeps its sum", () => {
  expect(Array.from(rebin(ONE, 0, 4, 8))).toEqual([5, 5, 0, 0, 1.5, 1.5, 1.5, 1.5]);
  expect(Array.from(rebin(ONE, 0, 4, 2))).toEqual([10, 6]);
  const odd = rebin(ONE, -1, 5, 7);
  expect(odd.reduce((sum, count) => sum + count, 0)).toBeCloseTo(16, 9);
});

test("a bin without width gives all it has to one bin", () => {
  expect(Array.from(rebin({ edges: Float64Array.of(1, 1), counts: Float64Array.of(5) }, 0, 2, 4))).toEqual([
    0, 0, 5, 0,
  ]);
});

test("the range is that of the bins that hold anything", () => {
  expect(rangeOf([{ edges: Float64Array.of(-9, 0, 1, 9), counts: Float64Array.of(0, 3, 0) }])).toEqual([0, 1]);
  expect(rangeOf([{ edges: Float64Array.of(2, 2), counts: Float64Array.of(3) }])).toEqual([1.5, 2.5]);
  expect(rangeOf([{ edges: Float64Array.of(0, 1), counts: Float64Array.of(0) }])).toBeNull();
});

test("steps stand side by side on one grid of values", () => {
  const found = stack(
    [
      { step: 0, ...ONE },
      { step: 10, edges: Float64Array.of(2, 4), counts: Float64Array.of(8) },
    ],
    4,
  );
  expect(found).toEqual({
    steps: Float64Array.of(0, 10),
    low: 0,
    high: 4,
    bins: 4,
    counts: Float64Array.of(10, 0, 3, 3, 0, 0, 4, 4),
    most: 10,
  });
  expect(stack([])).toBeNull();
});

test("a value is in the bin whose lower border it has reached", () => {
  expect([-0.1, 0, 0.99, 1, 2, 4, 4.1].map((v) => binAt(ONE.edges, v))).toEqual([-1, 0, 0, 1, 2, 2, -1]);
});

test("rows of a bulk answer come apart into borders and counts", () => {
  expect(fromRows([3], [0, 1, 2, 7, 8], 5)).toEqual([
    { step: 3, edges: Float64Array.of(0, 1, 2), counts: Float64Array.of(7, 8) },
  ]);
});
