import { expect, test } from "vitest";
import { assignStyles, DASHES, HUES, hash } from "../../src/lib/colour.ts";

const runs = (n: number): string[] =>
  Array.from({ length: n }, (_, i) => `01m7xp73ffha2pp8${String(i).padStart(4, "0")}`);

test("a run alone always has the hue of its hash", () => {
  for (const run of runs(50)) expect(assignStyles([run]).get(run)).toEqual({ hue: hash(run) % HUES, dash: 0 });
});

test("up to eight runs have eight hues and no dash", () => {
  const styles = [...assignStyles(runs(8)).values()];
  expect(styles.map((style) => style.dash)).toEqual(new Array(8).fill(0));
  expect(new Set(styles.map((style) => style.hue)).size).toBe(8);
});

test("beyond eight the dash varies before a style repeats", () => {
  const styles = [...assignStyles(runs(HUES * DASHES.length)).values()];
  expect(new Set(styles.map((style) => JSON.stringify(style))).size).toBe(HUES * DASHES.length);
});

test("choosing more runs, or fewer, changes no run that stays", () => {
  const all = runs(20);
  const before = assignStyles(all.slice(0, 10));
  const more = assignStyles(all, before);
  const fewer = assignStyles(all.slice(3, 7), more);
  for (const run of all.slice(0, 10)) expect(more.get(run)).toEqual(before.get(run));
  for (const run of all.slice(3, 7)) expect(fewer.get(run)).toEqual(before.get(run));
});

test("a hundred runs all have a style", () => {
  expect(assignStyles(runs(100)).size).toBe(100);
});
