import { expect, test } from "vitest";
import { decodeNpy, decodeSlices, exactAt, type NdArray, readArray, shortest } from "../../src/lib/npy.ts";

/** A `.npy` file as NumPy writes it. */
function npy(
  descr: string,
  shape: readonly number[],
  data: ArrayBufferView,
  fortran = false,
  version = 1,
): ArrayBuffer {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': ${tuple}, }`;
  const start = version === 1 ? 10 : 12;
  const header = `${text.padEnd(Math.ceil((start + text.length + 1) / 64) * 64 - start - 1)}\n`;
  const out = new Uint8Array(start + header.length + data.byteLength);
  out.set([0x93, ...new TextEncoder().encode("NUMPY"), version, 0]);
  const view = new DataView(out.buffer);
  if (version === 1) view.setUint16(8, header.length, true);
  else view.setUint32(8, header.length, true);
  out.set(new TextEncoder().encode(header), start);
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start + header.length);
  return out.buffer;
}

function plain(array: NdArray) {
  return { ...array, data: [...array.data] };
}

test.each([
  ["|u1", "uint8", new Uint8Array([0, 128, 255])],
  ["|i1", "int8", new Int8Array([-128, 0, 127])],
  ["|b1", "bool", new Uint8Array([0, 1, 1])],
  ["<u2", "uint16", new Uint16Array([0, 1, 65535])],
  ["<i2", "int16", new Int16Array([-32768, 0, 32767])],
  ["<u4", "uint32", new Uint32Array([0, 1, 2 ** 32 - 1])],
  ["<i4", "int32", new Int32Array([-(2 ** 31), 0, 7])],
  ["<f4", "float32", new Float32Array([0.1, Number.NaN, Number.POSITIVE_INFINITY])],
  ["<f8", "float64", new Float64Array([0.1, -0, 1e300])],
] as const)("values of type %s are read as they are", (descr, dtype, data) => {
  expect(plain(decodeNpy(npy(descr, [3], data)))).toEqual({ dtype, shape: [3], data: [...data] });
});

test("versions 2 and 3 of the format have a longer header", () => {
  const data = new Uint8Array([1, 2, 3, 4, 5, 6]);
  for (const version of [2, 3])
    expect(plain(decodeNpy(npy("|u1", [2, 3], data, false, version)))).toEqual({
      dtype: "uint8",
      shape: [2, 3],
      data: [1, 2, 3, 4, 5, 6],
    });
});

test("half floats become numbers, subnormal and infinite ones too", () => {
  const bits = new Uint16Array([0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0xfc00, 0x7e00, 0x8000, 0x3555]);
  const { data } = decodeNpy(npy("<f2", [9], bits));
  expect([...data]).toEqual([
    1,
    -2,
    2 ** -24,
    65504,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
    -0,
    Math.fround(0.333251953125),
  ]);
});

test("64-bit integers keep their digits where a float would lose them", () => {
  const small = decodeNpy(npy("<i8", [2], new BigInt64Array([-5n, 7n])));
  expect(small.exact).toBeUndefined();
  expect([exactAt(small, 0), exactAt(small, 1)]).toEqual(["−5", "7"]);
  const large = decodeNpy(npy("<u8", [2], new BigUint64Array([3n, 18446744073709551615n])));
  expect([exactAt(large, 0), exactAt(large, 1)]).toEqual(["3", "18446744073709551615"]);
  expect(large.data[1]).toBe(2 ** 64);
});

test("complex numbers show both parts and are drawn by magnitude", () => {
  const array = decodeNpy(npy("<c8", [2], new Float32Array([3, -4, 0.1, 0])));
  expect(array.data[0]).toBe(5);
  expect([exactAt(array, 0), exactAt(array, 1)]).toEqual(["3−4i", "0.1+0i"]);
});

test("a scalar has an empty shape", () => {
  expect(plain(decodeNpy(npy("<f8", [], new Float64Array([2.5]))))).toEqual({
    dtype: "float64",
    shape: [],
    data: [2.5],
  });
});

