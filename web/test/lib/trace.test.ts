import { expect, test } from "vitest";
import { Trace } from "../../src/lib/trace.ts";
import { bucketed, listed, range } from "./make.ts";

const frame = (x: number[], total: number, thinned = false) => ({ x, value: x.map((v) => v / 10), total, thinned });

test("points that follow are appended one by one", () => {
  const trace = bucketed(range(4), [0, 1, 2, 3], 2);
  expect(trace.merge(frame([4, 5], 6))).toBe("appended");
  expect(listed(trace)).toEqual({
    x0: [0, 2, 4, 5],
    x1: [1, 3, 4, 5],
    mean: [0.5, 2.5, 0.4, 0.5],
    n: [2, 2, 1, 1],
    bad: [0, 0, 0, 0],
  });
  expect([trace.total, trace.span, trace.appended]).toEqual([6, [0, 5], 2]);
});

test("a frame that the answer already held changes nothing", () => {
  const trace = bucketed(range(4), [0, 1, 2, 3]);
  expect(trace.merge(frame([2, 3], 4))).toBe("known");
  expect(trace.length).toBe(4);
});

test("a frame that ends where the answer does tells its last value, an older one does not", () => {
  const trace = bucketed(range(4), [0, 1, 2, 3], 2);
  expect([trace.merge(frame([1], 2)), trace.last]).toEqual(["known", null]);
  expect([trace.merge(frame([2, 3], 4)), trace.last]).toEqual(["known", 0.3]);
});

test("of a frame that overlaps only the tail is new", () => {
  const trace = bucketed(range(4), [0, 1, 2, 3]);
  expect(trace.merge(frame([2, 3, 4, 5], 6))).toBe("appended");
  expect(listed(trace).x0).toEqual([0, 1, 2, 3, 4, 5]);
});

test("a gap, a thinned frame and a step that goes back ask for the envelope again", () => {
  expect(bucketed(range(4), [0, 1, 2, 3]).merge(frame([9], 10))).toBe("stale");
  expect(bucketed(range(4), [0, 1, 2, 3]).merge(frame([4, 5], 6, true))).toBe("stale");
  expect(bucketed(range(4), [0, 1, 2, 3]).merge(frame([2], 5))).toBe("stale");
});

test("points beyond the window that is drawn are counted and not kept", () => {
  const trace = bucketed(range(4), [0, 1, 2, 3]);
  expect(trace.merge(frame([4, 5], 6), { last: 4, px: 0, width: null })).toBe("appended");
  expect([trace.length, trace.total, trace.span[1]]).toEqual([5, 6, 5]);
});

test("a first value may arrive in an empty trace, and a value that is not finite is a gap that is counted", () => {
  const trace = Trace.empty();
  expect(trace.merge({ x: [7, 8], value: [1, Number.POSITIVE_INFINITY], total: 2, thinned: false })).toBe("appended");
  expect(listed(trace)).toEqual({ x0: [7, 8], x1: [7, 8], mean: [1, Number.NaN], n: [1, 1], bad: [0, 1] });
  expect(trace.span).toEqual([7, 8]);
});

test("appending a thousand points one at a time equals having read them", () => {
  const values = range(1000).map((i) => Math.sin(i));
  const grown = Trace.empty();
  for (const i of range(1000)) grown.merge({ x: [i], value: [values[i] as number], total: i + 1, thinned: false });
  expect(listed(grown)).toEqual(listed(bucketed(range(1000), values)));
});

test("points within one pixel share a bucket that is the same as one made of them at once", () => {
  const values = range(1000).map((i) => (i % 97 === 0 ? Number.NaN : Math.sin(i * i)));
  const grown = bucketed([0], [values[0] as number]);
  for (const i of range(999).map((at) => at + 1)) {
    grown.merge(
      { x: [i], value: [values[i] as number], total: i + 1, thinned: false },
      { last: 999, px: 100, width: 1000 },
    );
  }
  const whole = bucketed(range(1000), values, 10);
  expect(grown.length).toBe(100);
  for (const name of ["x0", "x1", "n", "bad", "low", "high"] as const) {
    expect(Array.from(grown.buckets[name]).slice(0, 100), name).toEqual(Array.from(whole.buckets[name]));
  }
  for (let i = 0; i < 100; i++) expect(grown.buckets.mean[i]).toBeCloseTo(whole.buckets.mean[i] as number, 12);
  const good = (i: number): boolean => !Number.isNaN(whole.buckets.low[i] as number);
  for (const i of range(100).filter(good)) expect(grown.buckets.highX[i]).toBe(whole.buckets.highX[i]);
  expect(grown.last).toBe(values[999]);
});

test("in a window that grows a flood stays a few buckets per pixel", () => {
  const grown = Trace.empty();
  for (const i of range(20_000)) {
    grown.merge(
      { x: [i], value: [i % 7], total: i + 1, thinned: false },
      { last: Number.POSITIVE_INFINITY, px: 300, width: null },
    );
  }
  expect(grown.points).toBe(20_000);
  expect(grown.length).toBeLessThan(300 * 6);
});

test("the nearest bucket and the edges of a window agree with looking at every bucket", () => {
  const trace = bucketed([0, 1, 5, 6, 20, 21], [0, 0, 0, 0, 0, 0], 2);
  for (let x = -3; x < 25; x += 0.25) {
    const away = [0, 1, 2].map((i) =>
      Math.max((trace.buckets.x0[i] as number) - x, x - (trace.buckets.x1[i] as number), 0),
    );
    expect(away[trace.nearest(x)]).toBe(Math.min(...away));
    expect(trace.firstAt(x)).toBe([1, 6, 21].filter((edge) => edge < x).length);
    expect(trace.lastAt(x)).toBe([0, 5, 20].filter((edge) => edge <= x).length);
  }
  expect(Trace.empty().nearest(3)).toBe(-1);
});

test("the extent of a window is that of its values, and only positive ones count for a logarithmic axis", () => {
  const trace = bucketed(range(6), [5, -2, Number.NaN, 3, 0, 100]);
  expect(trace.extent(0, 4)).toEqual({ low: -2, high: 5, bad: 1, points: 5 });
  expect(trace.extent(0, 4, true).low).toBe(3);
});
