import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Graph, type SparseGraph, wholeGraph } from "../../src/lib/graph.ts";
import { opsBetween } from "../../src/lib/graphbetween.ts";
import { applyPatch } from "../../src/lib/graphpatch.ts";

interface Vector {
  readonly graph: SparseGraph;
  readonly after?: SparseGraph;
}

const VECTORS = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../tests/fixtures/graph_patches.json"), "utf8"),
) as readonly Vector[];
const GRAPHS: readonly Graph[] = VECTORS.flatMap(({ graph, after }) => (after ? [graph, after] : [graph])).map(
  wholeGraph,
);

test("any graph of the patch vectors becomes any other, and undone it is itself again", () => {
  let steps = 0;
  for (const [i, before] of GRAPHS.entries())
    for (const after of GRAPHS.filter((_, j) => (i + j) % 5 === 0)) {
      const ops = opsBetween(before, after);
      const done = applyPatch(before, ops);
      expect(done.graph).toEqual(after);
      expect(applyPatch(done.graph, done.inverse).graph).toEqual(before);
      steps += ops.length;
    }
  expect(steps).toBeGreaterThan(1000);
});

test("nothing but the difference is done", () => {
  const node = (id: string, params = {}) => ({ id, type: "core/dense@1", params });
  const edge = { from: ["a", "out"], to: ["b", "in"] } as const;
  const before = wholeGraph({ nodes: [node("a", { units: 3, use_bias: false }), node("b")], edges: [edge] });
  const after = wholeGraph({ nodes: [node("a", { units: 4 }), node("b")], edges: [edge], target: "keras" });
  expect(opsBetween(before, before)).toEqual([]);
  expect(opsBetween(before, after)).toEqual([
    { op: "set", id: "a", params: { units: 4 }, unset: ["use_bias"] },
    { op: "document", target: "keras" },
  ]);
  expect(opsBetween(before, wholeGraph({ nodes: [node("b"), node("a", { units: 3, use_bias: false })] }))).toEqual([
    { op: "remove", id: "a" },
    { op: "add", node: node("a", { units: 3, use_bias: false }), at: 1 },
  ]);
});
