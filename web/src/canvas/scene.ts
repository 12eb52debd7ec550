/** What React Flow is to draw of a graph: cards, wires, frames of groups. What did not change stays the same object. */

import type { Edge as FlowEdge, Node as FlowNode, NodeHandle } from "@xyflow/react";
import { type Card, cardOf, joinedOf, LINES, NONE_JOINED, type PortsOf, portsOf, type Spot } from "../lib/card.ts";
import { formatBytes, formatIn, plural } from "../lib/format.ts";
import {
  type Components,
  edgeKey,
  type Graph,
  type GraphGroup,
  type GraphNode,
  type Issue,
  type Level,
  type NodeReport,
  type Place,
  type Report,
} from "../lib/graph.ts";
import { boundOf, columnsOf, readRef } from "../lib/graphdata.ts";
import type { Places } from "../lib/standing.ts";
import { type Box, laneOf } from "../lib/wirepath.ts";

export type Mark = "added" | "removed" | "changed";

export interface CardData extends Record<string, unknown> {
  readonly node: GraphNode;
  /** Title of the component; of one that is not installed, its type. */
  readonly title: string;
  readonly missing: boolean;
  readonly report: NodeReport | undefined;
  readonly issues: readonly Issue[];
  readonly card: Card;
  readonly mark: Mark | undefined;
  /** The data that go in or are predicted here: `iris · petal_length`; empty when nobody said. */
  readonly data: string;
  /** Whether it shows a preview. */
  readonly strip: boolean;
}

/** What nodes come to: parameters, operations and memory of one sample. */
export type Costs = Pick<NodeReport, "params" | "flops" | "memory_bytes">;

export interface BlockData extends Record<string, unknown> {
  readonly group: GraphGroup;
  /** Of all its nodes. */
  readonly costs: Costs;
  readonly level: Level | null;
  readonly card: Card;
}

export interface FrameData extends Record<string, unknown> {
  readonly group: GraphGroup;
}

export interface WireData extends Record<string, unknown> {
  /** Shape of what flows, as people write it. */
  readonly text: string;
  readonly bad: boolean;
  readonly mark: Mark | undefined;
  /** Height at which it passes the cards in its way. */
  readonly lane: number | null;
}

export type CardNode = FlowNode<CardData, "card">;
export type BlockNode = FlowNode<BlockData, "block">;
export type FrameNode = FlowNode<FrameData, "frame">;
export type AnyNode = CardNode | BlockNode | FrameNode;
export type WireEdge = FlowEdge<WireData, "wire">;

export interface Scene {
  readonly nodes: readonly AnyNode[];
  readonly edges: readonly WireEdge[];
}

export interface Shown {
  readonly graph: Graph;
  readonly report: Report | null;
  readonly components: Components;
  readonly places: Places;
  readonly selected: ReadonlySet<string>;
  readonly selectedEdges: ReadonlySet<string>;
  /** The node that the Tab key comes to. */
  readonly current: string | null;
  readonly marks?: Readonly<Record<string, Mark>> | undefined;
  readonly edgeMarks?: Readonly<Record<string, Mark>> | undefined;
  /** Cards have room for previews. */
  readonly strips?: boolean | undefined;
}

const PORT = 11;
const PAD = { side: 16, top: 34, bottom: 16 } as const;
const NO_ISSUES: readonly Issue[] = [];
const ORDER: readonly Level[] = ["error", "warning", "tip"];

export function worst(issues: readonly Issue[]): Level | null {
  return ORDER.find((level) => issues.some((issue) => issue.level === level)) ?? null;
}

/** Id of what stands for a group: no node may be called so. */
export function groupId(id: string): string {
  return `group:${id}`;
}

export function groupOf(id: string): string | null {
  return id.startsWith("group:") ? id.slice(6) : null;
}

/** Makes scenes one after another, and uses again what it made before. */
export class Scenes {
  private cards = new Map<string, { readonly from: readonly unknown[]; readonly node: CardNode }>();
  private wires = new Map<string, { readonly from: readonly unknown[]; readonly edge: WireEdge }>();

