import { expect, test } from "vitest";
import {
  firstLine,
  lineEdit,
  lineIn,
  linesOf,
  lostLines,
  movedLines,
  nodeAt,
  textEdit,
} from "../../src/lib/codelines.ts";

const LINES = {
  conv1: [
    [4, 4],
    [10, 10],
  ],
  gate: [[11, 13]],
  inner: [[12, 12]],
} as const;

test("a line belongs to the node with the shortest stretch around it", () => {
  expect([1, 4, 10, 11, 12, 13, 14].map((line) => nodeAt(LINES, line))).toEqual([
    null,
    "conv1",
    "conv1",
    "gate",
    "inner",
    "gate",
    null,
  ]);
  expect(linesOf(LINES, ["gate", "conv1", "nobody"])).toEqual([4, 10, 11, 12, 13]);
  expect([firstLine(LINES, "conv1"), firstLine(LINES, "nobody")]).toEqual([4, null]);
});

test("lines of nodes follow what is typed above, in and below them", () => {
  const edit = (before: string, after: string): unknown => movedLines(LINES, lineEdit(before, after));
  const text = Array.from({ length: 14 }, (_, i) => `line ${i + 1}`);
  const same = text.join("\n");
  expect(edit(same, same)).toEqual(LINES);
  expect(edit(same, ["new", "newer", ...text].join("\n"))).toEqual({
    conv1: [
      [6, 6],
      [12, 12],
    ],
    gate: [[13, 15]],
    inner: [[14, 14]],
  });
  expect(edit(same, text.with(9, "changed").join("\n"))).toEqual(LINES);
  expect(edit(same, text.toSpliced(11, 1).join("\n"))).toEqual({
    conv1: LINES.conv1,
    gate: [[11, 12]],
    inner: [],
  });
  expect(edit(same, text.toSpliced(12, 0, "more").join("\n"))).toMatchObject({ gate: [[11, 14]], inner: [[12, 12]] });
  expect(lineEdit("a\nb\nc", "a\nc")).toEqual({ from: 2, to: 3, count: 0 });
});

test("the smallest replacement turns one text into another", () => {
  for (const [before, after] of [
    ["", "abc"],
    ["abc", ""],
    ["aaa", "aaaa"],
    ["one two", "one more two"],
    ["x = 1\n", "x = 2\n"],
    ["same", "same"],
  ] as const) {
    const { from, to, insert } = textEdit(before, after);
    expect(before.slice(0, from) + insert + before.slice(to)).toBe(after);
  }
  expect(textEdit("one two", "one more two")).toEqual({ from: 4, to: 4, insert: "more " });
});

test("a statement of a node is found however it is indented, else the node's first line", () => {
  const text = "a = 1\n    b = a\n    c = b\n";
  expect([
    lineIn(text, [1, 2, 3], "c = b"),
    lineIn(text, [2, 3], "a = 1"),
    lineIn(text, [2], ""),
    lineIn(text, [], "c = b"),
  ]).toEqual([3, 2, 2, null]);
});

test("what a text loses against another are its lines that are not there, however they are indented", () => {
  const mine = "import torch\n\n\ndef train():\n    step()\n    step()\n\nmodel = Net()\n";
  expect(lostLines(mine, "import torch\nif True:\n    model = Net()\nstep()\n")).toEqual([
    "def train():",
    "    step()",
  ]);
  expect(lostLines(mine, `${mine}more = 1\n`)).toEqual([]);
});
