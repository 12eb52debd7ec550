import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { CARD_WIDTH } from "../../src/lib/card.ts";
import {
  type Components,
  type End,
  edgeKey,
  type Graph,
  type Op,
  type Report,
  wholeGraph,
} from "../../src/lib/graph.ts";
import { addBlock, type Block, blockKey, blockOf, inserted, laidOut } from "../../src/lib/graphblock.ts";
import { applyPatch } from "../../src/lib/graphpatch.ts";

const ROOT = resolve(import.meta.dirname, "../../..");

function read<T>(path: string): T {
  return JSON.parse(readFileSync(resolve(ROOT, path), "utf8")) as T;
}

function block(name: string): Block {
  return { ...read<Block>(`src/gnomon/graph/blocks/${name}.json`), name };
}

interface Vector {
  readonly block: string;
  readonly taken: readonly string[];
  readonly behind: End | null;
  readonly channels: number | null;
  readonly ops: readonly Op[];
}

const VECTORS = read<readonly Vector[]>("tests/fixtures/graph_blocks.json");
const NONE: Components = new Map([
  ["core/image_input@1", port("core/image_input@1", [], ["out"])],
  ["core/classification@1", port("core/classification@1", ["in"], [])],
]);

function port(type: string, inputs: readonly string[], outputs: readonly string[]) {
  const made = (name: string) => ({ name, doc: "", rank: null, dtype: null, many: false, least: 1 });
  const ports = { inputs: inputs.map(made), outputs: outputs.map(made) };
  return { type, title: type, category: "", doc: "", words: [], params: [], targets: [], ...ports };
}

/** image → label. */
const GRAPH = wholeGraph({
  nodes: [
    { id: "image", type: "core/image_input@1", ui: { x: 0, y: 0 } },
    { id: "label", type: "core/classification@1", ui: { x: 224, y: 0 } },
  ],
  edges: [{ from: ["image", "out"], to: ["label", "in"] }],
});
const PLACES = new Map(GRAPH.nodes.map((node) => [node.id, node.ui ?? { x: 0, y: 0 }]));

function reportOf(channels: number): Report {
  const image = { shape: [28, 28, channels], outs: [{ shape: [28, 28, channels], dtype: "float32", text: "" }] };
  return { nodes: { image }, issues: [], suggestions: [], order: [] } as unknown as Report;
}

function added(graph: Graph): Graph["nodes"] {
  return graph.nodes.filter((node) => node.id !== "image" && node.id !== "label");
}

describe("a block is inserted as the server inserts it", () => {
  test.each(VECTORS.map((vector) => [vector.block, vector] as const))(
    "%s",
    (name, { taken, behind, channels, ops }) => {
      expect(inserted(block(name), taken, behind, channels).ops).toEqual(ops);
    },
  );
});

test("a block goes into a wire, follows the channels of what it stands behind, and is selected", () => {
  const into = GRAPH.edges[0];
  const edit = addBlock(GRAPH, NONE, reportOf(24), PLACES, block("inverted_residual"), { into });
  const { graph } = applyPatch(GRAPH, edit.ops);
  const keys = graph.edges.map(edgeKey);
  expect(keys.filter((key) => key.startsWith("image.") || key.includes(" label."))).toEqual([
    "sum.out label.in",
    "image.out sum.in.1",
    "image.out widen.in",
  ]);
  expect(graph.nodes.find((node) => node.id === "widen")?.params.filters).toBe(144);
  expect(graph.nodes.find((node) => node.id === "narrow")?.params.filters).toBe(24);
  expect([edit.label, edit.select]).toEqual(["Add Inverted residual", graph.groups[0]?.nodes]);
  expect(applyPatch(graph, applyPatch(GRAPH, edit.ops).inverse).graph).toEqual(GRAPH);
});

test("without a wire or a known shape a block keeps its own numbers, and twice it has other names", () => {
  const first = applyPatch(GRAPH, addBlock(GRAPH, NONE, null, PLACES, block("inverted_residual"), {}).ops).graph;
  const second = applyPatch(first, addBlock(first, NONE, null, PLACES, block("inverted_residual"), {}).ops).graph;
  expect(second.groups.map((group) => group.id)).toEqual(["inverted_residual", "inverted_residual_2"]);
  expect(
    second.nodes.filter((node) => node.id.startsWith("widen")).map((node) => [node.id, node.params.filters]),
  ).toEqual([
    ["widen", 96],
    ["widen_2", 96],
  ]);
});

test("nodes of a block stand apart from one another and from the cards that are there", () => {
  const edit = addBlock(GRAPH, NONE, null, PLACES, block("transformer_encoder"), { from: ["image", "out"] });
  const boxes = applyPatch(GRAPH, edit.ops).graph.nodes.map((node) => ({
    id: node.id,
    ...(node.ui ?? { x: 0, y: 0 }),
  }));
  const overlaps = boxes.flatMap((a, i) =>
    boxes
      .slice(i + 1)
      .filter((b) => Math.abs(a.x - b.x) < CARD_WIDTH && Math.abs(a.y - b.y) < 50)
      .map((b) => `${a.id} ${b.id}`),
  );
  expect(overlaps).toEqual([]);
  const at = addBlock(GRAPH, NONE, null, PLACES, block("conv_block"), { place: { x: 900, y: 40 } });
  expect(added(applyPatch(GRAPH, at.ops).graph)[0]?.ui).toEqual({ x: 900, y: 40 });
});

test("operations that add nothing stay as they are, and blocks are known by their key", () => {
  const ops: readonly Op[] = [{ op: "remove", id: "image" }];
  expect(laidOut(ops, NONE, PLACES, { x: 0, y: 0 })).toEqual(ops);
  const all = [block("unet"), block("vgg16")];
  expect(all.map((one) => blockOf(all, blockKey(one)))).toEqual(all);
  expect(blockOf(all, "core/dense@1")).toBeUndefined();
});