  make(shown: Shown): Scene {
    const { graph } = shown;
    const inside = collapsed(graph);
    const sizes = cards(graph, portsOf(shown.components, shown.report), shown.strips);
    const issues = issuesByNode(shown.report);
    const nodes: AnyNode[] = [];
    for (const group of graph.groups) if (!group.collapsed) nodes.push(...frame(group, shown.places, sizes));
    const kept: typeof this.cards = new Map();
    for (const node of graph.nodes) {
      const card = sizes.get(node.id);
      if (inside.has(node.id) || !card) continue;
      const made = this.card(node, card, shown, issues.get(node.id) ?? NO_ISSUES);
      kept.set(node.id, made);
      nodes.push(made.node);
    }
    this.cards = kept;
    const blocks = graph.groups.filter((group) => group.collapsed).map((group) => block(group, shown, inside, issues));
    nodes.push(...blocks.flatMap((one) => one ?? []));
    return { nodes, edges: this.edges(shown, inside, issues, nodes) };
  }

  private card(node: GraphNode, card: Card, shown: Shown, issues: readonly Issue[]) {
    const { graph, components, report, places, selected, current, marks } = shown;
    const source = sourceOf(graph, node.id);
    const component = components.get(node.type);
    const said = report && Object.hasOwn(report.nodes, node.id) ? report.nodes[node.id] : undefined;
    const place = places.get(node.id) ?? { x: 0, y: 0 };
    const parts = [
      node,
      shown.strips,
      component,
      place.x,
      place.y,
      selected.has(node.id),
      current === node.id,
      marks?.[node.id],
      source,
      // What the server says comes anew with every answer, mostly in the same words.
      JSON.stringify([said, issues, card.inputs.length, card.outputs.length, card.inputs, components.size > 0]),
    ];
    const before = this.cards.get(node.id);
    if (before && parts.every((part, i) => part === before.from[i])) return before;
    const data: CardData = {
      node,
      title: component?.title ?? node.type,
      missing: component === undefined && components.size > 0,
      report: said,
      issues,
      card,
      mark: marks?.[node.id],
      data: source,
      strip: shown.strips === true,
    };
    const focus = current === node.id;
    const flow = flowNode(node.id, "card", data, place, card, selected.has(node.id), focus) as CardNode;
    return { from: parts, node: { ...flow, ariaLabel: spoken(data) } };
  }

  private edges(
    shown: Shown,
    inside: ReadonlyMap<string, string>,
    issues: ReadonlyMap<string, readonly Issue[]>,
    nodes: readonly AnyNode[],
  ) {
    const { graph, report, selectedEdges, edgeMarks } = shown;
    const lanes = new Lanes(nodes);
    const known = new Set(graph.nodes.map((node) => node.id));
    const kept: typeof this.wires = new Map();
    const edges: WireEdge[] = [];
    for (const one of graph.edges) {
      if (!known.has(one.from[0]) || !known.has(one.to[0])) continue;
      const [source, target] = [inside.get(one.from[0]), inside.get(one.to[0])];
      if (source !== undefined && source === target) continue;
      const id = edgeKey(one);
      const bad = (issues.get(one.to[0]) ?? NO_ISSUES).some(
        (issue) => issue.port === one.to[1] && issue.level === "error",
      );
      const ends = {
        source: source === undefined ? one.from[0] : groupId(source),
        sourceHandle: source === undefined ? one.from[1] : one.from.join("."),
        target: target === undefined ? one.to[0] : groupId(target),
        targetHandle: target === undefined ? one.to[1] : one.to.join("."),
      };
      const lane = lanes.of(ends);
      const parts = [source, target, bad, selectedEdges.has(id), textOf(report, one.from), edgeMarks?.[id], lane];
      const before = this.wires.get(id);
      if (before && parts.every((part, i) => part === before.from[i])) {
        kept.set(id, before);
        edges.push(before.edge);
        continue;
      }
      const edge: WireEdge = {
        id,
        type: "wire",
        ...ends,
        selected: selectedEdges.has(id),
        data: { text: textOf(report, one.from), bad, mark: edgeMarks?.[id], lane },
      };
      kept.set(id, { from: parts, edge });
      edges.push(edge);
    }
    this.wires = kept;
    return edges;
  }
}

