import { expect, test } from "vitest";
import { flatten } from "../../src/lib/flatten.ts";
import {
  byImportance,
  configColumn,
  defaultColumns,
  goalOf,
  metricColumn,
  parseColumn,
} from "../../src/lib/metrics.ts";
import { matching, sections } from "../../src/lib/sections.ts";
import { extend, toggle } from "../../src/lib/select.ts";
import { sparkline } from "../../src/lib/sparkline.ts";
import { Trace } from "../../src/lib/trace.ts";
import { windowsOf } from "../../src/lib/windows.ts";
import { bucketed, range } from "./make.ts";

test("rows fall into the windows that cover them", () => {
  expect([windowsOf(0, 200), windowsOf(199, 201), windowsOf(450, 1000), windowsOf(3, 3)]).toEqual([
    [0],
    [0, 1],
    [2, 3, 4],
    [],
  ]);
});

test("one row is added and removed, and a range begins at the last one touched", () => {
  const order = ["a", "b", "c", "d", undefined, "f"];
  const first = toggle({ ids: ["x"], anchor: null }, "b");
  expect(first).toEqual({ ids: ["x", "b"], anchor: "b" });
  expect(toggle(first, "x")).toEqual({ ids: ["b"], anchor: "x" });
  expect(extend(first, "d", order)).toEqual({ ids: ["x", "b", "c", "d"], anchor: "b" });
  expect(extend({ ids: [], anchor: "f" }, "c", order)).toEqual({ ids: ["c", "d", "f"], anchor: "f" });
  expect(extend({ ids: [], anchor: "gone" }, "c", order)).toEqual({ ids: ["c"], anchor: "c" });
});

test("sections are prefixes: results first, the machine last, numbers in their order", () => {
  expect(sections(["train/loss", "sys/cpu", "val/acc10", "val/acc9", "lr", "debug/x", "/odd"])).toEqual([
    { name: "val", keys: ["val/acc9", "val/acc10"] },
    { name: "train", keys: ["train/loss"] },
    { name: "debug", keys: ["debug/x"] },
    { name: "other", keys: ["/odd", "lr"] },
    { name: "sys", keys: ["sys/cpu"] },
  ]);
});

test("charts are found by regular expression, or by plain text when it is none", () => {
  expect(matching(["val/acc", "Val/loss", "a(b"], "^val")).toEqual(["val/acc", "Val/loss"]);
  expect(matching(["val/acc", "a(b"], "a(")).toEqual(["a(b"]);
  expect(matching(["a"], "")).toEqual(["a"]);
});

test("names promise which direction is better, and only where they do", () => {
  const keys = ["val/acc", "accuracy", "top-1/acc@5", "train/loss", "val_err", "auc", "lr", "lossless", "map50"];
  expect(keys.map(goalOf)).toEqual(["max", "max", "max", "min", "min", "max", null, null, "max"]);
});

test("a table begins with the best of what matters most", () => {
  const keys = ["epoch", "lr", "sys/cpu", "train/acc", "train/loss", "val/acc", "val/loss"];
  expect(byImportance(keys).slice(0, 4)).toEqual(["val/acc", "val/loss", "train/acc", "train/loss"]);
  expect(defaultColumns(keys)).toEqual(["metric.val/acc.max", "metric.val/loss.last"]);
  expect(defaultColumns(["foo"])).toEqual(["metric.foo.last"]);
  expect(defaultColumns(["epoch"])).toEqual([]);
});

test("columns keep their keys, whatever these are called", () => {
  for (const key of ["val/acc", "a b", "x.max", "tick`s", "数字", "a.b.c"]) {
    expect(parseColumn(metricColumn(key, "min"))).toEqual({ kind: "metric", key, stat: "min" });
    expect(parseColumn(configColumn(key))).toEqual({ kind: "config", key, stat: "" });
  }
  expect(parseColumn("metric.loss")).toEqual({ kind: "metric", key: "loss", stat: "last" });
});

test("nested config becomes pairs, and lists and empty objects stay whole", () => {
  expect(flatten({ opt: { lr: 0.1, betas: [0.9, 0.99] }, empty: {}, none: null })).toEqual([
    ["opt.lr", 0.1],
    ["opt.betas", [0.9, 0.99]],
    ["empty", {}],
    ["none", null],
  ]);
});

test("a trend reaches from corner to corner, shows spikes, and skips what is not finite", () => {
  expect(sparkline(bucketed([0, 10], [0, 1]), 60, 18)).toEqual({ line: "M1.0 16.5h0L59.0 1.5", reach: "" });
  expect(sparkline(bucketed(range(4), [0, 0, 0, 9], 2), 60, 18).reach).toContain("V1.5");
  expect(sparkline(bucketed(range(3), [0, Number.NaN, 1]), 60, 18).line.match(/M/g)?.length).toBe(2);
  expect(sparkline(Trace.empty(), 60, 18)).toEqual({ line: "", reach: "" });
});
