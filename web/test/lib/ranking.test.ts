import { expect, test } from "vitest";
import { type Entry, pieces, ranked } from "../../src/lib/ranking.ts";

const entry = (id: string, title: string, section: string, more: Partial<Entry> = {}): Entry => ({
  id,
  title,
  section,
  act: () => {},
  ...more,
});

const ENTRIES = [
  entry("1", "train/loss", "Metrics"),
  entry("2", "Logarithmic y axis", "Charts", { keys: "l" }),
  entry("3", "brave-otter-7", "Runs", { note: "digits · running" }),
  entry("4", "as it began", "Runs", { found: true, words: "01m7xp73ff" }),
  entry("5", "Export 12 runs as CSV", "Run table", { words: "download" }),
];

const said = (question: string, recent: string[] = []) =>
  ranked(ENTRIES, question, recent).map((part) => [part.title, ...part.entries.map((one) => one.entry.id)]);

test("before anything is typed recent ones come first, and nothing comes twice", () => {
  expect(said("", ["5", "gone", "3"])).toEqual([
    ["Recent", "5", "3"],
    ["Runs", "4"],
    ["Charts", "2"],
    ["Metrics", "1"],
  ]);
});

test("the section of the best comes first; words beside the title count for less", () => {
  expect(said("los")[0]).toEqual(["Metrics", "1"]);
  expect(said("download")[0]).toEqual(["Run table", "5"]);
  expect(said("running otter")).toEqual([["Runs", "3", "4"]]);
  expect(said("csv runs")).toEqual([
    ["Run table", "5"],
    ["Runs", "4"],
  ]);
});

test("what the server found is shown though its title does not say why", () => {
  expect(said("zzz")).toEqual([["Runs", "4"]]);
});

test("of equals the one used last comes first", () => {
  const twins = [entry("a", "val/acc", "Metrics"), entry("b", "val/acc", "Metrics")];
  const order = (recent: string[]) => ranked(twins, "acc", recent)[0]?.entries.map((one) => one.entry.id);
  expect([order([]), order(["b"]), order(["b", "a"])]).toEqual([
    ["a", "b"],
    ["b", "a"],
    ["b", "a"],
  ]);
});

test("long sections are cut, and say how much", () => {
  const many = Array.from({ length: 30 }, (_, i) => entry(String(i), `metric ${i}`, "Metrics"));
  expect(ranked(many, "", []).map((part) => [part.entries.length, part.more])).toEqual([[5, 25]]);
  expect(ranked(many, "metric", []).map((part) => [part.entries.length, part.more])).toEqual([[8, 22]]);
});

test("a title falls into pieces, asked for and not", () => {
  expect(pieces("val/acc", [0, 4, 5, 6])).toEqual(["", "v", "al/", "acc"]);
  expect(pieces("val", [])).toEqual(["val"]);
});
