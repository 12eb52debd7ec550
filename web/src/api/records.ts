/** Records: their rows, their bytes, their arrays. What was logged never changes, so what was read is kept. */

import type { NdArray, Slices } from "../lib/npy.ts";
import { address, send } from "./client.ts";
import type { RecordKeyRow, RecordRow } from "./types.ts";

export type { RecordRow };

/** What one key of a run holds. */
export type KeyRow = RecordKeyRow;

export interface ListQuery {
  readonly first?: number;
  readonly last?: number;
  /** Every n-th of the selection. */
  readonly every?: number;
  readonly offset?: number;
  readonly limit?: number;
  /** The last `limit` instead of the first. */
  readonly newest?: boolean;
  /** `false` leaves the values of text and JSON out. */
  readonly values?: boolean;
}

/** How the server draws a picture of a record. */
export interface ImageQuery {
  /** Which image of several, or which frame of a video. */
  readonly index?: number;
  /** Longest side, in device pixels. */
  readonly size?: number;
  readonly low?: number;
  readonly high?: number;
  readonly stretch?: "linear" | "log" | "asinh";
  readonly channel?: number;
}

export interface SlicesQuery {
  readonly first?: number;
  readonly last?: number;
  readonly every?: number;
  readonly slice?: string;
  readonly limit?: number;
}

/** What the reader needs of its surroundings, so that a test can be the server. */
export interface RecordSource {
  bytes(path: string, accept: string): Promise<ArrayBuffer>;
  json(path: string): Promise<unknown>;
  address(path: string): string;
}

interface Kept {
  readonly answer: Promise<unknown>;
  /** Bytes; 0 while it is on its way. */
  size: number;
}

/** Payloads kept for going back and forth over steps. */
const KEPT_BYTES = 192 << 20;
const KEPT_ENTRIES = 4000;
/** A record up to this size is read before it is asked for. */
const AHEAD_BYTES = 256 << 10;
/** Kinds that are drawn from their whole payload. */
const WHOLE = new Set("text json table curve confusion points mesh graph fits".split(" "));

const SERVER: RecordSource = {
  bytes: async (path, accept) => (await send("GET", path, undefined, accept)).arrayBuffer(),
  json: async (path) => (await send("GET", path)).json(),
  address,
};

export class RecordReader {
  private readonly kept = new Map<string, Kept>();
  private held = 0;
  private pending = 0;

  constructor(
    private readonly source: RecordSource = SERVER,
    private readonly most = KEPT_BYTES,
  ) {}

  /** Whether something is on its way. */
  get busy(): boolean {
    return this.pending > 0;
  }

  /** Bytes that are kept. */
  get size(): number {
    return this.held;
  }

  async keys(run: string): Promise<Readonly<Record<string, KeyRow>>> {
    const answer = await this.watched(this.source.json(`${runPath(run)}/records`));
    return (answer as { keys: Record<string, KeyRow> }).keys;
  }

  /** Rows of a key by step, then arrival. Read anew each time: more may have come. */
  async list(
    run: string,
    key: string,
    query: ListQuery = {},
  ): Promise<{ readonly records: readonly RecordRow[]; readonly more: boolean }> {
    const answer = await this.watched(this.source.json(`${runPath(run)}/records?${search({ key, ...query })}`));
    return answer as { records: RecordRow[]; more: boolean };
  }

  /** The record that is shown at a step: the newest at or before it; `null` when there is none. */
  async at(run: string, key: string, step: number): Promise<RecordRow | null> {
    return (await this.list(run, key, { last: step, limit: 1, newest: true })).records[0] ?? null;
  }

  row(run: string, id: number): Promise<RecordRow> {
    return this.keep(recordPath(run, id), (path) => this.source.json(path)) as Promise<RecordRow>;
  }

  /** The payload as it was logged. */
  data(run: string, id: number): Promise<ArrayBuffer> {
    return this.keep(`${recordPath(run, id)}/data`, (path) => this.source.bytes(path, "*/*")) as Promise<ArrayBuffer>;
  }

