/** A graph as a small picture: boxes and lines, where it was laid out or, until somebody did, layer behind layer. */

import type { Graph, GraphNode } from "./graph.ts";

export interface SketchBox {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly kind: "input" | "output" | "code" | "plain";
}

export interface Sketch {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly SketchBox[];
  /** Paths of the edges, in the form of an svg. */
  readonly lines: readonly string[];
}

/** Size of a box in the units of the picture. */
export const BOX = { width: 26, height: 14 } as const;
const GAP = { x: 14, y: 10 } as const;
/** Size of a node on the canvas, about; places are told in its pixels. */
const NODE = { width: 180, height: 72 } as const;
const MOST_NODES = 400;

export function sketchOf(graph: Pick<Graph, "nodes" | "edges">): Sketch {
  const nodes = graph.nodes.slice(0, MOST_NODES);
  const placed = nodes.length > 0 && nodes.every((node) => node.ui !== null);
  const at = placed ? placesOf(nodes) : layersOf(nodes, graph.edges);
  const boxes = nodes.map((node) => ({ id: node.id, ...(at.get(node.id) as Point), kind: kindOf(node.type) }));
  const lines = graph.edges.flatMap(({ from: [source], to: [target] }) => {
    const [a, b] = [at.get(source), at.get(target)];
    return a && b ? [line(a, b)] : [];
  });
  return {
    width: Math.max(BOX.width, ...boxes.map((box) => box.x + BOX.width)),
    height: Math.max(BOX.height, ...boxes.map((box) => box.y + BOX.height)),
    boxes,
    lines,
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where the nodes stand, brought to the size of the boxes. */
function placesOf(nodes: readonly GraphNode[]): ReadonlyMap<string, Point> {
  const left = Math.min(...nodes.map((node) => node.ui?.x ?? 0));
  const top = Math.min(...nodes.map((node) => node.ui?.y ?? 0));
  const scale = { x: BOX.width / NODE.width, y: BOX.height / NODE.height };
  return new Map(
    nodes.map((node) => [
      node.id,
      { x: round(((node.ui?.x ?? 0) - left) * scale.x), y: round(((node.ui?.y ?? 0) - top) * scale.y) },
    ]),
  );
}

/** From left to right: a node stands one layer behind the last of those it comes from. */
function layersOf(nodes: readonly GraphNode[], edges: Graph["edges"]): ReadonlyMap<string, Point> {
  const layer = depths(nodes, edges);
  const filled = new Map<number, number>();
  for (const each of layer.values()) filled.set(each, (filled.get(each) ?? 0) + 1);
  const tallest = Math.max(1, ...filled.values());
  const next = new Map<number, number>();
  return new Map(
    nodes.map(({ id }) => {
      const column = layer.get(id) ?? 0;
      const row = next.get(column) ?? 0;
      next.set(column, row + 1);
      const above = (tallest - (filled.get(column) ?? 1)) / 2;
      return [id, { x: column * (BOX.width + GAP.x), y: round((row + above) * (BOX.height + GAP.y)) }];
    }),
  );
}

/** Nodes on a cycle are as deep as what was seen before it closes. */
function depths(nodes: readonly GraphNode[], edges: Graph["edges"]): Map<string, number> {
  const depth = new Map(nodes.map(({ id }) => [id, 0]));
  const waits = new Map(nodes.map(({ id }) => [id, 0]));
  const after = new Map<string, string[]>();
  for (const { from, to } of edges) {
    if (!depth.has(from[0]) || !depth.has(to[0])) continue;
    waits.set(to[0], (waits.get(to[0]) ?? 0) + 1);
    after.set(from[0], [...(after.get(from[0]) ?? []), to[0]]);
  }
  const ready = nodes.map(({ id }) => id).filter((id) => waits.get(id) === 0);
  for (let id = ready.pop(); id !== undefined; id = ready.pop())
    for (const target of after.get(id) ?? []) {
      depth.set(target, Math.max(depth.get(target) ?? 0, (depth.get(id) ?? 0) + 1));
      waits.set(target, (waits.get(target) ?? 1) - 1);
      if (waits.get(target) === 0) ready.push(target);
    }
  return depth;
}

function line(from: Point, to: Point): string {
  const [x1, y1] = [from.x + BOX.width, from.y + BOX.height / 2];
  const [x2, y2] = [to.x, to.y + BOX.height / 2];
  const bend = Math.max(6, Math.abs(x2 - x1) / 2);
  return `M${round(x1)} ${round(y1)}C${round(x1 + bend)} ${round(y1)} ${round(x2 - bend)} ${round(y2)} ${round(x2)} ${round(y2)}`;
}

const INPUT = /^core\/(\w+_)?input@/;
const OUTPUT = /^core\/(classification|multi_label|regression|segmentation|reconstruction)@/;

function kindOf(type: string): SketchBox["kind"] {
  if (INPUT.test(type)) return "input";
  if (OUTPUT.test(type)) return "output";
  return type.startsWith("core/code@") ? "code" : "plain";
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
