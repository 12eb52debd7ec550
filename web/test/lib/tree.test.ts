import { expect, test } from "vitest";
import { compare, join, parentsOf, rowsOf, search } from "../../src/lib/tree.ts";

const VALUE = { model: { layers: [64, 10], act: "relu" }, lr: 0.1, "a/b": null };

test("only what is open has rows, and the root always is", () => {
  const { rows } = rowsOf(VALUE, new Set(["/model"]));
  expect(rows.map(({ path, depth, name, size, open }) => ({ path, depth, name, size, open }))).toEqual([
    { path: "", depth: 0, name: "", size: 3, open: true },
    { path: "/model", depth: 1, name: "model", size: 2, open: true },
    { path: "/model/layers", depth: 2, name: "layers", size: 2, open: false },
    { path: "/model/act", depth: 2, name: "act", size: null, open: false },
    { path: "/lr", depth: 1, name: "lr", size: null, open: false },
    { path: "/a~1b", depth: 1, name: "a/b", size: null, open: false },
  ]);
});

test("a tree of a million values is cut where nobody reads on", () => {
  const { rows, more } = rowsOf(
    Array.from({ length: 1_000_000 }, (_, i) => i),
    new Set(),
    undefined,
    undefined,
    100,
  );
  expect([rows.length, more]).toEqual([100, true]);
});

test("a difference names what was added, removed and changed, with what it was", () => {
  const after = { model: { layers: [64, 32, 10], act: "relu" }, lr: 0.05, seed: 1 };
  const { marks, gone, counts } = compare(VALUE, after);
  expect({ marks: [...marks], gone: [...gone], counts }).toEqual({
    marks: [
      ["/model/layers/1", { mark: "changed", before: 10 }],
      ["/model/layers/2", { mark: "added" }],
      ["/lr", { mark: "changed", before: 0.1 }],
      ["/seed", { mark: "added" }],
    ],
    gone: [["", [["a/b", null]]]],
    counts: { added: 2, removed: 1, changed: 2 },
  });
  const { rows } = rowsOf(after, new Set(["/model", "/model/layers"]), marks, gone);
  expect(rows.filter((row) => row.mark !== null).map((row) => [row.path, row.mark, row.before])).toEqual([
    ["/model/layers/1", "changed", 10],
    ["/model/layers/2", "added", undefined],
    ["/lr", "changed", 0.1],
    ["/seed", "added", undefined],
    ["/a~1b", "removed", undefined],
  ]);
});

test("a list that became an object is one change", () => {
  expect(compare([1], { 0: 1 }).counts).toEqual({ added: 0, removed: 0, changed: 1 });
});

test("a search finds keys and values, and opens the way to them", () => {
  const found = search(VALUE, "RELU");
  expect(found).toEqual(["/model/act"]);
  expect(search(VALUE, "10")).toEqual(["/model/layers/1"]);
  expect(search(VALUE, "")).toEqual([]);
  expect([...parentsOf(search(VALUE, "10"))]).toEqual(["/model/layers", "/model"]);
});

test("keys with slashes have places of their own", () => {
  expect([join("", "a/b"), join("/x", "~1"), join("", 3)]).toEqual(["/a~1b", "/x/~01", "/3"]);
});
