import { expect, test } from "vitest";
import { type Completion, insert, type Option, optionsOf } from "../../src/lib/completion.ts";
import { columnFormat, spreadFormat } from "../../src/lib/format.ts";
import { elsewhereColumn, parseColumn, tagColumn } from "../../src/lib/metrics.ts";
import { Summary } from "../../src/lib/summary.ts";

const option = (text: string, kind: string, from: number, to: number): Option => ({
  text,
  kind,
  detail: "",
  from,
  to,
  whole: false,
});

test("an option takes the place of what was typed, and the caret stands behind one space", () => {
  expect(insert("config.l", option("config.lr", "config", 0, 8))).toEqual(["config.lr ", 10]);
  expect(insert("config.lr <", option("<=", "operator", 10, 11))).toEqual(["config.lr <= ", 13]);
  expect(insert("config.mo = 'a'", option("config.model", "config", 0, 9))).toEqual(["config.model = 'a'", 13]);
  expect(insert("config.lr ", option("IN (", "operator", 10, 10))).toEqual(["config.lr IN (", 14]);
});

test("an empty filter offers what was used lately, and one that is begun what may stand there", () => {
  const found: Completion = {
    from: 0,
    to: 8,
    options: [
      { text: "config.lr", kind: "config", detail: "12 runs" },
      { text: "config.lrs", kind: "config", detail: "1 run" },
    ],
    problem: null,
  };
  expect(optionsOf("config.l", found, ["otter"]).map(({ text, from, to }) => [text, from, to])).toEqual([
    ["config.lr", 0, 8],
    ["config.lrs", 0, 8],
  ]);
  expect(optionsOf("", null, ["otter", "lr"])).toEqual(
    ["otter", "lr"].map((text) => ({ text, kind: "recent", detail: "used lately", from: 0, to: 0, whole: true })),
  );
  expect(optionsOf("config.lr", { ...found, to: 9, options: found.options.slice(0, 1) }, [])).toEqual([]);
});

test("what a column is like is the same whether its values arrive at once or in pieces", () => {
  const values = [0.25, null, -12.5, "NaN", 3, 0, "Infinity"];
  const [whole, pieces] = [new Summary(), new Summary()];
  whole.add(values);
  for (const value of values) pieces.add([value]);
  expect({ ...pieces }).toEqual({ ...whole });
  expect(whole.numeric).toBe(true);
  const numbers = [0.25, -12.5, 3, 0];
  expect(numbers.map(spreadFormat(whole.spread))).toEqual(numbers.map(columnFormat(numbers)));
  pieces.add(["adam"]);
  expect(pieces.numeric).toBe(false);
  expect(pieces.longest(String)).toBe(8);
});

test("columns name the value of a metric where another one is best, tags and facts", () => {
  for (const [key, other] of [
    ["val/acc", "val/loss"],
    ["a b", "x.max"],
    ["a.at_max(b)", "tick`s"],
  ] as const)
    expect(parseColumn(elsewhereColumn(key, "at_min", other))).toEqual({ kind: "metric", key, stat: "at_min", other });
  expect(parseColumn(tagColumn("to do"))).toEqual({ kind: "tag", key: "to do", stat: "" });
  expect(["attr.commit", "created", "trend"].map(parseColumn)).toEqual([
    { kind: "attr", key: "commit", stat: "" },
    { kind: "attr", key: "created", stat: "" },
    { kind: "attr", key: "trend", stat: "" },
  ]);
});