/** Ways of wires past cards. */
class Lanes {
  private readonly boxes: readonly Box[];
  private readonly ends: ReadonlyMap<string, AnyNode>;

  constructor(nodes: readonly AnyNode[]) {
    this.ends = new Map(nodes.map((node) => [node.id, node]));
    this.boxes = nodes.flatMap((node) =>
      node.type === "frame" ? [] : [{ ...node.position, width: node.width ?? 0, height: node.height ?? 0 }],
    );
  }

  of({ source, sourceHandle, target, targetHandle }: Pick<WireEdge, "source" | "target"> & Handles): number | null {
    const [from, to] = [this.ends.get(source), this.ends.get(target)];
    if (!from || !to || from.type === "frame" || to.type === "frame") return null;
    const start = from.data.card.outputs.find((spot) => spot.name === sourceHandle)?.y ?? 0;
    const end = to.data.card.inputs.find((spot) => spot.name === targetHandle)?.y ?? 0;
    const x1 = from.position.x + from.data.card.width;
    // Neighbours have nothing between them.
    if (to.position.x - x1 < from.data.card.width) return null;
    return laneOf(x1, from.position.y + start, to.position.x, to.position.y + end, this.boxes);
  }
}

interface Handles {
  readonly sourceHandle: string;
  readonly targetHandle: string;
}

function flowNode(
  id: string,
  type: "card" | "block",
  data: CardData | BlockData,
  place: Place,
  card: Card,
  selected: boolean,
  focus: boolean,
) {
  const { width, height } = card;
  return {
    id,
    type,
    data,
    position: place,
    width,
    height,
    measured: { width, height },
    handles: [
      ...card.inputs.map((spot) => handle(spot, "target", width)),
      ...card.outputs.map((spot) => handle(spot, "source", width)),
    ],
    selected,
    ariaRole: "group" as const,
    domAttributes: { tabIndex: focus ? 0 : -1 },
  };
}

/** The data set and the columns that a node takes. */
function sourceOf(graph: Graph, id: string): string {
  if (graph.data.dataset === undefined) return "";
  const bound = boundOf(graph.data);
  const columns = columnsOf(bound, id);
  return columns.length > 0 ? `${readRef(bound.dataset).name} · ${columns.join(", ")}` : "";
}

/** What a screen reader says of a card. */
function spoken({ node, title, report, issues, data }: CardData): string {
  const params = report && report.params > 0 ? plural(report.params, "parameter", "parameters") : "";
  const flops = report && report.flops > 0 ? formatIn(report.flops, "FLOP") : "";
  const memory = report && report.memory_bytes > 0 ? formatBytes(report.memory_bytes) : "";
  const wrong = issues.map((issue) => `${issue.level}: ${issue.message}`);
  return [node.id, title, data, report?.text ?? "", params, flops, memory, ...wrong, node.note]
    .filter(Boolean)
    .join(", ");
}

function handle(spot: Spot, type: "source" | "target", width: number): NodeHandle {
  const x = type === "target" ? -PORT / 2 : width - PORT / 2;
  const position = (type === "target" ? "left" : "right") as NodeHandle["position"];
  return { id: spot.name, type, position, x, y: spot.y - PORT / 2, width: PORT, height: PORT };
}

/** For every node that a folded group hides, that group. */
export function collapsed(graph: Graph): ReadonlyMap<string, string> {
  const inside = new Map<string, string>();
  for (const group of graph.groups)
    if (group.collapsed) for (const id of group.nodes) if (!inside.has(id)) inside.set(id, group.id);
  return inside;
}

/** The card of every node. */
export function cards(graph: Graph, ports: PortsOf, strips = false): ReadonlyMap<string, Card> {
  const joined = joinedOf(graph);
  return new Map(graph.nodes.map((node) => [node.id, cardOf(node.note, ports(node), joined.get(node.id), strips)]));
}

