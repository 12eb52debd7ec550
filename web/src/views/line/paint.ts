/** Draws bands, lines and marks on a canvas. */

import { coarsen } from "../../lib/coarsen.ts";
import { DASHES } from "../../lib/colour.ts";
import { type Band, beyond, layout, type Path, type Shapes } from "../../lib/geometry.ts";
import { smoothed } from "../../lib/smooth.ts";
import type { Palette } from "../palette.ts";
import type { Frame } from "./frame.ts";
import type { Line, LineProps } from "./props.ts";

/** Fewer points than one in so many pixels are marked each. */
const MARK_EVERY_PX = 14;
const LINE_PX = 1.75;
const BASELINE_PX = 3;
const THIN_PX = 1;
/** Canvases paint one long jagged path ten times slower than the same in pieces of so many corners. */
const PIECE = 16;
const LONG = 96;

export interface Drawn {
  readonly points: number;
  readonly buckets: number;
  readonly bad: number;
  /** Places at or below zero that a logarithmic axis cannot show. */
  readonly under: number;
  /** Buckets that reach above and below the ends of the y axis. */
  readonly above: number;
  readonly below: number;
}

export const NOTHING_DRAWN: Drawn = { points: 0, buckets: 0, bad: 0, under: 0, above: 0, below: 0 };

/** What is drawn with: a canvas, or something that writes down the same strokes. */
export type Pen = Pick<
  CanvasRenderingContext2D,
  | "arc"
  | "beginPath"
  | "clip"
  | "closePath"
  | "fill"
  | "fillRect"
  | "fillText"
  | "lineTo"
  | "measureText"
  | "moveTo"
  | "rect"
  | "restore"
  | "save"
  | "setLineDash"
  | "stroke"
  | "fillStyle"
  | "font"
  | "globalAlpha"
  | "lineCap"
  | "lineDashOffset"
  | "lineJoin"
  | "lineWidth"
  | "strokeStyle"
  | "textAlign"
  | "textBaseline"
>;

/** Draw all lines, the highlighted one last, and say what was drawn. */
export function paintLines(ctx: Pen, frame: Frame, props: LineProps, palette: Palette): Drawn {
  const { box } = frame;
  const total = { points: 0, buckets: 0, bad: 0, under: 0, above: 0, below: 0 };
  const order = [...props.lines].sort((a, b) => Number(a.run === props.hover) - Number(b.run === props.hover));
  const pixel = 1 / (window.devicePixelRatio || 1);
  const drawn = order.map((fine) => {
    // A run shorter than its neighbours comes in buckets finer than the pixels it gets here.
    const line = { ...fine, trace: coarsen(fine.trace, frame.x, pixel) };
    return {
      line,
      shapes: layout(line.trace, frame.x, frame.y, box.bottom),
      out: beyond(line.trace, frame.x, frame.y),
    };
  });
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.left - 2, box.top - 4, box.right - box.left + 4, box.bottom - box.top + 5);
  ctx.clip();
  for (const { line, shapes } of drawn)
    if (line.band || (props.bands && !line.thin)) paintBands(ctx, shapes.bands, paint(line, props, palette));
  for (const { line, shapes } of drawn) {
    paintLine(ctx, frame, line, shapes, props, paint(line, props, palette));
    total.points += shapes.points;
    total.buckets += shapes.buckets;
    total.bad += shapes.badCount;
    total.under += shapes.under.length;
  }
  ctx.restore();
  for (const { line, out } of drawn) {
    const { colour } = paint(line, props, palette);
    for (const x of out.above) paintTriangle(ctx, x, box.top + 6, -1, colour);
    for (const x of out.below) paintTriangle(ctx, x, box.bottom - 6, 1, colour);
    total.above += out.above.length;
    total.below += out.below.length;
  }
  for (const { shapes } of drawn) {
    for (const x of shapes.bad) paintTriangle(ctx, x, box.bottom, -1, palette.bad);
    for (const x of shapes.under) paintTriangle(ctx, x, box.bottom - 7, 1, palette.bad);
  }
  for (const { line, shapes } of drawn) if (line.live) paintLiveEdge(ctx, frame, shapes, palette);
  return total;
}

interface Paint {
  readonly colour: string;
  readonly strength: number;
  readonly dash: readonly number[];
}

function paint(line: Line, props: LineProps, palette: Palette): Paint {
  const faded = props.hover !== null && props.hover !== line.run && props.lines.some((one) => one.run === props.hover);
  return {
    colour: palette.runs[line.style.hue] ?? palette.ink,
    strength: faded ? 0.22 : 1,
    dash: DASHES[line.style.dash] ?? [],
  };
}

