/** Pictures of records: as thumbnails that the server draws, and as the values that were logged. */

import type { RecordReader, RecordRow } from "../../../api/records.ts";
import { type NdArray, readArray } from "../../../lib/npy.ts";
import { type Raster, rastersOf } from "../../../lib/raster.ts";

/** One picture of a record. */
export interface Picture {
  readonly run: string;
  readonly record: RecordRow;
  readonly index: number;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly dtype: string;
  readonly caption: string;
  /** Bytes of its values in memory. */
  readonly bytes: number;
  /** Lowest and highest value as logged, of this picture or, where that is not told, of its record. */
  readonly low: number | null;
  readonly high: number | null;
  /** What it was logged with: two values, "each", or nothing. */
  readonly range: unknown;
}

/** A picture of a batch that is not held in one array. */
interface Part {
  readonly format: string;
  readonly shape: readonly number[];
  readonly dtype?: string;
  readonly low?: number | null;
  readonly high?: number | null;
  readonly range?: unknown;
  readonly offset: number;
  readonly size: number;
  readonly caption?: string;
}

const WIDTHS: Readonly<Record<string, number>> = {
  bool: 1,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  float16: 2,
  bfloat16: 2,
};
/** A record whose values take more is drawn from thumbnails until it is looked at closely. */
const WHOLE_BYTES = 4 << 20;
/** Browsers know these; the server draws the others. */
const KNOWN = ["png", "jpeg", "gif", "webp", "bmp"];

/** More pictures than this are not drawn at once. */
export const MOST_PICTURES = 1024;

/** What is known of the pictures of a record before their values are read. */
export function picturesOf(run: string, record: RecordRow): Picture[] {
  const { meta } = record;
  if (meta.format === "parts") return (meta.parts as Part[]).map((part, i) => fromPart(run, record, part, i));
  const shape = (meta.shape ?? []) as number[];
  const batch = record.kind === "images";
  const [height = 1, width = 1, channels = 3] = batch ? shape.slice(1) : shape;
  const dtype = String(meta.dtype ?? "uint8");
  const captions = batch ? ((meta.captions ?? []) as unknown[]) : [meta.caption ?? ""];
  const n = batch ? (shape[0] ?? 0) : 1;
  const bytes = height * width * channels * (WIDTHS[dtype] ?? (dtype.endsWith("64") ? 8 : 4));
  const [low, high] = [numberOf(meta.low), numberOf(meta.high)];
  return Array.from({ length: Math.min(n, MOST_PICTURES) }, (_, index) => {
    const caption = String(captions[index] ?? "");
    return { run, record, index, width, height, channels, dtype, caption, bytes, low, high, range: meta.range };
  });
}

function fromPart(run: string, record: RecordRow, part: Part, index: number): Picture {
  const [height = 1, width = 1, channels = 3] = part.shape;
  const dtype = part.dtype ?? "uint8";
  const [low, high] = [numberOf(part.low), numberOf(part.high)];
  const { caption = "", range = record.meta.range } = part;
  const bytes = height * width * channels * (WIDTHS[dtype] ?? (dtype.endsWith("64") ? 8 : 4));
  return { run, record, index, width, height, channels, dtype, caption, bytes, low, high, range };
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** Whether the values are read at once, or only when somebody looks closely. */
export function isSmall(pictures: readonly Picture[]): boolean {
  return pictures.reduce((sum, picture) => sum + picture.bytes, 0) <= WHOLE_BYTES;
}

/** Decoded files live as long as the bytes they came from. */
const decoded = new WeakMap<ArrayBuffer, Map<number, Promise<Raster>>>();

/** The values of a picture as they were logged; of a JPEG or a PNG, those that its file stands for. */
export async function rasterOf(reader: RecordReader, picture: Picture): Promise<Raster> {
  const { run, record, index } = picture;
  const { format } = record.meta;
  if (format === "raw") return rawRaster(reader, picture);
  const bytes = await reader.data(run, record.id);
  const known = decoded.get(bytes) ?? new Map<number, Promise<Raster>>();
  decoded.set(bytes, known);
  const found = known.get(index) ?? decode(reader, picture, bytes);
  known.set(index, found);
  found.catch(() => known.delete(index));
  return found;
}

async function rawRaster(reader: RecordReader, { run, record, index, bytes }: Picture): Promise<Raster> {
  if (record.kind !== "images") return only(rastersOf(await reader.array(run, record.id), false));
  // A batch that is small is read whole, once; of a large one only what is looked at.
  const whole = record.size <= 4 * WHOLE_BYTES || bytes * 2 > record.size;
  if (whole) return rastersOf(await reader.array(run, record.id), true)[index] as Raster;
  return only(rastersOf(await reader.array(run, record.id, String(index)), false));
}

function only(rasters: readonly Raster[]): Raster {
  return rasters[0] as Raster;
}

async function decode(reader: RecordReader, picture: Picture, bytes: ArrayBuffer): Promise<Raster> {
  const { run, record, index } = picture;
  const part = record.meta.format === "parts" ? (record.meta.parts as Part[])[index] : undefined;
  if (part?.format === "raw") {
    const shape = [part.shape[0] ?? 1, part.shape[1] ?? 1, part.shape[2] ?? 1];
    return only(rastersOf(readArray(bytes, part.offset, part.dtype ?? "uint8", shape), false));
  }
  const format = part?.format ?? String(record.meta.format);
  const piece = part ? bytes.slice(part.offset, part.offset + part.size) : bytes;
  if (KNOWN.includes(format)) return pixelsOf(new Blob([piece], { type: `image/${format}` }), picture.channels);
  const drawn = await fetch(reader.imageUrl(run, record.id, { index }));
  if (!drawn.ok) throw new Error(`Picture: the server could not draw this ${format} (${drawn.status}).`);
  return pixelsOf(await drawn.blob(), picture.channels);
}

/** The pixels of a file, colours as they stand in it. */
async function pixelsOf(blob: Blob, channels: number): Promise<Raster> {
  const bitmap = await createImageBitmap(blob, { premultiplyAlpha: "none", colorSpaceConversion: "none" });
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  const kept = channels === 1 ? 1 : channels === 4 ? 4 : 3;
  const values = kept === 4 ? data : new Uint8ClampedArray(width * height * kept);
  if (kept !== 4) {
    for (let pixel = 0; pixel < width * height; pixel++)
      for (let c = 0; c < kept; c++) values[pixel * kept + c] = data[4 * pixel + c] as number;
  }
  const array: NdArray = { dtype: "uint8", shape: [height, width, kept], data: values };
  return { width, height, channels: kept, array, offset: 0 };
}

/** What the server draws of a picture, in device pixels. */
export async function thumbnailOf(
  reader: RecordReader,
  picture: Picture,
  size: number,
  range: { readonly low: number; readonly high: number } | null,
): Promise<ImageBitmap> {
  const { run, record, index } = picture;
  // Sizes of powers of two let neighbouring panels and sizes share what was drawn.
  const rounded = 2 ** Math.ceil(Math.log2(Math.max(32, Math.min(4096, size))));
  const answer = await fetch(reader.imageUrl(run, record.id, { index, size: rounded, ...range }));
  if (!answer.ok) throw new Error(`Picture: the server could not draw it (${answer.status}).`);
  return createImageBitmap(await answer.blob());
}
