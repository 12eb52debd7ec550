import { expect, test } from "vitest";
import type { JobRow } from "../../src/api/schema.ts";
import {
  canRegister,
  eventWords,
  farWords,
  inOrder,
  isActive,
  isOver,
  lastStates,
  leftWords,
  moveTo,
  shortCommand,
  verb,
  withJob,
} from "../../src/lib/jobs.ts";
import { job } from "./makejob.ts";

const names = (rows: readonly JobRow[]): string[] => rows.map((row) => row.name);

test("what runs comes first, then the queue as its turn comes, then what is over, the last first", () => {
  const rows = [
    job({ name: "old", state: "failed", ended: 10 }),
    job({ name: "late", state: "queued", place: 3 }),
    job({ name: "parked", state: "parked", ended: 50 }),
    job({ name: "urgent", state: "queued", place: 9, priority: 5 }),
    job({ name: "second", state: "paused", began: 20 }),
    job({ name: "early", state: "queued", place: 1.5 }),
    job({ name: "first", state: "running", began: 10 }),
  ];
  expect(names(inOrder(rows))).toEqual(["first", "second", "urgent", "early", "late", "parked", "old"]);
  expect(rows.filter(isActive).map((row) => row.name)).toEqual(["second", "first"]);
  expect(rows.filter(isOver).map((row) => row.name)).toEqual(["old", "parked"]);
});

test("a job that is told takes the place of itself, and one that is gone goes", () => {
  const rows = [job({ id: "a", name: "a", state: "running", began: 1 })];
  const more = withJob(rows, "b", job({ id: "b", name: "b" }));
  expect(names(more)).toEqual(["a", "b"]);
  expect(names(withJob(more, "b", job({ id: "b", name: "b2" })))).toEqual(["a", "b2"]);
  expect(names(withJob(more, "a", null))).toEqual(["b"]);
  const newer = withJob(more, "b", job({ id: "b", name: "newer", told: 5 }));
  expect(withJob(newer, "b", job({ id: "b", name: "older", told: 4 }))).toBe(newer);
});

test("a job is moved to a place by what shall stand behind it, or by the priority of the end", () => {
  const queue = [
    job({ id: "a", priority: 5 }),
    job({ id: "b", place: 1 }),
    job({ id: "c", place: 2 }),
    job({ id: "d", place: 3 }),
  ];
  expect(moveTo(queue, "d", 0)).toEqual({ before: "a" });
  expect(moveTo(queue, "c", 1)).toEqual({ before: "b" });
  expect(moveTo(queue, "b", 2)).toEqual({ before: "d" });
  expect(moveTo(queue, "b", 99)).toEqual({ before: null });
  expect(moveTo(queue, "a", 3)).toEqual({ priority: 0 });
  expect(moveTo(queue, "b", 1)).toBeNull();
  expect(moveTo(queue, "x", 1)).toBeNull();
});

test("how far it is in words", () => {
  expect(farWords(job({ step: 1200, steps: 4000, epoch: 1.5, epochs: 5 }))).toBe("step 1200 of 4000 · epoch 2 of 5");
  expect(farWords(job({ step: 12 }))).toBe("step 12");
  expect(farWords(job({ epoch: 5, epochs: 5 }))).toBe("epoch 5 of 5");
  expect(farWords(job({}))).toBe("");
  expect(leftWords(job({ left_s: 247 }))).toBe("4m 07s left");
  expect(leftWords(job({}))).toBe("");
});

test("buttons say what happens to this job", () => {
  expect(verb("resume", job({ kind: "script", state: "failed" }))).toBe("Run again");
  expect(verb("resume", job({ kind: "graph", state: "failed" }))).toBe("Resume");
  expect(verb("stop", job({ state: "queued" }))).toBe("Remove");
  expect(verb("stop", job({ state: "stopping" }))).toBe("End at once");
  expect(verb("stop", job({ state: "running" }))).toBe("Stop");
});

test("words of events, commands without folders, and lines as a terminal leaves them", () => {
  expect(eventWords("restarted")).toBe("Started again");
  expect(eventWords("new-one")).toBe("new-one");
  expect(shortCommand("/a/b/python /c/train.py --lr 1")).toBe("python /c/train.py --lr 1");
  expect(shortCommand("train.sh")).toBe("train.sh");
  expect(lastStates("a\n10 %\r50 %\r\n\nb\r\n")).toEqual(["a", "50 %", "", "b"]);
  expect(lastStates("")).toEqual([]);
});

test("what a graph's job trained can be registered once it is over and has a checkpoint", () => {
  const jobs = [
    job({ state: "finished", checkpoint: 20 }),
    job({ state: "failed", checkpoint: 5 }),
    job({ state: "running", checkpoint: 20 }),
    job({ state: "finished", checkpoint: null }),
    job({ state: "finished", checkpoint: 20, kind: "script" }),
  ];
  expect(jobs.map(canRegister)).toEqual([true, true, false, false, false]);
});
