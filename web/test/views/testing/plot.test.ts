import { expect, test } from "vitest";
import { makeScale } from "../../../src/lib/scale.ts";
import { nextSpot, pathOf } from "../../../src/views/testing/plot.tsx";

test("arrow keys go from place to place and stop at the ends", () => {
  const pressed = ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "Home", "End", "x"];
  let at: number | null = null;
  const seen = pressed.map((key) => {
    const next = nextSpot(key, at, 2);
    if (next !== null) at = next;
    return next;
  });
  expect(seen).toEqual([0, 1, 1, 0, 0, 1, null]);
  expect([nextSpot("ArrowLeft", null, 3), nextSpot("ArrowRight", null, 0)]).toEqual([2, null]);
});

test("a line is broken where a number is none", () => {
  const scales = { x: makeScale("linear", [0, 10], [0, 100]), y: makeScale("linear", [0, 1], [50, 0]) };
  expect(
    pathOf(scales, [
      [0, 0],
      [5, 1],
      [6, Number.NaN],
      [10, 0.5],
    ]),
  ).toBe("M0.0 50.0L50.0 0.0M100.0 25.0");
});
