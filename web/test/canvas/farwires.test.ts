import { expect, test } from "vitest";
import { pathsOf } from "../../src/canvas/farwires.tsx";
import { Scenes } from "../../src/canvas/scene.ts";
import { wholeGraph } from "../../src/lib/graph.ts";

const GRAPH = wholeGraph({
  nodes: ["a", "b", "c"].map((id, i) => ({ id, type: "core/x@1", ui: { x: 300 * i, y: 0 } })),
  edges: [
    { from: ["a", "out"], to: ["b", "in"] },
    { from: ["b", "out"], to: ["c", "in"] },
    { from: ["a", "out"], to: ["c", "in"] },
  ],
});

test("from afar all wires of one look are one path, from the side of one card to the side of the next", () => {
  const none = new Set<string>();
  const scene = new Scenes().make({
    graph: GRAPH,
    report: null,
    components: new Map(),
    places: new Map(GRAPH.nodes.map((node) => [node.id, node.ui ?? { x: 0, y: 0 }])),
    selected: none,
    selectedEdges: new Set(["a.out c.in"]),
    current: null,
    edgeMarks: { "a.out b.in": "added" },
  });
  const paths = pathsOf(scene);
  expect(paths.map(([look]) => look.trim().replace(/ +/g, " ")).sort()).toEqual(["wire", "wire added", "wire chosen"]);
  for (const [, path] of paths) expect(path.match(/M/g)).toHaveLength(1);
});
