/** The rows of those keys of records that are looked at, kept current. */

import type { RecordReader, RecordRow } from "../api/records.ts";
import { indexAt } from "../lib/steps.ts";
import { onFrame, onReset, want } from "./live.ts";
import type { KeysByRun } from "./records.ts";
import { Store, throttled } from "./store.ts";

const TRACK_MS = 200;
const DOUBT_MS = 1500;
/** Rows in one request. */
const PAGE = 1000;
/** More rows of a key than this are thinned; the one that is shown is always the right one. */
export const MOST_ROWS = 20_000;
const THINNED_ROWS = 5000;

export interface TrackState {
  /** By step, then arrival. */
  readonly rows: readonly RecordRow[];
  /** Not every row is held: `at` may have to ask. */
  readonly thinned: boolean;
  /** Until the first answer. */
  readonly loading: boolean;
  readonly problem: unknown;
}

/** The rows of one key of one run. */
export class Track {
  readonly state = new Store<TrackState>({ rows: [], thinned: false, loading: true, problem: null });
  private steps: readonly number[] = [];
  private busy = false;
  private again = false;
  private readonly asked = new Set<number>();
  readonly refresh = throttled(() => void this.more(), TRACK_MS);

  constructor(
    readonly run: string,
    readonly key: string,
    private readonly reader: RecordReader,
  ) {}

  /** The record that is shown at a step: the newest at or before it. */
  at(step: number): RecordRow | null {
    const { rows, thinned } = this.state.get();
    const row = rows[indexAt(this.steps, step)] ?? null;
    if (thinned && row?.step !== step && !this.asked.has(step)) this.ask(step);
    return row;
  }

  /** Read everything, because rows may have gone. */
  async load(): Promise<void> {
    if (this.busy) {
      this.again = true;
      return;
    }
    await this.working(async () => {
      const newest = await this.reader.list(this.run, this.key, { newest: true, limit: PAGE, values: false });
      this.asked.clear();
      this.put(newest.records, false);
      if (newest.more) await this.rest(newest.records);
    });
  }

  /** Read what came after what is known. */
  private async more(): Promise<void> {
    const { rows, loading } = this.state.get();
    const last = rows.at(-1);
    if (loading || !last) return this.load();
    if (this.busy) {
      this.again = true;
      return;
    }
    await this.working(async () => {
      let offset = 0;
      for (;;) {
        const query = { first: last.step, offset, limit: PAGE, values: false };
        const { records, more } = await this.reader.list(this.run, this.key, query);
        this.put([...this.state.get().rows, ...records], this.state.get().thinned);
        if (!more || records.length === 0) return;
        offset += records.length;
      }
    });
  }

  /** Read what lies before the newest page: all of it, or evenly spread rows. */
  private async rest(newest: readonly RecordRow[]): Promise<void> {
    const rows: RecordRow[] = [];
    for (let more = true; more && rows.length < MOST_ROWS; ) {
      const page = await this.reader.list(this.run, this.key, { offset: rows.length, limit: PAGE, values: false });
      rows.push(...page.records);
      more = page.more && page.records.length > 0;
      if (!more) return this.put(rows, false);
    }
    const thin: RecordRow[] = [];
    const total = (await this.reader.keys(this.run))[this.key]?.n ?? rows.length;
    const every = Math.ceil(total / THINNED_ROWS);
    for (let more = true; more; ) {
      const page = await this.reader.list(this.run, this.key, {
        every,
        offset: thin.length,
        limit: PAGE,
        values: false,
      });
      thin.push(...page.records);
      more = page.more && page.records.length > 0;
    }
    this.put([...thin, ...newest], true);
  }

  private ask(step: number): void {
    this.asked.add(step);
    this.reader.at(this.run, this.key, step).then(
      (row) => row && this.put([...this.state.get().rows, row], true),
      () => this.asked.delete(step),
    );
  }

