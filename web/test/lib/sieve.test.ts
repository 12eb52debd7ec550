import { expect, test } from "vitest";
import { ordered, passes } from "../../src/lib/sieve.ts";

test("a question compares numbers, spans them, or looks for text in any case", () => {
  const kept = (question: string, values: readonly (number | string | null)[]) =>
    values.filter((value) => passes(question, value, value === null ? "–" : String(value)));
  expect(kept("< 0.5", [0.1, 0.5, 2, null, "x"])).toEqual([0.1]);
  expect(kept(">=0.5", [0.1, 0.5, 2, null])).toEqual([0.5, 2]);
  expect(kept("= 2", [0.1, 2, 20])).toEqual([2]);
  expect(kept("0.2..1", [0.1, 0.5, 1, 2, Number.NaN])).toEqual([0.5, 1]);
  expect(kept("ADA", ["adam", "sgd", "adagrad", null])).toEqual(["adam", "adagrad"]);
  expect(kept(" ", ["adam", null])).toEqual(["adam", null]);
  expect(kept("< soon", ["< soon", "later"])).toEqual(["< soon"]);
  expect(passes("0.91", 0.9123, "0.912 ± 0.1")).toBe(true);
});

test("what is missing comes last whichever way one sorts, and texts sort as people count", () => {
  const sorted = (values: (number | string | null)[], falls: boolean) =>
    values.toSorted((a, b) => ordered(a, b, falls));
  expect(sorted([3, null, 1, Number.NaN, 2], false).slice(0, 3)).toEqual([1, 2, 3]);
  expect(sorted([3, null, 1, Number.NaN, 2], true).slice(0, 3)).toEqual([3, 2, 1]);
  expect(sorted(["run-10", "run-9", ""], false)).toEqual(["run-9", "run-10", ""]);
  expect(sorted(["a", 2, 1], false)).toEqual([1, 2, "a"]);
});
