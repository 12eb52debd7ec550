import { expect, test } from "vitest";
import {
  colourAt,
  colours,
  isLight,
  labelColour,
  luminance,
  type MapName,
  SEQUENTIAL,
} from "../../src/lib/colormap.ts";

function lights(name: MapName): number[] {
  return Array.from({ length: 256 }, (_, i) => luminance(colourAt(name, i / 255)));
}

test.each(SEQUENTIAL)("%s becomes lighter from end to end", (name) => {
  const found = lights(name);
  const falls = found.filter((light, i) => i > 0 && light < (found[i - 1] as number) - 0.0006);
  expect(falls).toEqual([]);
  expect((found[255] as number) - (found[0] as number)).toBeGreaterThan(0.6);
});

test("the diverging map is lightest at its middle, and as dark at one end as at the other", () => {
  const found = lights("diverging");
  const [left, right] = [found.slice(0, 128), found.slice(128)];
  expect(left).toEqual([...left].sort((a, b) => a - b));
  expect(right).toEqual([...right].sort((a, b) => b - a));
  expect(Math.abs((found[0] as number) - (found[255] as number))).toBeLessThan(0.02);
});

test("diverging is blue below zero, white at it, orange above", () => {
  const [below, at, above] = [colourAt("diverging", 0.2), colourAt("diverging", 0.5), colourAt("diverging", 0.8)];
  expect(below[2]).toBeGreaterThan(below[0]);
  expect(Math.max(...at) - Math.min(...at)).toBeLessThan(6);
  expect(above[0]).toBeGreaterThan(above[2]);
});

test("viridis has the colours of its makers", () => {
  expect([colourAt("viridis", 0), colourAt("viridis", 0.5), colourAt("viridis", 1)]).toEqual([
    [68, 1, 84],
    [33, 145, 140],
    [253, 231, 37],
  ]);
  expect(colours("viridis")).toHaveLength(768);
});

test("shares beyond the ends take the ends", () => {
  expect([colourAt("gray", -3), colourAt("gray", 7)]).toEqual([
    [0, 0, 0],
    [255, 255, 255],
  ]);
});

test("text on dark colours is light", () => {
  expect([isLight([255, 255, 255]), isLight([253, 231, 37]), isLight([68, 1, 84])]).toEqual([true, true, false]);
});

test("twenty labels have twenty colours", () => {
  const found = new Set(Array.from({ length: 20 }, (_, i) => labelColour(i, false).join()));
  expect(found.size).toBe(20);
});
