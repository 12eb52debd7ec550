import { expect, test } from "vitest";
import { wholeGraph } from "../../src/lib/graph.ts";
import { applyPatch } from "../../src/lib/graphpatch.ts";
import {
  barsOf,
  changedBy,
  factsOf,
  lookOf,
  type Montage,
  type NodePreview,
  saysOf,
  sourceAt,
  tileAt,
  tilesIn,
} from "../../src/lib/preview.ts";

const STATS = { size: 3, min: -1, max: 3, mean: 1, std: 2, nan: 0, inf: 0, zeros: 1 };
const NODE: NodePreview = {
  key: "k",
  shape: [3],
  dtype: "float32",
  stats: STATS,
  histogram: { low: -1, high: 3, counts: [1, 2] },
  montage: null,
  values: [-1, 0, 3],
};
const MONTAGE: Montage = {
  kind: "grey",
  rows: 4,
  cols: 4,
  width: 28,
  height: 28,
  shown: 16,
  channels: 32,
  low: [],
  high: [],
  png: "",
};

test("what has places is a picture, few numbers are bars, many a histogram, and text is nothing", () => {
  expect(lookOf({ ...NODE, montage: MONTAGE, values: null })).toBe("picture");
  expect(lookOf(NODE)).toBe("bars");
  // Of a long vector only the first numbers are told: bars would show a part as if it were the whole.
  expect(lookOf({ ...NODE, stats: { ...STATS, size: 900 } })).toBe("histogram");
  expect(lookOf({ ...NODE, stats: null, histogram: null, values: null })).toBe("nothing");
});

test("tiles are as large as they can be while all are there, else as many as there is room for", () => {
  expect(tilesIn({ ...MONTAGE, shown: 3 }, 146, 34)).toEqual({ count: 3, cols: 3, width: 34, height: 34 });
  expect(tilesIn(MONTAGE, 146, 34)).toEqual({ count: 16, cols: 8, width: 16, height: 16 });
  expect(tilesIn({ ...MONTAGE, width: 64, height: 4, shown: 1 }, 128, 34)).toMatchObject({
    count: 1,
    width: 128,
    height: 8,
  });
  expect(tilesIn({ ...MONTAGE, width: 64 }, 80, 34).count).toBe(9);
});

test("a tile is found in the picture and has its place in the box", () => {
  const tiles = tilesIn(MONTAGE, 146, 34);
  expect([tileAt(tiles, 0), tileAt(tiles, 9)]).toEqual([
    [0, 0],
    [18, 18],
  ]);
  expect([sourceAt(MONTAGE, 0), sourceAt(MONTAGE, 5)]).toEqual([
    [0, 0],
    [29, 29],
  ]);
});

test("bars stand on 0, the one largest is marked, and what is not finite is no bar", () => {
  expect(barsOf([-1, 0, 3])).toEqual({
    zero: 0.75,
    bars: [
      { top: 0.75, bottom: 1, finite: true, largest: false },
      { top: 0.75, bottom: 0.75, finite: true, largest: false },
      { top: 0, bottom: 0.75, finite: true, largest: true },
    ],
  });
  expect(barsOf(["NaN", 2, 2, "-Infinity"]).bars.map(({ finite, largest, top }) => [finite, largest, top])).toEqual([
    [false, false, 0],
    [true, false, 0],
    [true, false, 0],
    [false, false, 0],
  ]);
  expect(barsOf([0, 0]).bars.map(({ top, bottom }) => top === bottom)).toEqual([true, true]);
});

test("a preview says what its picture means", () => {
  expect([
    saysOf({ ...NODE, montage: MONTAGE }),
    saysOf({ ...NODE, montage: { ...MONTAGE, kind: "rgb", channels: 3, shown: 1 } }),
    saysOf({ ...NODE, montage: { ...MONTAGE, channels: 1, shown: 1 } }),
    saysOf(NODE),
    saysOf({ ...NODE, stats: { ...STATS, size: 900 } }),
    saysOf({ ...NODE, histogram: null, values: null, stats: { ...STATS, min: null, max: null } }),
  ]).toEqual([
    "The first 16 of 32 channels, each from its own least number (black) to its largest (white); all numbers from −1 to 3",
    "In its colours, scaled from its least to its largest number; all numbers from −1 to 3",
    "From its least number (black) to its largest (white); all numbers from −1 to 3",
    "3 numbers as bars from 0, from −1 to 3",
    "How often which of 900 numbers occur, from −1 to 3",
    "No number is finite",
  ]);
});

test("NaN and infinite numbers are told only where there are some", () => {
  expect(factsOf(STATS).map(([name]) => name)).toEqual(["mean", "std", "min", "max", "zeros"]);
  expect(factsOf({ ...STATS, size: 8, nan: 2, inf: 1 }).slice(5)).toEqual([
    ["NaN", "25 %", "2 of 8"],
    ["infinite", "12.5 %", "1 of 8"],
  ]);
});

const GRAPH = wholeGraph({
  nodes: ["a", "b", "c", "d"].map((id) => ({ id, type: "core/x@1" })),
  edges: [
    { from: ["a", "out"], to: ["b", "in"] },
    { from: ["b", "out"], to: ["c", "in"] },
    { from: ["a", "out"], to: ["d", "in"] },
  ],
});

test("an edit changes the node that it touches and all behind it; places, notes and names of the graph change none", () => {
  const after = (...ops: Parameters<typeof applyPatch>[1]) =>
    [...changedBy(GRAPH, applyPatch(GRAPH, ops).graph)].sort();
  expect(after({ op: "set", id: "b", params: { n: 2 } })).toEqual(["b", "c"]);
  expect(after({ op: "set", id: "a", params: { n: 2 } })).toEqual(["a", "b", "c", "d"]);
  expect(after({ op: "disconnect", from: ["b", "out"], to: ["c", "in"] })).toEqual(["c"]);
  expect(after({ op: "note", id: "b", text: "x" }, { op: "document", name: "other" })).toEqual([]);
  expect(after({ op: "document", target: "keras" })).toEqual(["a", "b", "c", "d"]);
});
