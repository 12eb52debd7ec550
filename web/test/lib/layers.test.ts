import { expect, test } from "vitest";
import { layOut } from "../../src/lib/layers.ts";

function box(id: string) {
  return { id, width: 100, height: 40 };
}

function layersOf(ids: string, edges: string[]): Record<string, number> {
  const laid = layOut(
    [...ids].map(box),
    edges.map((edge) => [edge[0] as string, edge[1] as string]),
  );
  return Object.fromEntries([...laid.at].map(([id, { layer }]) => [id, layer]));
}

test("a node stands behind the longest path that leads to it", () => {
  expect(layersOf("abcd", ["ab", "bc", "cd", "ad"])).toEqual({ a: 0, b: 1, c: 2, d: 3 });
});

test("a cycle is opened and a loop is left out", () => {
  expect(layersOf("abc", ["ab", "bc", "ca", "bb"])).toEqual({ a: 0, b: 1, c: 2 });
});

test("nodes of a layer stand apart, and a chain stands in a line", () => {
  const laid = layOut([..."abcde"].map(box), [
    ["a", "b"],
    ["a", "c"],
    ["a", "d"],
    ["c", "e"],
  ]);
  const y = (id: string): number => laid.at.get(id)?.y ?? Number.NaN;
  const tops = [y("b"), y("c"), y("d")].sort((p, q) => p - q);
  expect((tops[1] as number) - (tops[0] as number)).toBeGreaterThanOrEqual(58);
  expect((tops[2] as number) - (tops[1] as number)).toBeGreaterThanOrEqual(58);
  expect(y("e")).toBeCloseTo(y("c"), 6);
  expect([laid.width, Math.min(...tops)]).toEqual([100 * 3 + 56 * 2, 0]);
});

test("parallel ways do not cross when they need not", () => {
  const laid = layOut([..."abcdef"].map(box), [
    ["a", "f"],
    ["b", "e"],
    ["c", "d"],
  ]);
  const order = (ids: string): string[] => [...ids].sort((p, q) => (laid.at.get(p)?.y ?? 0) - (laid.at.get(q)?.y ?? 0));
  const ends: Record<string, string> = { a: "f", b: "e", c: "d" };
  expect(order("def")).toEqual(order("abc").map((id) => ends[id]));
});

test("a chain of ten thousand nodes is laid out, and so is nothing", () => {
  const ids = Array.from({ length: 10_000 }, (_, i) => String(i));
  const laid = layOut(
    ids.map(box),
    ids.slice(1).map((id, i) => [ids[i] as string, id]),
  );
  expect(laid.at.get("9999")?.layer).toBe(9999);
  expect(layOut([], [])).toEqual({ at: new Map(), width: 0, height: 0 });
});
