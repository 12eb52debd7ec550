import { expect, test } from "vitest";
import { type Choice, holding, ranked } from "../../src/lib/choices.ts";

const CHOICES: readonly Choice[] = [
  { value: "a", text: "Max pool", words: "subsample" },
  { value: "b", text: "Conv 2-D", words: "convolution" },
  { value: "c", text: "Depthwise conv 2-D" },
];
const found = (choices: readonly Choice[]): string => choices.map(({ value }) => value).join("");

test("a text finds what holds it, and first what begins with it", () => {
  expect(
    [holding(CHOICES, "conv"), holding(CHOICES, " POOL "), holding(CHOICES, "wise"), holding(CHOICES, "x")].map(found),
  ).toEqual(["bc", "a", "c", "a"]);
  expect(found(holding(CHOICES, "subsample"))).toBe("");
});

test("ranked by letters in their order, in the text before other words", () => {
  expect(found(ranked(CHOICES, ""))).toBe("abc");
  expect(found(ranked(CHOICES, "subs"))).toBe("a");
  expect(found(ranked(CHOICES, "cv2"))[0]).toBe("b");
  expect(found(ranked(CHOICES, "zzz"))).toBe("");
});

test("of ten thousand choices sixty are shown", () => {
  const many = Array.from({ length: 10_000 }, (_, i) => ({ value: String(i), text: `key ${i}` }));
  expect([holding(many, "key").length, ranked(many, "").length, ranked(many, "key").length]).toEqual([60, 60, 60]);
});
