/** Gridlines and labels of a line chart. */

import { tickLabels } from "../../lib/format.ts";
import { durationLabels, timeLabels } from "../../lib/time.ts";
import type { Palette } from "../palette.ts";
import type { Frame } from "./frame.ts";
import type { Pen } from "./paint.ts";

export function paintAxes(ctx: Pen, frame: Frame, xName: string, palette: Palette): void {
  const { box } = frame;
  ctx.font = palette.font;
  ctx.fillStyle = palette.muted;
  ctx.strokeStyle = palette.line;
  ctx.lineWidth = 1;
  ctx.textBaseline = "middle";
  ctx.textAlign = "right";
  const yLabels = tickLabels(frame.yTicks);
  for (const [i, value] of frame.yTicks.entries()) {
    const y = Math.round(frame.y.to(value)) + 0.5;
    ctx.beginPath();
    ctx.moveTo(box.left, y);
    ctx.lineTo(box.right, y);
    ctx.stroke();
    // Many digits are set closer together rather than cut.
    ctx.fillText(yLabels[i] as string, box.left - 6, y, box.left - 8);
  }
  paintFoot(ctx, frame, xLabels(frame, xName), palette);
}

function paintFoot(ctx: Pen, frame: Frame, labels: readonly string[], palette: Palette): void {
  const { box } = frame;
  ctx.strokeStyle = palette.lineStrong;
  ctx.beginPath();
  ctx.moveTo(box.left, box.bottom + 0.5);
  ctx.lineTo(box.right, box.bottom + 0.5);
  ctx.stroke();
  ctx.textAlign = "center";
  ctx.textBaseline = "alphabetic";
  let free = 0;
  for (const [i, value] of frame.xTicks.entries()) {
    const text = labels[i] as string;
    const half = ctx.measureText(text).width / 2;
    const x = Math.max(box.left - 8 + half, Math.min(box.right + 8 - half, frame.x.to(value)));
    // Neighbours that would touch are left out rather than written over one another.
    if (x - half < free) continue;
    free = x + half + 8;
    ctx.fillText(text, x, box.bottom + 15);
  }
}

function xLabels(frame: Frame, name: string): string[] {
  if (name === "time" && frame.x.kind === "linear") return timeLabels(frame.xTicks);
  if (name === "relative" && frame.x.kind === "linear") return durationLabels(frame.xTicks);
  return tickLabels(frame.xTicks);
}
