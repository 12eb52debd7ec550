import { expect, test } from "vitest";
import { coarsen } from "../../src/lib/coarsen.ts";
import { makeScale } from "../../src/lib/scale.ts";
import { bucketed, range } from "./make.ts";

const values = range(3000).map((i) => (i % 13 === 0 ? Number.NaN : Math.sin(i * i) * i));
const x = makeScale("linear", [0, 3000], [0, 100]);

test("buckets finer than pixels become one per pixel, with the same extremes at the same places", () => {
  const found = coarsen(bucketed(range(3000), values, 3), x, 1);
  const whole = bucketed(range(3000), values, 30);
  expect(found.length).toBeLessThanOrEqual(110);
  expect([found.points, found.total, found.span]).toEqual([3000, 3000, [0, 2999]]);
  const finite = values.filter((v) => !Number.isNaN(v));
  expect(found.extent(0, 3000)).toEqual({
    low: Math.min(...finite),
    high: Math.max(...finite),
    bad: values.length - finite.length,
    points: 3000,
  });
  expect(whole.extent(0, 3000)).toEqual(found.extent(0, 3000));
});

test("every joined bucket holds exactly the extremes of its own points, where they are", () => {
  const { buckets: b, length } = coarsen(bucketed(range(3000), values, 3), x, 1);
  for (let i = 0; i < length; i++) {
    const all = range(3000).filter((at) => at >= (b.x0[i] as number) && at <= (b.x1[i] as number));
    const good = all
      .filter((at) => Number.isFinite(values[at]))
      .sort((p, q) => (values[p] as number) - (values[q] as number));
    const [low, high] = [good[0] as number, good.at(-1) as number];
    const found = [b.low[i], b.lowX[i], b.high[i], b.highX[i], b.n[i], b.bad[i]];
    expect(found).toEqual([values[low], low, values[high], high, all.length, all.length - good.length]);
  }
});

test("no bucket is wider than a pixel unless it was before, and none overlap", () => {
  const { buckets: b, length } = coarsen(bucketed(range(3000), values, 3), x, 1);
  for (let i = 0; i < length; i++) {
    expect(x.to(b.x1[i] as number) - x.to(b.x0[i] as number)).toBeLessThan(1);
    if (i > 0) expect(b.x0[i]).toBeGreaterThan(b.x1[i - 1] as number);
  }
});

test("means are those of the points, not of the buckets", () => {
  const found = coarsen(bucketed([0, 1, 2, 3, 4, 5], [0, 0, 0, 9, 9, 0], 4), makeScale("linear", [0, 6000], [0, 1]), 1);
  const same = bucketed([0, 1, 2, 3, 4, 5], [0, 0, 0, 9, 9, 0], 4);
  expect(found.length).toBe(same.length);
  const one = coarsen(
    bucketed(range(10), [0, 0, 0, 0, 0, 0, 0, 0, 10, 20], 2),
    makeScale("linear", [0, 6000], [0, 1]),
    1,
  );
  expect([one.length, one.buckets.mean[0], one.buckets.highX[0]]).toEqual([1, 3, 9]);
});

test("buckets of a pixel or more are left as they are", () => {
  const trace = bucketed(range(3000), values, 30);
  expect(coarsen(trace, x, 1)).toBe(trace);
});