function paintBands(ctx: Pen, bands: readonly Band[], { colour, strength }: Paint): void {
  ctx.fillStyle = colour;
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1;
  ctx.lineJoin = "bevel";
  for (const band of bands) {
    ctx.globalAlpha = 0.16 * strength;
    const step = 2 * (inPieces(ctx, band.upper) ? PIECE : band.upper.length);
    for (let from = 0; from < band.upper.length; from += step) fillBand(ctx, band, from, from + step);
    // The stroke is what makes a spike of one pixel as visible as a wide one.
    ctx.globalAlpha = 0.42 * strength;
    ctx.beginPath();
    trace(ctx, band.upper);
    trace(ctx, band.lower);
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
}

/** Fill a band between two corners of its edges. */
function fillBand(ctx: Pen, { upper, lower }: Band, from: number, to: number): void {
  const end = Math.min(upper.length - 2, to);
  ctx.beginPath();
  for (let i = from; i <= end; i += 2) {
    if (i === from) ctx.moveTo(upper[i] as number, upper[i + 1] as number);
    else ctx.lineTo(upper[i] as number, upper[i + 1] as number);
  }
  for (let i = end; i >= from; i -= 2) ctx.lineTo(lower[i] as number, lower[i + 1] as number);
  ctx.closePath();
  ctx.fill();
}

/** Whether a path is better painted in pieces; a drawing that is written down keeps it whole. */
function inPieces(ctx: Pen, path: Path): boolean {
  return path.length > 2 * LONG && "canvas" in ctx;
}

/** Stroke a long path in pieces; dashes go on where the last piece ended. */
function strokePieces(ctx: Pen, path: Path, dashed: boolean): void {
  let length = 0;
  for (let from = 0; from < path.length - 2; from += 2 * PIECE) {
    const end = Math.min(path.length - 2, from + 2 * PIECE);
    if (dashed) ctx.lineDashOffset = length;
    ctx.beginPath();
    ctx.moveTo(path[from] as number, path[from + 1] as number);
    for (let i = from + 2; i <= end; i += 2) {
      ctx.lineTo(path[i] as number, path[i + 1] as number);
      if (dashed)
        length += Math.hypot(
          (path[i] as number) - (path[i - 2] as number),
          (path[i + 1] as number) - (path[i - 1] as number),
        );
    }
    ctx.stroke();
  }
  ctx.lineDashOffset = 0;
}

function trace(ctx: Pen, path: Path): void {
  for (let i = 0; i < path.length; i += 2) {
    if (i === 0) ctx.moveTo(path[0] as number, path[1] as number);
    else ctx.lineTo(path[i] as number, path[i + 1] as number);
  }
}

function paintLine(ctx: Pen, frame: Frame, line: Line, shapes: Shapes, props: LineProps, how: Paint): void {
  const soft = props.smooth > 0;
  const width = line.thin ? THIN_PX : line.run === props.baseline ? BASELINE_PX : LINE_PX;
  ctx.globalAlpha = how.strength * (soft || line.thin ? 0.35 : 1);
  stroke(ctx, shapes.lines, how, soft ? THIN_PX : width);
  markPoints(ctx, frame, shapes, how, soft || line.thin ? 1.25 : 2.25);
  if (soft) {
    const { buckets, length } = line.trace;
    const values = smoothed(props.smoothing, buckets.mean, buckets.n, length, props.smooth);
    ctx.globalAlpha = how.strength * (line.thin ? 0.5 : 1);
    stroke(ctx, layout(line.trace, frame.x, frame.y, frame.box.bottom, values).lines, how, width);
  }
  ctx.globalAlpha = 1;
}

function stroke(ctx: Pen, lines: readonly Path[], how: Paint, width: number): void {
  ctx.strokeStyle = how.colour;
  ctx.lineWidth = width;
  ctx.setLineDash([...how.dash]);
  const long = lines.filter((path) => inPieces(ctx, path));
  ctx.lineJoin = "bevel";
  ctx.lineCap = "butt";
  for (const path of long) strokePieces(ctx, path, how.dash.length > 0);
  ctx.lineJoin = "round";
  ctx.lineCap = "round";
  ctx.beginPath();
  for (const path of lines) if (!long.includes(path)) trace(ctx, path);
  ctx.stroke();
  ctx.setLineDash([]);
}

/** Mark every point when they are few, and in any case one that has no neighbours to be joined to. */
function markPoints(ctx: Pen, frame: Frame, shapes: Shapes, how: Paint, radius: number): void {
  const few = shapes.points === shapes.buckets && shapes.buckets * MARK_EVERY_PX < frame.box.right - frame.box.left;
  ctx.fillStyle = how.colour;
  ctx.beginPath();
  for (const path of shapes.lines) {
    if (!few && path.length > 2) continue;
    for (let i = 0; i < path.length; i += 2) {
      ctx.moveTo((path[i] as number) + radius, path[i + 1] as number);
      ctx.arc(path[i] as number, path[i + 1] as number, radius, 0, 2 * Math.PI);
    }
  }
  ctx.fill();
}

/** A small triangle on the floor: up for values that are not finite, down for those below a logarithmic axis. */
function paintTriangle(ctx: Pen, x: number, y: number, direction: 1 | -1, colour: string): void {
  ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.moveTo(x - 4, y);
  ctx.lineTo(x + 4, y);
  ctx.lineTo(x, y + 7 * direction);
  ctx.closePath();
  ctx.fill();
}

function paintLiveEdge(ctx: Pen, frame: Frame, shapes: Shapes, palette: Palette): void {
  const last = shapes.lines.at(-1);
  if (!last) return;
  const [x, y] = last.slice(-2) as [number, number];
  if (x > frame.box.right + 1 || x < frame.box.left) return;
  paintDot(ctx, x, Math.max(frame.box.top, Math.min(frame.box.bottom, y)), 3.5, palette.now, palette.surface);
}

export function paintDot(ctx: Pen, x: number, y: number, radius: number, colour: string, ring: string): void {
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  ctx.fillStyle = colour;
  ctx.fill();
  ctx.lineWidth = 1.25;
  ctx.strokeStyle = ring;
  ctx.stroke();
}
