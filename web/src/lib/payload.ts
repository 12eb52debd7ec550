/** Payloads of records as `docs/reference/records.md` lays them out: raw little-endian columns, checked before they are read. */

/** Reads columns one after another and refuses to read past the end. */
class Columns {
  private at = 0;

  constructor(
    private readonly kind: string,
    private readonly bytes: ArrayBuffer,
  ) {}

  take(size: number): ArrayBuffer {
    if (!(size >= 0) || this.at + size > this.bytes.byteLength) {
      throw new Error(
        `${this.kind}: expected at least ${this.at + size} bytes, received ${this.bytes.byteLength}. The record is cut short.`,
      );
    }
    const part = this.bytes.slice(this.at, this.at + size);
    this.at += size;
    return part;
  }

  float32 = (n: number): Float32Array => new Float32Array(this.take(4 * n));
  float64 = (n: number): Float64Array => new Float64Array(this.take(8 * n));
  int32 = (n: number): Int32Array => new Int32Array(this.take(4 * n));
  uint32 = (n: number): Uint32Array => new Uint32Array(this.take(4 * n));
  uint8 = (n: number): Uint8Array => new Uint8Array(this.take(n));
  int64 = (n: number): Float64Array => Float64Array.from(new BigInt64Array(this.take(8 * n)), Number);
}

export type Meta = Readonly<Record<string, unknown>>;

/** A count in a record's meta; refuses what is not a whole number. */
export function countOf(meta: Meta, name: string): number {
  const value = meta[name];
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
    throw new Error(`meta.${name}: expected a whole number, received ${JSON.stringify(value)}.`);
  }
  return value;
}

function textsOf(meta: Meta, name: string): readonly string[] | null {
  const value = meta[name];
  return Array.isArray(value) ? value.map(String) : null;
}

export interface HistogramData {
  /** Borders of the bins, one more than there are counts. */
  readonly edges: Float64Array;
  readonly counts: Float64Array;
}

export function decodeHistogram(meta: Meta, bytes: ArrayBuffer): HistogramData {
  const bins = countOf(meta, "bins");
  const columns = new Columns("Histogram", bytes);
  return { edges: columns.float64(bins + 1), counts: columns.float64(bins) };
}

export interface PointsData {
  readonly n: number;
  readonly dims: number;
  readonly position: Float32Array;
  readonly rgb: Uint8Array | null;
  readonly labels: Int32Array | null;
  readonly names: readonly string[] | null;
  /** A number for each point, where the record says that it has one. */
  readonly values: Float32Array | null;
}

export function decodePoints(meta: Meta, bytes: ArrayBuffer): PointsData {
  const n = countOf(meta, "n");
  const dims = countOf(meta, "dims");
  const columns = new Columns("Points", bytes);
  return {
    n,
    dims,
    position: columns.float32(n * dims),
    rgb: meta.rgb === true ? columns.uint8(n * 3) : null,
    labels: meta.labels === true ? columns.int32(n) : null,
    values: meta.values === true ? columns.float32(n) : null,
    names: textsOf(meta, "names"),
  };
}

export interface EmbeddingData {
  readonly n: number;
  readonly dim: number;
  readonly vectors: Float32Array;
  readonly labels: Int32Array | null;
  readonly names: readonly string[] | null;
}

export function decodeEmbedding(meta: Meta, bytes: ArrayBuffer): EmbeddingData {
  const n = countOf(meta, "n");
  const dim = countOf(meta, "dim");
  const columns = new Columns("Embedding", bytes);
  const vectors = columns.float32(n * dim);
  return { n, dim, vectors, labels: meta.labels === true ? columns.int32(n) : null, names: textsOf(meta, "names") };
}

export interface MeshData {
  readonly vertices: Float32Array;
  readonly faces: Uint32Array;
  readonly rgb: Uint8Array | null;
}

