import { expect, test } from "vitest";
import { cardOf, portsOf } from "../../src/lib/card.ts";
import {
  type ComponentSpec,
  type Components,
  EMPTY_GRAPH,
  edgeKey,
  type Graph,
  type PortSpec,
  type SparseGraph,
  wholeGraph,
} from "../../src/lib/graph.ts";
import * as edits from "../../src/lib/graphedit.ts";
import { applyPatch } from "../../src/lib/graphpatch.ts";

function port(name: string, more: Partial<PortSpec> = {}): PortSpec {
  return { name, doc: "", rank: null, dtype: null, many: false, least: 1, ...more };
}

function component(type: string, category: string, inputs: PortSpec[], outputs: PortSpec[]): ComponentSpec {
  return { type, title: type, category, doc: "", words: [], params: [], inputs, outputs, targets: ["torch"] };
}

const IN = port("in");
const OUT = port("out");
const COMPONENTS: Components = new Map(
  [
    component("core/image_input@1", "Input", [], [OUT]),
    component("core/conv2d@1", "Convolution", [IN], [OUT]),
    component("core/add@1", "Merge", [port("in", { many: true, least: 2 })], [OUT]),
    component("core/classification@1", "Output", [IN], []),
  ].map((one) => [one.type, one]),
);
const PORTS = portsOf(COMPONENTS, null);

/** image → conv1 → add1 (in.0), image → add1 (in.1). */
const GRAPH = wholeGraph({
  nodes: [
    { id: "image", type: "core/image_input@1", ui: { x: 0, y: 0 } },
    { id: "conv1", type: "core/conv2d@1", params: { filters: 8 }, ui: { x: 224, y: 0 } },
    { id: "add1", type: "core/add@1", ui: { x: 448, y: 0 }, note: "sum" },
  ],
  edges: [
    { from: ["image", "out"], to: ["conv1", "in"] },
    { from: ["conv1", "out"], to: ["add1", "in.0"] },
    { from: ["image", "out"], to: ["add1", "in.1"] },
  ],
  groups: [{ id: "block1", nodes: ["conv1"], repeat: 2 }],
});
const PLACES = new Map(GRAPH.nodes.map((node) => [node.id, node.ui ?? { x: 0, y: 0 }]));

function after(graph: Graph, edit: edits.Edit | null): Graph {
  return edit ? applyPatch(graph, edit.ops).graph : graph;
}

const wires = (graph: Graph): string[] => graph.edges.map(edgeKey);

test("new nodes are called after their component, and inputs and outputs go without a number at first", () => {
  const name = (type: string, category: string, ...taken: string[]) => edits.nameFor(type, category, new Set(taken));
  expect([
    name("core/conv2d@1", "Convolution"),
    name("core/conv2d@1", "Convolution", "conv1", "conv2"),
    name("core/image_input@1", "Input"),
    name("core/image_input@1", "Input", "image"),
    name("core/max_pool2d@1", "Pool"),
    name("acme/3d-thing@2", "Code"),
    name("own/mnist.gate@3", "Own"),
  ]).toEqual(["conv1", "conv3", "image", "image2", "max_pool1", "n3d_thing1", "gate1"]);
});

test("a component is added behind a node, beside what stands there already, and takes from it", () => {
  const edit = edits.addNode(GRAPH, COMPONENTS, PLACES, "core/conv2d@1", { from: ["conv1", "out"] });
  expect(edit).toEqual({
    ops: [
      { op: "add", node: { id: "conv2", type: "core/conv2d@1", ui: { x: 448, y: 132 } } },
      { op: "connect", from: ["conv1", "out"], to: ["conv2", "in"] },
    ],
    label: "Add conv2",
    select: ["conv2"],
  });
});

test("what has no input is put somewhere else, and nothing leads to it", () => {
  const edit = edits.addNode(GRAPH, COMPONENTS, PLACES, "core/image_input@1", { from: ["conv1", "out"] });
  expect(edit.ops.map((op) => op.op)).toEqual(["add"]);
});

test("a component put into a wire stands between its ends; an input cannot, and leaves the wire whole", () => {
  const [edge] = GRAPH.edges.filter((one) => one.to[0] === "conv1");
  const into = edits.addNode(GRAPH, COMPONENTS, PLACES, "core/conv2d@1", { into: edge });
  expect(wires(after(GRAPH, into))).toEqual([
    "conv1.out add1.in.0",
    "image.out add1.in.1",
    "conv2.out conv1.in",
    "image.out conv2.in",
  ]);
  const beside = edits.addNode(GRAPH, COMPONENTS, PLACES, "core/image_input@1", { into: edge });
  expect(wires(after(GRAPH, beside))).toEqual(wires(GRAPH));
});

test("an input that takes one wire gives its old one up; what is connected or leads to itself is nothing", () => {
  const graph = after(GRAPH, edits.addNode(GRAPH, COMPONENTS, PLACES, "core/conv2d@1", {}));
  const moved = edits.connect(graph, ["conv2", "out"], ["conv1", "in"]);
  expect(wires(after(graph, moved))).toEqual(["conv1.out add1.in.0", "image.out add1.in.1", "conv2.out conv1.in"]);
  expect(edits.connect(GRAPH, ["image", "out"], ["conv1", "in"])).toBe(null);
  expect(edits.connect(GRAPH, ["conv1", "out"], ["conv1", "in"])).toBe(null);
});

