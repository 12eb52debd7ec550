import { expect, test } from "vitest";
import { accuracy, normalise, scoreOf } from "../../src/lib/classes.ts";

/** Five of six cats found, one dog called a cat, no bird ever seen. */
const COUNTS = Float64Array.of(5, 1, 0, 1, 3, 0, 0, 0, 0);

test("scores of a class are those of the book", () => {
  expect(scoreOf(COUNTS, 3, 0)).toEqual({ precision: 5 / 6, recall: 5 / 6, f1: 5 / 6, support: 6 });
  expect(scoreOf(COUNTS, 3, 1)).toEqual({ precision: 3 / 4, recall: 3 / 4, f1: 3 / 4, support: 4 });
  expect(scoreOf(COUNTS, 3, 2)).toEqual({ precision: Number.NaN, recall: Number.NaN, f1: Number.NaN, support: 0 });
});

test("shares of a row or a column add up to one, and of nothing there is no share", () => {
  const n = Number.NaN;
  expect(Array.from(normalise(COUNTS, 3, "rows"))).toEqual([5 / 6, 1 / 6, 0, 1 / 4, 3 / 4, 0, n, n, n]);
  expect(Array.from(normalise(COUNTS, 3, "columns"))).toEqual([5 / 6, 1 / 4, n, 1 / 6, 3 / 4, n, 0, 0, n]);
  expect(normalise(COUNTS, 3, "counts")).toBe(COUNTS);
});

test("accuracy is the diagonal's share of all", () => {
  expect(accuracy(COUNTS, 3)).toBe(0.8);
});
