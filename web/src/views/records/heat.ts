/** Planes of numbers as colours, and the bar that says what the colours mean. */

import { colours, isLight, type MapName } from "../../lib/colormap.ts";
import { formatNumber, tickLabels } from "../../lib/format.ts";
import type { Plane } from "../../lib/plane.ts";
import { type Stretch, stretch, unstretch } from "../../lib/stretch.ts";
import type { Cell, Viewport } from "../../lib/viewport.ts";
import type { Palette } from "../palette.ts";

/** How values become colours. */
export interface Look {
  readonly map: MapName;
  readonly low: number;
  readonly high: number;
  readonly stretch: Stretch;
  readonly invert?: boolean;
}

/** Colour of NaN and infinities: no map has it, and neither has a run. */
const BAD = [214, 40, 140] as const;

/** Place of a value in the colour map, 0 to 1. A diverging map is stretched from its middle to both sides. */
function shareOf(look: Look, value: number): number {
  const flat = look.high > look.low ? (value - look.low) / (look.high - look.low) : 0.5;
  const share =
    look.map === "diverging" && look.stretch !== "linear"
      ? 0.5 + (Math.sign(flat - 0.5) * stretch(look.stretch, Math.abs(flat - 0.5) * 2)) / 2
      : stretch(look.stretch, flat);
  return look.invert ? 1 - share : share;
}

/** Value at a place in the colour map. */
export function valueAt(look: Look, share: number): number {
  const s = look.invert ? 1 - share : share;
  const flat =
    look.map === "diverging" && look.stretch !== "linear"
      ? 0.5 + (Math.sign(s - 0.5) * unstretch(look.stretch, Math.abs(s - 0.5) * 2)) / 2
      : unstretch(look.stretch, s);
  return look.low + flat * (look.high - look.low);
}

/** A canvas with one pixel per cell. */
export class Raster {
  readonly canvas = document.createElement("canvas");
  private shown: { plane: Plane; look: string } | null = null;

  draw(plane: Plane, look: Look): HTMLCanvasElement {
    const name = JSON.stringify(look);
    if (this.shown?.plane === plane && this.shown.look === name) return this.canvas;
    this.shown = { plane, look: name };
    this.canvas.width = Math.max(1, plane.columns);
    this.canvas.height = Math.max(1, plane.rows);
    const context = this.canvas.getContext("2d") as CanvasRenderingContext2D;
    const image = context.createImageData(this.canvas.width, this.canvas.height);
    fill(image.data, plane, look);
    context.putImageData(image, 0, 0);
    return this.canvas;
  }
}

function fill(pixels: Uint8ClampedArray, plane: Plane, look: Look): void {
  const table = colours(look.map);
  for (let i = 0; i < plane.values.length; i++) {
    if (plane.empty?.[i]) continue;
    const value = plane.values[i] as number;
    const at = i * 4;
    if (Number.isFinite(value)) {
      const c = Math.round(shareOf(look, value) * 255) * 3;
      pixels[at] = table[c] as number;
      pixels[at + 1] = table[c + 1] as number;
      pixels[at + 2] = table[c + 2] as number;
    } else [pixels[at], pixels[at + 1], pixels[at + 2]] = BAD;
    pixels[at + 3] = 255;
  }
}

/** Draw a raster where the viewport has it: sharp cells when they are large, their mean when several share a pixel. */
export function paintRaster(context: CanvasRenderingContext2D, raster: HTMLCanvasElement, view: Viewport): void {
  const ratio = window.devicePixelRatio || 1;
  const smooth = Math.min(view.scale, view.scaleY) * ratio < 1;
  context.imageSmoothingEnabled = smooth;
  context.imageSmoothingQuality = "high";
  context.drawImage(raster, view.left, view.top, raster.width * view.scale, raster.height * view.scaleY);
}

