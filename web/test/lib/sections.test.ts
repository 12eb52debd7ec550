import { describe, expect, test } from "vitest";
import { arranged } from "../../src/lib/arrangement.ts";
import { foldedSections, sectionRows, sections, unfolded } from "../../src/lib/sections.ts";

describe("rows of sections", () => {
  const all = sections(["a/1", "b/1", "b/2", "c/1", "d/1", "d/2", "d/3", "d/4", "d/5", "e/1"]);
  const [a, b, c] = all;

  test("small sections stand beside each other, in order, and one that fills a row has rows of its own", () => {
    expect(sectionRows(all, [], 4)).toEqual([
      { kind: "beside", sections: [a, b, c] },
      { kind: "head", name: "d", count: 5, open: true },
      { kind: "panels", keys: ["d/1", "d/2", "d/3", "d/4"] },
      { kind: "panels", keys: ["d/5"] },
      { kind: "head", name: "e", count: 1, open: true },
      { kind: "panels", keys: ["e/1"] },
    ]);
  });

  test("a folded section is a head between the rows of its neighbours", () => {
    expect(sectionRows(all.slice(0, 3), ["b"], 4)).toEqual([
      { kind: "head", name: "a", count: 1, open: true },
      { kind: "panels", keys: ["a/1"] },
      { kind: "head", name: "b", count: 2, open: false },
      { kind: "head", name: "c", count: 1, open: true },
      { kind: "panels", keys: ["c/1"] },
    ]);
  });

  test("in one column every section has a row, and nothing has none", () => {
    expect(sectionRows(all.slice(1, 2), [], 1)).toEqual([
      { kind: "head", name: "b", count: 2, open: true },
      { kind: "panels", keys: ["b/1"] },
      { kind: "panels", keys: ["b/2"] },
    ]);
    expect(sectionRows([], [], 4)).toEqual([]);
  });

  test("every panel stands in exactly one row, and no row is wider than the page", () => {
    for (let columns = 1; columns < 7; columns++) {
      const rows = sectionRows(all, [], columns);
      const keys = rows.flatMap((row) =>
        row.kind === "head" ? [] : row.kind === "panels" ? [row.keys] : [row.sections.flatMap((one) => one.keys)],
      );
      expect(keys.flat()).toEqual(all.flatMap((one) => one.keys));
      expect(Math.max(...keys.map((row) => row.length))).toBeLessThanOrEqual(columns);
    }
  });
});

describe("sections folded before anybody chooses", () => {
  const figures = ["f1", "recall"].flatMap((name) => ["a", "b", "c", "d"].map((one) => `test/${name}/${one}`));
  const counts = (more: Readonly<Record<string, number>> = {}): ReadonlyMap<string, number> =>
    new Map(Object.entries({ "train/loss": 9, "test/accuracy": 2, "test/f1": 1, "val/loss": 9, ...more }));
  const many = counts(Object.fromEntries(figures.map((key) => [key, 1])));

  test("what an evaluation says of single classes stands behind the rest of it, folded", () => {
    const { closed, apart } = foldedSections(many);
    expect([closed, [...apart]]).toEqual([["test per class"], figures]);
    expect(unfolded({ closed: [...closed, "lr"], apart })).toEqual({ closed: ["lr"], apart });
    expect(arranged([...many.keys()], {}, apart).map(({ name, keys }) => [name, keys.length])).toEqual([
      ["val", 1],
      ["train", 1],
      ["test", 2],
      ["test per class", 8],
    ]);
    const moved = arranged([...many.keys()], { order: { val: ["test/f1/a"] } }, apart);
    expect(moved.map(({ name, keys }) => [name, keys.length])).toContainEqual(["val", 2]);
  });

  test("figures that are few, or have a history, stay where they are, as do deeper names", () => {
    const none = { closed: [], apart: new Set() };
    expect(foldedSections(new Map(figures.map((key) => [key, 1])))).toEqual(none);
    expect(foldedSections(counts({ "test/f1/a": 1, "test/f1/b": 1 }))).toEqual(none);
    expect(foldedSections(counts(Object.fromEntries(figures.map((key) => [key, 5]))))).toEqual(none);
    expect(foldedSections(counts(Object.fromEntries(figures.map((key) => [`${key}/x`, 2]))))).toEqual(none);
  });
});
