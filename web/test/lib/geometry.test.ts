import { expect, test } from "vitest";
import { beyond, bulk, density, extent, layout, quantile, spanOf } from "../../src/lib/geometry.ts";
import { makeScale } from "../../src/lib/scale.ts";
import { Trace } from "../../src/lib/trace.ts";
import { bucketed, range } from "./make.ts";

const x = (first: number, last: number) => makeScale("linear", [first, last], [0, 100]);
const y = makeScale("linear", [0, 10], [100, 0]);

test("raw points are one line through every point, and no band", () => {
  const shapes = layout(bucketed(range(5), [0, 10, 0, 10, 0]), x(0, 4), y, 100);
  expect(shapes).toEqual({
    bands: [],
    lines: [[0, 100, 25, 0, 50, 100, 75, 0, 100, 100]],
    bad: [],
    badCount: 0,
    under: [],
    points: 5,
    buckets: 5,
  });
});

test("a spike of one point among a thousand reaches its exact place on the edge of the band", () => {
  const values = range(1000).map(() => 1);
  values[777] = 9;
  const [band] = layout(bucketed(range(1000), values, 100), x(0, 999), y, 100).bands;
  const corners = Array.from({ length: (band?.upper.length ?? 0) / 2 }, (_, i) => band?.upper.slice(2 * i, 2 * i + 2));
  expect(corners).toContainEqual([x(0, 999).to(777), y.to(9)]);
});

test("the band covers every extreme of every bucket", () => {
  const values = range(600).map((i) => 5 + 4 * Math.sin(i * i));
  const trace = bucketed(range(600), values, 7);
  const { bands } = layout(trace, x(0, 599), y, 100);
  const heights = new Set(bands.flatMap((band) => [...band.upper, ...band.lower]));
  for (let i = 0; i < trace.length; i++) {
    expect(heights.has(y.to(trace.buckets.high[i] as number))).toBe(true);
    expect(heights.has(y.to(trace.buckets.low[i] as number))).toBe(true);
  }
});

test("a value that is not finite interrupts the line and is marked with its count", () => {
  const shapes = layout(bucketed(range(5), [1, 1, Number.NaN, 1, 1]), x(0, 4), y, 100);
  expect(shapes.lines).toEqual([
    [0, 90, 25, 90],
    [75, 90, 100, 90],
  ]);
  expect([shapes.bad, shapes.badCount]).toEqual([[50], 1]);
  const bucket = layout(bucketed(range(4), [1, Number.NaN, Number.POSITIVE_INFINITY, 1], 2), x(0, 3), y, 100);
  expect([bucket.badCount, bucket.bad.length]).toEqual([2, 2]);
});

test("steps that were never logged are no gap", () => {
  expect(layout(bucketed([0, 1, 50, 51], [1, 1, 1, 1]), x(0, 51), y, 100).lines.length).toBe(1);
});

test("values at or below zero are marked on a logarithmic axis, and the band reaches the floor there", () => {
  const log = makeScale("log", [1, 10], [100, 0]);
  const shapes = layout(bucketed(range(4), [5, -1, 5, 5], 2), x(0, 3), log, 100);
  expect(shapes.under).toEqual([x(0, 3).to(1)]);
  expect(shapes.bands[0]?.lower.slice(0, 2)).toEqual([x(0, 3).to(1), 100]);
  expect(layout(bucketed(range(3), [5, 0, 5]), x(0, 2), log, 100).lines.length).toBe(2);
});

test("one bucket beyond each edge of a window lets the line leave the frame; only what is inside is counted", () => {
  const shapes = layout(bucketed(range(10), new Array(10).fill(1)), x(3.5, 5.5), y, 100);
  expect(shapes.lines[0]?.filter((_, i) => i % 2 === 0).map((at) => Math.round(x(3.5, 5.5).from(at)))).toEqual([
    3, 4, 5, 6,
  ]);
  expect([shapes.points, shapes.buckets]).toEqual([2, 2]);
});

test("nothing gives nothing", () => {
  expect(layout(Trace.empty(), x(0, 1), y, 100).lines).toEqual([]);
  expect([extent([], 0, 1, false), spanOf([Trace.empty()])]).toEqual([null, null]);
});

test("the span of traces is that of all, from the first positive x on for a logarithmic axis", () => {
  const traces = [bucketed([0, 4], [1, 1]), bucketed([2, 9], [1, 1])];
  expect(spanOf(traces)).toEqual([0, 9]);
  expect(spanOf(traces, true)).toEqual([2, 9]);
});

test("the corner says what a pixel stands for", () => {
  expect(density(500, 500, 800, true)).toBe("every point drawn");
  expect(density(128000, 1000, 1000, true)).toBe("1 px = 128 points, all extremes drawn");
  expect(density(128000, 1000, 1000, false)).toBe("1 px = 128 points, means drawn, extremes hidden");
  expect(density(20_000_000, 1000, 1000, true)).toContain("1 px = 20\u202f000 points");
  expect(density(1500, 1000, 1000, true)).toContain("1 px = 1 or 2 points");
  expect(density(2500, 1000, 1000, true)).toContain("1 px = 2.5 points");
  expect(density(1, 1, 800, true)).toBe("1 point drawn");
  expect(density(0, 0, 800, true)).toBe("no points here");
});

test("without outliers the axis is that of the bulk, and what it leaves out is found where it is", () => {
  const values = range(200).map((i) => (i === 60 ? 1000 : i === 130 ? -50 : i % 10));
  const trace = bucketed(range(200), values);
  const [low, high] = bulk([trace], 0, 199, false) ?? [];
  expect([low, high]).toEqual([0, 9]);
  expect(extent([trace], 0, 199, false)).toEqual([-50, 1000]);
  const at = x(0, 199);
  const short = makeScale("linear", [0, 9], [100, 0]);
  expect(beyond(trace, at, short)).toEqual({ above: [at.to(60)], below: [at.to(130)] });
  expect(beyond(trace, x(0, 50), short)).toEqual({ above: [], below: [] });
  expect(beyond(trace, at, makeScale("log", [1, 2000], [100, 0]))).toEqual({ above: [], below: [] });
  expect(bulk([trace], 0, 199, true)?.[0]).toBe(1);
  expect(bulk([], 0, 1, false)).toBeNull();
  expect(quantile(Float64Array.of(0, 10), 0.25)).toBe(2.5);
});
