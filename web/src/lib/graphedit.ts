/** What gestures on the canvas do to a graph: each makes the operations for it, and none changes anything itself. */

import { joinedOf, NONE_JOINED, named, type PortsOf, portsOf } from "./card.ts";
import {
  type Components,
  type End,
  edgeKey,
  type Graph,
  type GraphEdge,
  type GraphGroup,
  type GraphNode,
  type Op,
  type Place,
  type SparseGraph,
  sparseGroup,
  sparseNode,
  wholeGraph,
} from "./graph.ts";
import { prunedData } from "./graphdata.ts";
import { besides, between, COLUMN, isTaken, type Places, rounded, type Standing } from "./standing.ts";

/** What a gesture comes to. */
export interface Edit {
  readonly ops: readonly Op[];
  readonly label: string;
  /** What is selected after it. */
  readonly select?: readonly string[];
}

export const GRID = 12;

/** A name that is free: the base itself, or with the next number behind it. */
export function freeName(base: string, taken: ReadonlySet<string>, numbered = false): string {
  const stem = base.replace(/\d+$/, "") || "node";
  if (!numbered && !taken.has(base)) return base;
  for (let i = numbered ? 1 : 2; ; i++) {
    const name = `${stem.slice(0, 58)}${i}`;
    if (!taken.has(name)) return name;
  }
}

function names(graph: Graph): Set<string> {
  return new Set([...graph.nodes.map((node) => node.id), ...graph.groups.map((group) => group.id)]);
}

/** What a new node of a type is called: conv1, dense2, image. */
export function nameFor(type: string, category: string, taken: ReadonlySet<string>): string {
  // Own components have their project in front: own/mnist.gate@3.
  const named = type.split("/")[1]?.split("@")[0] ?? "node";
  const bare = type.startsWith("own/") ? named.replace(/^.*\./, "") : named;
  const short = bare
    .replace(/[^a-z0-9_]/g, "_")
    .replace(/(\w)_input$/, "$1")
    .replace(/\d+d$/, "");
  const single = category === "Input" || category === "Output";
  return freeName(/^[a-z_]/.test(short) ? short : `n${short}`, taken, !single);
}

/** Where a new node begins. */
export interface Start {
  /** Where it is put; without it, behind what it is connected with. */
  readonly place?: Place | undefined;
  /** An output that it takes from. */
  readonly from?: End | undefined;
  /** An input that it gives to. */
  readonly to?: End | undefined;
  /** An edge that it is put into. */
  readonly into?: GraphEdge | undefined;
}

export function addNode(graph: Graph, components: Components, places: Places, type: string, start: Start): Edit {
  const component = components.get(type);
  const id = nameFor(type, component?.category ?? "", names(graph));
  const node: GraphNode = { id, type, params: {}, ui: null, note: "" };
  const ports = portsOf(components, null)(node);
  const input = named(ports.inputs, [])[0]?.name;
  const output = ports.outputs[0]?.name;
  const [from, to] = start.into ? [start.into.from, start.into.to] : [start.from, start.to];
  const { at, moved } = standing(places, start, from, to);
  const ops: Op[] = [{ op: "add", node: { id, type, ui: rounded(at) } }];
  if (moved.size > 0) ops.push(moveOp(moved));
  if (start.into && input && output) ops.push({ op: "disconnect", from: start.into.from, to: start.into.to });
  const entering = input !== undefined && (output !== undefined || !start.into);
  if (from && entering) ops.push({ op: "connect", from, to: [id, input] });
  if (to && output && (input || !start.into)) {
    const last = start.into ? undefined : graph.edges.find((edge) => same(edge.to, to));
    if (last) ops.push({ op: "disconnect", from: last.from, to: last.to });
    ops.push({ op: "connect", from: [id, output], to });
  }
  return { ops, label: `Add ${id}`, select: [id] };
}

/** Where it was put; in a wire whose ends stand close together, between them, and what is behind moves on. */
function standing(places: Places, start: Start, from: End | undefined, to: End | undefined): Standing {
  const { place, into } = start;
  if (place && !(into && isTaken(places, place))) return { at: place, moved: new Map() };
  return into ? between(places, from, to) : { at: besides(places, from, to), moved: new Map() };
}

function moveOp(moved: Places): Op {
  return { op: "move", places: Object.fromEntries([...moved].map(([id, place]) => [id, rounded(place)])) };
}

function same(a: End, b: End): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

/** Lead an output to an input; one that takes a single edge gives its old one up. `null` when they are connected. */
export function connect(graph: Graph, from: End, to: End): Edit | null {
  if (from[0] === to[0] || graph.edges.some((edge) => same(edge.from, from) && same(edge.to, to))) return null;
  const taken = graph.edges.filter((edge) => same(edge.to, to));
  const ops: Op[] = taken.map((edge) => ({ op: "disconnect", from: edge.from, to: edge.to }));
  return { ops: [...ops, { op: "connect", from, to }], label: `Connect ${from[0]} to ${to[0]}` };
}

