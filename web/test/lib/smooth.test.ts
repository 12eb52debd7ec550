import { expect, test } from "vitest";
import { gaussian, runningMean, type Smoothing, smooth, smoothed, spanOfWeight } from "../../src/lib/smooth.ts";

const ones = (n: number): Uint32Array => new Uint32Array(n).fill(1);

test("weight zero gives the values back", () => {
  const values = Float64Array.of(3, 1, 4, 1, 5);
  expect(smooth(values, ones(5), 5, 0)).toEqual(values);
});

test("single points give the debiased average that its formula says", () => {
  const values = [3, 1, 4, 1, 5, 9, 2];
  const weight = 0.8;
  const expected = values.map((_, i) => {
    const parts = values.slice(0, i + 1).map((v, j) => [weight ** (i - j) * v, weight ** (i - j)] as const);
    return parts.reduce((sum, [v]) => sum + v, 0) / parts.reduce((sum, [, w]) => sum + w, 0);
  });
  const found = smooth(Float64Array.from(values), ones(7), 7, weight);
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 12);
});

test("a constant stays what it is, however it is bucketed", () => {
  const found = smooth(new Float64Array(5).fill(0.7), Uint32Array.of(1, 50, 2, 900, 1), 5, 0.95);
  for (const value of found) expect(value).toBeCloseTo(0.7, 12);
});

test("a bucket of many points pulls more than one of a single point", () => {
  const pull = (n: number): number => smooth(Float64Array.of(0, 1), Uint32Array.of(1, n), 2, 0.9)[1] as number;
  expect(pull(1)).toBeCloseTo(1 / 1.9, 12);
  expect(pull(100)).toBeCloseTo(100 / 100.9, 12);
});

test("a bucket without a finite value is a gap, and the average goes on behind it", () => {
  const found = smooth(Float64Array.of(1, Number.NaN, 1), ones(3), 3, 0.5);
  expect(Array.from(found)).toEqual([1, Number.NaN, 1]);
});

test("a running mean and a bell curve weigh buckets by their points and pass over what is not finite", () => {
  const mean = Float64Array.of(1, 3, Number.NaN, 5, 7);
  const n = Uint32Array.of(1, 3, 1, 1, 1);
  expect([...runningMean(mean, n, 5, 2)]).toEqual([1, 10 / 4, Number.NaN, 14 / 4, 6]);
  expect([...gaussian(mean, n, 5, 1)]).toEqual([1, 3, Number.NaN, 5, 7]);
  const wide = gaussian(new Float64Array(9).fill(0.3), ones(9), 9, 5);
  for (const value of wide) expect(value).toBeCloseTo(0.3, 12);
  const step = gaussian(Float64Array.of(0, 0, 0, 0, 1, 1, 1, 1), ones(8), 8, 3);
  expect((step[3] as number) + (step[4] as number)).toBeCloseTo(1, 12);
});

test("kinds of smoothing that go by one slider spread a value about as far", () => {
  expect([0, 0.5, 0.9, 0.99].map(spanOfWeight)).toEqual([1, 3, 19, 199]);
  const peak = new Float64Array(400);
  peak[200] = 1;
  const spread = (kind: Smoothing): number => {
    const values = smoothed(kind, peak, ones(400), 400, 0.9);
    const sum = values.reduce((a, b) => a + b, 0);
    const middle = values.reduce((a, v, i) => a + (v * i) / sum, 0);
    return Math.sqrt(values.reduce((a, v, i) => a + (v * (i - middle) ** 2) / sum, 0));
  };
  expect(spread("mean")).toBeCloseTo(Math.sqrt((19 * 19 - 1) / 12), 6);
  expect(spread("gauss") / spread("mean")).toBeCloseTo(1, 1);
  expect(spread("ema") / spread("mean")).toBeLessThan(2);
});
