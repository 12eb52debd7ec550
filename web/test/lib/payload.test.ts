import { expect, test } from "vitest";
import {
  decodeConfusion,
  decodeCurves,
  decodeEmbedding,
  decodeGraph,
  decodeHistogram,
  decodeMesh,
  decodePoints,
  decodeTable,
} from "../../src/lib/payload.ts";

function join(...parts: (ArrayBufferView | string)[]): ArrayBuffer {
  const bytes = parts.map((part) =>
    typeof part === "string"
      ? new TextEncoder().encode(part)
      : new Uint8Array(part.buffer as ArrayBuffer, part.byteOffset, part.byteLength),
  );
  const out = new Uint8Array(bytes.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of bytes) {
    out.set(part, at);
    at += part.length;
  }
  return out.buffer;
}

test("a histogram is its borders and its counts", () => {
  const bytes = join(Float64Array.of(0, 1, 4), Float64Array.of(7, 2));
  expect(decodeHistogram({ bins: 2 }, bytes)).toEqual({
    edges: Float64Array.of(0, 1, 4),
    counts: Float64Array.of(7, 2),
  });
});

test("points come with the columns that meta names", () => {
  const bytes = join(Float32Array.of(1, 2, 3, 4, 5, 6), Uint8Array.of(255, 0, 0, 0, 255, 0), Int32Array.of(3, -1));
  expect(decodePoints({ n: 2, dims: 3, rgb: true, labels: true, names: ["a"] }, bytes)).toEqual({
    n: 2,
    dims: 3,
    position: Float32Array.of(1, 2, 3, 4, 5, 6),
    rgb: Uint8Array.of(255, 0, 0, 0, 255, 0),
    labels: Int32Array.of(3, -1),
    values: null,
    names: ["a"],
  });
  expect(decodePoints({ n: 1, dims: 2, rgb: false, labels: false }, join(Float32Array.of(1, 2))).rgb).toBeNull();
});

test("an embedding has one vector a row", () => {
  const bytes = join(Float32Array.of(1, 2, 3, 4), Int32Array.of(0, 9));
  expect(decodeEmbedding({ n: 2, dim: 2, labels: true }, bytes)).toEqual({
    n: 2,
    dim: 2,
    vectors: Float32Array.of(1, 2, 3, 4),
    labels: Int32Array.of(0, 9),
    names: null,
  });
});

test("a mesh names only vertices that it has", () => {
  const vertices = Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0);
  const meta = { vertices: 3, faces: 1, rgb: false };
  expect(decodeMesh(meta, join(vertices, Uint32Array.of(0, 1, 2)))).toEqual({
    vertices,
    faces: Uint32Array.of(0, 1, 2),
    rgb: null,
  });
  expect(() => decodeMesh(meta, join(vertices, Uint32Array.of(0, 1, 3)))).toThrow("face 0 names vertex 3 of 3");
});

test("what is cut short is refused in words", () => {
  expect(() => decodeHistogram({ bins: 3 }, new ArrayBuffer(40))).toThrow("Histogram: expected at least 56 bytes");
  expect(() => decodePoints({ n: -1, dims: 3 }, new ArrayBuffer(0))).toThrow("meta.n: expected a whole number");
});

test("a confusion matrix has numbers for names when it was given none", () => {
  const bytes = join(BigInt64Array.of(5n, 1n, 0n, 4n));
  expect(decodeConfusion({}, bytes)).toEqual({ labels: ["0", "1"], counts: Float64Array.of(5, 1, 0, 4) });
  expect(decodeConfusion({ labels: ["cat", "dog"] }, bytes).labels).toEqual(["cat", "dog"]);
});

test("curves lie one after another", () => {
  const bytes = join(Float64Array.of(0, 1), Float64Array.of(0, 1), Float64Array.of(0), Float64Array.of(9));
  const meta = { curves: [{ label: "a", n: 2, area: 0.5 }, { n: 1 }] };
  expect(decodeCurves(meta, bytes)).toEqual([
    { label: "a", area: 0.5, x: Float64Array.of(0, 1), y: Float64Array.of(0, 1), thresholds: null },
    { label: "", area: null, x: Float64Array.of(0), y: Float64Array.of(9), thresholds: null },
  ]);
});

test("a table reads its words for numbers in columns of numbers only", () => {
  const meta = {
    columns: [
      { name: "loss", type: "number" },
      { name: "note", type: "text" },
    ],
  };
  const found = decodeTable(meta, join('{"columns": [[1.5, "NaN", "-Infinity"], ["NaN", "b", null]]}'));
  expect(found).toEqual({
    names: ["loss", "note"],
    types: ["number", "text"],
    columns: [
      [1.5, Number.NaN, Number.NEGATIVE_INFINITY],
      ["NaN", "b", null],
    ],
    rows: 3,
  });
  expect(() => decodeTable(meta, join('{"columns": [[1]]}'))).toThrow("expected 2 columns, received 1");
});

test("a graph leaves out edges to nowhere", () => {
  const text = JSON.stringify({
    nodes: [{ id: 1, op: "conv", label: "conv1", parameters: 160, shape: [26, 26, 16] }, { id: 2 }],
    edges: [
      [1, 2],
      [1, 9],
    ],
  });
  expect(decodeGraph(join(text))).toEqual({
    nodes: [
      { id: "1", op: "conv", label: "conv1", parameters: 160, shape: "26×26×16" },
      { id: "2", op: "", label: "2", parameters: 0, shape: "" },
    ],
    edges: [["1", "2"]],
  });
});
