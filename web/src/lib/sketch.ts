/** A graph as a small picture: where it was laid out or, until somebody did, layer behind layer, in lines as text runs. */

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
/** Width by height that a picture should have, and the most that is not folded. */
const RATIO = 2.4;
const WIDEST = 5;
/** Layers that fit beside one another whatever the ratio. */
const FEW = 6;

export function sketchOf(graph: Pick<Graph, "nodes" | "edges">): Sketch {
  const nodes = graph.nodes.slice(0, MOST_NODES);
  const placed = nodes.length > 0 && nodes.every((node) => node.ui !== null) ? placesOf(nodes) : null;
  const at = placed && ratioOf(placed) <= WIDEST ? placed : layersOf(nodes, graph.edges);
  const boxes = nodes.map((node) => ({ id: node.id, ...(at.get(node.id) as Point), kind: kindOf(node.type) }));
  const lines = graph.edges.flatMap(({ from: [source], to: [target] }) => {
    const [a, b] = [at.get(source), at.get(target)];
    return a && b ? [line(a, b)] : [];
  });
  return { ...sizeOf(at.values()), boxes, lines };
}

function sizeOf(points: Iterable<Point>): { readonly width: number; readonly height: number } {
  const all = [...points];
  return {
    width: Math.max(BOX.width, ...all.map(({ x }) => x + BOX.width)),
    height: Math.max(BOX.height, ...all.map(({ y }) => y + BOX.height)),
  };
}

function ratioOf(at: ReadonlyMap<string, Point>): number {
  const { width, height } = sizeOf(at.values());
  return width / height;
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

/** A node stands one layer behind the last of those it comes from; lines of layers run to and fro. */
function layersOf(nodes: readonly GraphNode[], edges: Graph["edges"]): ReadonlyMap<string, Point> {
  const layer = depths(nodes, edges);
  const filled = new Map<number, number>();
  for (const each of layer.values()) filled.set(each, (filled.get(each) ?? 0) + 1);
  const tallest = Math.max(1, ...filled.values());
  const [wide, high] = [BOX.width + GAP.x, tallest * (BOX.height + GAP.y)];
  const count = filled.size;
  const fits = Math.max(FEW, Math.ceil(Math.sqrt((RATIO * count * high) / wide)));
  const turns = Math.ceil(count / fits);
  // Lines of one length: 7 and 7 rather than 12 and 2.
  const perLine = Math.ceil(count / turns);
  const next = new Map<number, number>();
  return new Map(
    nodes.map(({ id }) => {
      const depth = layer.get(id) ?? 0;
      const turn = Math.floor(depth / perLine);
      const along = depth % perLine;
      const row = next.get(depth) ?? 0;
      next.set(depth, row + 1);
      const above = (tallest - (filled.get(depth) ?? 1)) / 2;
      const x = (turn % 2 === 0 ? along : perLine - 1 - along) * wide;
      return [id, { x, y: round(turn * (high + GAP.y / 2) + (row + above) * (BOX.height + GAP.y)) }];
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

/** From side to side where boxes stand beside one another, else from below to above. */
function line(from: Point, to: Point): string {
  const middle = BOX.height / 2;
  if (Math.abs(to.x - from.x) < BOX.width) {
    const [x1, x2] = [from.x + BOX.width / 2, to.x + BOX.width / 2];
    const [y1, y2] = to.y > from.y ? [from.y + BOX.height, to.y] : [from.y, to.y + BOX.height];
    const half = (y1 + y2) / 2;
    return path(x1, y1, x1, half, x2, half, x2, y2);
  }
  const right = to.x > from.x;
  const [x1, x2] = right ? [from.x + BOX.width, to.x] : [from.x, to.x + BOX.width];
  const [y1, y2] = [from.y + middle, to.y + middle];
  const bend = (right ? 1 : -1) * Math.max(6, Math.abs(x2 - x1) / 2);
  // Over what stands between them.
  const lift = y1 === y2 && Math.abs(x2 - x1) > BOX.width ? BOX.height + GAP.y / 2 : 0;
  return path(x1, y1, x1 + bend, y1 - lift, x2 - bend, y2 - lift, x2, y2);
}

function path(...at: readonly number[]): string {
  const [x1, y1, ...rest] = at.map(round);
  return `M${x1} ${y1}C${rest.join(" ")}`;
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
