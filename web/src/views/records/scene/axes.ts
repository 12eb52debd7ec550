/** The box around a scene, with the numbers of its three axes. */

import { tickLabels } from "../../../lib/format.ts";
import { type Camera, project, type Vec } from "../../../lib/orbit.ts";
import { linearTicks } from "../../../lib/scale.ts";
import type { Palette } from "../../palette.ts";

const NAMES = ["x", "y", "z"] as const;

export function paintAxes(
  context: CanvasRenderingContext2D,
  camera: Camera,
  low: Vec,
  high: Vec,
  planar: boolean,
  palette: Palette,
): void {
  const corner = (bits: number): Vec =>
    [0, 1, 2].map((axis) => ((bits >> axis) & 1 ? high : low)[axis]) as unknown as Vec;
  const at = Array.from({ length: 8 }, (_, bits) => project(camera, ...corner(bits)));
  context.strokeStyle = palette.line;
  context.lineWidth = 1;
  context.beginPath();
  for (let bits = 0; bits < 8; bits++) {
    for (let axis = 0; axis < 3; axis++) {
      if ((bits >> axis) & 1) continue;
      const [from, to] = [at[bits], at[bits | (1 << axis)]];
      if (!from || !to || from.depth <= 0 || to.depth <= 0) continue;
      context.moveTo(from.x, from.y);
      context.lineTo(to.x, to.y);
    }
  }
  context.stroke();
  const axes = planar ? [0, 1] : [0, 1, 2];
  for (const axis of axes) paintTicks(context, camera, low, high, axis, lowestEdge(at, axis), palette);
}

/** Of the four edges along an axis, the one whose middle is lowest on the screen: nothing stands before it. */
function lowestEdge(at: readonly { x: number; y: number }[], axis: number): number {
  let best = -1;
  let lowest = Number.NEGATIVE_INFINITY;
  for (let bits = 0; bits < 8; bits++) {
    if ((bits >> axis) & 1) continue;
    const [from, to] = [at[bits], at[bits | (1 << axis)]];
    if (!from || !to) continue;
    // An upright axis is read best at the side.
    const rank = axis === 2 ? -(from.x + to.x) : from.y + to.y - (axis === 1 ? from.x + to.x : 0) * 0.01;
    if (rank > lowest) [lowest, best] = [rank, bits];
  }
  return best;
}

function paintTicks(
  context: CanvasRenderingContext2D,
  camera: Camera,
  low: Vec,
  high: Vec,
  axis: number,
  bits: number,
  palette: Palette,
): void {
  const place = (value: number): { x: number; y: number; depth: number } => {
    const point = [0, 1, 2].map((a) => (a === axis ? value : ((bits >> a) & 1 ? high : low)[a]));
    return project(camera, ...(point as unknown as Vec));
  };
  const [start, end] = [place(low[axis] as number), place(high[axis] as number)];
  const long = Math.hypot(end.x - start.x, end.y - start.y);
  if (long < 40 || start.depth <= 0 || end.depth <= 0) return;
  const middle = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 };
  // Labels stand on the side away from the middle of the picture.
  const [nx, ny] = [-(end.y - start.y) / long, (end.x - start.x) / long];
  const side = (middle.x - camera.width / 2) * nx + (middle.y - camera.height / 2) * ny >= 0 ? 1 : -1;
  const values = linearTicks(
    low[axis] as number,
    high[axis] as number,
    Math.max(2, Math.min(5, Math.floor(long / 60))),
  );
  const labels = tickLabels(values);
  context.font = palette.font;
  context.fillStyle = palette.muted;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const [i, value] of values.entries()) {
    const at = place(value);
    context.fillText(labels[i] ?? "", at.x + nx * side * 15, at.y + ny * side * 11);
  }
  context.fillStyle = palette.ink;
  context.fillText(NAMES[axis] ?? "", middle.x + nx * side * 34, middle.y + ny * side * 24);
}
