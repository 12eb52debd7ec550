/** A camera that goes around a scene, the same for WebGL and for a flat canvas. z points up. */

export type Vec = readonly [number, number, number];

export interface Orbit {
  /** Radians around z; 0 looks along −x. */
  readonly azimuth: number;
  /** Radians above the floor. */
  readonly elevation: number;
  /** 1 shows the whole scene. */
  readonly zoom: number;
  /** How far the target was moved in the picture's plane, in radii of the scene. */
  readonly x: number;
  readonly y: number;
}

/** The ball that holds the scene. */
export interface Ball {
  readonly centre: Vec;
  readonly radius: number;
}

export interface Camera {
  readonly eye: Vec;
  readonly target: Vec;
  readonly right: Vec;
  readonly up: Vec;
  readonly forward: Vec;
  /** Pixels per unit at distance 1. */
  readonly focal: number;
  readonly width: number;
  readonly height: number;
}

export const START: Orbit = { azimuth: -1.05, elevation: 0.5, zoom: 1, x: 0, y: 0 };
/** Straight down, x to the right and y up: how points of two numbers are looked at. */
export const ABOVE: Orbit = { azimuth: -Math.PI / 2, elevation: Math.PI / 2, zoom: 1, x: 0, y: 0 };

const HALF_ANGLE = 0.3;
/** Room around the scene, for the numbers of its axes. */
const AIR = 1.12;
const STEEPEST = Math.PI / 2;

export function ballOf(low: Vec, high: Vec): Ball {
  const centre = [0, 1, 2].map((i) => ((low[i] as number) + (high[i] as number)) / 2) as unknown as Vec;
  const radius = Math.hypot(high[0] - low[0], high[1] - low[1], high[2] - low[2]) / 2;
  return { centre, radius: radius > 0 ? radius : 1 };
}

export function cameraOf(orbit: Orbit, ball: Ball, width: number, height: number): Camera {
  const { azimuth: a, elevation: e } = orbit;
  const back: Vec = [Math.cos(e) * Math.cos(a), Math.cos(e) * Math.sin(a), Math.sin(e)];
  const right: Vec = [-Math.sin(a), Math.cos(a), 0];
  const up = cross(back, right);
  const target = along(along(ball.centre, right, orbit.x * ball.radius), up, orbit.y * ball.radius);
  const distance = (AIR * ball.radius) / Math.sin(HALF_ANGLE) / orbit.zoom;
  return {
    eye: along(target, back, distance),
    target,
    right,
    up,
    forward: [-back[0], -back[1], -back[2]],
    focal: Math.min(width, height) / 2 / Math.tan(HALF_ANGLE),
    width,
    height,
  };
}

function cross(a: Vec, b: Vec): Vec {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function along(from: Vec, direction: Vec, far: number): Vec {
  return [from[0] + direction[0] * far, from[1] + direction[1] * far, from[2] + direction[2] * far];
}

/** Pixel and distance of a point; a distance at or below zero lies behind the camera. */
export function project(camera: Camera, x: number, y: number, z: number): { x: number; y: number; depth: number } {
  const [dx, dy, dz] = [x - camera.eye[0], y - camera.eye[1], z - camera.eye[2]];
  const { right: r, up: u, forward: f } = camera;
  const depth = dx * f[0] + dy * f[1] + dz * f[2];
  const scale = depth > 1e-9 ? camera.focal / depth : 0;
  return {
    x: camera.width / 2 + (dx * r[0] + dy * r[1] + dz * r[2]) * scale,
    y: camera.height / 2 - (dx * u[0] + dy * u[1] + dz * u[2]) * scale,
    depth,
  };
}

/** Turn with the hand: a drag across the whole width is half a turn. */
export function turned(orbit: Orbit, dx: number, dy: number, size: number): Orbit {
  const elevation = orbit.elevation + (dy / size) * Math.PI;
  return {
    ...orbit,
    azimuth: orbit.azimuth - (dx / size) * Math.PI,
    elevation: Math.max(-STEEPEST, Math.min(STEEPEST, elevation)),
  };
}

/** Move the scene by pixels. */
export function shifted(orbit: Orbit, dx: number, dy: number, size: number): Orbit {
  const perPixel = (AIR * 2 * Math.tan(HALF_ANGLE)) / Math.sin(HALF_ANGLE) / orbit.zoom / size;
  return { ...orbit, x: orbit.x - dx * perPixel, y: orbit.y + dy * perPixel };
}

export function zoomed(orbit: Orbit, factor: number): Orbit {
  return { ...orbit, zoom: Math.max(0.1, Math.min(60, orbit.zoom * factor)) };
}

export function toNumbers(orbit: Orbit): number[] {
  return [orbit.azimuth, orbit.elevation, orbit.zoom, orbit.x, orbit.y];
}

export function fromNumbers(numbers: readonly number[] | null): Orbit | null {
  if (numbers?.length !== 5 || !numbers.every(Number.isFinite)) return null;
  const [azimuth, elevation, zoom, x, y] = numbers as [number, number, number, number, number];
  return { azimuth, elevation, zoom, x, y };
}
