import { expect, test } from "vitest";
import type { Cell, TableData } from "../../src/lib/payload.ts";
import { differs, filterRows, parseFilter, sortRows, toCsv } from "../../src/lib/tabular.ts";

function table(columns: Record<string, Cell[]>): TableData {
  const names = Object.keys(columns);
  return {
    names,
    types: names.map(() => "text"),
    columns: Object.values(columns),
    rows: Object.values(columns)[0]?.length ?? 0,
  };
}

const T = table({ name: ["cat", "dog", "Cat 2", "cat 10"], loss: [0.5, Number.NaN, -1, null] });

test.each([
  ["cat", [0, 2, 3]],
  ["= CAT", [0]],
  ["!= cat", [1, 2, 3]],
  ["  ", [0, 1, 2, 3]],
])("the text filter %s keeps rows %j", (text, rows) => {
  expect(Array.from(filterRows(T, new Map([[0, text]])))).toEqual(rows);
});

test.each([
  ["> 0", [0]],
  ["<= -1", [2]],
  ["-2..0.5", [0, 2]],
  ["= 0.5", [0]],
  ["< 1e3", [0, 2]],
])("the number filter %s keeps rows %j", (text, rows) => {
  expect(Array.from(filterRows(T, new Map([[1, text]])))).toEqual(rows);
});

test("filters of several columns must all hold, and dates compare as text", () => {
  expect(
    Array.from(
      filterRows(
        T,
        new Map([
          [0, "cat"],
          [1, "<0"],
        ]),
      ),
    ),
  ).toEqual([2]);
  expect(parseFilter(">= 2026-11-02")?.("2026-11-03T00:00")).toBe(true);
});

test("sorting puts what is missing last either way", () => {
  const all = filterRows(T, new Map());
  expect(Array.from(sortRows(T, all, 1, false))).toEqual([2, 0, 1, 3]);
  expect(Array.from(sortRows(T, all, 1, true))).toEqual([0, 2, 1, 3]);
  expect(Array.from(sortRows(T, all, 0, false))).toEqual([0, 2, 3, 1]);
});

test("CSV quotes what needs it", () => {
  const odd = table({ "a,b": ['say "hi"', null], n: [1.5, Number.NaN] });
  expect(toCsv(odd, Uint32Array.of(0, 1))).toBe('"a,b",n\r\n"say ""hi""",1.5\r\n,NaN\r\n');
});

test("a cell is compared with the column of the same name", () => {
  const base = table({ loss: [0.5, Number.NaN], name: ["cat", "cow"] });
  const changed = [0, 1].map((row) => [differs(T, base, 0, row), differs(T, base, 1, row)]);
  expect(changed).toEqual([
    [false, false],
    [true, false],
  ]);
  expect(differs(T, base, 0, 3)).toBe(true);
});
