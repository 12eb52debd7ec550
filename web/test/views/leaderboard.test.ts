import { expect, test } from "vitest";
import type { BoardColumn, Entry, Leaderboard } from "../../src/api/analysis.ts";
import { cellWriters } from "../../src/views/leaderboard/cells.ts";
import {
  BOARD_DEFAULTS,
  type BoardState,
  cellTexts,
  cellValue,
  entryKey,
  firstMetric,
  reach,
  readBoard,
  readGrouped,
  readMetric,
  sorted,
  usualColumns,
  writeBoard,
  writeGrouped,
  writeMetric,
} from "../../src/views/leaderboard/model.ts";
import { boardCsv, boardLatex, boardMarkdown, meanText } from "../../src/views/leaderboard/text.ts";

const RUNS: Entry["seeds"] = [
  { run: "02", name: "b", state: "finished", seed: 1, value: 0.9 },
  { run: "01", name: "a", state: "finished", seed: 0, value: 0.92 },
];

function entry(changes: Partial<Entry> = {}): Entry {
  return {
    rank: 1,
    label: "lr 0.1",
    config: { "config.lr": 0.1 },
    n: 2,
    missing: 0,
    mean: 0.91,
    interval: [0.87, 0.95],
    best: 0.92,
    tied: true,
    p: null,
    columns: {},
    seeds: RUNS,
    ...changes,
  };
}

function column(name: string, changes: Partial<BoardColumn> = {}): BoardColumn {
  return { name, title: name, kind: "number", group: "result", source: [`metric.${name}`], goal: "max", ...changes };
}

function board(entries: readonly Entry[], columns: readonly BoardColumn[] = []): Leaderboard {
  return {
    metric: "test/acc",
    goal: "max",
    goal_from: "name",
    test: "welch",
    group_by: "config - seed",
    runs: 2,
    caveat: null,
    columns,
    protocols: [
      {
        data: {},
        evaluation: {},
        reason: null,
        runs: 2,
        total: entries.length,
        tied: 1,
        method: "95 % by t.",
        entries,
      },
    ],
  };
}

test("the state of the page is its address, and nothing that is the default is in it", () => {
  const state: BoardState = {
    metric: "val/acc.max",
    goal: "min",
    groupBy: "config - seed - host",
    where: "config.lr < 1",
    test: "bootstrap",
    columns: ["duration", "config.`a,b`"],
    sort: "-duration",
    open: ["01", "02"],
    view: "v1",
  };
  const written = writeBoard(state);
  const search = new URLSearchParams(Object.entries(written).map(([name, value]) => [name, value ?? ""]));
  expect(readBoard(search)).toEqual(state);
  expect(Object.values(writeBoard(BOARD_DEFAULTS)).every((value) => value === null)).toBe(true);
  expect(readBoard(new URLSearchParams("goal=up&test=anova"))).toEqual(BOARD_DEFAULTS);
});

test("a metric is a series and a value of it; keys that look like a value are quoted", () => {
  expect(readMetric("test/accuracy")).toEqual({ key: "test/accuracy", stat: "last" });
  expect(readMetric("val/acc.max")).toEqual({ key: "val/acc", stat: "max" });
  expect(readMetric("attr.duration")).toEqual({ key: "attr.duration", stat: "" });
  for (const key of ["val/acc", "loss.min", "läßt sich", "a b", "x`y"])
    for (const stat of ["last", "max"]) expect(readMetric(writeMetric(key, stat))).toEqual({ key, stat });
  expect(writeMetric("test/accuracy", "last")).toBe("test/accuracy");
});

test("the first metric is that of an evaluation, of all classes, held out", () => {
  expect(firstMetric(["train/accuracy", "test/f1/cat", "test/auc", "test/accuracy", "test/loss"])).toBe(
    "test/accuracy",
  );
  expect(firstMetric(["train/loss", "val/loss", "epoch"])).toBe("val/loss");
  expect(firstMetric(["train/loss", "train/acc"])).toBe("train/acc");
  expect(firstMetric(["epoch", "reward"])).toBe("reward");
  expect(firstMetric([])).toBeNull();
});

