import { expect, test } from "vitest";
import type { Rgb } from "../../src/lib/colormap.ts";
import { centred, Drawing, penWords, rasterise, type Stroke } from "../../src/lib/drawing.ts";

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];
const PEN = { colour: WHITE, width: 0.1 };
const SIZE = { width: 28, height: 28 };

function ink(strokes: readonly Stroke[]): {
  left: number;
  right: number;
  top: number;
  bottom: number;
  x: number;
  y: number;
} {
  const pixels = rasterise(strokes, SIZE, BLACK);
  const found = Array.from({ length: 28 * 28 }, (_, i) => ({
    x: i % 28,
    y: Math.floor(i / 28),
    v: pixels[4 * i] as number,
  }));
  const dark = found.filter(({ v }) => v > 0);
  const sum = dark.reduce((n, { v }) => n + v, 0);
  return {
    left: Math.min(...dark.map(({ x }) => x)),
    right: Math.max(...dark.map(({ x }) => x)),
    top: Math.min(...dark.map(({ y }) => y)),
    bottom: Math.max(...dark.map(({ y }) => y)),
    x: dark.reduce((n, { x, v }) => n + v * (x + 0.5), 0) / sum,
    y: dark.reduce((n, { y, v }) => n + v * (y + 0.5), 0) / sum,
  };
}

test("strokes are drawn, taken back and cleared, and what lies outside is moved to the edge", () => {
  let heard = 0;
  const drawing = new Drawing(PEN, () => {
    heard += 1;
  });
  drawing.to([0.5, 0.5]);
  expect([drawing.empty, heard]).toEqual([true, 0]);
  drawing.begin([0.25, 0.25]);
  drawing.to([1.5, -1]);
  expect(drawing.drawing).toBe(true);
  drawing.end();
  drawing.begin([0.5, 0.5]);
  drawing.end();
  expect(drawing.strokes).toEqual([
    {
      ...PEN,
      spots: [
        [0.25, 0.25],
        [1, 0],
      ],
    },
    { ...PEN, spots: [[0.5, 0.5]] },
  ]);
  drawing.undo();
  expect(drawing.strokes).toHaveLength(1);
  drawing.clear();
  expect([drawing.empty, drawing.strokes, heard]).toEqual([true, [], 7]);
});

test("keys draw what a hand draws: arrows move, Space puts down and lifts, Shift goes farther", () => {
  const drawing = new Drawing(PEN);
  drawing.key("ArrowLeft", true);
  expect(drawing.empty).toBe(true);
  drawing.key(" ");
  expect(penWords(drawing.keyPen, drawing.strokes.length)).toBe(
    "Pen down, 32 % from the left, 50 % from the top; 1 stroke",
  );
  drawing.key("ArrowDown", true);
  drawing.key("ArrowDown");
  drawing.key("Enter");
  drawing.key("ArrowRight");
  const [x, y] = [0.5 - 5 * (1 / 28), 0.5];
  expect(drawing.strokes).toEqual([
    {
      ...PEN,
      spots: [
        [x, y],
        [x, y + 5 / 28],
        [x, y + 5 / 28 + 1 / 28],
      ],
    },
  ]);
  expect(drawing.key("q")).toBe(false);
  drawing.key("Backspace");
  expect(drawing.empty).toBe(true);
});

test("a pen covers a pixel by its distance, each stroke in its colour over those before", () => {
  const across: Stroke = {
    colour: WHITE,
    width: 2 / 5,
    spots: [
      [0, 0.5],
      [1, 0.5],
    ],
  };
  const down: Stroke = {
    colour: [255, 0, 0],
    width: 1 / 5,
    spots: [
      [0.5, 0],
      [0.5, 1],
    ],
  };
  const pixels = rasterise([across, down], { width: 5, height: 5 }, BLACK);
  const row = (y: number): number[][] =>
    Array.from({ length: 5 }, (_, x) => [...pixels.slice(4 * (5 * y + x), 4 * (5 * y + x) + 4)]);
  const [none, half, full, red] = [
    [0, 0, 0, 255],
    [128, 128, 128, 255],
    [255, 255, 255, 255],
    [255, 0, 0, 255],
  ];
  expect(row(0)).toEqual([none, none, red, none, none]);
  expect(row(1)).toEqual([half, half, red, half, half]);
  expect(row(2)).toEqual([full, full, red, full, full]);
});

test("a drawing in a corner is brought to the middle and to 20 of 28 pixels, wherever it was", () => {
  const small = (x: number, y: number): Stroke => ({
    ...PEN,
    spots: [
      [x, y],
      [x, y + 0.3],
    ],
  });
  const [first, second] = [ink(centred([small(0.1, 0.1)], SIZE)), ink(centred([small(0.8, 0.6)], SIZE))];
  expect(first).toEqual(second);
  expect([first.x, first.y].map((v) => Math.round(100 * v) / 100)).toEqual([14, 14]);
  expect(first.bottom - first.top + 1).toBeGreaterThanOrEqual(18);
  expect(first.bottom - first.top + 1).toBeLessThanOrEqual(22);
  expect(centred([], SIZE)).toEqual([]);
});

test("a dot stays as thick as the pen", () => {
  const dot: Stroke = { ...PEN, spots: [[0.2, 0.2]] };
  const { left, right } = ink(centred([dot], SIZE));
  expect(right - left + 1).toBeLessThanOrEqual(4);
});
