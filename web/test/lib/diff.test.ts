import { expect, test } from "vitest";
import { diffLines, diffWords, folded, script, words } from "../../src/lib/diff.ts";

/** Length of the shortest script, by the table of longest common subsequences. */
function fewest(a: readonly number[], b: readonly number[]): number {
  const row = new Array<number>(b.length + 1).fill(0);
  for (const x of a) {
    let corner = 0;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j] as number;
      row[j] = x === b[j - 1] ? corner + 1 : Math.max(above, row[j - 1] as number);
      corner = above;
    }
  }
  return a.length + b.length - 2 * (row[b.length] as number);
}

/** Numbers from a small linear congruential generator, so that every run tests the same. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test("a script leads from one list to the other, in as few edits as there can be", () => {
  const next = random(7);
  for (let round = 0; round < 400; round++) {
    const list = (): number[] => Array.from({ length: Math.floor(next() * 14) }, () => Math.floor(next() * 4));
    const [a, b] = [list(), list()];
    const edits = script(a, b);
    const [old, made]: [number[], number[]] = [[], []];
    let [i, j] = [0, 0];
    for (const kind of edits) {
      if (kind === "same") expect(a[i]).toBe(b[j]);
      if (kind !== "added") old.push(a[i++] as number);
      if (kind !== "removed") made.push(b[j++] as number);
    }
    expect({ old, made }).toEqual({ old: a, made: b });
    expect(edits.filter((kind) => kind !== "same")).toHaveLength(fewest(a, b));
  }
});

test("beyond the bound everything in between is removed and added", () => {
  expect(script([1, 2, 3, 4, 9], [5, 6, 7, 8, 9], 3)).toEqual([
    ...new Array(4).fill("removed"),
    ...new Array(4).fill("added"),
    "same",
  ]);
});

test("words and what stands between them are the whole text", () => {
  const text = "  loss=0.5,  naïve 学习 🙂 foo_bar!";
  expect(words(text).join("")).toBe(text);
  expect(words("a b")).toEqual(["a", " ", "b"]);
});

test("a changed word is marked within its line", () => {
  expect(diffWords("the loss fell to 0.5", "the loss rose to 0.5")).toEqual([
    { kind: "same", text: "the loss " },
    { kind: "removed", text: "fell" },
    { kind: "added", text: "rose" },
    { kind: "same", text: " to 0.5" },
  ]);
});

test("lines keep their numbers, and a replaced line stands beside the new one", () => {
  expect(diffLines("one\ntwo\nfour", "one\n2\nthree\nfour")).toEqual([
    { kind: "same", before: 1, after: 1, pieces: [{ kind: "same", text: "one" }] },
    { kind: "removed", before: 2, after: null, pieces: [{ kind: "removed", text: "two" }] },
    { kind: "added", before: null, after: 2, pieces: [{ kind: "added", text: "2" }] },
    { kind: "added", before: null, after: 3, pieces: [{ kind: "added", text: "three" }] },
    { kind: "same", before: 3, after: 4, pieces: [{ kind: "same", text: "four" }] },
  ]);
});

test("a text compared with itself has no change", () => {
  expect(diffLines("a\nb", "a\nb").every((line) => line.kind === "same")).toBe(true);
});

test("what did not change is folded away, a few lines around the change are kept", () => {
  const before = Array.from({ length: 20 }, (_, i) => `line ${i}`);
  const after = before.with(10, "other");
  const kept = folded(diffLines(before.join("\n"), after.join("\n")), 2);
  expect(kept.map((line) => ("skipped" in line ? line.skipped : line.kind))).toEqual([
    8,
    "same",
    "same",
    "removed",
    "added",
    "same",
    "same",
    7,
  ]);
});

test("ten thousand lines with a few changes are compared in a moment", () => {
  const before = Array.from({ length: 10_000 }, (_, i) => `line ${i % 97}`);
  const after = before.filter((_, i) => i % 1000 !== 3);
  expect(script(before, after).filter((kind) => kind === "removed")).toHaveLength(10);
});