/** @throws Error when a face names a vertex that is not there. */
export function decodeMesh(meta: Meta, bytes: ArrayBuffer): MeshData {
  const n = countOf(meta, "vertices");
  const columns = new Columns("Mesh", bytes);
  const vertices = columns.float32(n * 3);
  const faces = columns.uint32(countOf(meta, "faces") * 3);
  const wrong = faces.findIndex((vertex) => vertex >= n);
  if (wrong >= 0) throw new Error(`Mesh: face ${Math.floor(wrong / 3)} names vertex ${faces[wrong]} of ${n}.`);
  return { vertices, faces, rgb: meta.rgb === true ? columns.uint8(n * 3) : null };
}

export interface ConfusionData {
  readonly labels: readonly string[];
  /** Counts, row after row; rows are the truth, columns the prediction. */
  readonly counts: Float64Array;
}

export function decodeConfusion(meta: Meta, bytes: ArrayBuffer): ConfusionData {
  const k = Math.floor(Math.sqrt(bytes.byteLength / 8));
  const labels = textsOf(meta, "labels") ?? Array.from({ length: k }, (_, i) => String(i));
  return { labels, counts: new Columns("Confusion", bytes).int64(labels.length ** 2) };
}

export interface CurveData {
  readonly label: string;
  readonly area: number | null;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly thresholds: Float64Array | null;
}

export function decodeCurves(meta: Meta, bytes: ArrayBuffer): CurveData[] {
  const columns = new Columns("Curve", bytes);
  const rows = Array.isArray(meta.curves) ? (meta.curves as Meta[]) : [];
  return rows.map((row) => {
    const n = countOf(row, "n");
    const [x, y] = [columns.float64(n), columns.float64(n)];
    const thresholds = row.thresholds === true ? columns.float64(n) : null;
    return {
      label: String(row.label ?? ""),
      area: typeof row.area === "number" ? row.area : null,
      x,
      y,
      thresholds,
    };
  });
}

export type Cell = string | number | boolean | null | object;

export interface TableData {
  readonly names: readonly string[];
  readonly types: readonly string[];
  readonly columns: readonly (readonly Cell[])[];
  readonly rows: number;
}

export function decodeTable(meta: Meta, bytes: ArrayBuffer): TableData {
  const heads = Array.isArray(meta.columns) ? (meta.columns as Meta[]) : [];
  const body = JSON.parse(new TextDecoder().decode(bytes)) as { columns?: unknown };
  const columns = Array.isArray(body.columns) ? (body.columns as Cell[][]) : [];
  if (columns.length !== heads.length || columns.some((column) => !Array.isArray(column))) {
    throw new Error(`Table: expected ${heads.length} columns, received ${columns.length}.`);
  }
  const types = heads.map((head) => String(head.type ?? "text"));
  return {
    names: heads.map((head) => String(head.name ?? "")),
    types,
    columns: columns.map((column, i) => (types[i] === "number" ? column.map(finite) : column)),
    rows: Math.max(0, ...columns.map((column) => column.length)),
  };
}

/** JSON has no NaN, so a table writes those values as words. */
function finite(value: Cell): Cell {
  if (value === "NaN") return Number.NaN;
  if (value === "Infinity") return Number.POSITIVE_INFINITY;
  if (value === "-Infinity") return Number.NEGATIVE_INFINITY;
  return value;
}

export interface GraphNode {
  readonly id: string;
  readonly op: string;
  readonly label: string;
  readonly parameters: number;
  readonly shape: string;
}

export interface GraphData {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly (readonly [string, string])[];
}

/** Edges to nodes that are not there are left out. */
export function decodeGraph(bytes: ArrayBuffer): GraphData {
  const body = JSON.parse(new TextDecoder().decode(bytes)) as { nodes?: Meta[]; edges?: unknown[][] };
  const nodes = (body.nodes ?? []).map((node) => ({
    id: String(node.id),
    op: String(node.op ?? ""),
    label: String(node.label ?? node.id),
    parameters: typeof node.parameters === "number" ? node.parameters : 0,
    shape: Array.isArray(node.shape) ? node.shape.join("×") : "",
  }));
  const known = new Set(nodes.map((node) => node.id));
  const edges = (body.edges ?? []).map((edge) => [String(edge[0]), String(edge[1])] as const);
  return { nodes, edges: edges.filter(([from, to]) => known.has(from) && known.has(to)) };
}
