import { expect, test } from "vitest";
import { decodeEnvelopes } from "../../src/lib/gnc1.ts";
import { listed } from "./make.ts";

const FLOATS = ["x0", "x1", "low_x", "high_x", "low", "high", "mean"];

/** Encode as `docs/reference/http.md` says, independently of the decoder. */
function encode(
  series: { run: string; key: string; total: number; span: [number, number]; columns: Record<string, number[]> }[],
) {
  const parts: Uint8Array[] = [];
  let offset = 0;
  const rows = series.map(({ columns, ...rest }) => {
    const offsets: Record<string, number> = {};
    for (const [name, values] of Object.entries(columns)) {
      const bytes = new Uint8Array(
        FLOATS.includes(name) ? new Float64Array(values).buffer : new Uint32Array(values).buffer,
      );
      const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
      padded.set(bytes);
      offsets[name] = offset;
      offset += padded.length;
      parts.push(padded);
    }
    return { ...rest, m: columns.n?.length, columns: offsets };
  });
  let header = new TextEncoder().encode(JSON.stringify({ series: rows }));
  const spaces = (8 - ((8 + header.length) % 8)) % 8;
  header = new TextEncoder().encode(JSON.stringify({ series: rows }) + " ".repeat(spaces));
  const out = new Uint8Array(8 + header.length + offset);
  out.set(new TextEncoder().encode("GNC1"));
  new DataView(out.buffer).setUint32(4, header.length, true);
  out.set(header, 8);
  let at = 8 + header.length;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out.buffer;
}

const one = {
  run: "01abc",
  key: "train/loss ü",
  total: 5,
  span: [0, 4] as [number, number],
  columns: {
    x0: [0, 2, 3],
    x1: [1, 2, 4],
    low_x: [1, 2, 3],
    high_x: [0, 2, 4],
    low: [-1, 0.5, Number.NaN],
    high: [2, 0.5, Number.NaN],
    mean: [0.5, 0.5, Number.NaN],
    n: [2, 1, 2],
    bad: [0, 0, 2],
  },
};

test("what was encoded as the reference says comes out as it went in", () => {
  const [first, second] = decodeEnvelopes(encode([one, { ...one, key: "b" }]));
  expect(first?.run).toBe("01abc");
  expect([first?.key, second?.key]).toEqual(["train/loss ü", "b"]);
  expect(first?.trace.total).toBe(5);
  expect(first?.trace.span).toEqual([0, 4]);
  const { x0, x1, mean, n, bad } = one.columns;
  expect(first && listed(first.trace)).toEqual({ x0, x1, mean, n, bad });
  expect(Array.from(first?.trace.buckets.lowX ?? [])).toEqual(one.columns.low_x);
  expect(Array.from(first?.trace.buckets.high ?? [])).toEqual(one.columns.high);
});

test("an answer without series is no series", () => {
  expect(decodeEnvelopes(encode([]))).toEqual([]);
});

test("bytes of something else are refused with what came", () => {
  expect(() => decodeEnvelopes(new TextEncoder().encode("<!doctype html>").buffer as ArrayBuffer)).toThrow("GNC1");
  expect(() => decodeEnvelopes(new ArrayBuffer(3))).toThrow("received 3 other bytes");
});

test("an answer cut short is refused, wherever it was cut", () => {
  const whole = encode([one]);
  for (let length = 0; length < whole.byteLength; length += 7) {
    expect(() => decodeEnvelopes(whole.slice(0, length))).toThrow();
  }
});