/** Draw a plane beside its colour bar: its cells, the values that have room, and a frame around the one pointed at. */
export function paintPlane(
  context: CanvasRenderingContext2D,
  raster: Raster,
  plane: Plane,
  look: Look,
  view: Viewport,
  [width, height]: readonly [number, number],
  cursor: Cell | null,
  palette: Palette,
): void {
  context.save();
  context.beginPath();
  context.rect(0, 0, width - BAR_PX, height);
  context.clip();
  paintRaster(context, raster.draw(plane, look), view);
  paintNumbers(context, plane, look, view, [width - BAR_PX, height], palette);
  if (cursor) {
    context.strokeStyle = palette.now;
    context.lineWidth = 2;
    const [x, y] = [view.left + cursor.column * view.scale, view.top + cursor.row * view.scaleY];
    context.strokeRect(x, y, view.scale, view.scaleY);
  }
  context.restore();
}

/** Cells at least so wide and high have their value written in them. */
const TEXT_CELL_PX = [34, 16] as const;
/** From this width on there is room for a third digit. */
const WIDE_CELL_PX = 54;

export function paintNumbers(
  context: CanvasRenderingContext2D,
  plane: Plane,
  look: Look,
  view: Viewport,
  size: readonly [number, number],
  palette: Palette,
  text: (value: number) => string = (value) => shortNumber(value, look, view.scale),
): void {
  if (view.scale < TEXT_CELL_PX[0] || view.scaleY < TEXT_CELL_PX[1]) return;
  const table = colours(look.map);
  context.font = palette.font;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const [r0, r1] = visible(view.top, view.scaleY, plane.rows, size[1]);
  const [c0, c1] = visible(view.left, view.scale, plane.columns, size[0]);
  for (let r = r0; r < r1; r++) {
    for (let c = c0; c < c1; c++) {
      const i = r * plane.columns + c;
      if (plane.empty?.[i]) continue;
      const value = plane.values[i] as number;
      const at = Math.round(shareOf(look, value) * 255) * 3;
      const ground = Number.isFinite(value)
        ? ([table[at], table[at + 1], table[at + 2]] as [number, number, number])
        : BAD;
      context.fillStyle = isLight(ground) ? "black" : "white";
      context.fillText(text(value), view.left + (c + 0.5) * view.scale, view.top + (r + 0.5) * view.scaleY, view.scale);
    }
  }
}

/** Decimals that a cell has room for, the same in all cells, so that their points can be compared. */
function shortNumber(value: number, look: Look, room: number): string {
  const size = Math.max(Math.abs(look.low), Math.abs(look.high));
  if (Number.isInteger(value) || !Number.isFinite(value) || size < 1e-3 || size >= 1e4) return formatNumber(value, 3);
  const digits = room < WIDE_CELL_PX ? 2 : 3;
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return value.toFixed(decimals).replace("-", "−");
}

function visible(start: number, scale: number, cells: number, size: number): [number, number] {
  return [Math.max(0, Math.floor(-start / scale)), Math.min(cells, Math.ceil((size - start) / scale))];
}

/** Space that a colour bar takes at the right. */
export const BAR_PX = 64;
const BAR_WIDE = 10;

/** The colour bar at the right of a place `width` wide, with the values at its ends and between. */
export function paintBar(
  context: CanvasRenderingContext2D,
  look: Look,
  width: number,
  height: number,
  palette: Palette,
): void {
  const table = colours(look.map);
  const [x, top, tall] = [width - BAR_PX + 10, 8, Math.max(20, Math.min(260, height - 16))];
  const rows = Math.round(tall);
  for (let i = 0; i < rows; i++) {
    const share = 1 - i / (rows - 1);
    const c = Math.round((look.invert ? 1 - share : share) * 255) * 3;
    context.fillStyle = `rgb(${table[c]} ${table[c + 1]} ${table[c + 2]})`;
    context.fillRect(x, top + i, BAR_WIDE, 1.5);
  }
  const shares = tall < 70 ? [0, 1] : [0, 0.25, 0.5, 0.75, 1];
  const values = shares.map((share) => valueAt({ ...look, invert: false }, share));
  const labels = look.stretch === "linear" ? tickLabels(values.map(round3)) : values.map((v) => formatNumber(v, 3));
  context.font = palette.font;
  context.fillStyle = palette.muted;
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const [i, share] of shares.entries()) {
    context.fillText(labels[i] ?? "", x + BAR_WIDE + 4, top + (1 - share) * (rows - 1), BAR_PX - BAR_WIDE - 14);
  }
}

/** Three digits are what a bar can tell. */
function round3(value: number): number {
  return Number(value.toPrecision(3));
}
