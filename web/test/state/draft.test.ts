import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Changes, Profile } from "../../src/lib/dataset.ts";
import { Draft } from "../../src/state/draft.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

class Server {
  readonly asked: Changes[] = [];
  private readonly answers: {
    done: (profile: Profile) => void;
    refuse: (cause: unknown) => void;
    signal: AbortSignal | null;
  }[] = [];

  look = (_where: object, changes: Changes, signal: AbortSignal | null = null): Promise<Profile> => {
    this.asked.push(changes);
    return new Promise((done, refuse) => this.answers.push({ done, refuse, signal }));
  };

  async answer(at: number, rows: number | Error): Promise<void> {
    const one = this.answers[at];
    if (rows instanceof Error) one?.refuse(rows);
    else one?.done({ rows } as Profile);
    await vi.advanceTimersByTimeAsync(0);
  }

  stopped(at: number): boolean {
    return this.answers[at]?.signal?.aborted ?? false;
  }
}

test("what is said in one breath is asked once, and an old answer never takes the place of a newer one", async () => {
  const server = new Server();
  const draft = new Draft("/d/x.csv", null, {}, server.look);
  await server.answer(0, 1);
  expect(draft.state.get()).toEqual({ changes: {}, profile: { rows: 1 }, busy: false, problem: null });
  draft.say({ target: ["a"] });
  draft.say({ types: { b: "category" } });
  expect(draft.state.get().busy).toBe(true);
  await vi.advanceTimersByTimeAsync(200);
  draft.say({ target: ["c"] });
  await vi.advanceTimersByTimeAsync(200);
  expect(server.asked).toEqual([
    {},
    { target: ["a"], types: { b: "category" } },
    { target: ["c"], types: { b: "category" } },
  ]);
  expect(server.stopped(1)).toBe(true);
  await server.answer(1, 2);
  expect(draft.state.get()).toMatchObject({ profile: { rows: 1 }, busy: true });
  await server.answer(2, 3);
  expect(draft.state.get()).toMatchObject({ profile: { rows: 3 }, busy: false, problem: null });
});

test("what was seen last stays beside what is refused, and is asked again", async () => {
  const server = new Server();
  const draft = new Draft("/d/x.csv", "x", {}, server.look);
  await server.answer(0, 1);
  draft.say({ types: { a: "number" } });
  await vi.advanceTimersByTimeAsync(200);
  const refused = new Error("a is no number");
  await server.answer(1, refused);
  expect(draft.state.get()).toEqual({
    changes: { types: { a: "number" } },
    profile: { rows: 1 },
    busy: false,
    problem: refused,
  });
  draft.retry();
  await server.answer(2, 4);
  expect(draft.state.get()).toMatchObject({ profile: { rows: 4 }, problem: null });
  draft.destroy();
  expect(server.stopped(2)).toBe(true);
});
