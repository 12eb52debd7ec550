import { describe, expect, test } from "vitest";
import { sectionRows, sections } from "../../src/lib/sections.ts";

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
