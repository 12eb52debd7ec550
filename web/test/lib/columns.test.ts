import { expect, test } from "vitest";
import { flip, type Layout, move, pin, resize, shift } from "../../src/lib/layout.ts";
import { clicked, sortBy, sortedBy, unsort } from "../../src/lib/order.ts";

const layout: Layout = { columns: ["a", "b", "c", "d"], pinned: ["a"], widths: { b: 90 } };

test("columns come at the end, and leave with their pin and their width", () => {
  expect(flip(layout, "e")).toEqual({ ...layout, columns: ["a", "b", "c", "d", "e"] });
  expect(flip(pin(layout, "b", true), "b")).toEqual({ columns: ["a", "c", "d"], pinned: ["a"], widths: {} });
});

test("pinned columns stand in front, and one that is let go stands behind them", () => {
  const both = pin(layout, "c", true);
  expect(both).toEqual({ ...layout, columns: ["a", "c", "b", "d"], pinned: ["a", "c"] });
  expect(pin(both, "a", false)).toEqual({ ...layout, columns: ["c", "a", "b", "d"], pinned: ["c"] });
});

test("a column moved among pinned ones is pinned, and one moved away from them is not", () => {
  expect(move(layout, "d", "a")).toEqual({ ...layout, columns: ["d", "a", "b", "c"], pinned: ["d", "a"] });
  expect(move(layout, "d", "b")).toEqual({ ...layout, columns: ["a", "d", "b", "c"], pinned: ["a"] });
  expect(move(layout, "a", null)).toEqual({ ...layout, columns: ["b", "c", "d", "a"], pinned: [] });
  expect(move(layout, "a", "b")).toEqual(layout);
  for (const [column, before] of [
    ["gone", "a"],
    ["a", "a"],
    ["a", "gone"],
  ] as const)
    expect(move(layout, column, before)).toBe(layout);
});

test("columns move by one place and stop at the ends", () => {
  expect(shift(layout, "c", 1).columns).toEqual(["a", "b", "d", "c"]);
  expect(shift(layout, "c", -1).columns).toEqual(["a", "c", "b", "d"]);
  expect(shift(layout, "d", 1)).toBe(layout);
  expect(shift(layout, "a", -1)).toBe(layout);
  expect(shift(layout, "b", -1)).toEqual({ ...layout, columns: ["b", "a", "c", "d"], pinned: ["b", "a"] });
});

test("widths are whole pixels within reason", () => {
  expect(resize(layout, "c", 120.4).widths).toEqual({ b: 90, c: 120 });
  expect(resize(layout, "c", 3).widths).toEqual({ b: 90, c: 44 });
  expect(resize(layout, "b", null).widths).toEqual({});
});

test("a click sorts by a column alone and then turns it round", () => {
  expect(clicked(["-created"], "metric.acc.max", true, false)).toEqual(["-metric.acc.max"]);
  expect(clicked(["-metric.acc.max"], "metric.acc.max", true, false)).toEqual(["metric.acc.max"]);
  expect(clicked(["-a", "b"], "b", true, false)).toEqual(["-b"]);
  expect(clicked(["-created"], "attr.created", true, false)).toEqual(["created"]);
});

test("a click with Shift joins, turns and leaves", () => {
  const two = clicked(["-a"], "b", false, true);
  expect(two).toEqual(["-a", "b"]);
  const turned = clicked(two, "b", false, true);
  expect(turned).toEqual(["-a", "-b"]);
  expect(clicked(turned, "b", false, true)).toEqual(["-a"]);
  expect(clicked(["b"], "b", false, true)).toEqual(["-b"]);
});

test("the order says of each column which way and at which place it sorts", () => {
  const order = ["-created", "config.lr"];
  expect(["attr.created", "config.lr", "config.x"].map((column) => sortedBy(order, column))).toEqual([
    { falling: true, place: 1 },
    { falling: false, place: 2 },
    null,
  ]);
  expect(sortBy(order, "config.lr", true, true)).toEqual(["-created", "-config.lr"]);
  expect(unsort(order, "attr.created")).toEqual(["config.lr"]);
  expect(unsort(order, "config.x")).toEqual(order);
});
