/** Arrays as NumPy writes them, and stacks of arrays over steps: bytes from the server, ready to be read by index. */

export type Numbers =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** An array of any rank, C order. */
export interface NdArray {
  /** NumPy name of what was stored: `uint8`, `float16`, `int64`, `bool`, `complex64`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Values; wider types than JavaScript has are float64 here, float16 is float32, complex numbers their magnitudes. */
  readonly data: Numbers;
  /** 64-bit integers as they are, where float64 could have rounded them. */
  readonly exact?: BigInt64Array | BigUint64Array;
  /** Real and imaginary parts in turn, of complex numbers. */
  readonly parts?: Float32Array | Float64Array;
}

/** One array per step, stacked along the first axis. */
export interface Slices {
  readonly step: Float64Array;
  /** UTC seconds. */
  readonly time: Float64Array;
  /** Shape `[steps, …]`. */
  readonly value: NdArray;
}

const NPY_MAGIC = "\u0093NUMPY";
const GNC1_MAGIC = 0x31434e47;
/** Bytes of one value, by NumPy's letter. */
const NAMES: Record<string, string> = {
  b1: "bool",
  i1: "int8",
  u1: "uint8",
  i2: "int16",
  u2: "uint16",
  i4: "int32",
  u4: "uint32",
  i8: "int64",
  u8: "uint64",
  f2: "float16",
  f4: "float32",
  f8: "float64",
  c8: "complex64",
  c16: "complex128",
};
const WIDTHS: Record<string, number> = Object.fromEntries(
  Object.entries(NAMES).map(([code, name]) => [name, Number(code.slice(1))]),
);

/**
 * Read a `.npy` file, version 1 to 3.
 *
 * @throws Error when the bytes are not one, are cut short, or hold objects or text.
 */
export function decodeNpy(buffer: ArrayBuffer): NdArray {
  const bytes = new Uint8Array(buffer);
  if (bytes.length < 10 || latin(bytes.subarray(0, 6)) !== NPY_MAGIC)
    throw new Error(`Array: expected a .npy file, received ${bytes.length} other bytes.`);
  const view = new DataView(buffer);
  const wide = (bytes[6] as number) >= 2;
  const start = wide ? 12 : 10;
  const size = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  if (start + size > bytes.length)
    throw new Error(`Array: the header ends at ${start + size}, but only ${bytes.length} bytes came.`);
  const { descr, fortran, shape } = readHeader(latin(bytes.subarray(start, start + size)));
  const name = NAMES[descr.slice(1)];
  if (name === undefined || descr.startsWith(">"))
    throw new Error(`Array: expected little-endian numbers, received values of type "${descr}".`);
  const array = readArray(buffer, start + size, name, shape);
  return fortran ? toC(array) : array;
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function readHeader(text: string): { descr: string; fortran: boolean; shape: number[] } {
  const descr = /'descr':\s*'([<>|=]?\w+)'/.exec(text)?.[1];
  const shape = /'shape':\s*\(([\d,\sL]*)\)/.exec(text)?.[1];
  if (descr === undefined || shape === undefined)
    throw new Error(`Array: the header "${text.slice(0, 80)}" is unknown.`);
  const dims = shape.split(",").flatMap((part) => (part.trim() === "" ? [] : [Number.parseInt(part, 10)]));
  return { descr, fortran: /'fortran_order':\s*True/.test(text), shape: dims };
}

/**
 * Read values that lie in memory, little-endian and in C order.
 *
 * @param dtype NumPy name.
 * @throws Error when they do not fit into the bytes.
 */
export function readArray(buffer: ArrayBuffer, offset: number, dtype: string, shape: readonly number[]): NdArray {
  const width = WIDTHS[dtype];
  if (width === undefined) throw new Error(`Array: values of type "${dtype}" are not numbers.`);
  const count = shape.reduce((product, dim) => product * dim, 1);
  if (offset + count * width > buffer.byteLength) {
    throw new Error(
      `Array: ${shape.join(" × ") || 1} values of ${dtype} need ${count * width} bytes, received ${buffer.byteLength - offset}.`,
    );
  }
  // A view must begin at a multiple of the width; what does not is copied.
  const aligned = offset % Math.min(width, 8) === 0;
  const from = aligned ? buffer : buffer.slice(offset, offset + count * width);
  const at = aligned ? offset : 0;
  return { dtype, shape, ...valuesOf(from, at, dtype, count) };
}

function valuesOf(buffer: ArrayBuffer, at: number, dtype: string, n: number): Omit<NdArray, "dtype" | "shape"> {
  switch (dtype) {
    case "int8":
      return { data: new Int8Array(buffer, at, n) };
    case "int16":
      return { data: new Int16Array(buffer, at, n) };
    case "uint16":
      return { data: new Uint16Array(buffer, at, n) };
    case "int32":
      return { data: new Int32Array(buffer, at, n) };
    case "uint32":
      return { data: new Uint32Array(buffer, at, n) };
    case "int64":
      return wideIntegers(new BigInt64Array(buffer, at, n));
    case "uint64":
      return wideIntegers(new BigUint64Array(buffer, at, n));
    case "float16":
      return { data: halves(new Uint16Array(buffer, at, n)) };
    case "float32":
      return { data: new Float32Array(buffer, at, n) };
    case "float64":
      return { data: new Float64Array(buffer, at, n) };
    case "complex64":
      return complex(new Float32Array(buffer, at, 2 * n));
    case "complex128":
      return complex(new Float64Array(buffer, at, 2 * n));
    default:
      return { data: new Uint8Array(buffer, at, n) };
  }
}

function wideIntegers(exact: BigInt64Array | BigUint64Array): Omit<NdArray, "dtype" | "shape"> {
  const data = Float64Array.from(exact as Iterable<bigint> & ArrayLike<bigint>, Number);
  return data.some((value) => !Number.isSafeInteger(value)) ? { data, exact } : { data };
}

function complex(parts: Float32Array | Float64Array): Omit<NdArray, "dtype" | "shape"> {
  const data = new Float64Array(parts.length / 2);
  for (let i = 0; i < data.length; i++) data[i] = Math.hypot(parts[2 * i] as number, parts[2 * i + 1] as number);
  return { data, parts };
}

/** IEEE 754 binary16: one sign, five exponent and ten fraction bits. */
function halves(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}

/** The same array in C order. */
function toC(array: NdArray): NdArray {
  const { shape } = array;
  const order = new Uint32Array(array.data.length);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, dim) => product * dim, 1));
  const index = shape.map(() => 0);
  for (let i = 0; i < order.length; i++) {
    order[i] = index.reduce((sum, at, axis) => sum + at * (strides[axis] as number), 0);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      index[axis] = 0;
    }
  }
  const data = array.data.slice();
  for (const [i, from] of order.entries()) data[i] = array.data[from] as number;
  const { exact, parts } = array;
  const moved: NdArray = { dtype: array.dtype, shape, data };
  if (exact) return { ...moved, exact: permuted(exact, order) };
  if (!parts) return moved;
  const both = parts.slice();
  for (const [i, from] of order.entries()) both.set(parts.subarray(2 * from, 2 * from + 2), 2 * i);
  return { ...moved, parts: both };
}

