import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { EMPTY_GRAPH, type Graph, isName, type Op, type SparseGraph, wholeGraph } from "../../src/lib/graph.ts";
import { applyPatch, PatchError } from "../../src/lib/graphpatch.ts";

interface Vector {
  readonly name?: string;
  readonly graph: SparseGraph;
  readonly ops: readonly Op[];
  readonly after?: SparseGraph;
  readonly inverse?: readonly Op[];
  readonly error?: unknown;
}

const FILE = resolve(import.meta.dirname, "../../../tests/fixtures/graph_patches.json");
const VECTORS = JSON.parse(readFileSync(FILE, "utf8")) as readonly Vector[];

describe("the vectors that the server passes too", () => {
  test.each(VECTORS.map((vector, i) => [vector.name ?? JSON.stringify(vector.ops).slice(0, 80), i] as const))(
    "%s",
    (_, i) => {
      const { graph, ops, after, inverse } = VECTORS[i] as Vector;
      const before = wholeGraph(graph);
      if (after === undefined) {
        expect(() => applyPatch(before, ops)).toThrow(PatchError);
        return;
      }
      const done = applyPatch(before, ops);
      expect(done.graph).toEqual(wholeGraph(after));
      expect(done.inverse).toEqual(inverse);
      expect(applyPatch(done.graph, done.inverse).graph).toEqual(before);
    },
  );
});

/** A chain of nodes, each with one edge to the next. */
function chain(length: number): Graph {
  const id = (i: number): string => `n${i}`;
  return wholeGraph({
    nodes: Array.from({ length }, (_, i) => ({ id: id(i), type: "core/dense@1", params: { units: i } })),
    edges: Array.from({ length: length - 1 }, (_, i) => ({ from: [id(i), "out"], to: [id(i + 1), "in"] })),
    groups: [{ id: "block", nodes: [id(0), id(1)], repeat: 2 }],
  });
}

/** The same numbers every time. */
function numbers(seed: number): (below: number) => number {
  let state = seed + 1;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

function randomOp(graph: Graph, pick: (below: number) => number, i: number): Op {
  const node = graph.nodes[pick(graph.nodes.length)] ?? { id: "none" };
  const edge = graph.edges[pick(Math.max(1, graph.edges.length))];
  const kinds: Op[] = [
    { op: "add", node: { id: `x${i}`, type: "core/add@1", note: "new" }, at: pick(graph.nodes.length + 1) },
    { op: "remove", id: node.id },
    { op: "set", id: node.id, params: { units: i, rate: null }, unset: ["bias"] },
    { op: "move", places: { [node.id]: pick(2) ? { x: i, y: 1 } : null } },
    { op: "rename", id: node.id, to: `y${i}` },
    { op: "replace", id: node.id, type: "core/dropout@1", params: { rate: 0.5 } },
    { op: "connect", from: [node.id, "out"], to: ["n1", `in.${i}`] },
    { op: "note", id: node.id, text: `note ${i}` },
    { op: "group", group: { id: `g${i}`, nodes: [node.id], collapsed: true } },
    { op: "document", name: `m${i}`, target: "keras" },
    ...(edge ? [{ op: "disconnect", ...edge } as Op] : []),
    ...(graph.groups[0] ? [{ op: "ungroup", id: graph.groups[0].id } as Op] : []),
  ];
  return kinds[pick(kinds.length)] as Op;
}

test("the inverse of any operations leads back to the same document", () => {
  let applied = 0;
  for (let seed = 0; seed < 200; seed++) {
    const pick = numbers(seed);
    let graph = chain(6);
    const before = graph;
    const ops: Op[] = [];
    for (let i = 0; i < 12; i++) {
      const op = randomOp(graph, pick, i);
      try {
        graph = applyPatch(graph, [op]).graph;
        ops.push(op);
      } catch (cause) {
        expect(cause).toBeInstanceOf(PatchError);
      }
    }
    const done = applyPatch(before, ops);
    applied += ops.length;
    expect(done.graph).toEqual(graph);
    expect(applyPatch(done.graph, done.inverse).graph).toEqual(before);
  }
  expect(applied).toBeGreaterThan(1500);
});

test("nothing is changed when one of the operations cannot be applied", () => {
  const graph = chain(3);
  const copy = structuredClone(graph);
  expect(() =>
    applyPatch(graph, [
      { op: "remove", id: "n0" },
      { op: "note", id: "n0", text: "gone" },
    ]),
  ).toThrow("ops[1] (note): there is no node n0.");
  expect(graph).toEqual(copy);
});

test("nodes that nothing was done to stay the same objects", () => {
  const graph = chain(3);
  const { graph: after } = applyPatch(graph, [{ op: "set", id: "n1", params: { units: 9 } }]);
  expect(after.nodes.map((node, i) => node === graph.nodes[i])).toEqual([true, false, true]);
  expect(after.edges).toBe(graph.edges);
});

test("a thousand nodes are pasted and taken back in a moment of linear work", () => {
  const { nodes, edges } = chain(1000);
  const ops: Op[] = [
    ...nodes.map((node) => ({ op: "add", node }) as const),
    ...edges.map((edge) => ({ op: "connect", ...edge }) as const),
  ];
  const done = applyPatch(EMPTY_GRAPH, ops);
  expect([done.graph.nodes.length, done.graph.edges.length, done.inverse.length]).toEqual([1000, 999, 1999]);
  expect(applyPatch(done.graph, done.inverse).graph).toEqual(EMPTY_GRAPH);
});

test("names are what Python takes for a variable and code has no use for", () => {
  expect(["conv1", "_x", "a".repeat(64)].map(isName)).toEqual([true, true, true]);
  const bad = ["", "1a", "Conv", "a-b", "für", "a".repeat(65), "for", "self", "layer", "a\n"];
  expect(bad.map(isName)).toEqual(bad.map(() => false));
});
