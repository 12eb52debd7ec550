import { expect, test } from "vitest";
import {
  arrowOf,
  cellAt,
  cellBeside,
  middleOf,
  panBy,
  type Space,
  viewport,
  WHOLE,
  zoomAt,
} from "../../src/lib/viewport.ts";

const SPACE: Space = { columns: 10, rows: 5, width: 200, height: 200 };

test("the whole picture stands in the middle with square cells", () => {
  expect(viewport(SPACE)).toEqual({ scale: 20, scaleY: 20, left: 0, top: 50 });
  expect(viewport({ ...SPACE, fill: true })).toEqual({ scale: 20, scaleY: 40, left: 0, top: 0 });
});

test("a pixel is in its cell, or in none", () => {
  const view = viewport(SPACE);
  expect([cellAt(view, SPACE, 39, 71), cellAt(view, SPACE, 39, 49), cellAt(view, SPACE, 201, 71)]).toEqual([
    { row: 1, column: 1 },
    null,
    null,
  ]);
});

test("arrow keys walk from cell to cell and stay in the picture; with shift they are not for it", () => {
  const walk = (cell: { row: number; column: number }, key: string) => {
    const by = arrowOf({ key, shiftKey: false });
    return by && cellBeside(SPACE, cell, by);
  };
  const [first, last] = [
    { row: 0, column: 0 },
    { row: 4, column: 9 },
  ];
  expect([walk(first, "ArrowDown"), walk(first, "ArrowRight")]).toEqual([
    { row: 1, column: 0 },
    { row: 0, column: 1 },
  ]);
  expect([walk(first, "ArrowUp"), walk(first, "ArrowLeft")]).toEqual([first, first]);
  expect([walk(last, "ArrowDown"), walk(last, "ArrowRight")]).toEqual([last, last]);
  expect([walk(first, "x"), arrowOf({ key: "ArrowUp", shiftKey: true })]).toEqual([null, null]);
  expect(middleOf(viewport(SPACE), last)).toEqual({ x: 190, y: 140 });
});

test("magnifying keeps the cell under the pointer", () => {
  let lens = WHOLE;
  for (let i = 0; i < 6; i++) {
    lens = zoomAt(SPACE, lens, 1.3, 130, 90);
    expect(cellAt(viewport(SPACE, lens), SPACE, 130, 90)).toEqual({ row: 2, column: 6 });
  }
  for (let i = 0; i < 9; i++) lens = zoomAt(SPACE, lens, 1 / 1.3, 10, 60);
  expect(lens).toEqual(WHOLE);
});

test("a drag moves the picture with the hand, and no further than its edge", () => {
  const near = { x: 0.5, y: 0.5, zoom: 4 };
  const before = viewport(SPACE, near);
  const after = viewport(SPACE, panBy(SPACE, near, 30, 0));
  expect(after.left - before.left).toBeCloseTo(30, 9);
  expect(viewport(SPACE, panBy(SPACE, near, 1e6, 0)).left).toBeCloseTo(0, 9);
  expect(panBy(SPACE, WHOLE, 50, 50)).toEqual(WHOLE);
});

test("a cell never grows beyond what an eye needs", () => {
  const lens = zoomAt(SPACE, WHOLE, 1e9, 100, 100);
  expect(viewport(SPACE, lens).scale).toBe(160);
});
