import { expect, test } from "vitest";
import { durationLabels, formatAge, formatAgo, formatDuration, formatMoment, timeLabels } from "../../src/lib/time.ts";

const at = (text: string): number => new Date(text).getTime() / 1000;

test("ages have one number and one unit", () => {
  expect([0, 12, 60, 3599, 7200, 86400 * 3, 86400 * 20, 86400 * 800].map(formatAge)).toEqual([
    "now",
    "12 s",
    "1 min",
    "59 min",
    "2 h",
    "3 d",
    "2 wk",
    "2 y",
  ]);
  expect([formatAgo(2), formatAgo(240)]).toEqual(["just now", "4 min ago"]);
});

test("a clock that runs behind the server's makes nothing negative", () => {
  expect([formatAge(-30), formatDuration(-30)]).toEqual(["now", "0 s"]);
});

test("durations have two units from a minute on", () => {
  expect([0, 0.25, 42, 247, 3840, 266400].map(formatDuration)).toEqual([
    "0 s",
    "250 ms",
    "42 s",
    "4m 07s",
    "1h 04m",
    "3d 02h",
  ]);
});

test("moments sort as text", () => {
  expect(formatMoment(at("2026-03-04T05:06:07"))).toBe("2026-03-04 05:06:07");
});

test("labels of a time axis are clock times, with the date where the day changes", () => {
  const noon = at("2026-03-04T12:00:00");
  expect(timeLabels([noon, noon + 600])).toEqual(["12:00", "12:10"]);
  expect(timeLabels([noon, noon + 15])).toEqual(["12:00:00", "12:00:15"]);
  expect(timeLabels([noon, noon + 43200])).toEqual(["12:00", "03-05 00:00"]);
  expect(timeLabels([noon, noon + 86400])).toEqual(["03-04", "03-05"]);
});

test("labels of a relative axis are durations", () => {
  expect(durationLabels([0, 0.5, 1])).toEqual(["0", "0.5 s", "1 s"]);
  expect(durationLabels([0, 30, 60, 90])).toEqual(["0", "30 s", "1m 00s", "1m 30s"]);
  expect(durationLabels([0, 1800, 3600, 5400])).toEqual(["0", "30 min", "1h 00m", "1h 30m"]);
  expect(durationLabels([0, 7200])).toEqual(["0", "2 h"]);
  expect(durationLabels([0, 172800])).toEqual(["0", "2 d"]);
});
