/** Changes of a graph: applied by one pure function that also says what takes them back. Twin of `gnomon/graph/patch.py`. */

import {
  byEnds,
  type End,
  edgeKey,
  type Graph,
  type GraphEdge,
  type GraphGroup,
  type GraphNode,
  isName,
  type Op,
  type Params,
  type Place,
  sparseGroup,
  sparseNode,
  wholeGroup,
  wholeNode,
} from "./graph.ts";

/** A change that the document does not allow; the message names the operation. */
export class PatchError extends Error {}

export interface Patched {
  readonly graph: Graph;
  /** Operations that take everything back, in their order. */
  readonly inverse: readonly Op[];
}

/** Apply all of the operations, or throw a `PatchError` and change nothing. */
export function applyPatch(graph: Graph, ops: readonly Op[]): Patched {
  const draft = new Draft(graph);
  const inverse: Op[] = [];
  ops.forEach((op, i) => {
    try {
      inverse.unshift(...draft.apply(op));
    } catch (cause) {
      if (cause instanceof PatchError) throw new PatchError(`ops[${i}] (${op.op}): ${cause.message}`);
      throw cause;
    }
  });
  return { graph: draft.graph(), inverse };
}

const MAX_REPEAT = 1000;
const TYPE = /^[a-z0-9_.-]{1,64}\/[a-z0-9_.-]{1,64}@[0-9]{1,6}$/;
/** Fields of each operation; those with a question mark may be left out. */
const FIELDS: Readonly<Record<Op["op"], string>> = {
  add: "node at?",
  remove: "id",
  set: "id params? unset?",
  move: "places",
  rename: "id to",
  replace: "id type params?",
  connect: "from to loose?",
  disconnect: "from to",
  note: "id text",
  group: "group at?",
  ungroup: "id",
  document: "name? target? train? data? source?",
};

/** Operations come from elsewhere too: from other tabs, from fixes, from the clipboard. */
function checkFields(op: Op): void {
  const known = Object.hasOwn(FIELDS, op.op) ? FIELDS[op.op].split(" ") : null;
  if (!known) throw new PatchError("there is no such operation.");
  const given = Object.keys(op).filter((name) => name !== "op");
  const missing = known.find((name) => !name.endsWith("?") && !given.includes(name));
  if (missing) throw new PatchError(`expected ${missing}, received none.`);
  const strange = given.find((name) => !known.includes(name) && !known.includes(`${name}?`));
  if (strange) throw new PatchError(`${strange} is no field of it.`);
}

function checkType(type: string): void {
  if (!TYPE.test(type)) throw new PatchError(`expected owner/component@version, received ${JSON.stringify(type)}.`);
}

/** A document that is being changed; nodes that stay as they were stay the same objects. */
class Draft {
  private readonly nodes: Map<string, GraphNode>;
  /** Names of the nodes as the document has them; made when an operation moves them. */
  private order: string[] | null = null;
  private readonly edges: Map<string, GraphEdge>;
  private groups: readonly GraphGroup[];
  private rest: Pick<Graph, "name" | "target" | "train" | "data" | "source">;
  private readonly touched = { nodes: false, edges: false };

  constructor(private readonly before: Graph) {
    this.nodes = new Map(before.nodes.map((node) => [node.id, node]));
    this.edges = new Map(before.edges.map((edge) => [edgeKey(edge), edge]));
    const { name, target, train, data, source, groups } = before;
    this.groups = groups;
    this.rest = { name, target, train, data, source };
  }

  graph(): Graph {
    const { nodes, edges } = this.touched;
    const ordered = this.order?.map((id) => this.nodes.get(id) as GraphNode) ?? [...this.nodes.values()];
    return {
      ...this.before,
      ...this.rest,
      nodes: nodes ? ordered : this.before.nodes,
      edges: edges ? [...this.edges.values()].sort(byEnds) : this.before.edges,
      groups: this.groups,
    };
  }

  /** Do one operation and return those that take it back. */
  apply(op: Op): Op[] {
    checkFields(op);
    switch (op.op) {
      case "add":
        return this.add(wholeNode(op.node), op.at);
      case "remove":
        return this.remove(this.node(op.id));
      case "set":
        return this.set(this.node(op.id), op.params ?? {}, op.unset ?? []);
      case "move":
        return this.move(op.places);
      case "rename":
        return this.rename(this.node(op.id), op.to);
      case "replace":
        return this.replace(this.node(op.id), op.type, op.params ?? {});
      case "connect":
        return this.connect({ from: op.from, to: op.to }, op.loose ?? false);
      case "disconnect":
        return this.disconnect({ from: op.from, to: op.to });
      case "note":
        return this.note(this.node(op.id), op.text);
      case "group":
        return this.group(wholeGroup(op.group), op.at);
      case "ungroup":
        return this.ungroup(op.id);
      case "document":
        return this.document(op);
    }
  }

