import { expect, test } from "vitest";
import {
  ABOVE,
  ballOf,
  cameraOf,
  fromNumbers,
  project,
  START,
  shifted,
  toNumbers,
  turned,
  zoomed,
} from "../../src/lib/orbit.ts";

const BALL = ballOf([-1, -2, -2], [1, 2, 2]);

test("the ball holds the corners of the box", () => {
  expect(BALL).toEqual({ centre: [0, 0, 0], radius: 3 });
  expect(ballOf([5, 5, 5], [5, 5, 5])).toEqual({ centre: [5, 5, 5], radius: 1 });
});

test("the middle of the scene is the middle of the picture, and all of it is seen", () => {
  const camera = cameraOf(START, BALL, 400, 300);
  const middle = project(camera, 0, 0, 0);
  expect([middle.x, middle.y]).toEqual([expect.closeTo(200, 9), expect.closeTo(150, 9)]);
  for (const [x, y, z] of [
    [1, 2, 2],
    [-1, -2, -2],
    [1, -2, 2],
    [-1, 2, -2],
  ] as const) {
    const at = project(camera, x, y, z);
    expect(at.x > 0 && at.x < 400 && at.y > 0 && at.y < 300 && at.depth > 0).toBe(true);
  }
});

test("z points up, and from above x points to the right and y up", () => {
  const camera = cameraOf(START, BALL, 400, 300);
  expect(project(camera, 0, 0, 1).y).toBeLessThan(150);
  const above = cameraOf(ABOVE, BALL, 400, 300);
  expect(project(above, 1, 0, 0).x).toBeGreaterThan(201);
  expect(project(above, 1, 0, 0).y).toBeCloseTo(150, 6);
  expect(project(above, 0, 1, 0).y).toBeLessThan(149);
});

test("a drag moves the scene with the hand, and the target stays under it", () => {
  const before = project(cameraOf(START, BALL, 400, 300), 0, 0, 0);
  const after = project(cameraOf(shifted(START, 30, -12, 300), BALL, 400, 300), 0, 0, 0);
  expect(after.x - before.x).toBeCloseTo(30, 6);
  expect(after.y - before.y).toBeCloseTo(-12, 6);
});

test("a turn never goes over the top, and zoom has its ends", () => {
  expect(turned(START, 0, 1e6, 300).elevation).toBe(Math.PI / 2);
  expect(turned(START, 300, 0, 300).azimuth).toBeCloseTo(START.azimuth - Math.PI, 9);
  expect([zoomed(START, 1e9).zoom, zoomed(START, 0).zoom]).toEqual([60, 0.1]);
});

test("a camera travels between panels as five numbers", () => {
  expect(fromNumbers(toNumbers(START))).toEqual(START);
  expect([fromNumbers(null), fromNumbers([1, 2]), fromNumbers([1, 2, 3, 4, Number.NaN])]).toEqual([null, null, null]);
});
