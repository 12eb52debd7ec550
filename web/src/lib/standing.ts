/** Where nodes stand that an edit adds without saying where, and how those move that stand in their way. */

import { CARD_WIDTH } from "./card.ts";
import type { End, Graph, Op, Place } from "./graph.ts";
import { applyPatch } from "./graphpatch.ts";
import { ranks } from "./layered.ts";

export type Places = ReadonlyMap<string, Place>;

export const COLUMN = CARD_WIDTH + 56;
/** Of cards with previews, one below the other. */
export const ROW = 132;
/** Cards nearer than this, upwards or downwards, are in each other's way. */
const TALL = 100;
const WIDE = CARD_WIDTH + 8;

/** Whether a card would lie on another. */
export function isTaken(places: Places, at: Place): boolean {
  return [...places.values()].some((one) => overlap(one, at));
}

function overlap(a: Place, b: Place): boolean {
  return Math.abs(a.x - b.x) < WIDE && Math.abs(a.y - b.y) < TALL;
}

/** Behind what it takes from, before what it gives to, or below everything; where nothing stands yet. */
export function besides(places: Places, from: End | undefined, to: End | undefined): Place {
  const [a, b] = [from && places.get(from[0]), to && places.get(to[0])];
  if (a && b && b.x - a.x > COLUMN * 1.4) return free(places, { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  if (a) return free(places, { x: a.x + COLUMN, y: a.y });
  if (b) return free(places, { x: b.x - COLUMN, y: b.y });
  const all = [...places.values()];
  if (all.length === 0) return { x: 0, y: 0 };
  return free(places, { x: Math.min(...all.map((one) => one.x)), y: Math.max(...all.map((one) => one.y)) + ROW });
}

/** The first place downwards on which no card stands. */
function free(places: Places, at: Place): Place {
  let { y } = at;
  while (isTaken(places, { x: at.x, y })) y += ROW;
  return { x: at.x, y };
}

/** A place, and where cards go that are in its way. */
export interface Standing {
  readonly at: Place;
  readonly moved: Places;
}

/** Between two nodes that stand side by side: where the second stands, which moves on, as do those behind it. */
export function between(places: Places, from: End | undefined, to: End | undefined): Standing {
  const [a, b] = [from && places.get(from[0]), to && places.get(to[0])];
  if (!a || !b || b.x <= a.x || b.x - a.x > COLUMN * 1.4) return { at: besides(places, from, to), moved: new Map() };
  return { at: b, moved: pushed(places, b) };
}

/** Cards that stand at a place or behind it, moved on until none lies on another. */
function pushed(places: Places, at: Place): Places {
  const moved = new Map<string, Place>();
  // A copy: the card that stands there is not the one that comes.
  const standing: Place[] = [{ ...at }];
  for (const one of standing)
    for (const [id, was] of places) {
      const place = moved.get(id) ?? was;
      if (place === one || place.x < one.x || !overlap(place, one)) continue;
      const next = { x: one.x + COLUMN, y: place.y };
      moved.set(id, next);
      standing.push(next);
    }
  return moved;
}

/**
 * Give nodes that operations add their places, between what they are connected with.
 *
 * With the first edit that adds, moves or takes away a node all others keep the places where they are shown: a node that
 * comes back later, in another window or after a reload, then finds its own.
 *
 * @param places Where nodes are shown; a node that is not among them has no place yet.
 */
export function settled(graph: Graph, places: Places, ops: readonly Op[]): readonly Op[] {
  if (!ops.some(({ op }) => op === "add" || op === "move" || op === "remove")) return ops;
  const unplaced = ops.flatMap((op) => (op.op === "add" && !op.node.ui ? [op.node.id] : []));
  // Where most of a graph is new it is laid out as a whole.
  if (unplaced.length * 2 > graph.nodes.length) return ops;
  const still = graph.nodes.flatMap(({ id, ui }) => {
    const place = ui ? undefined : places.get(id);
    return place ? [[id, rounded(place)] as const] : [];
  });
  const first: readonly Op[] = still.length > 0 ? [{ op: "move", places: Object.fromEntries(still) }] : [];
  if (unplaced.length === 0) return [...first, ...ops];
  const after = applyPatch(graph, [...first, ...ops]).graph;
  const known = new Map<string, Place>();
  for (const { id, ui } of after.nodes) {
    const place = ui ?? places.get(id);
    if (place) known.set(id, place);
  }
  const rank = ranks(after);
  const moved = new Map<string, Place>();
  for (const id of [...unplaced].sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0))) {
    // What is taken out and put in again stays where it is.
    if (known.has(id)) continue;
    const found = between(known, nearest(after, known, id, "before"), nearest(after, known, id, "behind"));
    known.set(id, found.at);
    for (const [other, place] of found.moved) {
      known.set(other, place);
      moved.set(other, place);
    }
  }
  const placed = ops.map((op): Op => {
    const place = op.op === "add" && !op.node.ui ? known.get(op.node.id) : undefined;
    return op.op === "add" && place ? { ...op, node: { ...op.node, ui: rounded(place) } } : op;
  });
  for (const id of unplaced) moved.delete(id);
  const others = Object.fromEntries([...moved].map(([id, place]) => [id, rounded(place)]));
  return [...first, ...placed, ...(moved.size > 0 ? [{ op: "move", places: others } as const] : [])];
}

/** The next node with a place along the wires. */
function nearest(graph: Graph, places: Places, id: string, way: "before" | "behind"): End | undefined {
  const reached = new Set([id]);
  for (const one of reached)
    for (const edge of graph.edges) {
      const [here, there] = way === "before" ? [edge.to, edge.from] : [edge.from, edge.to];
      if (here[0] !== one) continue;
      if (places.has(there[0])) return there;
      reached.add(there[0]);
    }
  return undefined;
}

export function rounded({ x, y }: Place): Place {
  return { x: Math.round(x), y: Math.round(y) };
}

/** The same operation, which leaves where a node stands to whoever adds it. */
export function withoutPlace(op: Op): Op {
  if (op.op !== "add") return op;
  const { ui: _, ...node } = op.node;
  return { ...op, node };
}
