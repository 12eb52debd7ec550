/** The graph document as the canvas holds it: format `graph/1` with every field present. `docs/reference/graph.md` tells it. */

export type Target = "torch" | "keras";
/** A node and one of its ports. */
export type End = readonly [node: string, port: string];
export type Params = Readonly<Record<string, unknown>>;

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface GraphNode {
  readonly id: string;
  readonly type: string;
  /** What differs from the component's defaults. */
  readonly params: Params;
  /** Left upper corner, in pixels of the canvas; `null` until somebody places it. */
  readonly ui: Place | null;
  readonly note: string;
}

export interface GraphEdge {
  readonly from: End;
  readonly to: End;
}

export interface GraphGroup {
  readonly id: string;
  readonly nodes: readonly string[];
  readonly title: string;
  readonly collapsed: boolean;
  readonly repeat: number;
}

export interface Graph {
  readonly name: string;
  readonly target: Target;
  readonly nodes: readonly GraphNode[];
  /** Sorted by where they end, then by where they begin. */
  readonly edges: readonly GraphEdge[];
  readonly groups: readonly GraphGroup[];
  readonly train: Params;
  readonly data: Params;
  readonly source: Readonly<Record<string, string>>;
  readonly format: "graph/1";
}

export const EMPTY_GRAPH: Graph = {
  name: "model",
  target: "torch",
  nodes: [],
  edges: [],
  groups: [],
  train: {},
  data: {},
  source: {},
  format: "graph/1",
};

/** What the wire leaves out when it is the default. */
type Sparse<T, Kept extends keyof T> = Pick<T, Kept> & { readonly [K in Exclude<keyof T, Kept>]?: T[K] | undefined };
export type SparseNode = Sparse<GraphNode, "id" | "type">;
export type SparseGroup = Sparse<GraphGroup, "id">;
export interface SparseGraph extends Omit<Sparse<Graph, never>, "nodes" | "groups"> {
  readonly nodes?: readonly SparseNode[];
  readonly groups?: readonly SparseGroup[];
}

/** One change of a document; `gnomon.graph.patch` and `lib/graphpatch.ts` apply it alike. */
export type Op =
  | { readonly op: "add"; readonly node: SparseNode; readonly at?: number }
  | { readonly op: "remove"; readonly id: string }
  | { readonly op: "set"; readonly id: string; readonly params?: Params; readonly unset?: readonly string[] }
  | { readonly op: "move"; readonly places: Readonly<Record<string, Place | null>> }
  | { readonly op: "rename"; readonly id: string; readonly to: string }
  | { readonly op: "replace"; readonly id: string; readonly type: string; readonly params?: Params }
  | { readonly op: "connect"; readonly from: End; readonly to: End; readonly loose?: boolean }
  | { readonly op: "disconnect"; readonly from: End; readonly to: End }
  | { readonly op: "note"; readonly id: string; readonly text: string }
  | { readonly op: "group"; readonly group: SparseGroup; readonly at?: number }
  | { readonly op: "ungroup"; readonly id: string }
  | ({ readonly op: "document" } & Partial<Pick<Graph, "name" | "target" | "train" | "data" | "source">>);

/** The whole of what may have come without its defaults. */
export function wholeGraph(sparse: SparseGraph): Graph {
  return {
    ...EMPTY_GRAPH,
    ...(sparse as Partial<Graph>),
    nodes: (sparse.nodes ?? []).map(wholeNode),
    edges: [...(sparse.edges ?? [])].sort(byEnds),
    groups: (sparse.groups ?? []).map(wholeGroup),
  };
}

export function wholeNode(node: SparseNode): GraphNode {
  return { id: node.id, type: node.type, params: node.params ?? {}, ui: node.ui ?? null, note: node.note ?? "" };
}

export function wholeGroup(group: SparseGroup): GraphGroup {
  return {
    id: group.id,
    nodes: group.nodes ?? [],
    title: group.title ?? "",
    collapsed: group.collapsed ?? false,
    repeat: group.repeat ?? 1,
  };
}

/** A node as the wire has it: what is the default is left out. */
export function sparseNode({ id, type, params, ui, note }: GraphNode): SparseNode {
  return {
    id,
    type,
    ...(Object.keys(params).length > 0 ? { params } : {}),
    ...(ui ? { ui } : {}),
    ...(note ? { note } : {}),
  };
}