function permuted<T extends BigInt64Array | BigUint64Array>(values: T, order: Uint32Array): T {
  const out = values.slice() as T;
  for (const [i, from] of order.entries()) out[i] = values[from] as bigint;
  return out;
}

/**
 * Read a stack of arrays over steps: GNC1 with the columns `step`, `time` and `value`.
 *
 * @throws Error when the bytes are not that.
 */
export function decodeSlices(buffer: ArrayBuffer): Slices {
  const view = new DataView(buffer);
  if (buffer.byteLength < 8 || view.getUint32(0, true) !== GNC1_MAGIC)
    throw new Error(`Slices: expected bytes that begin with GNC1, received ${buffer.byteLength} other bytes.`);
  const base = 8 + view.getUint32(4, true);
  if (base > buffer.byteLength)
    throw new Error(`Slices: the header ends at ${base}, but only ${buffer.byteLength} bytes came.`);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, base - 8))) as {
    dtype: string;
    shape: number[];
    steps: number;
    columns: { step: number; time: number; value: number };
  };
  const { columns, steps } = header;
  const step = readArray(buffer, base + columns.step, "int64", [steps]);
  const time = readArray(buffer, base + columns.time, "float64", [steps]);
  return {
    step: step.data as Float64Array,
    time: time.data as Float64Array,
    value: readArray(buffer, base + columns.value, header.dtype, header.shape),
  };
}

/** One value as it was stored, in the shortest text that reads back as it. */
export function exactAt(array: NdArray, i: number): string {
  const { data, exact, parts } = array;
  if (exact) return String(exact[i]);
  if (parts) {
    const [re, im] = [parts[2 * i] as number, parts[2 * i + 1] as number];
    return `${shortest(re, array.dtype)}${im < 0 || Object.is(im, -0) ? "−" : "+"}${shortest(Math.abs(im), array.dtype)}i`;
  }
  return array.dtype === "bool" ? (data[i] ? "true" : "false") : shortest(data[i] as number, array.dtype);
}

/** The fewest digits that name this float among those of its type. */
export function shortest(value: number, dtype: string): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const digits = { float16: 5, bfloat16: 4, float32: 9, complex64: 9 }[dtype];
  if (digits === undefined) return String(value).replace("-", "−");
  const same =
    dtype === "float32" || dtype === "complex64" ? Math.fround : (x: number) => rounded(x, digits === 5 ? 11 : 8);
  for (let n = 1; n < digits; n++) {
    const text = value.toPrecision(n);
    if (same(Number(text)) === value) return String(Number(text)).replace("-", "−");
  }
  return String(Number(value.toPrecision(digits))).replace("-", "−");
}

/** The nearest number with so many significant bits; ties to even. */
function rounded(value: number, bits: number): number {
  if (value === 0) return value;
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(value))) - bits + 1);
  const ratio = value / unit;
  const low = Math.floor(ratio);
  const rest = ratio - low;
  const up = rest > 0.5 || (rest === 0.5 && low % 2 !== 0);
  return (up ? low + 1 : low) * unit;
}
