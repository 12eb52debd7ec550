import { expect, test } from "vitest";
import type { ClassFigures, OutputReport, TestReport, Thresholds } from "../../src/lib/testing.ts";
import {
  atThreshold,
  bestThreshold,
  cellsOf,
  differences,
  figureWords,
  headline,
  isShare,
  mistakes,
  nearest,
  rangeOf,
  readCell,
  rowWords,
  sortClasses,
  wilson,
  writeCell,
} from "../../src/lib/testing.ts";

/** Ten rows, four of them of the class. */
const FOUND: Thresholds = {
  name: "cat",
  n: 10,
  support: 4,
  thresholds: [0, 0.3, 0.5, 0.8, 1],
  tp: [4, 4, 3, 1, 0],
  fp: [6, 2, 1, 0, 0],
};

const OUTPUT: OutputReport = {
  output: "label",
  task: "classification",
  n: 100,
  left_out: 0,
  classes: ["a", "b"],
  main: "accuracy",
  figures: { n: 100, accuracy: 0.8, f1: 0.7, log_loss: 0.5, "recall/a": 0.9, odd: null },
  intervals: { accuracy: [0.75, 0.85], f1: [0.6, 0.75] },
  confusion: null,
  per_class: [],
  roc: [],
  pr: [],
  calibration: null,
  thresholds: [],
  residuals: null,
  errors: null,
  slices: [],
  notes: [],
};

const one = (name: string, f1: number, auc: number | null): ClassFigures => ({
  name,
  support: 3,
  precision: 0.5,
  recall: 0.5,
  f1,
  auc,
  average_precision: null,
  iou: null,
});

test("what comes of a threshold follows from counts, and is 0 where there is nothing below the line", () => {
  expect(atThreshold(FOUND, 2)).toEqual({
    threshold: 0.5,
    tp: 3,
    fp: 1,
    fn: 1,
    tn: 5,
    precision: 0.75,
    recall: 0.75,
    f1: 0.75,
    accuracy: 0.8,
    fallout: 1 / 6,
  });
  expect(atThreshold(FOUND, 4)).toMatchObject({ tp: 0, fn: 4, tn: 6, precision: 0, recall: 0, f1: 0, accuracy: 0.6 });
});

test("the nearest threshold there is, and the one with the best figure", () => {
  expect(nearest(FOUND.thresholds, 0.6)).toBe(2);
  expect(nearest(FOUND.thresholds, 7)).toBe(4);
  expect(bestThreshold(FOUND, "f1")).toBe(1); // 8 of 10 against 6 of 8
  expect(bestThreshold(FOUND, "accuracy")).toBe(2); // as good as 0.3, and nearer to a half
});

test("the interval of a share stays within 0 and 1, and is wide where rows are few", () => {
  const around = (hits: number, n: number) => wilson(hits, n)?.map((value) => Number(value.toFixed(4)));
  expect(around(81, 263)).toEqual([0.2553, 0.3662]); // Newcombe 1998, table I, method 3
  expect(around(0, 20)).toEqual([0, 0.1611]);
  expect(around(29, 29)).toEqual([0.883, 1]);
  expect(wilson(0, 0)).toBeNull();
});

test("cells have their share of the row, and mistakes come by how often they were made", () => {
  const matrix = [
    [8, 2, 0],
    [0, 0, 0],
    [3, 1, 4],
  ];
  expect(cellsOf(matrix)[2]?.[0]).toEqual({ actual: 2, predicted: 0, count: 3, share: 3 / 8 });
  expect(cellsOf(matrix)[1]?.[1]?.share).toBe(0);
  expect(mistakes(matrix, 2).map(({ actual, predicted, count }) => [actual, predicted, count])).toEqual([
    [2, 0, 3],
    [0, 1, 2],
  ]);
});

