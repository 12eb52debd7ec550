import { expect, test } from "vitest";
import { wholeGraph } from "../../src/lib/graph.ts";
import { BOX, sketchOf } from "../../src/lib/sketch.ts";

const edge = (from: string, to: string) => ({ from: [from, "out"], to: [to, "in"] }) as const;
const node = (id: string, type = "core/dense@1") => ({ id, type });

test("nodes that nobody placed stand layer behind layer, in the middle of their layer", () => {
  const graph = wholeGraph({
    nodes: [node("image", "core/image_input@1"), node("a"), node("b"), node("add"), node("out", "core/regression@1")],
    edges: [edge("image", "a"), edge("image", "b"), edge("a", "add"), edge("b", "add"), edge("add", "out")],
  });
  const { boxes, lines, width, height } = sketchOf(graph);
  expect(boxes).toEqual([
    { id: "image", x: 0, y: 12, kind: "input" },
    { id: "a", x: 40, y: 0, kind: "plain" },
    { id: "b", x: 40, y: 24, kind: "plain" },
    { id: "add", x: 80, y: 12, kind: "plain" },
    { id: "out", x: 120, y: 12, kind: "output" },
  ]);
  expect([width, height]).toEqual([120 + BOX.width, 24 + BOX.height]);
  expect(lines).toHaveLength(5);
  expect(lines[0]).toBe("M26 19C33 19 33 7 40 7");
});

test("nodes that were placed stand where they stand on the canvas", () => {
  const graph = wholeGraph({
    nodes: [
      { ...node("a"), ui: { x: 100, y: -50 } },
      { ...node("b", "core/code@1"), ui: { x: 460, y: 22 } },
    ],
    edges: [edge("a", "b"), edge("a", "nowhere")],
  });
  expect(sketchOf(graph).boxes).toEqual([
    { id: "a", x: 0, y: 0, kind: "plain" },
    { id: "b", x: 52, y: 14, kind: "code" },
  ]);
  expect(sketchOf(graph).lines).toHaveLength(1);
});

test("a long chain is folded as text is, to and fro; one that was placed too far apart as well", () => {
  const nodes = Array.from({ length: 14 }, (_, i) => ({ ...node(`n${i}`), ui: { x: i * 300, y: 0 } }));
  const graph = wholeGraph({ nodes, edges: nodes.slice(1).map((one, i) => edge(`n${i}`, one.id)) });
  const { boxes, width, height, lines } = sketchOf(graph);
  expect(boxes.map(({ x }) => x / 40)).toEqual([0, 1, 2, 3, 4, 4, 3, 2, 1, 0, 0, 1, 2, 3]);
  expect(boxes.map(({ y }) => y / 29)).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2]);
  expect([width, height]).toEqual([186, 72]);
  expect(lines).toEqual(
    expect.arrayContaining([
      "M26 7C33 7 33 7 40 7",
      "M173 14C173 21.5 173 21.5 173 29",
      "M160 36C153 36 153 36 146 36",
    ]),
  );
});

test("cycles, empty graphs and very large ones are drawn too", () => {
  const cycle = wholeGraph({ nodes: [node("a"), node("b")], edges: [edge("a", "b"), edge("b", "a")] });
  expect(sketchOf(cycle).boxes.map(({ x }) => x)).toEqual([0, 0]);
  expect(sketchOf(wholeGraph({}))).toEqual({ width: BOX.width, height: BOX.height, boxes: [], lines: [] });
  const chain = Array.from({ length: 5000 }, (_, i) => node(`n${i}`));
  const edges = chain.slice(1).map((one, i) => edge(`n${i}`, one.id));
  expect(sketchOf(wholeGraph({ nodes: chain, edges })).boxes).toHaveLength(400);
});
