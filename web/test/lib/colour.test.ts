import { expect, test } from "vitest";
import {
  assignStyles,
  chosenStyles,
  DASHES,
  HUES,
  hash,
  readStyle,
  type Style,
  writeStyle,
} from "../../src/lib/colour.ts";

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

test("what somebody chose stands, and others go out of its way", () => {
  const [a, b] = runs(2) as [string, string];
  const own = assignStyles([b]).get(b) as Style;
  const styles = assignStyles([a, b], undefined, new Map([[a, own]]));
  expect(styles.get(a)).toEqual(own);
  expect(styles.get(b)).not.toEqual(own);
  const twins = assignStyles(
    [a, b],
    undefined,
    new Map([
      [a, own],
      [b, own],
    ]),
  );
  expect([...twins.values()]).toEqual([own, own]);
});

test("every style has a name and is read from it; what is no style is none", () => {
  for (let hue = 0; hue < HUES; hue++) {
    for (let dash = 0; dash < DASHES.length; dash++)
      expect(readStyle(writeStyle({ hue, dash }))).toEqual({ hue, dash });
  }
  expect(["#ff0000", "blue wavy", "", null, undefined].map(readStyle)).toEqual([null, null, null, null, null]);
  const rows = [
    { id: "a", color: "ink dotted" },
    { id: "b", color: null },
  ];
  expect([...chosenStyles(rows)]).toEqual([["a", { hue: 7, dash: 2 }]]);
});
