import { expect, test } from "vitest";
import { dotsAt } from "../../src/lib/dots.ts";

test("dots move with the graph, by less than their distance", () => {
  expect(dotsAt(0, 0, 1)).toEqual({ gap: 18, x: 0, y: 0 });
  expect(dotsAt(40, -1, 1)).toEqual({ gap: 18, x: 4, y: 17 });
  expect(dotsAt(18 * 7, -18 * 5, 1)).toEqual({ gap: 18, x: 0, y: 0 });
});

test("dots are whole pixels apart, and from afar only every second, fourth, … one is drawn", () => {
  expect([2, 1, 0.7, 0.6, 0.3, 0.1].map((zoom) => dotsAt(0, 0, zoom).gap)).toEqual([36, 18, 13, 11, 11, 14]);
});
