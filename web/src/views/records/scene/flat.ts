/** Scenes on a plain canvas, for machines without WebGL: far things first, near ones over them. */

import { type Camera, project } from "../../../lib/orbit.ts";
import type { Content, SceneLook } from "./content.ts";

/** More than this cannot be sorted and drawn between two frames. */
const MOST_FACES = 60_000;
const MOST_POINTS = 200_000;

export function paintFlat(context: CanvasRenderingContext2D, content: Content, camera: Camera, look: SceneLook): void {
  if (content.faces) paintFaces(context, content, content.faces, camera, look);
  else paintPoints(context, content, camera, look);
}

function paintPoints(context: CanvasRenderingContext2D, content: Content, camera: Camera, look: SceneLook): void {
  const n = content.position.length / 3;
  const every = Math.max(1, Math.ceil(n / MOST_POINTS));
  const seen: { i: number; x: number; y: number; depth: number }[] = [];
  for (let i = 0; i < n; i += every) {
    const at = projected(content, camera, i);
    if (at.depth > 0) seen.push({ i, ...at });
  }
  seen.sort((a, b) => b.depth - a.depth);
  const half = look.pointPx / 2;
  for (const { i, x, y } of seen) {
    context.fillStyle = colourOf(content.colour, i, 1);
    context.fillRect(x - half, y - half, look.pointPx, look.pointPx);
  }
}

function projected(content: Content, camera: Camera, i: number): { x: number; y: number; depth: number } {
  const { position: p } = content;
  return project(camera, p[3 * i] as number, p[3 * i + 1] as number, p[3 * i + 2] as number);
}

function colourOf(colour: Uint8Array, i: number, light: number): string {
  const part = (c: number): number => Math.round((colour[3 * i + c] as number) * light);
  return `rgb(${part(0)} ${part(1)} ${part(2)})`;
}

function paintFaces(
  context: CanvasRenderingContext2D,
  content: Content,
  faces: Uint32Array,
  camera: Camera,
  look: SceneLook,
): void {
  const every = Math.max(1, Math.ceil(faces.length / 3 / MOST_FACES));
  const seen: { corners: [number, number, number]; depth: number }[] = [];
  for (let f = 0; f < faces.length / 3; f += every) {
    const corners = [faces[3 * f], faces[3 * f + 1], faces[3 * f + 2]] as [number, number, number];
    const depth = corners.reduce((sum, i) => sum + projected(content, camera, i).depth, 0);
    seen.push({ corners, depth });
  }
  seen.sort((a, b) => b.depth - a.depth);
  context.lineWidth = 0.75;
  context.lineJoin = "round";
  for (const { corners } of seen) {
    const at = corners.map((i) => projected(content, camera, i));
    if (at.some(({ depth }) => depth <= 0)) continue;
    context.beginPath();
    for (const [k, { x, y }] of at.entries()) {
      if (k === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
    context.closePath();
    const colour = colourOf(content.colour, corners[0], look.wire ? 1 : lightOn(content, corners, camera));
    context.strokeStyle = colour;
    if (!look.wire) {
      context.fillStyle = colour;
      context.fill();
    }
    // The stroke closes the seams that antialiasing leaves between neighbours.
    context.stroke();
  }
}

/** A lamp beside the camera: full on faces that look at it, 0.35 on those seen edge-on. */
function lightOn(content: Content, [a, b, c]: readonly [number, number, number], camera: Camera): number {
  const { position: p } = content;
  const side = (from: number, to: number, axis: number): number =>
    (p[3 * to + axis] as number) - (p[3 * from + axis] as number);
  const u = [side(a, b, 0), side(a, b, 1), side(a, b, 2)] as const;
  const v = [side(a, c, 0), side(a, c, 1), side(a, c, 2)] as const;
  const normal = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]] as const;
  const length = Math.hypot(...normal) || 1;
  const { forward: f } = camera;
  return 0.35 + 0.65 * Math.abs((normal[0] * f[0] + normal[1] * f[1] + normal[2] * f[2]) / length);
}