function issuesByNode(report: Report | null): ReadonlyMap<string, readonly Issue[]> {
  const found = new Map<string, Issue[]>();
  for (const issue of report?.issues ?? []) {
    const list = found.get(issue.node);
    if (list) list.push(issue);
    else found.set(issue.node, [issue]);
  }
  return found;
}

function textOf(report: Report | null, from: readonly [string, string]): string {
  const said = report && Object.hasOwn(report.nodes, from[0]) ? report.nodes[from[0]] : undefined;
  return said?.outs?.[0]?.text ?? said?.text ?? "";
}

/** The frame around the nodes of a group. */
function frame(group: GraphGroup, places: Places, sizes: ReadonlyMap<string, Card>): readonly FrameNode[] {
  const boxes = group.nodes.flatMap((id) => {
    const [place, size] = [places.get(id), sizes.get(id)];
    return place && size ? [{ ...place, right: place.x + size.width, bottom: place.y + size.height }] : [];
  });
  if (boxes.length === 0) return [];
  const x = Math.min(...boxes.map((one) => one.x)) - PAD.side;
  const y = Math.min(...boxes.map((one) => one.y)) - PAD.top;
  const width = Math.max(...boxes.map((one) => one.right)) + PAD.side - x;
  const height = Math.max(...boxes.map((one) => one.bottom)) + PAD.bottom - y;
  return [
    {
      id: groupId(group.id),
      type: "frame",
      data: { group },
      position: { x, y },
      width,
      height,
      measured: { width, height },
      handles: [],
      zIndex: -1,
      selectable: false,
      dragHandle: ".frame-title",
      domAttributes: { tabIndex: -1 },
    },
  ];
}

/** What stands for a folded group: its ports are those that wires from outside lead to. */
function block(
  group: GraphGroup,
  shown: Shown,
  inside: ReadonlyMap<string, string>,
  issues: ReadonlyMap<string, readonly Issue[]>,
): BlockNode | null {
  const { graph, report, places, selected, current } = shown;
  const members = new Set(group.nodes.filter((id) => inside.get(id) === group.id));
  const placed = [...members].flatMap((id) => places.get(id) ?? []);
  if (placed.length === 0) return null;
  const place = { x: Math.min(...placed.map((one) => one.x)), y: Math.min(...placed.map((one) => one.y)) };
  const inputs = graph.edges.filter((edge) => members.has(edge.to[0]) && !members.has(edge.from[0]));
  const outputs = graph.edges.filter((edge) => members.has(edge.from[0]) && !members.has(edge.to[0]));
  const height = Math.max(LINES, 18 + 16 * Math.max(inputs.length, outputs.length));
  const spread = (names: readonly string[]): readonly Spot[] =>
    [...new Set(names)].map((name, i, all) => ({
      name,
      doc: "",
      y: height / 2 + (i - (all.length - 1) / 2) * 16,
      joined: true,
      strange: false,
    }));
  const card: Card = {
    width: cardOf("", { inputs: [], outputs: [] }, NONE_JOINED).width,
    height,
    inputs: spread(inputs.map((edge) => edge.to.join("."))),
    outputs: spread(outputs.map((edge) => edge.from.join("."))),
  };
  const sum = (what: keyof Costs): number =>
    [...members].reduce((all, member) => all + (report?.nodes[member]?.[what] ?? 0), 0);
  const costs: Costs = { params: sum("params"), flops: sum("flops"), memory_bytes: sum("memory_bytes") };
  const level = worst([...members].flatMap((id) => issues.get(id) ?? NO_ISSUES));
  const id = groupId(group.id);
  const chosen = [...members].some((one) => selected.has(one));
  const focus = current !== null && members.has(current);
  const flow = flowNode(id, "block", { group, costs, level, card }, place, card, chosen, focus) as BlockNode;
  return { ...flow, ariaLabel: `${group.title || group.id}, group of ${plural(group.nodes.length, "node", "nodes")}` };
}