export function sparseGroup({ id, nodes, title, collapsed, repeat }: GraphGroup): SparseGroup {
  return {
    id,
    ...(nodes.length > 0 ? { nodes } : {}),
    ...(title ? { title } : {}),
    ...(collapsed ? { collapsed } : {}),
    ...(repeat !== 1 ? { repeat } : {}),
  };
}

const NAME = /^[a-z_][a-z0-9_]{0,63}$/;
/** Words of Python's, and names that generated code has a use for. */
const TAKEN = new Set(
  (
    "and as assert async await break class continue def del elif else except finally for from global if import in is " +
    "lambda nonlocal not or pass raise return try while with yield " +
    "self layer torch nn keras layers ops math forward build training"
  ).split(" "),
);

/** Whether a node may have a name. */
export function isName(text: string): boolean {
  return NAME.test(text) && !TAKEN.has(text);
}

/** The order of edges in a document. */
export function byEnds(a: GraphEdge, b: GraphEdge): number {
  return compare(a.to, b.to) || compare(a.from, b.from);
}

function compare(a: End, b: End): number {
  for (const [x, y] of [
    [a[0], b[0]],
    [a[1], b[1]],
  ] as const)
    if (x !== y) return x < y ? -1 : 1;
  return 0;
}

/** Name of an edge on the canvas: its ends hold no spaces. */
export function edgeKey(edge: GraphEdge): string {
  return `${edge.from.join(".")} ${edge.to.join(".")}`;
}

export interface PortSpec {
  readonly name: string;
  readonly doc: string;
  readonly rank: number | null;
  readonly dtype: string | null;
  /** Takes several edges, which end at `name.0`, `name.1` … */
  readonly many: boolean;
  readonly least: number;
}

export type ParamKind = "int" | "float" | "bool" | "choice" | "text" | "code" | "ints" | "sizes" | "floats" | "graph";

export interface ParamSpec {
  readonly name: string;
  readonly kind: ParamKind;
  readonly default: unknown;
  readonly doc: string;
  readonly min: number | null;
  readonly max: number | null;
  readonly above: number | null;
  readonly below: number | null;
  readonly choices: readonly string[];
  readonly nullable: boolean;
  readonly role: string;
}

/** A component as the server describes it; forms, ports and the palette are drawn from this. */
export interface ComponentSpec {
  readonly type: string;
  readonly title: string;
  readonly category: string;
  readonly doc: string;
  readonly words: readonly string[];
  readonly params: readonly ParamSpec[];
  readonly inputs: readonly PortSpec[];
  readonly outputs: readonly PortSpec[];
  readonly targets: readonly Target[];
}

/** Components by type, in the order of the palette. */
export type Components = ReadonlyMap<string, ComponentSpec>;

export interface Fix {
  readonly title: string;
  readonly ops: readonly Op[];
}

export type Level = "error" | "warning" | "tip";

export interface Issue {
  /** Empty when it is about the whole graph. */
  readonly node: string;
  readonly level: Level;
  readonly code: string;
  readonly message: string;
  readonly param: string;
  readonly port: string;
  readonly fixes: readonly Fix[];
}

export interface Suggestion {
  readonly node: string;
  readonly param: string;
  readonly value: unknown;
  readonly why: string;
}

/** What comes out of one port. */
export interface OutSpec {
  readonly shape: readonly (number | null)[];
  readonly dtype: string;
  readonly text: string;
}

export interface NodeReport {
  /** Of the first port: axes without the batch; `null` when nothing is known. */
  readonly shape: readonly (number | null)[] | null;
  readonly dtype: string | null;
  /** The shape as people write it, `28×28×16`; empty when nothing is known. */
  readonly text: string;
  /** What comes out, port by port; the fields above are those of the first. */
  readonly outs?: readonly OutSpec[];
  /** Ports that its parameters make; `null` are those of its component. */
  readonly inputs?: readonly PortSpec[] | null;
  readonly outputs?: readonly PortSpec[] | null;
  readonly params: number;
  readonly state: number;
  readonly flops: number;
  readonly memory_bytes: number;
  readonly receptive: readonly number[] | null;
  /** Nothing can be said of it because of an error before it. */
  readonly blocked: boolean;
}

export interface Totals {
  readonly params: number;
  readonly flops: number;
  readonly memory_bytes: number;
}

export interface Report {
  readonly nodes: Readonly<Record<string, NodeReport>>;
  readonly issues: readonly Issue[];
  readonly suggestions: readonly Suggestion[];
  readonly totals: Totals;
  readonly order: readonly string[];
  /** How long inference and checks took, in microseconds. */
  readonly took_us?: number;
}
