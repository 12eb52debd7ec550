import { afterEach, describe, expect, it, vi } from "vitest";
import type { RunHealth } from "../../src/api/health.ts";
import { HealthOf } from "../../src/state/health.ts";

vi.mock("../../src/state/live.ts", () => ({ onFrame: () => () => {}, onReset: () => () => {}, want: () => () => {} }));

const told = (step: number | null): RunHealth => ({
  run: "r",
  name: "r",
  project: "p",
  health: { step, findings: [], checks: [] },
  alerts: [],
  cursor: "",
});

afterEach(() => vi.useRealTimers());

describe("the health of a run", () => {
  it("is that of now until a step is asked for, and of now again afterwards; each step is read once", async () => {
    vi.useFakeTimers();
    const asked: (number | null)[] = [];
    const health = new HealthOf("r", async (_, until) => {
      asked.push(until);
      return told(until ?? 99);
    });
    await vi.advanceTimersByTimeAsync(1);
    expect(health.shown.get()?.health.step).toBe(99);
    health.look(4);
    expect(health.shown.get()?.health.step).toBe(99);
    await vi.advanceTimersByTimeAsync(500);
    expect(health.shown.get()?.health.step).toBe(4);
    health.look(null);
    expect(health.shown.get()?.health.step).toBe(99);
    health.look(4);
    await vi.advanceTimersByTimeAsync(500);
    expect([health.shown.get()?.health.step, asked]).toEqual([4, [null, 4]]);
    health.destroy();
  });

  it("keeps what it knows when a step cannot be read, and tells why", async () => {
    vi.useFakeTimers();
    const health = new HealthOf("r", async (_, until) => {
      if (until !== null) throw new Error("gone");
      return told(99);
    });
    await vi.advanceTimersByTimeAsync(1);
    health.look(4);
    await vi.advanceTimersByTimeAsync(500);
    expect(health.shown.get()?.health.step).toBe(99);
    expect(health.problem.get()).toEqual(new Error("gone"));
    health.destroy();
  });
});