test("a cell goes into an address and comes back, whatever its classes are called", () => {
  const names = [
    ["4", "9"],
    ["a~b", "naïve & co"],
    ["", "empty"],
  ] as const;
  for (const [actual, predicted] of names)
    expect(readCell(writeCell(actual, predicted))).toEqual({ actual, predicted });
  expect([readCell(null), readCell("4"), readCell("a~b~c"), readCell("%~1")]).toEqual([null, null, null, null]);
});

test("a change has the interval of two independent figures; what has none on a side has none", () => {
  const other: OutputReport = {
    ...OUTPUT,
    figures: { n: 90, accuracy: 0.9, f1: 0.7, log_loss: 0.4, odd: 1 },
    intervals: { accuracy: [0.88, 0.93] },
  };
  const found = differences(OUTPUT, other);
  expect(found.map(({ name }) => name)).toEqual(["accuracy", "f1", "log_loss", "odd"]);
  const [accuracy, f1, , odd] = found;
  expect(accuracy?.change).toBeCloseTo(0.1);
  expect(accuracy?.interval?.[0]).toBeCloseTo(0.1 - Math.hypot(0.02, 0.05));
  expect(accuracy?.interval?.[1]).toBeCloseTo(0.1 + Math.hypot(0.03, 0.05));
  expect([f1?.change, f1?.interval, odd?.change]).toEqual([0, null, null]);
});

test("classes are sorted by any column, what has no figure last, numbers in names by value", () => {
  const rows = [one("10", 0.2, null), one("9", 0.4, 0.7), one("1", 0.3, 0.9)];
  const names = (...asked: Parameters<typeof sortClasses> extends [unknown, ...infer R] ? R : never) =>
    sortClasses(rows, ...asked).map(({ name }) => name);
  expect(names("name", false)).toEqual(["1", "9", "10"]);
  expect(names("f1", true)).toEqual(["9", "1", "10"]);
  expect(names("auc", true)).toEqual(["1", "9", "10"]);
  expect(names("auc", false)).toEqual(["9", "1", "10"]);
});

test("words: how many rows, a figure with its interval, what is a share", () => {
  expect(rowWords({ rows: 360, of: 360, part: "test" })).toBe("360 test rows");
  expect(rowWords({ rows: 500, of: 10000, part: "test" })).toBe("500 of 10\u202f000 test rows");
  expect(rowWords({ rows: 1, of: 0, part: "" })).toBe("1 row");
  expect(figureWords(0.93612, [0.921, 0.95])).toBe("0.9361, 95 % 0.921 to 0.95");
  expect(figureWords(null, undefined)).toBe("–");
  expect(["accuracy", "auc", "f1_macro", "rmse", "log_loss", "r2", "noise/mae"].map(isShare)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

test("one figure stands for a test in a list: the main one, the worst harm, the median", () => {
  const report: TestReport = {
    kind: "test",
    dataset: "",
    part: "",
    rows: 100,
    of: 100,
    seconds: 1,
    outputs: [],
    harms: [],
    latency: [],
    run: "",
    notes: [],
  };
  const harm = (name: string, last: number | null) => ({
    name,
    unit: "",
    figure: "accuracy",
    levels: [
      { level: 0, figures: { accuracy: 0.9 } },
      { level: 1, figures: { accuracy: last } },
    ],
  });
  const times = { format: "torch", batch: 1, p50_ms: 0.25, p95_ms: 1, rows_s: 4000, size_bytes: 10 };
  expect([
    headline({ ...report, outputs: [OUTPUT] }),
    headline({ ...report, harms: [harm("noise", 0.8), harm("blur", 0.3), harm("none", null)] }),
    headline({ ...report, latency: [times] }),
    headline(report),
  ]).toEqual(["accuracy 0.8", "blur: 0.3", "0.25 ms", ""]);
});

test("a range leaves out what is not finite", () => {
  expect(rangeOf([3, Number.NaN, -1, Number.POSITIVE_INFINITY, 2])).toEqual([-1, 3]);
  expect(rangeOf([])).toEqual([0, 1]);
});
