import { expect, test } from "vitest";
import { merge3 } from "../../src/lib/merge.ts";

const text = (...lines: string[]): string => lines.join("\n");
const BASE = text("a", "b", "c", "d", "e");

test("changes of different lines are made one", () => {
  expect(merge3(BASE, text("a", "B", "c", "d", "e"), text("a", "b", "c", "d", "E"))).toBe(
    text("a", "B", "c", "d", "E"),
  );
  expect(merge3(BASE, text("a", "b", "new", "c", "d", "e"), text("a", "b", "c", "e"))).toBe(
    text("a", "b", "new", "c", "e"),
  );
  expect(merge3(BASE, text("A", "b", "c", "d", "e"), text("a", "more", "b", "c", "d", "e"))).toBe(
    text("A", "more", "b", "c", "d", "e"),
  );
});

test("one side alone, or both the same, is no question", () => {
  const mine = text("a", "X", "c", "d", "e");
  expect(merge3(BASE, mine, BASE)).toBe(mine);
  expect(merge3(BASE, BASE, mine)).toBe(mine);
  expect(merge3(BASE, mine, mine)).toBe(mine);
  expect(merge3(BASE, text("a", "X", "c", "d", "Y"), text("a", "X", "c", "d", "e", "Z"))).toBe(
    text("a", "X", "c", "d", "Y", "Z"),
  );
  expect(merge3(BASE, text("a", "X", "c", "D", "e"), text("a", "X", "c", "d", "e", "Z"))).toBe(
    text("a", "X", "c", "D", "e", "Z"),
  );
});

test("changes of the same line, or two insertions in one place, are for a person to decide", () => {
  expect(merge3(BASE, text("a", "X", "c", "d", "e"), text("a", "Y", "c", "d", "e"))).toBe(null);
  expect(merge3(BASE, text("a", "b", "1", "c", "d", "e"), text("a", "b", "2", "c", "d", "e"))).toBe(null);
  expect(merge3(BASE, text("a", "e"), text("a", "b", "C", "d", "e"))).toBe(null);
});

test("any two edits either merge into a text with both, or are apart", () => {
  let seed = 7;
  const random = (n: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % n;
  };
  let merged = 0;
  for (let trial = 0; trial < 300; trial++) {
    const base = Array.from({ length: 12 }, (_, i) => `line ${i}`);
    const mine = base.with(random(6), `mine ${trial}`);
    const theirs = base.with(4 + random(8), `theirs ${trial}`);
    const both = merge3(base.join("\n"), mine.join("\n"), theirs.join("\n"));
    if (both === null) continue;
    merged++;
    expect(both.split("\n").sort()).toEqual(
      base
        .filter((line) => mine.includes(line) && theirs.includes(line))
        .concat(`mine ${trial}`, `theirs ${trial}`)
        .sort(),
    );
  }
  expect(merged).toBeGreaterThan(200);
});
