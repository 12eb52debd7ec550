/** Blocks: several nodes that are put into a graph together, as a group. `gnomon.graph.blocks.inserted` does it alike. */

import { CARD_WIDTH, cardOf, joinedOf, portsOf } from "./card.ts";
import type { Components, End, Graph, GraphEdge, Op, Place, Report, SparseNode } from "./graph.ts";
import { wholeGraph } from "./graph.ts";
import { type Edit, nodeOf, type Start } from "./graphedit.ts";
import { folded, layered } from "./layered.ts";
import { besides, type Places, rounded } from "./standing.ts";

/** Marks a block where components are known by their type. */
const MARK = "block:";
export const BLOCKS = "Blocks";
/** A card, and what a frame around cards needs beyond them. */
const CARD_HEIGHT = 111;
const FRAME = 40;

/** A parameter that is a multiple of the channels of what the block is put behind, where these are known. */
export interface Follow {
  readonly node: string;
  readonly param: string;
  readonly times: number;
}

export interface Block {
  readonly name: string;
  readonly title: string;
  readonly doc: string;
  readonly words: readonly string[];
  readonly nodes: readonly SparseNode[];
  readonly edges: readonly GraphEdge[];
  /** Where what it is put behind is led to. */
  readonly enter: readonly End[];
  /** Where the next node takes from. */
  readonly leave: End;
  readonly follows: readonly Follow[];
}

/** What the palette and its search know a block by. */
export function blockKey(block: Block): string {
  return MARK + block.name;
}

export function blockOf(blocks: readonly Block[], key: string): Block | undefined {
  return blocks.find((one) => blockKey(one) === key);
}

/** The operations that add a block, and what its nodes are called in the graph. */
export function inserted(block: Block, taken: Iterable<string>, behind: End | null, channels: number | null) {
  const used = new Set(taken);
  const ids = new Map(block.nodes.map((node) => [node.id, claim(node.id, used)]));
  const there = ([node, port]: End): End => [ids.get(node) ?? node, port];
  const ops: Op[] = block.nodes.map((node) => ({
    op: "add",
    node: {
      id: ids.get(node.id) as string,
      type: node.type,
      params: { ...node.params, ...followed(block, node.id, channels) },
    },
  }));
  for (const { from, to } of block.edges) ops.push({ op: "connect", from: there(from), to: there(to) });
  if (behind) for (const end of block.enter) ops.push({ op: "connect", from: behind, to: there(end) });
  const group = { id: claim(block.name, used), nodes: [...ids.values()], title: block.title };
  ops.push({ op: "group", group });
  return { ops, ids: [...ids.values()], leave: there(block.leave) };
}

function followed(block: Block, node: string, channels: number | null): Readonly<Record<string, number>> {
  const found = channels === null ? [] : block.follows.filter((one) => one.node === node);
  return Object.fromEntries(found.map((one) => [one.param, one.times * (channels as number)]));
}

function claim(name: string, used: Set<string>): string {
  let found = name;
  for (let i = 2; used.has(found); i++) found = `${name}_${i}`;
  used.add(found);
  return found;
}

/** Put a block where a gesture says: behind an output, before an input, into a wire, or at a place. */
export function addBlock(
  graph: Graph,
  components: Components,
  report: Report | null,
  places: Places,
  block: Block,
  { place, from, to, into }: Start,
): Edit {
  const behind = into?.from ?? from ?? null;
  const before = into?.to ?? to;
  const taken = [...graph.nodes, ...graph.groups].map((one) => one.id);
  const made = inserted(block, taken, behind, behind && channelsOf(components, report, graph, behind));
  const cut = before && graph.edges.find((edge) => edge.to[0] === before[0] && edge.to[1] === before[1]);
  const ops: readonly Op[] = [
    ...made.ops,
    ...(cut ? [{ op: "disconnect", from: cut.from, to: cut.to } as const] : []),
    ...(before ? [{ op: "connect", from: made.leave, to: before } as const] : []),
  ];
  const at = place ?? besides(places, behind ?? undefined, before);
  return {
    ops: laidOut(ops, components, place ? new Map() : places, at),
    label: `Add ${block.title}`,
    select: made.ids,
  };
}

/** Length of the last axis of what an output gives; `null` when nobody knows. */
function channelsOf(components: Components, report: Report | null, graph: Graph, [id, name]: End): number | null {
  const said = report && Object.hasOwn(report.nodes, id) ? report.nodes[id] : undefined;
  const ports = portsOf(components, report)(nodeOf(graph, id)).outputs;
  const at = Math.max(
    0,
    ports.findIndex((port) => port.name === name),
  );
  return (said?.outs?.[at]?.shape ?? (at === 0 ? said?.shape : null))?.at(-1) ?? null;
}

/**
 * Give nodes that operations add their places: in columns, all of them together where no card stands.
 *
 * @param at Where their left upper corner would be best.
 */
export function laidOut(ops: readonly Op[], components: Components, places: Places, at: Place): readonly Op[] {
  const nodes = ops.flatMap((op) => (op.op === "add" ? [op.node] : []));
  const known = new Set(nodes.map((node) => node.id));
  const edges = ops.flatMap((op) =>
    op.op === "connect" && known.has(op.from[0]) && known.has(op.to[0]) ? [{ from: op.from, to: op.to }] : [],
  );
  const added = wholeGraph({ nodes, edges });
  const ports = portsOf(components, null);
  const joined = joinedOf(added);
  const height = (id: string): number => cardOf("", ports(nodeOf(added, id)), joined.get(id)).height;
  const found = folded(added, layered(added, height), height);
  const right = Math.max(...[...found.values()].map((one) => one.x)) + CARD_WIDTH;
  const bottom = Math.max(...[...found].map(([id, one]) => one.y + height(id)));
  const y = freeRow(places, { left: at.x, right: at.x + right, top: at.y, height: bottom });
  return ops.map((op) => {
    const place = op.op === "add" ? found.get(op.node.id) : undefined;
    if (op.op !== "add" || !place) return op;
    return { ...op, node: { ...op.node, ui: rounded({ x: at.x + place.x, y: y + place.y }) } };
  });
}

interface Room {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly height: number;
}

/** The first height downwards at which no card is in the way. */
function freeRow(places: Places, { left, right, top, height }: Room): number {
  const beside = [...places.values()].filter((one) => one.x < right + FRAME && one.x + CARD_WIDTH > left - FRAME);
  const below = beside.map((one) => one.y).sort((a, b) => a - b);
  let y = top;
  for (const card of below)
    if (card < y + height + FRAME && card + CARD_HEIGHT > y - FRAME) y = card + CARD_HEIGHT + FRAME;
  return y;
}
