import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LiveAnswer } from "../../src/state/answer.ts";

type Hear = (frame: { type: string }) => void;
const stream = vi.hoisted(() => ({ hear: new Set<Hear>(), reset: new Set<() => void>() }));

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
}));

/** A server that answers when the test says so. */
class Server {
  readonly asked: { query: string; answer: (value: unknown) => void; fail: (cause: Error) => void }[] = [];

  fetch = (query: string): Promise<unknown> =>
    new Promise((answer, fail) => {
      this.asked.push({ query, answer, fail });
    });

  async answer(turn: number, value: unknown): Promise<void> {
    this.asked[turn]?.answer(value);
    await vi.advanceTimersByTimeAsync(0);
  }
}

function tell(type: string): void {
  for (const hear of [...stream.hear]) hear({ type });
}

let server: Server;
let live: LiveAnswer<string, unknown>;

beforeEach(() => {
  vi.useFakeTimers();
  server = new Server();
  live = new LiveAnswer(server.fetch, (frame, query) => frame.type === query);
});

afterEach(() => {
  live.destroy();
  expect([stream.hear.size, stream.reset.size]).toEqual([0, 0]);
  vi.useRealTimers();
});

test("the answer to the last question is shown, whichever comes first", async () => {
  live.ask("runs");
  live.ask("other");
  live.ask("other");
  expect(server.asked.map((one) => one.query)).toEqual(["runs", "other"]);
  await server.answer(1, { n: 2 });
  await server.answer(0, { n: 1 });
  expect(live.state.get()).toEqual({ answer: { n: 2 }, loading: false, problem: null });
});

test("what is shown stays until a better answer comes, and while the server cannot give one", async () => {
  live.ask("runs");
  await server.answer(0, { n: 1 });
  live.ask("other");
  expect(live.state.get()).toEqual({ answer: { n: 1 }, loading: true, problem: null });
  server.asked[1]?.fail(new Error("gone"));
  await vi.advanceTimersByTimeAsync(0);
  expect(live.state.get()).toMatchObject({ answer: { n: 1 }, loading: false, problem: { detail: "Error: gone" } });
  live.refresh();
  await server.answer(2, { n: 3 });
  expect(live.state.get()).toEqual({ answer: { n: 3 }, loading: false, problem: null });
});

test("an answer that says what is known is no news", async () => {
  live.ask("runs");
  await server.answer(0, { n: 1 });
  const before = live.state.get().answer;
  live.refresh();
  await server.answer(1, { n: 1 });
  expect(live.state.get().answer).toBe(before);
});

test("frames that concern it ask again, many of them once, and not before the last answer is a while old", async () => {
  live.ask("runs");
  await server.answer(0, { n: 1 });
  tell("documents");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(server.asked).toHaveLength(1);
  for (let i = 0; i < 50; i++) tell("runs");
  await vi.advanceTimersByTimeAsync(0);
  expect(server.asked).toHaveLength(2);
  // What changes while it is asked may not be in the answer.
  tell("runs");
  await server.answer(1, { n: 2 });
  await vi.advanceTimersByTimeAsync(1000);
  expect(server.asked).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1000);
  expect(server.asked).toHaveLength(3);
});

test("a question that takes long is asked at most a fifth of the time", async () => {
  live.ask("runs");
  await vi.advanceTimersByTimeAsync(2000);
  await server.answer(0, { n: 1 });
  tell("runs");
  await vi.advanceTimersByTimeAsync(9900);
  expect(server.asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(server.asked).toHaveLength(2);
});

test("nothing is asked before there is a question, nor after the page is gone", async () => {
  tell("runs");
  live.ask(null);
  await vi.advanceTimersByTimeAsync(5000);
  expect(server.asked).toHaveLength(0);
  live.ask("runs");
  live.destroy();
  await server.answer(0, { n: 1 });
  expect(live.state.get().answer).toBeNull();
});