  private async working(read: () => Promise<void>): Promise<void> {
    this.busy = true;
    try {
      await read();
    } catch (problem) {
      this.state.update((state) => ({ ...state, loading: false, problem }));
    } finally {
      this.busy = false;
    }
    if (!this.again) return;
    this.again = false;
    this.refresh();
  }

  private put(records: readonly RecordRow[], thinned: boolean): void {
    const rows = [...new Map(records.map((row) => [row.id, row])).values()];
    rows.sort((a, b) => a.step - b.step || a.id - b.id);
    this.steps = rows.map((row) => row.step);
    this.state.set({ rows, thinned, loading: false, problem: null });
  }
}

/** The tracks of a page. Those that panels hold follow the stream; others are kept for when they are seen again. */
export class Tracks {
  /** Counts changes of any held track. */
  readonly version = new Store(0);
  private readonly tracks = new Map<string, Track>();
  private readonly holders = new Map<Track, number>();
  private keys: KeysByRun = new Map();
  private doubt: ReturnType<typeof setTimeout> | null = null;
  private readonly release = new Map<Track, () => void>();
  private readonly leave: (() => void)[];

  constructor(readonly reader: RecordReader) {
    this.leave = [
      onFrame((frame) => {
        if (frame.type === "hello") for (const track of this.held) if (track.state.get().problem) void track.load();
        if (frame.type !== "records") return;
        for (const key of Object.keys(frame.keys)) this.tracks.get(nameOf(frame.run, key))?.refresh();
      }),
      onReset(() => {
        for (const track of this.held) void track.load();
      }),
    ];
  }

  get held(): readonly Track[] {
    return [...this.holders.keys()];
  }

  /** Follow a key of a run. Returns how to stop. */
  hold(run: string, key: string): { readonly track: Track; readonly drop: () => void } {
    const name = nameOf(run, key);
    const track = this.tracks.get(name) ?? new Track(run, key, this.reader);
    this.tracks.set(name, track);
    if (!this.holders.has(track)) this.begin(track);
    this.holders.set(track, (this.holders.get(track) ?? 0) + 1);
    let dropped = false;
    const drop = (): void => {
      if (dropped) return;
      dropped = true;
      const left = (this.holders.get(track) ?? 1) - 1;
      if (left > 0) this.holders.set(track, left);
      else this.end(track);
    };
    return { track, drop };
  }

  /** Hear how many rows there are: tracks that hold another number for a while are read again. */
  compare(keys: KeysByRun): void {
    this.keys = keys;
    // A list that was asked for just before a record came is not a sign that one is missing.
    if (this.differing().length > 0 && this.doubt === null)
      this.doubt = setTimeout(() => {
        this.doubt = null;
        for (const track of this.differing()) void track.load();
      }, DOUBT_MS);
  }

  private differing(): Track[] {
    return this.held.filter((track) => {
      const known = this.keys.get(track.run)?.[track.key];
      const { rows, thinned, loading } = track.state.get();
      return known !== undefined && !thinned && !loading && known.n !== rows.length;
    });
  }

  destroy(): void {
    if (this.doubt !== null) clearTimeout(this.doubt);
    for (const track of this.held) this.end(track);
    for (const stop of this.leave) stop();
    for (const track of this.tracks.values()) track.refresh.cancel();
    this.tracks.clear();
  }

  private begin(track: Track): void {
    const unhear = track.state.subscribe(() => this.version.update((n) => n + 1));
    const unwish = want({ projects: [], runs: { [track.run]: [track.key] } });
    this.release.set(track, () => {
      unhear();
      unwish();
    });
    // What is known was current when it was last looked at.
    track.refresh();
  }

  private end(track: Track): void {
    this.release.get(track)?.();
    this.release.delete(track);
    this.holders.delete(track);
    this.version.update((n) => n + 1);
  }
}

function nameOf(run: string, key: string): string {
  return `${run} ${key}`;
}
