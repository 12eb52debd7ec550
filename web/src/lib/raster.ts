/** Pictures as numbers: from logged values to colours, and from two pictures to their difference. */

import { colours, type MapName } from "./colormap.ts";
import type { NdArray } from "./npy.ts";

/** A picture: its values row by row, the channels of a pixel side by side. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 colour, 4 colour with opacity. */
  readonly channels: number;
  readonly array: NdArray;
  /** Index of its first value in the array: pictures of a batch share one. */
  readonly offset: number;
}

/** How values become colours. */
export interface Look {
  /** Values drawn black and white (or as the ends of the map). */
  readonly low: number;
  readonly high: number;
  /** One channel as grey; `null` is all of them. */
  readonly channel: number | null;
  readonly map: MapName;
}

export type Pixels = Uint8ClampedArray<ArrayBuffer>;

/** What is not a number is marked, in red on any map. */
const BAD = [214, 39, 40] as const;

/** The pictures of an array of shape `[h, w]`, `[h, w, c]` or, where it is a batch, `[n, h, w, c]`. */
export function rastersOf(array: NdArray, batch: boolean): Raster[] {
  const shape = [...array.shape];
  const n = batch ? (shape.shift() ?? 0) : 1;
  const [height = 0, width = 0, channels = 1] = shape;
  if (shape.length < 2 || shape.length > 3 || ![1, 3, 4].includes(channels))
    throw new Error(
      `Picture: expected values of shape height × width × 1, 3 or 4 channels, received ${array.shape.join(" × ")}.`,
    );
  const size = height * width * channels;
  return Array.from({ length: n }, (_, i) => ({ width, height, channels, array, offset: i * size }));
}

/** Lowest and highest finite value; `null` when there is none. Opacity is no value. */
export function extremesOf(raster: Raster, channel: number | null = null): readonly [number, number] | null {
  const { array, channels, offset } = raster;
  const used = channels === 4 ? 3 : channels;
  const [first, last] = channel === null ? [0, used - 1] : [channel, channel];
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  const end = offset + raster.width * raster.height * channels;
  for (let i = offset; i < end; i += channels) {
    for (let c = first; c <= last; c++) {
      const value = array.data[i + c] as number;
      if (value < low && value !== Number.NEGATIVE_INFINITY) low = value;
      if (value > high && value !== Number.POSITIVE_INFINITY) high = value;
    }
  }
  return low <= high ? [low, high] : null;
}

/** The picture in colours, four bytes a pixel. */
export function toRgba(raster: Raster, look: Look): Pixels {
  const { width, height, channels, array, offset } = raster;
  const out: Pixels = new Uint8ClampedArray(width * height * 4);
  const single = channels === 1 || look.channel !== null;
  const from = offset + (look.channel ?? 0);
  const [low, scale] = [look.low, look.high > look.low ? 255 / (look.high - look.low) : 0];
  const flat = look.high > look.low ? 0 : 127;
  const table = colours(look.map);
  const opaque = channels !== 4 || look.channel !== null;
  // The opacity of floats goes from 0 to 1, that of integers to the largest of their type.
  const opacity = array.dtype.startsWith("float") ? 255 : array.dtype === "uint16" ? 255 / 65535 : 1;
  for (let pixel = 0; pixel < width * height; pixel++) {
    const at = 4 * pixel;
    if (single) {
      const value = array.data[from + pixel * channels] as number;
      if (Number.isFinite(value)) {
        const entry = 3 * Math.max(0, Math.min(255, Math.round((value - low) * scale) + flat));
        out[at] = table[entry] as number;
        out[at + 1] = table[entry + 1] as number;
        out[at + 2] = table[entry + 2] as number;
      } else out.set(BAD, at);
    } else {
      let bad = false;
      for (let c = 0; c < 3; c++) {
        const value = array.data[from + pixel * channels + c] as number;
        bad ||= !Number.isFinite(value);
        out[at + c] = (value - low) * scale + flat;
      }
      if (bad) out.set(BAD, at);
    }
    out[at + 3] = opaque ? 255 : (array.data[from + pixel * channels + 3] as number) * opacity;
  }
  return out;
}

export interface Difference {
  /** One channel of float64: the second picture minus the first; of several channels the one that differs most. */
  readonly raster: Raster;
  /** Largest distance, NaN left out. */
  readonly max: number;
  /** Where it is. */
  readonly at: { readonly x: number; readonly y: number } | null;
  /** Pixels that differ at all. */
  readonly count: number;
}

/**
 * Subtract one picture from another, in the units of what was logged.
 *
 * @throws Error when they have different shapes.
 */
export function difference(a: Raster, b: Raster): Difference {
  if (a.width !== b.width || a.height !== b.height || a.channels !== b.channels) {
    const shape = (r: Raster): string => `${r.height} × ${r.width} × ${r.channels}`;
    throw new Error(`Difference: expected two pictures of one shape, received ${shape(a)} and ${shape(b)}.`);
  }
  const { width, height, channels } = a;
  const data = new Float64Array(width * height);
  let [max, place, count] = [0, -1, 0];
  for (let pixel = 0; pixel < data.length; pixel++) {
    let most = 0;
    for (let c = 0; c < channels; c++) {
      const i = pixel * channels + c;
      const before = a.array.data[a.offset + i] as number;
      const after = b.array.data[b.offset + i] as number;
      const d = Object.is(before, after) || before === after ? 0 : after - before;
      if (Number.isNaN(d) || Math.abs(d) > Math.abs(most)) most = d;
      if (Number.isNaN(d)) break;
    }
    data[pixel] = most;
    if (most !== 0) count++;
    if (Math.abs(most) > max) [max, place] = [Math.abs(most), pixel];
  }
  const array: NdArray = { dtype: "float64", shape: [height, width, 1], data };
  const at = place < 0 ? null : { x: place % width, y: Math.floor(place / width) };
  return { raster: { width, height, channels: 1, array, offset: 0 }, max, at, count };
}

/** A difference is drawn around zero: no difference is white. */
export function differenceLook(max: number): Look {
  const reach = max > 0 && Number.isFinite(max) ? max : 1;
  return { low: -reach, high: reach, channel: null, map: "diverging" };
}
