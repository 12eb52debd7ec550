import { expect, test } from "vitest";
import { linearTicks, makeScale, padded, ticks, timeTicks } from "../../src/lib/scale.ts";

test("a value goes to its pixel and comes back", () => {
  for (const kind of ["linear", "log"] as const) {
    const scale = makeScale(kind, [0.01, 1000], [46, 400]);
    expect(scale.to(0.01)).toBeCloseTo(46);
    expect(scale.to(1000)).toBeCloseTo(400);
    for (const value of [0.02, 0.5, 1, 77, 999]) expect(scale.from(scale.to(value))).toBeCloseTo(value, 9);
  }
});

test("a logarithmic scale has no place for zero and below", () => {
  const scale = makeScale("log", [1, 10], [0, 100]);
  expect([scale.to(0), scale.to(-1)]).toEqual([Number.NaN, Number.NaN]);
});

test("a domain of one value, of none, and below zero on a logarithmic axis still is a scale", () => {
  expect(makeScale("linear", [3, 3], [0, 100]).to(3)).toBeCloseTo(50);
  expect(makeScale("linear", [0, 0], [0, 100]).domain).toEqual([-1, 1]);
  expect(makeScale("linear", [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], [0, 1]).domain).toEqual([0, 1]);
  expect(makeScale("log", [-5, 10], [0, 1]).domain).toEqual([1, 10]);
  expect(makeScale("log", [-5, -1], [0, 1]).domain).toEqual([1, 10]);
});

test("padding leaves air on both sides, in the measure of the scale", () => {
  expect(padded("linear", [0, 100], 0.1)).toEqual([-10, 110]);
  const [low, high] = padded("log", [1, 100], 0.5);
  expect([low, high].map((v) => Math.round(v * 1000) / 1000)).toEqual([0.1, 1000]);
});

test("ticks are round, inside, and never more than asked for", () => {
  expect(linearTicks(0, 1, 6)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  for (const [low, high] of [
    [0, 1],
    [-3, 17],
    [0.00012, 0.00019],
    [1e6, 3.3e6],
    [99, 101],
    [-1e-9, 1e-9],
    [0, 7e15],
  ] as const) {
    for (const kind of ["linear", "log"] as const) {
      const scale = makeScale(kind, [low, high], [0, 1]);
      for (const most of [2, 4, 6]) {
        const found = ticks(scale, most);
        expect(found.length).toBeLessThanOrEqual(most);
        for (const tick of found) {
          expect(tick).toBeGreaterThanOrEqual(scale.domain[0] - 1e-9 * Math.abs(scale.domain[0]));
          expect(tick).toBeLessThanOrEqual(scale.domain[1] + 1e-9 * Math.abs(scale.domain[1]));
        }
      }
    }
  }
});

test("ticks of a logarithmic axis are decades, or ones, twos and fives within a few", () => {
  expect(ticks(makeScale("log", [1e-4, 1e2], [0, 1]), 7)).toEqual([1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100]);
  expect(ticks(makeScale("log", [1, 40], [0, 1]), 6)).toEqual([1, 2, 5, 10, 20]);
  expect(ticks(makeScale("log", [2, 3], [0, 1]), 6).length).toBeGreaterThanOrEqual(2);
});

test("ticks of time stand at steps of the clock", () => {
  expect(timeTicks(0, 3600, 6)).toEqual([0, 600, 1200, 1800, 2400, 3000]);
  expect(timeTicks(100, 400, 4)).toEqual([120, 240, 360]);
  // Days begin at local midnight: two hours east of Greenwich that is 22:00 UTC.
  expect(timeTicks(0, 4 * 86400, 4, 7200)).toEqual([
    86400 - 7200,
    2 * 86400 - 7200,
    3 * 86400 - 7200,
    4 * 86400 - 7200,
  ]);
});