  private node(id: string): GraphNode {
    const found = this.nodes.get(id);
    if (!found) throw new PatchError(`there is no node ${id}.`);
    return found;
  }

  private put(node: GraphNode): void {
    this.touched.nodes = true;
    this.nodes.set(node.id, node);
  }

  private ordered(): string[] {
    this.order ??= [...this.nodes.keys()];
    return this.order;
  }

  private checkFree(id: string): void {
    if (!isName(id)) throw new PatchError(`expected a name such as conv1, received ${JSON.stringify(id)}.`);
    if (this.nodes.has(id) || this.groups.some((group) => group.id === id))
      throw new PatchError(`the name ${id} is taken.`);
  }

  private add(node: GraphNode, at: number | undefined): Op[] {
    this.checkFree(node.id);
    checkType(node.type);
    const end = this.nodes.size;
    if (at !== undefined && (!Number.isInteger(at) || at < 0 || at > end))
      throw new PatchError(`expected a place from 0 to ${end}, received ${at}.`);
    // At the end the map keeps the order by itself.
    if (this.order || (at !== undefined && at < end)) this.ordered().splice(at ?? end, 0, node.id);
    this.put(node);
    // Edges that waited for a node of this name are not its own: they stay when it goes again.
    const waiting = this.edgesOf(node.id).map(({ from, to }): Op => ({ op: "connect", from, to, loose: true }));
    return [{ op: "remove", id: node.id }, ...waiting];
  }

  private remove(node: GraphNode): Op[] {
    const at = this.ordered().indexOf(node.id);
    const back: Op[] = [{ op: "add", node: sparseNode(node), at }];
    const edges = this.edgesOf(node.id);
    for (const edge of edges) this.cut(edge);
    for (const edge of edges) back.push(this.joining(edge));
    this.ordered().splice(at, 1);
    this.nodes.delete(node.id);
    this.touched.nodes = true;
    return [...back, ...this.leaveGroups(node.id)];
  }

  private leaveGroups(id: string): Op[] {
    const back: Op[] = [];
    const kept: GraphGroup[] = [];
    this.groups.forEach((group, i) => {
      const left = group.nodes.filter((one) => one !== id);
      if (left.length === group.nodes.length) {
        kept.push(group);
        return;
      }
      back.push({ op: "group", group: sparseGroup(group), ...(left.length > 0 ? {} : { at: i }) });
      if (left.length > 0) kept.push({ ...group, nodes: left });
    });
    if (back.length > 0) this.groups = kept;
    return back;
  }

  private set(node: GraphNode, given: Params, unset: readonly string[]): Op[] {
    const both = unset.find((name) => Object.hasOwn(given, name));
    if (both !== undefined) throw new PatchError(`unset: expected names that params does not set, received ${both}.`);
    const names = [...Object.keys(given), ...unset];
    const had = names.filter((name) => Object.hasOwn(node.params, name));
    const fresh = Object.keys(given).filter((name) => !Object.hasOwn(node.params, name));
    const kept = Object.entries(node.params).filter(([name]) => !unset.includes(name));
    this.put({ ...node, params: { ...Object.fromEntries(kept), ...given } });
    const params = Object.fromEntries(had.map((name) => [name, node.params[name]]));
    return [
      {
        op: "set",
        id: node.id,
        ...(had.length > 0 ? { params } : {}),
        ...(fresh.length > 0 ? { unset: fresh.sort() } : {}),
      },
    ];
  }

  private move(places: Readonly<Record<string, Place | null>>): Op[] {
    const had = Object.entries(places).map(([id, place]): [string, Place | null] => {
      const node = this.node(id);
      this.put({ ...node, ui: place });
      return [id, node.ui];
    });
    return [{ op: "move", places: Object.fromEntries(had) }];
  }