  /** Read what a view will most likely ask for soon, if it is small. Nobody waits for it, and nobody hears of failure. */
  ahead(run: string, record: RecordRow): void {
    const { kind, meta, id, size } = record;
    if (size > AHEAD_BYTES) return;
    const picture = kind === "image" || kind === "images";
    const array = picture
      ? meta.format === "raw"
      : kind === "tensor" && Array.isArray(meta.shape) && meta.shape.length < 3;
    if (array) this.array(run, id).catch(() => {});
    else if (picture || WHOLE.has(kind)) this.data(run, id).catch(() => {});
  }

  async text(run: string, id: number): Promise<string> {
    return new TextDecoder().decode(await this.data(run, id));
  }

  /**
   * The payload's array, or a part of it.
   *
   * @param slice As in NumPy: `"0,:,::2"`; everything when left out.
   */
  array(run: string, id: number, slice = ""): Promise<NdArray> {
    const path = `${recordPath(run, id)}/array${slice ? `?${search({ slice })}` : ""}`;
    return this.keep(path, async (at) => {
      const [{ decodeNpy }, bytes] = await Promise.all([decoding(), this.source.bytes(at, "application/x-npy")]);
      return decodeNpy(bytes);
    }) as Promise<NdArray>;
  }

  /** One array over steps. Read anew each time: more may have come. */
  async slices(run: string, key: string, query: SlicesQuery = {}): Promise<Slices> {
    const path = `${runPath(run)}/slices?${search({ key, ...query })}`;
    const bytes = this.watched(this.source.bytes(path, "application/vnd.gnomon.columns"));
    const [{ decodeSlices }, found] = await Promise.all([decoding(), bytes]);
    return decodeSlices(found);
  }

  /** Address of the payload, for downloads and players. */
  dataUrl(run: string, id: number): string {
    return this.source.address(`${recordPath(run, id)}/data`);
  }

  /** Address of a PNG that the server makes, for thumbnails. */
  imageUrl(run: string, id: number, query: ImageQuery = {}): string {
    const text = search({ ...query });
    return this.source.address(`${recordPath(run, id)}/image${text ? `?${text}` : ""}`);
  }

  /** Address of a document for a sandboxed frame. */
  frameUrl(run: string, id: number): string {
    return this.source.address(`${recordPath(run, id)}/frame`);
  }

  private async keep(path: string, read: (path: string) => Promise<unknown>): Promise<unknown> {
    const known = this.kept.get(path);
    if (known) {
      this.kept.delete(path);
      this.kept.set(path, known);
      return known.answer;
    }
    const entry: Kept = { answer: this.watched(read(path)), size: 0 };
    this.kept.set(path, entry);
    try {
      const answer = await entry.answer;
      if (this.kept.get(path) === entry) {
        entry.size = sizeOf(answer);
        this.held += entry.size;
        this.shrink();
      }
      return answer;
    } catch (cause) {
      // The next one to ask tries again.
      if (this.kept.get(path) === entry) this.kept.delete(path);
      throw cause;
    }
  }

  /** Forget what was not looked at for longest. What is on its way weighs nothing and stays. */
  private shrink(): void {
    for (const [path, entry] of this.kept) {
      if (this.held <= this.most && this.kept.size <= KEPT_ENTRIES) return;
      if (entry.size === 0) continue;
      this.kept.delete(path);
      this.held -= entry.size;
    }
  }

  private async watched<T>(answer: Promise<T>): Promise<T> {
    this.pending += 1;
    try {
      return await answer;
    } finally {
      this.pending -= 1;
    }
  }
}

function sizeOf(answer: unknown): number {
  if (answer instanceof ArrayBuffer) return answer.byteLength + 64;
  const array = answer as Partial<NdArray>;
  return ArrayBuffer.isView(array.data) ? array.data.byteLength + 64 : 512;
}

function runPath(run: string): string {
  return `api/v1/runs/${encodeURIComponent(run)}`;
}

function recordPath(run: string, id: number): string {
  return `${runPath(run)}/records/${id}`;
}

/** A page that shows no array reads none. */
function decoding(): Promise<typeof import("../lib/npy.ts")> {
  return import("../lib/npy.ts");
}

function search(query: Record<string, string | number | boolean | undefined>): string {
  const set = Object.entries(query).filter(([, value]) => value !== undefined);
  return new URLSearchParams(set.map(([name, value]) => [name, String(value)])).toString();
}
