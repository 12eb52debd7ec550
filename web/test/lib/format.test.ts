import { expect, test } from "vitest";
import {
  columnFormat,
  formatExact,
  formatInteger,
  formatNumber,
  formatValue,
  plural,
  THIN,
  tickLabels,
  wireNumber,
} from "../../src/lib/format.ts";

test("numbers are written with significant digits, not decimals", () => {
  const written = [0.93125, 12.3456, 1234.5, 12345.6, 0.00032, -0.5, 0, 1.24e6, 999999, 3e15, 1e-300].map((v) =>
    formatNumber(v),
  );
  expect(written).toEqual([
    "0.9313",
    "12.35",
    `${"1235"}`,
    `12${THIN}346`,
    "3.2e−4",
    "−0.5",
    "0",
    `1.24${THIN}M`,
    `999${THIN}999`,
    "3e15",
    "1e−300",
  ]);
});

test("what is missing is a dash, and what is not finite says so", () => {
  const values = [null, undefined, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  expect(values.map((v) => formatNumber(v))).toEqual(["–", "–", "NaN", "∞", "−∞"]);
  expect(values.map((v) => columnFormat([1.5])(v))).toEqual(["–", "–", "NaN", "∞", "−∞"]);
});

test("the exact value reads back as the same number", () => {
  for (const v of [0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0625]) expect(Number(formatExact(v))).toBe(v);
});

test("whole numbers have thin spaces from five digits on", () => {
  expect([0, 999, 9999, 21600, -1234567].map(formatInteger)).toEqual([
    "0",
    "999",
    "9999",
    `21${THIN}600`,
    `−1${THIN}234${THIN}567`,
  ]);
});

test("a column is written with the same decimals from top to bottom", () => {
  const write = columnFormat([0.9312, 0.1, null, Number.NaN]);
  expect([0.9312, 0.1, 0.93].map(write)).toEqual(["0.9312", "0.1000", "0.9300"]);
  expect([12.5, 3].map(columnFormat([12.5, 3]))).toEqual(["12.50", "3.00"]);
  expect([32, 64].map(columnFormat([32, 64]))).toEqual(["32", "64"]);
  expect([1e-5, 0.5].map(columnFormat([1e-5, 0.5]))).toEqual(["1e−5", "0.5"]);
  expect(columnFormat([])(3)).toBe("3");
  expect(columnFormat([0])(0)).toBe("0");
});

test("labels of ticks tell neighbours apart with as few digits as that takes", () => {
  expect(tickLabels([0, 0.25, 0.5])).toEqual(["0", "0.25", "0.50"]);
  expect(tickLabels([0, 20000, 40000])).toEqual(["0", `20${THIN}k`, `40${THIN}k`]);
  expect(tickLabels([1e6, 1.5e6, 2e6])).toEqual([`1.0${THIN}M`, `1.5${THIN}M`, `2.0${THIN}M`]);
  expect(tickLabels([0, 2e-4, 4e-4])).toEqual(["0", "2e−4", "4e−4"]);
  expect(tickLabels([0.001, 0.01, 0.1, 1, 10, 100])).toEqual(["0.001", "0.01", "0.1", "1", "10", "100"]);
  expect(tickLabels([1e-4, 1e-3, 0.01, 0.1, 1])).toEqual(["1e−4", "1e−3", "0.01", "0.1", "1"]);
  expect(tickLabels([-1, 0, 1])).toEqual(["−1", "0", "1"]);
  expect(tickLabels([])).toEqual([]);
  expect(tickLabels([0, 2.5e-4, 5e-4])).toEqual(["0", "2.5e−4", "5e−4"]);
  const close = tickLabels([0.00012, 0.00014, 0.00016]);
  expect(new Set(close).size).toBe(3);
});

test("words of the wire become the numbers they stand for", () => {
  expect([1.5, "NaN", "Infinity", "-Infinity", null, "other"].map(wireNumber)).toEqual([
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    null,
    null,
  ]);
});

test("values of any kind fit on one line", () => {
  expect([true, "adam", 0.001, null, [1, 2], {}].map(formatValue)).toEqual([
    "true",
    "adam",
    "0.001",
    "–",
    "[1,2]",
    "{}",
  ]);
  expect([plural(1, "run"), plural(12345, "run")]).toEqual(["1 run", `12${THIN}345 runs`]);
});