test("what makes a row is read and written", () => {
  expect(readGrouped("config - seed - host")).toEqual({ columns: ["config"], without: ["seed", "host"] });
  expect(readGrouped("config.lr, attr.group")).toEqual({ columns: ["config.lr", "attr.group"], without: [] });
  for (const text of ["config", "config - seed", "config.lr, config.model"])
    expect(writeGrouped(readGrouped(text))).toBe(text);
  expect(writeGrouped({ columns: [], without: [] })).toBe("config - seed");
  expect(writeGrouped({ columns: ["config.lr"], without: ["seed"] })).toBe("config.lr");
});

test("a row is known by its oldest run, whichever is best", () => {
  expect(entryKey(entry())).toBe("01");
});

test("a cell is what all runs say that say anything, else their mean, else their words", () => {
  const range = (values: (number | string | null)[], mean: number | null = null) => ({
    mean,
    low: mean === null ? null : 1,
    high: mean === null ? null : 3,
    values,
  });
  expect(cellValue(7)).toBe(7);
  expect(cellValue(undefined)).toBeNull();
  expect(cellValue(range(["abc", null, "abc"]))).toBe("abc");
  expect(cellValue(range([1, 3], 2))).toBe(2);
  expect(cellValue(range(["a", "b"]))).toBeNull();
  expect(cellTexts(range(["a", null, "b", "a"]))).toEqual(["a", "b"]);
  expect(cellTexts(range([1, 3], 2))).toEqual([]);
});

test("sorting by a column keeps ranks for ties, counts in words, and puts what is missing last", () => {
  const rows = [
    entry({ rank: 1, label: "one", columns: { d: 10, m: "net-10" } }),
    entry({ rank: 2, label: "two", columns: { d: null, m: "net-9" } }),
    entry({ rank: 3, label: "three", columns: { d: 2, m: "net-10" } }),
  ];
  const order = (sort: string | null): number[] => sorted(rows, sort).map((one) => one.rank);
  expect(order(null)).toEqual([1, 2, 3]);
  expect(order("d")).toEqual([3, 1, 2]);
  expect(order("-d")).toEqual([1, 3, 2]);
  expect(order("m")).toEqual([2, 1, 3]);
  expect(order("label")).toEqual([1, 3, 2]);
  expect(order("n")).toEqual([1, 2, 3]);
});

test("one diverged entry does not press the others into a point, nor do two seeds with a huge interval", () => {
  const seeds = (...values: number[]): Entry["seeds"] =>
    values.map((value, i) => ({ run: String(i), name: "", state: "finished", seed: i, value }));
  const good = [0.95, 0.94, 0.93, 0.92].map((mean) =>
    entry({ mean, interval: [mean - 0.005, mean + 0.005], seeds: seeds(mean - 0.002, mean + 0.002) }),
  );
  const usual = reach(good) as readonly [number, number];
  expect(usual[0]).toBeCloseTo(0.913, 2);
  expect(usual[1]).toBeCloseTo(0.957, 2);
  const diverged = entry({ mean: 0.1, interval: [0.0, 0.2], seeds: seeds(0.1) });
  expect(reach([...good, diverged])).toEqual(usual);
  const two = entry({ mean: 0.94, interval: [0.2, 1.7], seeds: seeds(0.93, 0.95) });
  const [low, high] = reach([...good, two]) as readonly [number, number];
  expect([low > 0.89, high < 0.98]).toEqual([true, true]);
  expect(reach([entry({ mean: null, seeds: [] })])).toBeNull();
  const [a, b] = reach([entry({ mean: 0.5, interval: null, seeds: seeds(0.5) })]) as readonly [number, number];
  expect(a < 0.5 && b > 0.5).toBe(true);
});