test("Fortran order is turned around, with exact values and parts", () => {
  // [[1, 2, 3], [4, 5, 6]] column by column.
  const array = decodeNpy(npy("<i4", [2, 3], new Int32Array([1, 4, 2, 5, 3, 6]), true));
  expect([...array.data]).toEqual([1, 2, 3, 4, 5, 6]);
  const big = BigInt(2 ** 60);
  const wide = decodeNpy(npy("<i8", [2, 2], new BigInt64Array([1n, 3n, 2n, big]), true));
  expect([...(wide.exact as BigInt64Array)]).toEqual([1n, 2n, 3n, big]);
  const complex = decodeNpy(npy("<c16", [2, 2], new Float64Array([1, 0, 3, 0, 2, 0, 4, -1]), true));
  expect([0, 1, 2, 3].map((i) => exactAt(complex, i))).toEqual(["1+0i", "2+0i", "3+0i", "4−1i"]);
});

test.each([
  ["nothing", new ArrayBuffer(0), /expected a .npy file, received 0/],
  ["a picture", new TextEncoder().encode("\u0089PNG and more bytes").buffer, /expected a .npy file/],
  ["big-endian values", npy(">f4", [1], new Float32Array(1)), /little-endian.*>f4/],
  ["objects", npy("|O", [1], new Float64Array(1)), /type "\|O"/],
  ["text", npy("<U3", [1], new Uint8Array(12)), /type "<U3"/],
  [
    "fewer values than the shape says",
    npy("<f4", [2, 3], new Float32Array(5)),
    /2 × 3 values of float32 need 24 bytes, received 20/,
  ],
  ["half a header", npy("|u1", [4], new Uint8Array(4)).slice(0, 40), /header ends at/],
])("refuses %s", (_, buffer, message) => {
  expect(() => decodeNpy(buffer as ArrayBuffer)).toThrow(message);
});

test("values that do not begin at a multiple of their width are read all the same", () => {
  const bytes = new Uint8Array(3 + 8);
  bytes.set(new Uint8Array(new Float64Array([1.25]).buffer), 3);
  expect([...readArray(bytes.buffer, 3, "float64", [1]).data]).toEqual([1.25]);
});

function gnc1(header: unknown, columns: ArrayBufferView[]): ArrayBuffer {
  const text = JSON.stringify(header);
  const padded = text.padEnd(Math.ceil(text.length / 8) * 8);
  const out = new Uint8Array(8 + padded.length + columns.reduce((sum, column) => sum + column.byteLength, 0));
  out.set(new TextEncoder().encode("GNC1"));
  new DataView(out.buffer).setUint32(4, padded.length, true);
  out.set(new TextEncoder().encode(padded), 8);
  let at = 8 + padded.length;
  for (const column of columns) {
    out.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
    at += column.byteLength;
  }
  return out.buffer;
}

const STACK = { dtype: "float32", shape: [2, 3], steps: 2, columns: { step: 0, time: 16, value: 32 } };

test("a stack over steps has one array for each step", () => {
  const buffer = gnc1(STACK, [
    new BigInt64Array([10n, 20n]),
    new Float64Array([1.5, 2.5]),
    new Float32Array([1, 2, 3, 4, 5, 6]),
  ]);
  const { step, time, value } = decodeSlices(buffer);
  expect({ step: [...step], time: [...time], value: plain(value) }).toEqual({
    step: [10, 20],
    time: [1.5, 2.5],
    value: { dtype: "float32", shape: [2, 3], data: [1, 2, 3, 4, 5, 6] },
  });
});

test("a stack that is cut short or something else is refused", () => {
  const whole = gnc1(STACK, [new BigInt64Array(2), new Float64Array(2), new Float32Array(6)]);
  expect(() => decodeSlices(whole.slice(0, -8))).toThrow(/need 24 bytes, received 16/);
  expect(() => decodeSlices(new TextEncoder().encode("{}{}{}{}").buffer as ArrayBuffer)).toThrow(/begin with GNC1/);
  expect(() => decodeSlices(whole.slice(0, 20))).toThrow(/header ends at/);
});

test("a float is written with the fewest digits that name it in its own type", () => {
  expect([
    shortest(Math.fround(0.1), "float32"),
    shortest(0.1, "float64"),
    shortest(1e-45, "float32"),
    shortest(0.333251953125, "float16"),
    shortest(3.140625, "bfloat16"),
    shortest(Number.NaN, "float32"),
    shortest(Number.NEGATIVE_INFINITY, "float32"),
    shortest(-2, "float32"),
    shortest(16777216, "float32"),
  ]).toEqual(["0.1", "0.1", "1e−45", "0.3333", "3.14", "NaN", "−∞", "−2", "16777216"]);
});
