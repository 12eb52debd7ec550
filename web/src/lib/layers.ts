/** Layered drawing of a graph from left to right: longest paths give the columns, neighbours' middles the order. */

export interface LayerNode {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

export interface Laid {
  /** Upper left corner of each node. */
  readonly at: ReadonlyMap<string, { readonly x: number; readonly y: number; readonly layer: number }>;
  readonly width: number;
  readonly height: number;
}

const GAP_X = 56;
const GAP_Y = 18;
const SWEEPS = 6;

/**
 * Place nodes so that every edge leads to the right; edges that close a cycle are turned round for it.
 *
 * The order within a layer goes by the mean place of neighbours, swept back and forth (Sugiyama's barycentre rule).
 */
export function layOut(nodes: readonly LayerNode[], edges: readonly (readonly [string, string])[]): Laid {
  const forward = acyclic(nodes, edges);
  const layerOf = longestPaths(nodes, forward);
  const layers: string[][] = [];
  for (const { id } of nodes) {
    const layer = layerOf.get(id) ?? 0;
    while (layers.length <= layer) layers.push([]);
    layers[layer]?.push(id);
  }
  arrange(layers, forward);
  return place(nodes, layers, forward);
}

type Edges = readonly (readonly [string, string])[];

/** The edges without loops, those that lead back turned round: found by a walk that meets a node it is still within. */
function acyclic(nodes: readonly LayerNode[], edges: Edges): [string, string][] {
  const next = grouped(edges, 0);
  const state = new Map<string, "open" | "done">();
  const back = new Set<string>();
  for (const { id } of nodes) {
    // A stack of our own: a chain of ten thousand layers would be too deep for calls.
    const stack = [{ id, at: 0 }];
    while (stack.length > 0) {
      const top = stack.at(-1) as { id: string; at: number };
      if (top.at === 0 && state.has(top.id)) {
        stack.pop();
        continue;
      }
      state.set(top.id, "open");
      const to = next.get(top.id)?.[top.at];
      top.at += 1;
      if (to === undefined) {
        state.set(top.id, "done");
        stack.pop();
      } else if (state.get(to) === "open") back.add(`${top.id}\n${to}`);
      else if (!state.has(to)) stack.push({ id: to, at: 0 });
    }
  }
  return edges.flatMap(([a, b]): [string, string][] => (a === b ? [] : back.has(`${a}\n${b}`) ? [[b, a]] : [[a, b]]));
}

function grouped(edges: Edges, by: 0 | 1): Map<string, string[]> {
  const out = new Map<string, string[]>();
  for (const edge of edges) {
    const found = out.get(edge[by]);
    if (found) found.push(edge[1 - by] as string);
    else out.set(edge[by], [edge[1 - by] as string]);
  }
  return out;
}

function longestPaths(nodes: readonly LayerNode[], edges: Edges): Map<string, number> {
  const waiting = new Map(nodes.map(({ id }) => [id, 0]));
  for (const [, to] of edges) waiting.set(to, (waiting.get(to) ?? 0) + 1);
  const next = grouped(edges, 0);
  const layer = new Map(nodes.map(({ id }) => [id, 0]));
  const free = nodes.filter(({ id }) => waiting.get(id) === 0).map(({ id }) => id);
  for (let i = 0; i < free.length; i++) {
    const from = free[i] as string;
    for (const to of next.get(from) ?? []) {
      layer.set(to, Math.max(layer.get(to) ?? 0, (layer.get(from) ?? 0) + 1));
      const left = (waiting.get(to) ?? 1) - 1;
      waiting.set(to, left);
      if (left === 0) free.push(to);
    }
  }
  return layer;
}

function arrange(layers: string[][], edges: Edges): void {
  const [next, before] = [grouped(edges, 0), grouped(edges, 1)];
  const place = new Map<string, number>();
  const remember = (layer: readonly string[]): void => {
    for (const [i, id] of layer.entries()) place.set(id, i - layer.length / 2);
  };
  for (const layer of layers) remember(layer);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0;
    const order = down ? layers : [...layers].reverse();
    for (const layer of order) {
      const middle = new Map(
        layer.map((id) => [id, mean((down ? before : next).get(id), place) ?? place.get(id) ?? 0]),
      );
      layer.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0));
      remember(layer);
    }
  }
}

function mean(ids: readonly string[] | undefined, of: ReadonlyMap<string, number>): number | null {
  if (!ids || ids.length === 0) return null;
  return ids.reduce((sum, id) => sum + (of.get(id) ?? 0), 0) / ids.length;
}

/** Heights: each node as near to the middle of its neighbours as the ones above it allow. */
function place(nodes: readonly LayerNode[], layers: readonly string[][], edges: Edges): Laid {
  const size = new Map(nodes.map((node) => [node.id, node]));
  const before = grouped(edges, 1);
  const middle = new Map<string, number>();
  const at = new Map<string, { x: number; y: number; layer: number }>();
  let x = 0;
  for (const [index, layer] of layers.entries()) {
    const wide = Math.max(...layer.map((id) => size.get(id)?.width ?? 0));
    const wishes = layer.map((id) => mean(before.get(id), middle) ?? 0);
    const tops = spread(
      layer.map((id) => size.get(id)?.height ?? 0),
      wishes,
    );
    for (const [i, id] of layer.entries()) {
      const tall = size.get(id)?.height ?? 0;
      const top = tops[i] as number;
      middle.set(id, top + tall / 2);
      at.set(id, { x: x + (wide - (size.get(id)?.width ?? 0)) / 2, y: top, layer: index });
    }
    x += wide + GAP_X;
  }
  let [low, high] = [0, 0];
  for (const [id, { y }] of at) {
    low = Math.min(low, y);
    high = Math.max(high, y + (size.get(id)?.height ?? 0));
  }
  for (const [id, spot] of at) at.set(id, { ...spot, y: spot.y - low });
  return { at, width: Math.max(0, x - GAP_X), height: high - low };
}

/** Tops of boxes in a column, in order and apart, their wishes met on average. */
function spread(heights: readonly number[], wishes: readonly number[]): number[] {
  const tops: number[] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const [i, tall] of heights.entries()) {
    const top = Math.max(end, (wishes[i] as number) - tall / 2);
    tops.push(top);
    end = top + tall + GAP_Y;
  }
  // Pushing only downwards drags the column down: move it back by what it went too far.
  const drift =
    tops.reduce((sum, top, i) => sum + top + (heights[i] as number) / 2 - (wishes[i] as number), 0) /
    Math.max(1, tops.length);
  return tops.map((top) => top - drift);
}