test("columns that the label says are left out unless they are asked for", () => {
  const columns = [
    column("learning_rate", { group: "setup", source: ["config.lr"] }),
    column("model", { group: "setup", kind: "text", source: ["config.model"] }),
    column("test/acc"),
    column("test/f1"),
    column("test/recall/0", { group: "class" }),
    column("duration", { group: "run", kind: "duration" }),
    column("hardware", { group: "run", kind: "text" }),
  ];
  const rows = [
    entry({ columns: { learning_rate: 0.1, model: "a", "test/acc": 1, "test/f1": 1 } }),
    entry({ columns: { learning_rate: 0.2, model: "a", "test/acc": 0, "test/f1": 0 } }),
  ];
  expect(usualColumns(board(rows, columns), "test/acc")).toEqual(["test/f1", "duration"]);
});

test("cells are alike within a column and tell the whole on hover", () => {
  const range = { mean: 2, low: 1, high: 3, values: [1, 3, null] };
  const rows = [
    entry({
      columns: { acc: 0.5, time: 3700, hash: "train:17cfa84863ef28e3", lr: 0.0003, n: range, who: null },
    }),
    entry({
      columns: {
        acc: 0.25,
        time: 5,
        hash: null,
        lr: 3,
        n: 12345,
        who: { ...range, mean: null, low: null, values: ["x", "y", "z"] },
      },
    }),
  ];
  const columns = [
    column("acc"),
    column("time", { kind: "duration", group: "run" }),
    column("hash", { kind: "hash", group: "run" }),
    column("lr", { group: "setup" }),
    column("n", { kind: "count", group: "run" }),
    column("who", { kind: "text", group: "run" }),
  ];
  const writers = cellWriters(board(rows, columns));
  const texts = rows.map((row) => columns.map(({ name }) => writers.get(name)?.(row).text));
  expect(texts).toEqual([
    ["0.5000", "1h 01m", "17cfa848", "3e−4", "2", "–"],
    ["0.2500", "5 s", "–", "3", "12\u202f345", "x, y +1"],
  ]);
  expect(writers.get("n")?.(rows[0] as Entry).title).toBe("mean of the runs, from 1 to 3; 1 without");
});

test("means have the decimals that their uncertainty calls for", () => {
  const text = (mean: number | null, interval: [number, number] | null): string => meanText({ mean, interval });
  expect(text(0.93124, [0.9271, 0.93538])).toBe("0.9312 ± 0.0041");
  expect(text(0.582, [0.389, 0.775])).toBe("0.58 ± 0.19");
  expect(text(0.9, [0.8, 0.92])).toBe("0.90 [0.80, 0.92]");
  expect(text(0.912345, null)).toBe("0.9123");
  expect(text(null, null)).toBe("–");
  expect(text(1234, [1200, 1268])).toBe("1234 ± 34");
});

test("the board leaves as CSV that no spreadsheet runs, as Markdown and as LaTeX", () => {
  const rows = [
    entry({ label: "=cmd|lr 0.1", columns: { learning_rate: 0.1 } }),
    entry({
      rank: 2,
      label: 'a "b", c',
      tied: false,
      n: 1,
      missing: 1,
      interval: null,
      columns: { learning_rate: null },
    }),
  ];
  const made = board(rows, [column("learning_rate", { title: "learning rate", group: "setup" })]);
  expect(boardCsv(made).split("\n")).toEqual([
    "rank,label,lr,n,missing,mean,low,high,best,tied,p,learning_rate,apart,runs",
    "1,'=cmd|lr 0.1,0.1,2,0,0.91,0.87,0.95,0.92,true,,0.1,,02 01",
    '2,"a ""b"", c",0.1,1,1,0.91,,,0.92,false,,,,02 01',
    "",
  ]);
  expect(boardMarkdown(made, ["learning_rate", "unknown"]).split("\n")).toEqual([
    "| # | configuration | learning rate | runs | test/acc ↑ |",
    "| --- | --- | --- | ---: | ---: |",
    "| **1** | **=cmd\\|lr 0.1** | **0.1** | **2** | **0.910 ± 0.040** |",
    '| 2 | a "b", c | – | 1/2 | 0.91 |',
    "",
  ]);
  const latex = boardLatex(made, []);
  expect(latex).toContain("\\begin{tabular}{llrr}");
  expect(latex).toContain("\\textbf{0.910 $\\pm$ 0.040} \\\\");
  expect(latex).toContain("% 95 \\% by t.");
});
