/** GNC1: columns of numbers as they lie in memory, behind a JSON header. `docs/reference/http.md` has the layout. */

import { type Buckets, Trace } from "./trace.ts";

/** One series of an answer, ready to draw. */
export interface SeriesTrace {
  readonly run: string;
  readonly key: string;
  readonly trace: Trace;
  /** Points that an expression left out because another series has none at their step. */
  readonly missed: number;
}

interface SeriesHeader {
  run: string;
  key: string;
  total: number;
  missed?: number;
  span: [number, number];
  m: number;
  columns: Record<string, number>;
}

const MAGIC = 0x31434e47; // "GNC1", read as a little-endian u32
const FLOATS = { x0: "x0", x1: "x1", lowX: "low_x", highX: "high_x", low: "low", high: "high", mean: "mean" } as const;
const COUNTS = { n: "n", bad: "bad" } as const;

/**
 * Decode an answer of `/api/v1/envelopes`.
 *
 * The columns are copied out of the buffer, because a trace grows while its run is alive.
 *
 * @throws Error when the bytes are not GNC1 or a column lies outside them.
 */
export function decodeEnvelopes(buffer: ArrayBuffer): SeriesTrace[] {
  const view = new DataView(buffer);
  if (buffer.byteLength < 8 || view.getUint32(0, true) !== MAGIC) {
    throw new Error(`Envelopes: expected bytes that begin with GNC1, received ${buffer.byteLength} other bytes.`);
  }
  const size = view.getUint32(4, true);
  if (8 + size > buffer.byteLength) {
    throw new Error(`Envelopes: the header ends at ${8 + size}, but only ${buffer.byteLength} bytes came.`);
  }
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, size))) as { series: SeriesHeader[] };
  return header.series.map((series) => ({
    run: series.run,
    key: series.key,
    missed: series.missed ?? 0,
    trace: new Trace(readBuckets(buffer, 8 + size, series), series.m, series.total, span(series)),
  }));
}

function span(series: SeriesHeader): readonly [number, number] {
  return [Number(series.span[0]), Number(series.span[1])];
}

function readBuckets(buffer: ArrayBuffer, base: number, series: SeriesHeader): Buckets {
  const at = (name: string, width: number): number => {
    const offset = series.columns[name];
    if (offset === undefined || base + offset + width * series.m > buffer.byteLength) {
      throw new Error(
        `Envelopes: column "${name}" of ${series.key} lies outside the ${buffer.byteLength} bytes received.`,
      );
    }
    return base + offset;
  };
  const floats = (name: string): Float64Array =>
    new Float64Array(buffer.slice(at(name, 8), at(name, 8) + 8 * series.m));
  const counts = (name: string): Uint32Array => new Uint32Array(buffer.slice(at(name, 4), at(name, 4) + 4 * series.m));
  return {
    x0: floats(FLOATS.x0),
    x1: floats(FLOATS.x1),
    lowX: floats(FLOATS.lowX),
    highX: floats(FLOATS.highX),
    low: floats(FLOATS.low),
    high: floats(FLOATS.high),
    mean: floats(FLOATS.mean),
    n: counts(COUNTS.n),
    bad: counts(COUNTS.bad),
  };
}
