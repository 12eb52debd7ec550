import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { JobLog, JobPatch } from "../../src/api/jobs.ts";
import type { JobRow, JobRows } from "../../src/api/schema.ts";
import type { Frame } from "../../src/api/types.ts";
import { Job, joined, MOST_SHOWN } from "../../src/state/job.ts";
import { Jobs, type JobsSource } from "../../src/state/jobs.ts";
import { job } from "../lib/makejob.ts";

const live = vi.hoisted(() => ({ hear: new Set<(frame: Frame) => void>() }));

// The stream of the tab opens a socket when it is loaded.
vi.mock("../../src/state/live.ts", () => ({
  onFrame: (hear: (frame: Frame) => void) => {
    live.hear.add(hear);
    return () => live.hear.delete(hear);
  },
  onReset: () => () => undefined,
  want: () => () => undefined,
}));

beforeEach(() => live.hear.clear());
afterEach(() => vi.useRealTimers());

const tell = (id: string, row: JobRow | null): void => {
  for (const hear of live.hear) hear({ type: "job", cursor: "c:1", id, job: row });
};

const rest = async (): Promise<void> => {
  for (let i = 0; i < 6; i++) await Promise.resolve();
};

class Lab implements JobsSource {
  rows: readonly JobRow[] = [job({ id: "a", name: "a", state: "running", began: 1, can: ["pause", "stop"] })];
  readonly done: string[] = [];

  list = (): Promise<JobRows> => Promise.resolve({ jobs: this.rows, slots: [], cursor: "c:0" });
  order = (id: string, order: string): Promise<JobRow> => {
    this.done.push(`${order} ${id}`);
    return order === "stop" ? Promise.reject(new Error("too late")) : Promise.resolve(job({ id, state: "paused" }));
  };
  patch = (id: string, patch: JobPatch): Promise<JobRow> => {
    this.done.push(`${JSON.stringify(patch)} ${id}`);
    return Promise.resolve(job({ id, priority: patch.priority ?? 0 }));
  };
  remove = (id: string): Promise<void> => {
    this.done.push(`delete ${id}`);
    return Promise.resolve();
  };
}

const told = (jobs: Jobs): string[] => (jobs.list.get().rows ?? []).map((row) => `${row.id} ${row.state}`);

test("the list follows what is told, of its project only", async () => {
  const jobs = new Jobs("p", new Lab());
  tell("early", job({ id: "early" }));
  await rest();
  expect(told(jobs)).toEqual(["a running", "early queued"]);
  tell("early", null);
  tell("b", job({ id: "b" }));
  tell("x", job({ id: "x", project: "another" }));
  tell("a", job({ id: "a", state: "finished", ended: 3 }));
  expect(told(jobs)).toEqual(["b queued", "a finished"]);
  tell("a", null);
  expect(told(jobs)).toEqual(["b queued"]);
  jobs.destroy();
  tell("b", null);
  expect(told(jobs)).toEqual(["b queued"]);
});

test("orders go to those that can take them, and what is refused is said", async () => {
  const lab = new Lab();
  const jobs = new Jobs(null, lab);
  await rest();
  const rows = [...(jobs.list.get().rows ?? []), job({ id: "b", can: ["delete"] })];
  jobs.act(rows, "pause");
  await rest();
  expect(told(jobs)).toEqual(["a paused"]);
  jobs.act(rows, "delete");
  jobs.act(rows, "stop");
  jobs.change("a", { priority: 3 });
  expect(lab.done).toEqual(["pause a", "delete b", "stop a", '{"priority":3} a']);
  await rest();
  jobs.act(rows, "stop");
  await rest();
  expect(jobs.refused.get()).toEqual(new Error("too late"));
  jobs.forgive();
  expect(jobs.refused.get()).toBeNull();
  jobs.destroy();
});

test("a job is read again when something happened, and not when it only went on", async () => {
  let reads = 0;
  const row = job({ id: "a", state: "running" });
  const detail = {
    job: row,
    train: {},
    seed: 0,
    restarts_allowed: 3,
    resume_lost: false,
    script: null,
    folder: "/f",
    events: [],
  };
  const log: JobLog = { text: "one\n", first: 0, end: 4, size: 4 };
  const asked: (number | null)[] = [];
  vi.useFakeTimers();
  const one = new Job("a", {
    read: () => {
      reads += 1;
      return Promise.resolve(detail);
    },
    log: (_, since) => {
      asked.push(since);
      return Promise.resolve(since === null ? log : { ...log, text: "two\n", first: 4, end: 8 });
    },
  });
  await vi.advanceTimersByTimeAsync(320);
  expect([reads, asked]).toEqual([1, [null]]);
  tell("a", { ...row, step: 5 });
  await vi.advanceTimersByTimeAsync(320);
  expect([reads, one.view.get().detail?.job.step]).toEqual([1, 5]);
  tell("a", { ...row, state: "paused" });
  await vi.advanceTimersByTimeAsync(320);
  expect([reads, asked, one.printed.get()]).toEqual([2, [null, 4], { text: "one\ntwo\n", first: 0, end: 8 }]);
  one.destroy();
});

test("of what is printed the end is kept, whole lines of it", () => {
  const line = `${"x".repeat(99)}\n`;
  const before = { text: line.repeat(MOST_SHOWN / 100), first: 0, end: MOST_SHOWN };
  const found = joined(before, { text: line.repeat(5), first: MOST_SHOWN, end: MOST_SHOWN + 500, size: 0 });
  expect(found.text.length).toBeLessThanOrEqual(MOST_SHOWN);
  expect([found.text.startsWith(line), found.text.endsWith(line), found.first > 0]).toEqual([true, true, true]);
  expect(joined(before, { text: "", first: MOST_SHOWN, end: MOST_SHOWN, size: 0 })).toBe(before);
  expect(joined(before, { text: "new", first: 0, end: 3, size: 3 })).toEqual({ text: "new", first: 0, end: 3 });
});
