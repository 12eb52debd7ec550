import { expect, test } from "vitest";
import { type Graph, wholeGraph } from "../../src/lib/graph.ts";
import { folded, layered, ranks } from "../../src/lib/layered.ts";
import { laneOf, lanePath, wirePath } from "../../src/lib/wirepath.ts";

const HIGH = (): number => 50;

function graphOf(nodes: readonly string[], edges: readonly (readonly [string, string])[]): Graph {
  return wholeGraph({
    nodes: nodes.map((id) => ({ id, type: "core/add@1" })),
    edges: edges.map(([a, b], i) => ({ from: [a, "out"], to: [b, `in.${i}`] })),
  });
}

function chain(length: number): Graph {
  const ids = Array.from({ length }, (_, i) => `n${i}`);
  return graphOf(
    ids,
    ids.slice(1).map((id, i) => [ids[i] as string, id]),
  );
}

test("a node stands behind the longest way that leads to it, and circles end", () => {
  const graph = graphOf(
    ["a", "b", "c", "x", "y"],
    [
      ["a", "b"],
      ["b", "c"],
      ["a", "c"],
      ["x", "y"],
      ["y", "x"],
      ["none", "a"],
    ],
  );
  expect(Object.fromEntries(ranks(graph))).toEqual({ a: 0, b: 1, c: 2 });
  expect([...layered(graph, HIGH)].map(([id, place]) => [id, place.x])).toEqual([
    ["a", 0],
    ["x", 0],
    ["y", 0],
    ["b", 224],
    ["c", 448],
  ]);
});

test("a deep network is folded into rows of like length, in which no cards stand on each other", () => {
  const graph = chain(30);
  const places = folded(graph, layered(graph, HIGH), HIGH);
  const heights = [...places.values()].map((place) => place.y);
  const rows = [...new Set(heights)].map((y) => heights.filter((one) => one === y).length);
  expect(rows).toEqual([4, 4, 4, 4, 4, 4, 4, 2]);
  expect(new Set([...places.values()].map(({ x, y }) => `${x} ${y}`)).size).toBe(30);
  const narrow = [...folded(graph, layered(graph, HIGH), HIGH, 3).values()];
  expect(Math.max(...narrow.map((place) => place.x))).toBe(448);
  expect(new Set(narrow.map(({ x, y }) => `${x} ${y}`)).size).toBe(30);
  const short = chain(4);
  expect(folded(short, layered(short, HIGH), HIGH)).toEqual(layered(short, HIGH));
});

test("rows end where the fewest wires are cut", () => {
  const base = chain(8);
  const skip = { from: ["n2", "out"], to: ["n5", "in.9"] } as const;
  const graph = { ...base, edges: [...base.edges, skip] };
  const places = folded(graph, layered(graph, HIGH), HIGH);
  expect(places.get("n2")?.y).toBe(places.get("n5")?.y);
});

test("ten thousand nodes are laid out in a moment", () => {
  const graph = chain(10_000);
  expect(folded(graph, layered(graph, HIGH), HIGH).size).toBe(10_000);
});

test("a wire passes the cards in its way in a lane of its own, on the nearer side", () => {
  const box = { x: 200, y: 0, width: 168, height: 50 };
  expect(laneOf(0, 30, 600, 30, [box])).toBe(62);
  expect(laneOf(0, 10, 600, 10, [box])).toBe(-12);
  expect(laneOf(0, 100, 600, 100, [box])).toBe(null);
  expect(laneOf(0, 30, 60, 30, [box])).toBe(null);
  // A second card that stands where the lane would lead is passed too.
  expect(laneOf(0, 30, 900, 30, [box, { ...box, x: 450, y: 56 }])).toBe(-12);
});

test("a wire that leads back goes round below its row, or between two", () => {
  const [path, x, y] = wirePath(500, 20, 0, 20);
  expect([path.startsWith("M500 20"), path.endsWith("L0 20"), x, y]).toEqual([true, true, 250, 72]);
  expect(wirePath(500, 20, 0, 220).slice(1)).toEqual([250, 156]);
  expect(lanePath(0, 0, 400, 10, -30)[0]).toBe("M0 0C22 0 22 -30 44 -30L356 -30C378 -30 378 10 400 10");
});
