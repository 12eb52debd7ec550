import { expect, test } from "vitest";
import { indexAt, moved, nearest, spread, unionOf, upcoming } from "../../src/lib/steps.ts";

test("steps of several runs are one list, each once", () => {
  expect(unionOf([[1, 5, 10], [5, 7], []])).toEqual([1, 5, 7, 10]);
});

test("the step shown is the last one at or before the slider", () => {
  expect([0, 1, 4, 10, 99].map((step) => indexAt([1, 5, 10], step))).toEqual([-1, 0, 0, 2, 2]);
});

test("the nearest step wins, the earlier of two", () => {
  expect([nearest([0, 10], 5), nearest([0, 10], 6), nearest([3], 9), nearest([], 1)]).toEqual([0, 10, 3, null]);
});

test("moving goes from existing step to existing step and stops at the ends", () => {
  const steps = [0, 10, 20, 30];
  expect([
    moved(steps, 10, 1),
    moved(steps, 10, -1),
    moved(steps, 15, 1),
    moved(steps, 15, -1),
    moved(steps, 30, 1),
    moved(steps, 0, -10),
    moved(steps, 0, 10),
    moved(steps, -5, 1),
    moved([], 0, 1),
  ]).toEqual([20, 0, 20, 10, 30, 0, 30, 0, null]);
});

test("few are chosen of many, with both ends", () => {
  expect(spread([1, 2, 3], 5)).toEqual([1, 2, 3]);
  expect(
    spread(
      Array.from({ length: 101 }, (_, i) => i),
      5,
    ),
  ).toEqual([0, 25, 50, 75, 100]);
  expect(spread([1, 2, 3], 1)).toEqual([3]);
});

test("what comes next lies in the direction of the last move, and never beyond the ends", () => {
  expect([upcoming(9, 4, 3), upcoming(9, 4, 5), upcoming(9, 4, 4), upcoming(9, 8, 7), upcoming(9, 0, 0)]).toEqual([
    [5, 6],
    [3, 2],
    [5, 3],
    [],
    [1],
  ]);
  expect(upcoming(0, 0, 0)).toEqual([]);
});
