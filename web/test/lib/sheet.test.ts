import { expect, test } from "vitest";
import { FREE, hit, layOut, onScreen, type Place, panned, WHOLE, zoomed } from "../../src/lib/sheet.ts";

const VIEWPORT = { width: 300, height: 200 };

function alone(width: number, height: number, ratio = 1): Place {
  return layOut([{ width, height }], VIEWPORT, FREE, null, ratio).places[0] as Place;
}

test("a small picture is magnified by a whole number, so that its pixels are squares", () => {
  expect(alone(28, 28)).toEqual({ left: 52, top: 2, width: 196, height: 196 });
});

test("on a fine screen a pixel takes a whole number of the screen's", () => {
  const place = alone(28, 28, 2);
  expect((place.width * 2) / 28).toBe(14);
});

test("a large picture is made as large as fits", () => {
  expect(alone(3000, 1000)).toEqual({ left: 0, top: 50, width: 300, height: 100 });
});

test("a batch takes as many columns as show it largest, and never overlaps", () => {
  const sheet = layOut(Array(12).fill({ width: 28, height: 28 }), VIEWPORT, FREE, 20, 1);
  const boxes = sheet.places.map((place) => ({ ...place, bottom: place.top + place.height + sheet.caption }));
  expect(sheet.columns).toBe(4);
  for (const [i, a] of boxes.entries()) {
    expect(a.left >= 0 && a.top >= 0 && a.left + a.width <= 300 && a.bottom <= 200).toBe(true);
    for (const b of boxes.slice(i + 1))
      expect(a.left + a.width <= b.left || b.left + b.width <= a.left || a.bottom <= b.top || b.bottom <= a.top).toBe(
        true,
      );
  }
});

test("short captions get the width they need, a long one does not make the pictures smaller", () => {
  const sheet = (captionPx: number) => layOut(Array(12).fill({ width: 28, height: 28 }), VIEWPORT, FREE, captionPx, 1);
  const short = sheet(60);
  expect(short.wide).toBe(60);
  expect([...new Set(short.places.map((place) => place.width))]).toEqual([49]);
  expect(short.places.every((place) => place.left >= 0 && place.left + place.width <= 300)).toBe(true);
  expect(sheet(500)).toEqual(sheet(0));
  expect(
    layOut(Array(12).fill({ width: 8, height: 8 }), VIEWPORT, { chosen: 12, logged: null }, 60, 1).wide,
  ).toBeLessThan(25);
});

test("where words would leave no room for the pictures, there are none", () => {
  const many = Array(24).fill({ width: 28, height: 28 });
  const small = { width: 100, height: 92 };
  expect(layOut(many, small, FREE, 40, 1)).toEqual(layOut(many, small, FREE, null, 1));
  expect(layOut(many, { width: 400, height: 300 }, FREE, 40, 1).caption).toBe(15);
});

test("columns can be chosen", () => {
  expect(layOut(Array(6).fill({ width: 10, height: 10 }), VIEWPORT, { chosen: 2, logged: 3 }, null, 1).columns).toBe(2);
});

test("the columns that were logged are kept unless they would make the pictures smaller than they are", () => {
  const columns = (side: number): number =>
    layOut(Array(6).fill({ width: side, height: side }), VIEWPORT, { chosen: null, logged: 6 }, null, 1).columns;
  expect([columns(40), columns(80)]).toEqual([6, 3]);
});

test("the pixel under the pointer is found, whatever the magnification", () => {
  const sheet = layOut([{ width: 10, height: 10 }], VIEWPORT, FREE, null, 1);
  for (const view of [WHOLE, { x: 0.45, y: 0.5, zoom: 3 }]) {
    const place = onScreen(sheet.places[0] as Place, view, VIEWPORT);
    const at = { x: place.left + place.width * 0.37, y: place.top + place.height * 0.52 };
    const found = hit(sheet, at, view, VIEWPORT);
    expect([found?.index, Math.round((found?.x ?? 0) * 100), Math.round((found?.y ?? 0) * 100)]).toEqual([0, 37, 52]);
  }
  expect(hit(sheet, { x: 1, y: 1 }, WHOLE, VIEWPORT)).toBeNull();
});

test("magnifying leaves what is under the pointer where it is", () => {
  const sheet = layOut([{ width: 30, height: 20 }], VIEWPORT, FREE, null, 1);
  const at = { x: 100, y: 120 };
  const before = hit(sheet, at, WHOLE, VIEWPORT);
  const view = zoomed(WHOLE, at, 4, 100, VIEWPORT);
  const after = hit(sheet, at, view, VIEWPORT);
  expect(view.zoom).toBe(4);
  expect(after?.x).toBeCloseTo(before?.x as number, 10);
  expect(after?.y).toBeCloseTo(before?.y as number, 10);
});

test("the view stays on the sheet, and no pixel grows beyond the bound", () => {
  const view = zoomed(WHOLE, { x: 0, y: 0 }, 1000, 8, VIEWPORT);
  expect(view.zoom).toBe(8);
  const far = panned(view, 1e6, 1e6, VIEWPORT);
  expect([far.x, far.y]).toEqual([1 / 16, 1 / 16]);
  expect(zoomed(view, { x: 50, y: 50 }, 0.0001, 8, VIEWPORT)).toEqual(WHOLE);
});
