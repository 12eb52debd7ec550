import { expect, test } from "vitest";
import {
  arrange,
  type Cell,
  COLUMNS,
  changed,
  compact,
  heightOf,
  overlaps,
  type Placing,
  put,
  readingOrder,
} from "../../src/lib/board.ts";
import { dashboardPath, dashboardsPath, readRoute } from "../../src/lib/url.ts";

function panel(id: string, more: Partial<Placing> = {}): Placing {
  return { id, kind: "line", row: null, column: null, width: null, height: null, ...more };
}

function cells(all: Record<string, [number, number, number, number]>): Map<string, Cell> {
  return new Map(Object.entries(all).map(([id, [x, y, w, h]]) => [id, { x, y, w, h }]));
}

test("panels that say nothing stand two in a row, numbers four", () => {
  expect(arrange([panel("a"), panel("b"), panel("c")], {})).toEqual(
    cells({ a: [0, 0, 6, 7], b: [6, 0, 6, 7], c: [0, 7, 6, 7] }),
  );
  const numbers = ["a", "b", "c", "d", "e"].map((id) => panel(id, { kind: "number" }));
  expect(arrange(numbers, {})).toEqual(
    cells({ a: [0, 0, 3, 3], b: [3, 0, 3, 3], c: [6, 0, 3, 3], d: [9, 0, 3, 3], e: [0, 3, 3, 3] }),
  );
});

test("rows and columns are those of subplots: a row shares its width, and later rows stand below", () => {
  const asked = [
    panel("c", { row: 1, column: 0 }),
    panel("a", { row: 0, column: 0, height: 4 }),
    panel("b", { row: 0, column: 2, height: 4 }),
  ];
  expect(arrange(asked, {})).toEqual(cells({ a: [0, 0, 4, 4], b: [8, 0, 4, 4], c: [0, 4, 12, 7] }));
});

test("two panels that ask for the same place stand below one another", () => {
  const asked = [panel("a", { row: 0, column: 0 }), panel("b", { row: 0, column: 0 })];
  expect(arrange(asked, {})).toEqual(cells({ a: [0, 0, 12, 7], b: [0, 7, 12, 7] }));
});

test("a panel that was moved by hand stays there, and the others fill what is left", () => {
  const saved = { a: { x: 6, y: 0, w: 6, h: 7 }, gone: { x: 0, y: 0, w: 1, h: 1 } };
  expect(arrange([panel("a"), panel("b")], saved)).toEqual(cells({ a: [6, 0, 6, 7], b: [0, 0, 6, 7] }));
});

test("a saved cell that does not fit the grid is made to fit", () => {
  expect(arrange([panel("a")], { a: { x: 11, y: -3, w: 40, h: 0 } })).toEqual(cells({ a: [0, 0, 12, 1] }));
});

test("a panel put onto another pushes it down, and gaps above close", () => {
  const before = cells({ a: [0, 0, 6, 4], b: [6, 0, 6, 4], c: [0, 4, 12, 4] });
  expect(put(before, "c", { x: 0, y: 0, w: 12, h: 4 })).toEqual(
    cells({ c: [0, 0, 12, 4], a: [0, 4, 6, 4], b: [6, 4, 6, 4] }),
  );
  expect(put(before, "a", { x: 0, y: 9, w: 6, h: 4 })).toEqual(
    cells({ b: [6, 0, 6, 4], c: [0, 4, 12, 4], a: [0, 8, 6, 4] }),
  );
});

test("a panel that grows pushes its neighbours away, and cannot leave the grid", () => {
  const before = cells({ a: [0, 0, 6, 4], b: [6, 0, 6, 4] });
  const after = put(before, "a", { x: 0, y: 0, w: 20, h: 4 });
  expect(after).toEqual(cells({ a: [0, 0, 12, 4], b: [6, 4, 6, 4] }));
  expect(changed(before, after)).toEqual({ a: { x: 0, y: 0, w: 12, h: 4 }, b: { x: 6, y: 4, w: 6, h: 4 } });
});

test("whatever is done, nothing overlaps, nothing leaves the grid, and nothing could rise further", () => {
  let seed = 7;
  const random = (n: number): number => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * n);
  };
  let now = arrange(
    Array.from({ length: 12 }, (_, i) => panel(`p${i}`, { row: i % 3 ? null : i, column: random(4) })),
    {},
  );
  for (let turn = 0; turn < 300; turn++) {
    const id = `p${random(12)}`;
    now = put(now, id, { x: random(14) - 1, y: random(30), w: 1 + random(12), h: 1 + random(10) });
    const all = [...now.values()];
    expect(now.size).toBe(12);
    for (const [i, cell] of all.entries()) {
      expect(cell.x >= 0 && cell.x + cell.w <= COLUMNS && cell.y >= 0).toBe(true);
      expect(all.slice(i + 1).some((other) => overlaps(cell, other))).toBe(false);
      const above = { ...cell, y: cell.y - 1 };
      expect(cell.y === 0 || all.some((other) => other !== cell && overlaps(above, other))).toBe(true);
    }
    expect(compact(now)).toEqual(now);
  }
});

test("the order of reading goes by rows", () => {
  const all = cells({ low: [0, 5, 6, 2], right: [6, 0, 6, 5], left: [0, 0, 6, 5] });
  expect(readingOrder(all)).toEqual(["left", "right", "low"]);
  expect(heightOf(all)).toBe(7);
});

test("a dashboard has an address, whatever it is called", () => {
  for (const name of ["main", "a/b", "v1.2", "nacht 夜 %", "?at=3"]) {
    expect(readRoute(dashboardPath(name))).toEqual({ page: "dashboard", name });
    expect(readRoute(dashboardsPath(name))).toEqual({ page: "dashboards", project: name });
  }
  expect(readRoute(dashboardsPath())).toEqual({ page: "dashboards", project: null });
});
