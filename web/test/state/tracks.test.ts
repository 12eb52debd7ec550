import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RecordSource } from "../../src/api/records.ts";
import { RecordReader } from "../../src/api/records.ts";
import { MOST_ROWS, Track, Tracks } from "../../src/state/tracks.ts";

type Hear = (frame: unknown) => void;
const stream = vi.hoisted(() => ({ hear: new Set<Hear>(), reset: new Set<() => void>(), wishes: new Set<unknown>() }));

// The stream of the tab opens a socket when it is loaded; here the test is the stream.
vi.mock("../../src/state/live.ts", () => ({
  onFrame: (hear: Hear) => {
    stream.hear.add(hear);
    return () => stream.hear.delete(hear);
  },
  onReset: (hear: () => void) => {
    stream.reset.add(hear);
    return () => stream.reset.delete(hear);
  },
  want: (wish: unknown) => {
    stream.wishes.add(wish);
    return () => stream.wishes.delete(wish);
  },
}));

function rowOf(id: number, step: number) {
  return { id, key: "x", step, time: step, kind: "text", meta: {}, size: 1, summary: "" };
}

/** A server with the records of one key, which answers as the real one does. */
class Server implements RecordSource {
  readonly asked: string[] = [];
  rows: ReturnType<typeof rowOf>[] = [];

  async bytes(): Promise<ArrayBuffer> {
    return new ArrayBuffer(0);
  }

  async json(path: string): Promise<unknown> {
    this.asked.push(path);
    const query = new URL(`http://h/${path}`).searchParams;
    if (!query.has("key")) return { keys: { x: { n: this.rows.length } } };
    const number = (name: string, otherwise: number): number => Number(query.get(name) ?? otherwise);
    const every = number("every", 1);
    const chosen = this.rows
      .filter((row) => row.step >= number("first", 0) && row.step <= number("last", 1e15))
      .sort((a, b) => a.step - b.step || a.id - b.id)
      .filter((_, i) => i % every === 0);
    const [offset, limit] = [number("offset", 0), number("limit", 1000)];
    const end = query.get("newest") === "true" ? chosen.length - offset : offset + limit;
    return { records: chosen.slice(Math.max(0, end - limit), end), more: chosen.length > limit + offset };
  }

  address(path: string): string {
    return path;
  }
}

let server: Server;
let reader: RecordReader;

beforeEach(() => {
  vi.useFakeTimers();
  server = new Server();
  reader = new RecordReader(server);
});

afterEach(() => {
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(3000);
const say = (frame: unknown): void => {
  for (const hear of stream.hear) hear(frame);
};

test("the record shown is the newest at or before the step, the last to arrive of one step", async () => {
  server.rows = [rowOf(1, 10), rowOf(2, 20), rowOf(3, 10)];
  const track = new Track("r", "x", reader);
  await track.load();
  expect([5, 10, 19, 20, 99].map((step) => track.at(step)?.id ?? null)).toEqual([null, 3, 3, 2, 2]);
});

test("what came is added, without reading again what is known", async () => {
  server.rows = Array.from({ length: 30 }, (_, i) => rowOf(i + 1, i));
  const tracks = new Tracks(reader);
  const { track, drop } = tracks.hold("r", "x");
  await settle();
  server.asked.length = 0;
  server.rows.push(rowOf(31, 30));
  say({ type: "records", run: "r", keys: { x: { n: 1 }, other: { n: 1 } } });
  say({ type: "records", run: "another", keys: { x: { n: 1 } } });
  await settle();
  expect(track.at(30)?.id).toBe(31);
  expect(server.asked.map((path) => new URL(`http://h/${path}`).searchParams.get("first"))).toEqual(["29"]);
  drop();
});

test("a key that nobody looks at is not followed, and current again when it is looked at", async () => {
  server.rows = [rowOf(1, 1)];
  const tracks = new Tracks(reader);
  const first = tracks.hold("r", "x");
  const second = tracks.hold("r", "x");
  await settle();
  expect([...stream.wishes]).toEqual([{ projects: [], runs: { r: ["x"] } }]);
  first.drop();
  first.drop();
  expect(stream.wishes.size).toBe(1);
  second.drop();
  expect([stream.wishes.size, tracks.held.length]).toEqual([0, 0]);
  server.rows.push(rowOf(2, 2));
  const { track, drop } = tracks.hold("r", "x");
  await settle();
  expect(track.state.get().rows.map((row) => row.id)).toEqual([1, 2]);
  drop();
});

test("rows that were taken back are noticed by their number", async () => {
  server.rows = [rowOf(1, 1), rowOf(2, 2), rowOf(3, 3)];
  const tracks = new Tracks(reader);
  const { track, drop } = tracks.hold("r", "x");
  await settle();
  server.rows = [rowOf(1, 1), rowOf(4, 2)];
  tracks.compare(new Map([["r", { x: { kind: "text", viewer: "text", n: 2, first_step: 1, last_step: 2, size: 2 } }]]));
  await settle();
  expect(track.state.get().rows.map((row) => row.id)).toEqual([1, 4]);
  drop();
});

test("a reset reads everything again", async () => {
  server.rows = [rowOf(1, 1)];
  const tracks = new Tracks(reader);
  const { track, drop } = tracks.hold("r", "x");
  await settle();
  server.rows = [rowOf(7, 7)];
  for (const hear of stream.reset) hear();
  await settle();
  expect(track.state.get().rows.map((row) => row.id)).toEqual([7]);
  drop();
});

test("a failure is told, and over when the server is back", async () => {
  const tracks = new Tracks(reader);
  const json = server.json.bind(server);
  server.json = () => Promise.reject(new Error("gone"));
  const { track, drop } = tracks.hold("r", "x");
  await settle();
  expect(String(track.state.get().problem)).toBe("Error: gone");
  server.json = json;
  server.rows = [rowOf(1, 1)];
  say({ type: "hello" });
  await settle();
  expect(track.state.get()).toEqual({ rows: [rowOf(1, 1)], thinned: false, loading: false, problem: null });
  drop();
});

test("a few thousand records are held whole, the newest first", async () => {
  server.rows = Array.from({ length: 3500 }, (_, i) => rowOf(i + 1, i));
  const track = new Track("r", "x", reader);
  const seen: number[] = [];
  track.state.subscribe(() => seen.push(track.state.get().rows.length));
  await track.load();
  expect(seen).toEqual([1000, 3500]);
  expect(track.state.get().thinned).toBe(false);
});

test("of very many only some are held, and the one that is shown is still the right one", async () => {
  server.rows = Array.from({ length: MOST_ROWS + 1000 }, (_, i) => rowOf(i + 1, 2 * i));
  const track = new Track("r", "x", reader);
  await track.load();
  expect(track.state.get().thinned).toBe(true);
  expect(track.state.get().rows.length).toBeLessThan(7000);
  track.at(24_691);
  await settle();
  expect(track.at(24_691)?.step).toBe(24_690);
});
