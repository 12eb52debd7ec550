/** A vector as a line over its index, every value within its pixel's stroke. */

import { formatInteger, tickLabels } from "../../lib/format.ts";
import { linearTicks, makeScale, padded, ticks } from "../../lib/scale.ts";
import { summarise } from "../../lib/stretch.ts";
import type { Palette } from "../palette.ts";

export interface Axes {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Hairline grid with labels: what every small chart of a record has. */
export function paintGrid(
  context: CanvasRenderingContext2D,
  box: Axes,
  xTicks: readonly { readonly at: number; readonly text: string }[],
  yTicks: readonly { readonly at: number; readonly text: string }[],
  palette: Palette,
  lines = true,
): void {
  context.font = palette.font;
  context.lineWidth = 1;
  context.strokeStyle = palette.line;
  context.fillStyle = palette.muted;
  context.beginPath();
  for (const { at } of yTicks) {
    const y = Math.round(at) + 0.5;
    context.moveTo(box.left, y);
    context.lineTo(box.right, y);
  }
  if (lines) context.stroke();
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const { at, text } of yTicks) context.fillText(text, box.left - 6, at);
  context.textBaseline = "top";
  context.textAlign = "center";
  let free = -1e9;
  for (const { at, text } of xTicks) {
    const half = context.measureText(text).width / 2;
    if (at - half < free) continue;
    context.fillText(text, Math.max(half, Math.min(box.right + 10 - half, at)), box.bottom + 5);
    free = at + half + 8;
  }
}

function boxOf(width: number, height: number): Axes {
  return { left: 48, top: 8, right: width - 8, bottom: height - 22 };
}

/** Pixel of an index. */
export function vectorX(index: number, width: number, n: number): number {
  const box = boxOf(width, 0);
  return box.left + (index / Math.max(1, n - 1)) * (box.right - box.left);
}

/** Index under a pixel. */
export function vectorIndex(x: number, width: number, n: number): number {
  const box = boxOf(width, 0);
  return Math.max(0, Math.min(n - 1, Math.round(((x - box.left) / (box.right - box.left)) * (n - 1))));
}

export function paintVector(
  context: CanvasRenderingContext2D,
  values: Float64Array,
  width: number,
  height: number,
  palette: Palette,
  hue: number,
  cursor: number | null,
): void {
  const box = boxOf(width, height);
  const { low, high } = summarise(values);
  const y = makeScale("linear", padded("linear", Number.isNaN(low) ? [0, 1] : [low, high]), [box.bottom, box.top]);
  const x = makeScale("linear", [0, Math.max(1, values.length - 1)], [box.left, box.right]);
  const yAt = ticks(y, 5);
  const labels = tickLabels(yAt);
  const xAt = linearTicks(0, values.length - 1, 6).filter(Number.isInteger);
  paintGrid(
    context,
    box,
    xAt.map((v) => ({ at: x.to(v), text: formatInteger(v) })),
    yAt.map((v, i) => ({ at: y.to(v), text: labels[i] ?? "" })),
    palette,
  );
  context.strokeStyle = palette.runs[hue] ?? palette.ink;
  context.fillStyle = palette.bad;
  context.lineWidth = 1.5;
  context.lineJoin = "round";
  context.beginPath();
  let open = false;
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    if (Number.isFinite(v)) {
      if (open) context.lineTo(x.to(i), y.to(v));
      else context.moveTo(x.to(i), y.to(v));
      open = true;
    } else {
      open = false;
      context.fillRect(x.to(i) - 1.5, box.bottom - 6, 3, 6);
    }
  }
  context.stroke();
  if (cursor === null) return;
  context.strokeStyle = palette.now;
  context.beginPath();
  context.moveTo(x.to(cursor), box.top);
  context.lineTo(x.to(cursor), box.bottom);
  context.stroke();
}
