import { expect, test } from "vitest";
import { placesAtOnce } from "../../src/canvas/arrange.ts";
import { Placing } from "../../src/canvas/places.ts";
import { cards, Scenes, type Shown } from "../../src/canvas/scene.ts";
import { portsOf } from "../../src/lib/card.ts";
import { type Graph, type Report, wholeGraph } from "../../src/lib/graph.ts";
import { applyPatch } from "../../src/lib/graphpatch.ts";

const GRAPH = wholeGraph({
  nodes: ["a", "b", "c"].map((id, i) => ({ id, type: "core/x@1", ui: { x: 300 * i, y: 0 } })),
  edges: [
    { from: ["a", "out"], to: ["b", "in"] },
    { from: ["b", "out"], to: ["c", "in"] },
    { from: ["b", "out"], to: ["gone", "in"] },
  ],
  groups: [{ id: "block", nodes: ["b", "c"] }],
});

function reportOf(text: string, port = ""): Report {
  const node = {
    shape: [1],
    dtype: "float32",
    text,
    params: 3,
    state: 0,
    flops: 0,
    memory_bytes: 0,
    receptive: null,
    blocked: false,
  };
  const issue = { node: "b", level: "error", code: "E100", message: "no", param: "", port, fixes: [] } as const;
  return {
    nodes: { a: node, b: node, c: node },
    issues: port ? [issue] : [],
    suggestions: [],
    totals: { params: 0, flops: 0, memory_bytes: 0 },
    order: ["a", "b", "c"],
  };
}

function shown(graph: Graph, report: Report | null = null): Shown {
  const places = new Map(graph.nodes.map((node) => [node.id, node.ui ?? { x: 0, y: 0 }]));
  return {
    graph,
    report,
    components: new Map(),
    places,
    selected: new Set(),
    selectedEdges: new Set(),
    current: "a",
  };
}

test("cards and wires that did not change stay the same objects, so that nothing is drawn anew", () => {
  const scenes = new Scenes();
  const first = scenes.make(shown(GRAPH, reportOf("1")));
  const again = scenes.make(shown(applyPatch(GRAPH, [{ op: "note", id: "c", text: "x" }]).graph, reportOf("1")));
  expect(again.nodes.map((node, i) => node === first.nodes[i])).toEqual([false, true, true, false]);
  expect(again.edges.map((edge, i) => edge === first.edges[i])).toEqual([true, true]);
  const other = scenes.make(shown(GRAPH, reportOf("2")));
  expect(other.edges.map((edge) => edge.data?.text)).toEqual(["2", "2"]);
});

test("one node is a stop of the Tab key, and an error marks the wire that leads to its port", () => {
  const { nodes, edges } = new Scenes().make(shown(GRAPH, reportOf("1", "in")));
  expect(nodes.filter((node) => node.domAttributes?.tabIndex === 0).map((node) => node.id)).toEqual(["a"]);
  expect(edges.map((edge) => [edge.id, edge.data?.bad])).toEqual([
    ["a.out b.in", true],
    ["b.out c.in", false],
  ]);
  expect(nodes.find((node) => node.id === "b")?.ariaLabel).toBe("b, core/x@1, 1, 3 parameters, error: no");
});

test("a folded group is one card whose ports are those that wires from outside lead to", () => {
  const graph = applyPatch(GRAPH, [{ op: "group", group: { id: "block", nodes: ["b", "c"], collapsed: true } }]).graph;
  const { nodes, edges } = new Scenes().make(shown(graph, reportOf("1")));
  expect(nodes.map((node) => [node.id, node.type])).toEqual([
    ["a", "card"],
    ["group:block", "block"],
  ]);
  expect(
    edges.map(({ source, sourceHandle, target, targetHandle }) => [source, sourceHandle, target, targetHandle]),
  ).toEqual([["a", "out", "group:block", "b.in"]]);
});

test("nodes that nobody placed are laid out once, and an edit elsewhere moves none of them", () => {
  const bare = wholeGraph({ nodes: GRAPH.nodes.map(({ id, type }) => ({ id, type })), edges: GRAPH.edges.slice(0, 2) });
  const sizes = cards(bare, portsOf(new Map(), null));
  const placing = new Placing();
  const first = placing.of(bare, sizes);
  expect(new Map(first)).toEqual(placesAtOnce(bare, sizes));
  const grown = applyPatch(bare, [
    { op: "add", node: { id: "d", type: "core/x@1" } },
    { op: "connect", from: ["c", "out"], to: ["d", "in"] },
  ]).graph;
  const next = placing.of(grown, cards(grown, portsOf(new Map(), null)));
  expect(["a", "b", "c"].map((id) => next.get(id))).toEqual(["a", "b", "c"].map((id) => first.get(id)));
  expect(next.get("d")).toEqual({ x: (first.get("c")?.x ?? 0) + 224, y: first.get("c")?.y });
});
