/** Sound: samples out of a WAV file, and the envelope that a screen can show. */

export interface Sound {
  readonly rate: number;
  readonly channels: readonly Float32Array[];
}

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

/**
 * Decode a WAV file of PCM (8, 16, 24, 32 bits) or floats (32, 64 bits).
 *
 * @returns `null` when it is another kind of file, which the browser may decode.
 */
export function decodeWav(bytes: ArrayBuffer): Sound | null {
  const view = new DataView(bytes);
  if (bytes.byteLength < 12 || word(view, 0) !== "RIFF" || word(view, 8) !== "WAVE") return null;
  let format: { code: number; channels: number; rate: number; bits: number } | null = null;
  for (let at = 12; at + 8 <= bytes.byteLength; ) {
    const [name, size] = [word(view, at), view.getUint32(at + 4, true)];
    if (name === "fmt " && at + 24 <= bytes.byteLength) format = readFormat(view, at + 8, size);
    if (name === "data" && format) return readSamples(view, at + 8, Math.min(size, bytes.byteLength - at - 8), format);
    at += 8 + size + (size % 2);
  }
  return null;
}

function word(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}

function readFormat(view: DataView, at: number, size: number) {
  const code = view.getUint16(at, true);
  const real = code === EXTENSIBLE && size >= 26 ? view.getUint16(at + 24, true) : code;
  return {
    code: real,
    channels: view.getUint16(at + 2, true),
    rate: view.getUint32(at + 4, true),
    bits: view.getUint16(at + 14, true),
  };
}

function readSamples(
  view: DataView,
  start: number,
  size: number,
  format: { code: number; channels: number; rate: number; bits: number },
): Sound | null {
  const read = sampleReader(view, format.code, format.bits);
  const width = format.bits / 8;
  if (read === null || format.channels === 0) return null;
  const frames = Math.floor(size / (width * format.channels));
  const channels = Array.from({ length: format.channels }, () => new Float32Array(frames));
  for (let i = 0; i < frames; i++) {
    for (let c = 0; c < format.channels; c++) {
      (channels[c] as Float32Array)[i] = read(start + (i * format.channels + c) * width);
    }
  }
  return { rate: format.rate, channels };
}

function sampleReader(view: DataView, code: number, bits: number): ((at: number) => number) | null {
  if (code === FLOAT && bits === 32) return (at) => view.getFloat32(at, true);
  if (code === FLOAT && bits === 64) return (at) => view.getFloat64(at, true);
  if (code !== PCM) return null;
  if (bits === 8) return (at) => (view.getUint8(at) - 128) / 128;
  if (bits === 16) return (at) => view.getInt16(at, true) / 32768;
  if (bits === 24) return (at) => (view.getUint16(at, true) + (view.getInt8(at + 2) << 16)) / 8388608;
  if (bits === 32) return (at) => view.getInt32(at, true) / 2147483648;
  return null;
}

export interface Envelope {
  readonly low: Float32Array;
  readonly high: Float32Array;
}

/** Smallest and largest sample under each pixel: every sample counts, so no click is lost between two pixels. */
export function envelope(samples: Float32Array, pixels: number, from = 0, to = samples.length): Envelope {
  const low = new Float32Array(pixels);
  const high = new Float32Array(pixels);
  const n = Math.max(0, to - from);
  for (let p = 0; p < pixels; p++) {
    const first = from + Math.floor((p * n) / pixels);
    const last = Math.max(first + 1, from + Math.floor(((p + 1) * n) / pixels));
    let [a, b] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = first; i < last && i < to; i++) {
      const v = samples[i] as number;
      if (v < a) a = v;
      if (v > b) b = v;
    }
    low[p] = a <= b ? a : 0;
    high[p] = a <= b ? b : 0;
  }
  return { low, high };
}