/** A node by its id; of one that is not there, an empty one. */
export function nodeOf(graph: Graph, id: string): GraphNode {
  return graph.nodes.find((node) => node.id === id) ?? { id, type: "", params: {}, ui: null, note: "" };
}

/** Ends that edges may have at a node: all inputs, and one more of a port that takes several. */
export function inputsFor(graph: Graph, ports: PortsOf, id: string): readonly string[] {
  const node = graph.nodes.find((one) => one.id === id);
  return node ? named(ports(node).inputs, (joinedOf(graph).get(id) ?? NONE_JOINED).inputs).map((one) => one.name) : [];
}

/** Inputs that a node's output may lead to: free ones before those that are taken, the nearest first; none in a circle. */
export function targets(graph: Graph, ports: PortsOf, places: Places, id: string): readonly End[] {
  const joined = joinedOf(graph);
  const before = reached(graph, id, (edge) => [edge.to[0], edge.from[0]]);
  const here = places.get(id) ?? { x: 0, y: 0 };
  const far = (other: string): number => {
    const place = places.get(other) ?? { x: 0, y: 0 };
    return Math.hypot(place.x - here.x, place.y - here.y) + (place.x < here.x ? COLUMN : 0);
  };
  const found = graph.nodes
    .filter((node) => !before.has(node.id))
    .flatMap((node) =>
      named(ports(node).inputs, (joined.get(node.id) ?? NONE_JOINED).inputs).map((port) => ({
        end: [node.id, port.name] as End,
        taken: port.joined,
      })),
    );
  return found
    .filter(({ end }) => !graph.edges.some((edge) => edge.from[0] === id && same(edge.to, end)))
    .sort((a, b) => Number(a.taken) - Number(b.taken) || far(a.end[0]) - far(b.end[0]))
    .map(({ end }) => end);
}

/** A node and all that a way leads to. */
function reached(graph: Graph, id: string, step: (edge: GraphEdge) => readonly [string, string]): ReadonlySet<string> {
  const next = new Map<string, string[]>();
  for (const edge of graph.edges) {
    const [a, b] = step(edge);
    next.set(a, [...(next.get(a) ?? []), b]);
  }
  const found = new Set([id]);
  for (const one of found) for (const other of next.get(one) ?? []) found.add(other);
  return found;
}

/** Take nodes and edges away; edges of a node go with it. */
export function remove(graph: Graph, nodes: readonly string[], edges: readonly string[]): Edit {
  const gone = new Set(nodes);
  const cut = new Set(edges);
  const wires = graph.edges.filter(
    (edge) => cut.has(edgeKey(edge)) && !gone.has(edge.from[0]) && !gone.has(edge.to[0]),
  );
  const ops: Op[] = wires.map((edge) => ({ op: "disconnect", from: edge.from, to: edge.to }));
  for (const id of nodes) ops.push({ op: "remove", id });
  const data = prunedData(graph.data, gone);
  if (data !== null) ops.push({ op: "document", data });
  const what = nodes.length > 0 ? listed(nodes) : wires.length === 1 ? "a wire" : `${wires.length} wires`;
  return { ops, label: `Delete ${what}`, select: [] };
}

/** Some names as a sentence has them. */
export function listed(ids: readonly string[]): string {
  return ids.length <= 2 ? ids.join(" and ") : `${ids.length} nodes`;
}

/** The part of a graph that some nodes are, as the clipboard holds it: a graph document. */
export function part(graph: Graph, places: Places, ids: readonly string[]): SparseGraph {
  const chosen = new Set(ids);
  return {
    format: "graph/1",
    name: graph.name,
    target: graph.target,
    nodes: graph.nodes
      .filter((node) => chosen.has(node.id))
      .map((node) => sparseNode({ ...node, ui: places.get(node.id) ?? node.ui })),
    edges: graph.edges.filter((edge) => chosen.has(edge.from[0]) && chosen.has(edge.to[0])),
    groups: graph.groups.filter((group) => group.nodes.every((id) => chosen.has(id))).map(sparseGroup),
  };
}

/** The graph that a text from a clipboard is; `null` when it is something else. */
export function readPart(text: string): Graph | null {
  try {
    const found = JSON.parse(text) as SparseGraph | null;
    if (found?.format !== "graph/1" || !Array.isArray(found.nodes)) return null;
    return wholeGraph(found);
  } catch {
    return null;
  }
}

/**
 * Put a part in under names that are free.
 *
 * @param at Where its left upper corner comes; without it, a little below where it was.
 */
