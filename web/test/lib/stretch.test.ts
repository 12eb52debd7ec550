import { expect, test } from "vitest";
import { cut, quantile, STRETCHES, stretch, summarise, symmetric, unstretch } from "../../src/lib/stretch.ts";

test.each(STRETCHES)("%s keeps the ends, rises, and can be undone", (kind) => {
  const shares = Array.from({ length: 101 }, (_, i) => i / 100);
  const found = shares.map((share) => stretch(kind, share));
  expect([found[0], found[100]]).toEqual([0, 1]);
  expect(found).toEqual([...found].sort((a, b) => a - b));
  for (const share of shares) expect(unstretch(kind, stretch(kind, share))).toBeCloseTo(share, 9);
});

test("log, asinh and square root lift the faint end", () => {
  const lifted = (["sqrt", "log", "asinh"] as const).map((kind) => stretch(kind, 0.01));
  expect(lifted.every((share) => share > 0.09)).toBe(true);
});

test("a summary leaves out what is not finite, and counts it", () => {
  expect(summarise([1, Number.NaN, 3, Number.POSITIVE_INFINITY, -4])).toEqual({
    n: 5,
    low: -4,
    high: 3,
    mean: 0,
    nan: 1,
    inf: 1,
  });
  expect(summarise([Number.NaN]).low).toBeNaN();
});

test("a cut of 99 percent leaves out half a percent at each end", () => {
  const values = Array.from({ length: 1001 }, (_, i) => (i * 37) % 1001);
  expect(cut(values, 99)).toEqual([5, 995]);
  expect(cut(values, 100)).toEqual([0, 1000]);
  expect(cut([Number.NaN], 99)).toEqual([0, 1]);
});

test("a cut passes over values that are not finite", () => {
  expect(cut([Number.NaN, 2, Number.POSITIVE_INFINITY, 8], 100)).toEqual([2, 8]);
});

test("a quantile lies between its neighbours", () => {
  expect([quantile([0, 10], 0.25), quantile([1, 2, 4], 0.5), quantile([7], 0.9)]).toEqual([2.5, 2, 7]);
});

test("a diverging range reaches as far down as up", () => {
  expect([symmetric(-1, 3), symmetric(0, 0)]).toEqual([
    [-3, 3],
    [-1, 1],
  ]);
});