test("a node may lead to free ports first, and never in a circle", () => {
  expect(edits.targets(GRAPH, PORTS, PLACES, "conv1")).toEqual([
    ["add1", "in.2"],
    ["add1", "in.1"],
  ]);
  expect(edits.targets(GRAPH, PORTS, PLACES, "add1")).toEqual([]);
  expect(edits.inputsFor(GRAPH, PORTS, "add1")).toEqual(["in.0", "in.1", "in.2"]);
});

test("deleting nodes and wires names what it does and cuts no wire twice", () => {
  const edit = edits.remove(GRAPH, ["conv1"], ["image.out conv1.in", "image.out add1.in.1"]);
  expect([edit.label, wires(after(GRAPH, edit)), after(GRAPH, edit).groups]).toEqual(["Delete conv1", [], []]);
  expect(edits.remove(GRAPH, [], ["image.out add1.in.1"]).label).toBe("Delete a wire");
  expect(edits.remove(GRAPH, ["image", "conv1", "add1"], []).label).toBe("Delete 3 nodes");
});

test("what is copied is a graph document, and is pasted under free names with its wires and groups", () => {
  const text = JSON.stringify(edits.part(GRAPH, PLACES, ["conv1", "add1"]));
  const pasted = edits.readPart(text);
  expect(pasted).not.toBe(null);
  const edit = edits.paste(GRAPH, pasted as Graph);
  const graph = after(GRAPH, edit);
  expect(graph.nodes.slice(3)).toEqual([
    { id: "conv2", type: "core/conv2d@1", params: { filters: 8 }, ui: { x: 248, y: 24 }, note: "" },
    { id: "add2", type: "core/add@1", params: {}, ui: { x: 472, y: 24 }, note: "sum" },
  ]);
  expect(wires(graph).filter((key) => key.includes("2."))).toEqual(["conv2.out add2.in.0"]);
  expect(graph.groups[1]).toEqual({ id: "block2", nodes: ["conv2"], title: "", collapsed: false, repeat: 2 });
  expect(after(EMPTY_GRAPH, edits.paste(EMPTY_GRAPH, pasted as Graph, { x: 5, y: 6 })).nodes.map((n) => n.ui)).toEqual([
    { x: 5, y: 6 },
    { x: 229, y: 6 },
  ]);
});

test("any other text on the clipboard is left alone", () => {
  const foreign = [
    "",
    "conv1",
    "[]",
    "null",
    "3",
    '{"nodes": []}',
    '{"format":"graph/2","nodes":[]}',
    '{"format":"graph/1"}',
  ];
  expect(foreign.map(edits.readPart)).toEqual(foreign.map(() => null));
  expect(edits.paste(GRAPH, EMPTY_GRAPH)).toBe(null);
});

test("nodes that become a group leave those that they were in", () => {
  const graph = after(GRAPH, edits.group(GRAPH, ["add1", "conv1"]));
  expect(graph.groups).toEqual([{ id: "block2", nodes: ["conv1", "add1"], title: "", collapsed: false, repeat: 1 }]);
  expect(edits.groupsOf(graph, ["add1"]).map((one) => one.id)).toEqual(["block2"]);
  expect(edits.group(GRAPH, [])).toBe(null);
});

test("with the first node that is moved all others keep the place where they were shown", () => {
  const graph = wholeGraph({ nodes: ["a", "b"].map((id) => ({ id, type: "core/conv2d@1" })) } satisfies SparseGraph);
  const shown = new Map([
    ["a", { x: 0, y: 0 }],
    ["b", { x: 224.4, y: 0 }],
  ]);
  const edit = edits.move(graph, shown, new Map([["a", { x: 10, y: 20 }]]));
  expect(edit).toEqual({
    ops: [{ op: "move", places: { a: { x: 10, y: 20 }, b: { x: 224, y: 0 } } }],
    label: "Move a",
  });
  expect(edits.move(after(graph, edit), shown, new Map([["a", { x: 10, y: 20 }]]))).toBe(null);
});

test("arrow keys go along wires, and to the nearest node where there is none", () => {
  const go = (id: string, way: edits.Direction) => edits.stepTo(GRAPH, PLACES, id, way);
  expect([go("image", "right"), go("add1", "left"), go("add1", "right"), go("conv1", "up")]).toEqual([
    "conv1",
    "conv1",
    null,
    null,
  ]);
  const places = new Map([...PLACES, ["add1", { x: 224, y: 120 }] as const]);
  expect([edits.stepTo(GRAPH, places, "conv1", "down"), edits.stepTo(GRAPH, places, "add1", "up")]).toEqual([
    "add1",
    "conv1",
  ]);
});

test("a card has a free port where another wire may come, shows strange ones, and grows with both and with its note", () => {
  const joined = { inputs: ["in.0", "in.3", "odd"], outputs: ["out"] };
  const card = cardOf("a note", PORTS({ id: "add1", type: "core/add@1", params: {} }), joined);
  expect(card.inputs.map(({ name, joined: is, strange }) => [name, is, strange])).toEqual([
    ["in.0", true, false],
    ["in.3", true, false],
    ["in.4", false, false],
    ["odd", true, true],
  ]);
  expect([card.height, cardOf("", PORTS({ id: "c", type: "core/conv2d@1", params: {} })).height]).toEqual([102, 67]);
  const code = PORTS({ id: "code1", type: "core/code@1", params: { reads: "a, b", writes: "y" } });
  expect([code.inputs.map((one) => one.name), code.outputs.map((one) => one.name)]).toEqual([["a", "b"], ["y"]]);
});