export function paste(graph: Graph, pasted: Graph, at?: Place, verb = "Paste"): Edit | null {
  if (pasted.nodes.length === 0) return null;
  const taken = names(graph);
  const name = (id: string): string => {
    const found = freeName(id, taken);
    taken.add(found);
    return found;
  };
  const ids = new Map(pasted.nodes.map((node) => [node.id, name(node.id)]));
  const placed = pasted.nodes.flatMap((node) => node.ui ?? []);
  const [left, top] = [Math.min(...placed.map((one) => one.x)), Math.min(...placed.map((one) => one.y))];
  const moved = (ui: Place): Place =>
    at ? { x: at.x + ui.x - left, y: at.y + ui.y - top } : { x: ui.x + 2 * GRID, y: ui.y + 2 * GRID };
  const ops: Op[] = pasted.nodes.map((node) => ({
    op: "add",
    node: sparseNode({ ...node, id: ids.get(node.id) as string, ui: node.ui && rounded(moved(node.ui)) }),
  }));
  for (const { from, to } of pasted.edges) {
    const [a, b] = [ids.get(from[0]), ids.get(to[0])];
    if (a && b) ops.push({ op: "connect", from: [a, from[1]], to: [b, to[1]] });
  }
  for (const group of pasted.groups)
    ops.push({
      op: "group",
      group: sparseGroup({ ...group, id: name(group.id), nodes: group.nodes.flatMap((id) => ids.get(id) ?? []) }),
    });
  const select = [...ids.values()];
  return { ops, label: `${verb} ${listed(select)}`, select };
}

export function duplicate(graph: Graph, places: Places, ids: readonly string[]): Edit | null {
  return paste(graph, wholeGraph(part(graph, places, ids)), undefined, "Duplicate");
}

/** Make some nodes a group; they leave those that they were in. */
export function group(graph: Graph, ids: readonly string[]): Edit | null {
  if (ids.length === 0) return null;
  const id = freeName("block", names(graph), true);
  const chosen = new Set(ids);
  const ops: Op[] = [];
  for (const other of graph.groups) {
    const left = other.nodes.filter((one) => !chosen.has(one));
    if (left.length === other.nodes.length) continue;
    ops.push(left.length === 0 ? { op: "ungroup", id: other.id } : regroup({ ...other, nodes: left }));
  }
  const ordered = graph.nodes.filter((node) => chosen.has(node.id)).map((node) => node.id);
  ops.push({ op: "group", group: { id, nodes: ordered } });
  return { ops, label: `Group ${listed(ordered)}`, select: ids };
}

export function regroup(changed: GraphGroup): Op {
  return { op: "group", group: sparseGroup(changed) };
}

/** The groups that hold one of some nodes. */
export function groupsOf(graph: Graph, ids: readonly string[]): readonly GraphGroup[] {
  return graph.groups.filter((one) => one.nodes.some((id) => ids.includes(id)));
}

/** Give nodes their places; those that nobody placed yet keep where they are shown. */
export function move(graph: Graph, shown: Places, moved: Places, label = ""): Edit | null {
  const places: Record<string, Place> = {};
  for (const node of graph.nodes) {
    const next = moved.get(node.id) ?? (node.ui ? undefined : shown.get(node.id));
    if (next && (!node.ui || node.ui.x !== next.x || node.ui.y !== next.y)) places[node.id] = rounded(next);
  }
  if (Object.keys(places).length === 0) return null;
  return { ops: [{ op: "move", places }], label: label || `Move ${listed([...moved.keys()])}` };
}

export type Direction = "left" | "right" | "up" | "down";

/** The node that an arrow key leads to: along a wire where there is one, else the nearest that way. */
export function stepTo(graph: Graph, places: Places, id: string, way: Direction): string | null {
  const here = places.get(id);
  if (!here) return null;
  if (way === "left" || way === "right") {
    const wired = graph.edges.flatMap((edge) => {
      const [a, b] = way === "right" ? [edge.from[0], edge.to[0]] : [edge.to[0], edge.from[0]];
      return a === id && places.has(b) ? [b] : [];
    });
    const far = (other: string): number => {
      const { x, y } = places.get(other) as Place;
      return 4 * Math.abs(y - here.y) + Math.abs(x - here.x);
    };
    const [first] = wired.sort((a, b) => far(a) - far(b));
    if (first !== undefined) return first;
  }
  return nearest(places, id, here, way);
}

function nearest(places: Places, id: string, here: Place, way: Direction): string | null {
  let best: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const [other, { x, y }] of places) {
    if (other === id) continue;
    const [dx, dy] = [x - here.x, y - here.y];
    const [along, across] = {
      left: [-dx, dy],
      right: [dx, dy],
      up: [-dy, dx],
      down: [dy, dx],
    }[way] as [number, number];
    if (along <= 4) continue;
    const far = along + 2 * Math.abs(across);
    if (far < least) [best, least] = [other, far];
  }
  return best;
}