  private rename(node: GraphNode, to: string): Op[] {
    this.checkFree(to);
    if (this.edgesOf(to).length > 0) throw new PatchError(`edges that end nowhere wait for the name ${to}.`);
    const follow = (end: End): End => (end[0] === node.id ? [to, end[1]] : end);
    const edges = this.edgesOf(node.id);
    for (const edge of edges) this.cut(edge);
    const order = this.ordered();
    order[order.indexOf(node.id)] = to;
    this.nodes.delete(node.id);
    this.put({ ...node, id: to });
    for (const edge of edges) this.join({ from: follow(edge.from), to: follow(edge.to) });
    const named = (id: string): string => (id === node.id ? to : id);
    if (this.groups.some((group) => group.nodes.includes(node.id)))
      this.groups = this.groups.map((group) =>
        group.nodes.includes(node.id) ? { ...group, nodes: group.nodes.map(named) } : group,
      );
    return [{ op: "rename", id: to, to: node.id }];
  }

  private replace(node: GraphNode, type: string, params: Params): Op[] {
    checkType(type);
    this.put({ ...node, type, params });
    const { params: had } = sparseNode(node);
    return [{ op: "replace", id: node.id, type: node.type, ...(had ? { params: had } : {}) }];
  }

  private connect(edge: GraphEdge, loose: boolean): Op[] {
    if (!loose) for (const end of [edge.from, edge.to]) this.node(end[0]);
    if (this.edges.has(edgeKey(edge)))
      throw new PatchError(`${edge.from.join(".")} and ${edge.to.join(".")} are connected already.`);
    this.join(edge);
    return [{ op: "disconnect", from: edge.from, to: edge.to }];
  }

  private disconnect(edge: GraphEdge): Op[] {
    if (!this.edges.has(edgeKey(edge)))
      throw new PatchError(`${edge.from.join(".")} and ${edge.to.join(".")} are not connected.`);
    this.cut(edge);
    return [this.joining(edge)];
  }

  private edgesOf(id: string): GraphEdge[] {
    return [...this.edges.values()].filter((edge) => edge.from[0] === id || edge.to[0] === id).sort(byEnds);
  }

  private join(edge: GraphEdge): void {
    this.edges.set(edgeKey(edge), edge);
    this.touched.edges = true;
  }

  private cut(edge: GraphEdge): void {
    this.edges.delete(edgeKey(edge));
    this.touched.edges = true;
  }

  /** What puts an edge back that is gone; one that ended nowhere ends nowhere again. */
  private joining({ from, to }: GraphEdge): Op {
    const loose = !this.nodes.has(from[0]) || !this.nodes.has(to[0]);
    return { op: "connect", from, to, ...(loose ? { loose } : {}) };
  }

  private note(node: GraphNode, text: string): Op[] {
    this.put({ ...node, note: text });
    return [{ op: "note", id: node.id, text: node.note }];
  }

  private group(group: GraphGroup, at: number | undefined): Op[] {
    for (const id of group.nodes) this.node(id);
    if (new Set(group.nodes).size < group.nodes.length) throw new PatchError("expected each node once.");
    if (!(group.repeat >= 1 && group.repeat <= MAX_REPEAT))
      throw new PatchError(`repeat: expected a whole number from 1 to ${MAX_REPEAT}, received ${group.repeat}.`);
    const before = this.groups.find((one) => one.id === group.id);
    if (before) {
      this.groups = this.groups.map((one) => (one === before ? group : one));
      return [{ op: "group", group: sparseGroup(before) }];
    }
    this.checkFree(group.id);
    this.groups = this.groups.toSpliced(at ?? this.groups.length, 0, group);
    return [{ op: "ungroup", id: group.id }];
  }

  private ungroup(id: string): Op[] {
    const at = this.groups.findIndex((group) => group.id === id);
    const group = this.groups[at];
    if (!group) throw new PatchError(`there is no group ${id}.`);
    this.groups = this.groups.toSpliced(at, 1);
    return [{ op: "group", group: sparseGroup(group), at }];
  }

  private document({ op: _, ...fields }: Extract<Op, { op: "document" }>): Op[] {
    if (!["torch", "keras"].includes(fields.target ?? "torch"))
      throw new PatchError(`target: expected torch or keras, received ${fields.target}.`);
    const names = Object.keys(fields) as (keyof typeof this.rest)[];
    const back = Object.fromEntries(names.map((name) => [name, this.rest[name]]));
    this.rest = { ...this.rest, ...fields };
    return [{ op: "document", ...back }];
  }
}
