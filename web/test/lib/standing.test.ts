import { expect, test } from "vitest";
import { Placing } from "../../src/canvas/places.ts";
import { cards } from "../../src/canvas/scene.ts";
import { portsOf } from "../../src/lib/card.ts";
import { type Graph, type Op, type Place, wholeGraph } from "../../src/lib/graph.ts";
import { remove } from "../../src/lib/graphedit.ts";
import { applyPatch } from "../../src/lib/graphpatch.ts";
import { besides, between, COLUMN, type Places, ROW, settled } from "../../src/lib/standing.ts";

const IDS = ["a", "b", "c", "d"];
const CHAIN = wholeGraph({
  nodes: IDS.map((id) => ({ id, type: "core/x@1" })),
  edges: IDS.slice(1).map((id, i) => ({ from: [IDS[i] as string, "out"], to: [id, "in"] })),
});
const inRow = (...ids: string[]): Map<string, Place> => new Map(ids.map((id, i) => [id, { x: i * COLUMN, y: 0 }]));

function shown(graph: Graph): Places {
  return new Placing().of(graph, cards(graph, portsOf(new Map(), null), true));
}

/** Code written into the wire from b to c. */
const INTO: readonly Op[] = [
  { op: "add", node: { id: "code1", type: "core/code@1" }, at: 2 },
  { op: "disconnect", from: ["b", "out"], to: ["c", "in"] },
  { op: "connect", from: ["b", "out"], to: ["code1", "in"] },
  { op: "connect", from: ["code1", "out"], to: ["c", "in"] },
];

test("what comes between neighbours stands between them, and what is behind moves on as far as it must", () => {
  const places = new Map([...inRow("a", "b", "c"), ["d", { x: 9 * COLUMN, y: 0 }], ["other", { x: COLUMN, y: 150 }]]);
  const put = between(places, ["a", "out"], ["b", "in"]);
  expect([put.at, [...put.moved]]).toEqual([
    { x: COLUMN, y: 0 },
    [
      ["b", { x: 2 * COLUMN, y: 0 }],
      ["c", { x: 3 * COLUMN, y: 0 }],
    ],
  ]);
  // Where there is room nothing moves; where the next row begins, the row becomes longer.
  expect(between(places, ["c", "out"], ["d", "in"])).toEqual({ at: { x: 5.5 * COLUMN, y: 0 }, moved: new Map() });
  expect(between(places, ["c", "out"], ["other", "in"])).toEqual({ at: { x: 3 * COLUMN, y: 0 }, moved: new Map() });
  expect(besides(places, ["a", "out"], undefined)).toEqual({ x: COLUMN, y: 2 * ROW });
});

test("nodes that code adds are placed between their neighbours, also several in a row, in the same step", () => {
  const more: readonly Op[] = [
    ...INTO.slice(0, 3),
    { op: "add", node: { id: "code2", type: "core/code@1" }, at: 3 },
    { op: "connect", from: ["code1", "out"], to: ["code2", "in"] },
    { op: "connect", from: ["code2", "out"], to: ["c", "in"] },
  ];
  const after = applyPatch(CHAIN, settled(CHAIN, inRow(...IDS), more)).graph;
  const order = ["a", "b", "code1", "code2", "c", "d"];
  expect(new Map(after.nodes.map(({ id, ui }) => [id, ui]))).toEqual(inRow(...order));
});

test("an edit that neither adds, moves nor takes away a node places nothing, nor does one that makes the graph anew", () => {
  const set: readonly Op[] = [{ op: "set", id: "a", params: { x: 1 } }];
  expect(settled(CHAIN, inRow(...IDS), set)).toBe(set);
  const anew: readonly Op[] = IDS.map((id) => ({ op: "add", node: { id: `${id}2`, type: "core/x@1" } }));
  expect(settled(CHAIN, inRow(...IDS), anew)).toBe(anew);
});

test("a deletion that is undone after a reload brings the node back where it was", () => {
  const before = shown(CHAIN);
  const done = applyPatch(CHAIN, settled(CHAIN, before, remove(CHAIN, ["b"], []).ops));
  const again = applyPatch(JSON.parse(JSON.stringify(done.graph)) as Graph, done.inverse);
  expect(again.graph).toEqual(CHAIN);
  // A page that is opened now knows of no places but those of the document.
  expect(shown(done.graph)).toEqual(new Map([...before].filter(([id]) => id !== "b")));
  expect(shown(again.graph)).toEqual(before);
});

test("somebody else's node without a place moves only cards that nobody placed", () => {
  const placing = new Placing();
  const drawn = [CHAIN, applyPatch(CHAIN, INTO).graph].map((graph) =>
    placing.of(graph, cards(graph, portsOf(new Map(), null), true)),
  );
  const grown = drawn[1] as Places;
  expect(["b", "code1", "c"].map((id) => grown.get(id)?.x)).toEqual([COLUMN, 2 * COLUMN, 3 * COLUMN]);
  const held = applyPatch(CHAIN, [{ op: "move", places: Object.fromEntries(inRow(...IDS)) }, ...INTO]).graph;
  expect(shown(held).get("code1")).toEqual({ x: 2 * COLUMN, y: ROW });
});
