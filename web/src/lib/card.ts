/** What a node looks like before anything is drawn: its ports and where they stand, its size, its rows. */

import type { Components, Graph, GraphNode, PortSpec, Report } from "./graph.ts";

export const CARD_WIDTH = 168;
/** Name, shape, cost: the lines that every card has. */
export const LINES = 67;
const NOTE = 20;
const PORT_GAP = 16;

/** The preview on a card: its height, and the space above and below it. */
export const STRIP = { height: 34, above: 3, below: 7 } as const;
const STRIP_ROOM = STRIP.above + STRIP.height + STRIP.below;

export interface Spot {
  /** As edges name it: `in`, or `in.2` of a port that takes several. */
  readonly name: string;
  readonly doc: string;
  /** Pixels below the upper edge of the card. */
  readonly y: number;
  readonly joined: boolean;
  /** The component has no such port: an edge names it all the same. */
  readonly strange: boolean;
}

export interface Card {
  readonly width: number;
  readonly height: number;
  readonly inputs: readonly Spot[];
  readonly outputs: readonly Spot[];
}

/** Ports of a node that edges name. */
export interface Joined {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export const NONE_JOINED: Joined = { inputs: [], outputs: [] };

/** For every node the ports that edges name, each once. */
export function joinedOf(graph: Graph): ReadonlyMap<string, Joined> {
  const found = new Map<string, { inputs: string[]; outputs: string[] }>();
  const of = (id: string) => {
    const known = found.get(id) ?? { inputs: [], outputs: [] };
    found.set(id, known);
    return known;
  };
  for (const { from, to } of graph.edges) {
    const [outputs, inputs] = [of(from[0]).outputs, of(to[0]).inputs];
    if (!outputs.includes(from[1])) outputs.push(from[1]);
    if (!inputs.includes(to[1])) inputs.push(to[1]);
  }
  return found;
}

type Named = Pick<Spot, "name" | "doc" | "joined" | "strange">;

/** Ports of a node, before edges are looked at. */
export interface Ports {
  readonly inputs: readonly PortSpec[];
  readonly outputs: readonly PortSpec[];
}

export type PortsOf = (node: Pick<GraphNode, "id" | "type" | "params">) => Ports;

/** Ports of nodes: those that their parameters make, as the server or the document says, else those of the component. */
export function portsOf(components: Components, report: Report | null): PortsOf {
  return (node) => {
    const said = report && Object.hasOwn(report.nodes, node.id) ? report.nodes[node.id] : undefined;
    const component = components.get(node.type);
    return {
      inputs: declared(node, "reads") ?? said?.inputs ?? component?.inputs ?? [],
      outputs: declared(node, "writes") ?? said?.outputs ?? component?.outputs ?? [],
    };
  };
}

/** A Code node is known before the server says anything. */
function declared(node: Pick<GraphNode, "type" | "params">, param: "reads" | "writes"): readonly PortSpec[] | null {
  if (!node.type.startsWith("core/code@")) return null;
  const text = node.params[param];
  const names = typeof text === "string" ? text.split(/[\s,]+/).filter(Boolean) : [];
  return names.map((name) => ({ name, doc: "", rank: null, dtype: null, many: false, least: 1 }));
}

/** Ends that edges may have at a node: a port that takes several has one more than are taken. */
export function named(ports: readonly PortSpec[], joined: readonly string[]): readonly Named[] {
  const found: Named[] = [];
  for (const port of ports) {
    if (!port.many) {
      found.push({ name: port.name, doc: port.doc, joined: joined.includes(port.name), strange: false });
      continue;
    }
    const taken = joined.flatMap((name) => index(port.name, name) ?? []).sort((a, b) => a - b);
    const free = (taken.at(-1) ?? -1) + 1;
    for (const i of [...taken, free])
      found.push({ name: `${port.name}.${i}`, doc: port.doc, joined: i !== free, strange: false });
  }
  const known = new Set(found.map((spot) => spot.name));
  for (const name of joined) if (!known.has(name)) found.push({ name, doc: "", joined: true, strange: true });
  return found;
}

/** Number of an edge's end at a port that takes several. */
function index(port: string, name: string): number | null {
  const rest = name.startsWith(`${port}.`) ? name.slice(port.length + 1) : "";
  return /^\d+$/.test(rest) ? Number(rest) : null;
}

/** `strip`: with room for a preview, below the ports. */
export function cardOf(note: string, ports: Ports, joined: Joined = NONE_JOINED, strip = false): Card {
  const inputs = named(ports.inputs, joined.inputs);
  const outputs = named(ports.outputs, joined.outputs);
  const lines = Math.max(LINES, 2 + PORT_GAP * (Math.max(inputs.length, outputs.length) + 1));
  const spread = (found: readonly Named[]): readonly Spot[] =>
    found.map((spot, i) => ({ ...spot, y: lines / 2 + (i - (found.length - 1) / 2) * PORT_GAP }));
  const height = lines + (strip ? STRIP_ROOM : 0) + (note === "" ? 0 : NOTE);
  return { width: CARD_WIDTH, height, inputs: spread(inputs), outputs: spread(outputs) };
}
