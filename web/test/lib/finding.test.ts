import { describe, expect, it } from "vitest";
import { finder, placeOf } from "../../src/lib/finding.ts";

const places = (text: string, line: string, regex = false, matchCase = false) =>
  finder({ text, regex, matchCase })(line);

describe("matches in a line", () => {
  it("finds text as it stands, in any case unless asked", () => {
    expect(places("a.b", "A.B a.b axb")).toEqual([
      [0, 3],
      [4, 7],
    ]);
    expect(places("a.b", "A.B a.b axb", false, true)).toEqual([[4, 7]]);
    expect(places("", "anything")).toEqual([]);
  });

  it("finds regular expressions, and marks nothing that could take for ever or is none", () => {
    expect(places("lo+ss \\d", "looss 1, loss 2", true)).toEqual([
      [0, 7],
      [9, 15],
    ]);
    expect(places("x*", "axb", true)).toEqual([[1, 2]]);
    expect(places("(a+)+$", "a".repeat(60), true)).toEqual([]);
    expect(places("(", "(", true)).toEqual([]);
  });

  it("knows where a number stands among those found", () => {
    const numbers = [3, 5, 9];
    expect([0, 3, 4, 9, 10].map((n) => placeOf(numbers, n))).toEqual([0, 0, 1, 2, 3]);
    expect(placeOf([], 4)).toBe(0);
  });
});
