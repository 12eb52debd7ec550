/** Many lines on a canvas of their own: painted once, moved as a picture, and painted anew only where a pan uncovers them. */

import { makeScale, type Scale } from "../../lib/scale.ts";
import type { Palette } from "../palette.ts";
import { type Frame, makeFrame } from "./frame.ts";
import { type Drawn, paintLines } from "./paint.ts";
import type { LineProps } from "./props.ts";

/** Scales that differ by less than this share of their width show the same stretch. */
const SAME = 1e-6;

export class Ink {
  /** What the last whole painting held. */
  drawn: Drawn | null = null;
  private readonly canvas = document.createElement("canvas");
  /** Where on the axes the picture stands. */
  private frame: Frame | null = null;

  forget(): void {
    this.frame = null;
    this.drawn = null;
  }

  /** Paint all lines; who is pointed at makes no difference. */
  paint(frame: Frame, props: LineProps, size: readonly [number, number], palette: Palette): void {
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(size[0] * ratio), Math.round(size[1] * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height)
      [this.canvas.width, this.canvas.height] = [width, height];
    const ctx = this.context();
    ctx.clearRect(0, 0, size[0], size[1]);
    this.drawn = paintLines(ctx, frame, { ...props, hover: null }, palette);
    this.frame = frame;
  }

  /** Lay the picture on a canvas whose axes are those of `frame`. */
  lay(ctx: CanvasRenderingContext2D, frame: Frame, strength: number): void {
    const held = this.frame;
    if (!held) return;
    const { left, right } = held.box;
    const ratio = window.devicePixelRatio || 1;
    const from = frame.x.to(held.x.from(left));
    const to = frame.x.to(held.x.from(right));
    const height = this.canvas.height / ratio;
    ctx.save();
    ctx.globalAlpha = strength;
    ctx.beginPath();
    ctx.rect(left - 4, 0, right - left + 8, height);
    ctx.clip();
    if (isSame(from - left, to - right, right - left))
      ctx.drawImage(this.canvas, 0, 0, this.canvas.width / ratio, height);
    else
      ctx.drawImage(
        this.canvas,
        left * ratio,
        0,
        (right - left) * ratio,
        this.canvas.height,
        from,
        0,
        to - from,
        height,
      );
    ctx.restore();
  }

  /**
   * Follow a pan: the y axis stays as it is until the movement ends, and only the strip that comes into view is painted.
   *
   * @returns The frame that is shown now; `null` when there is no picture to move.
   */
  move(props: LineProps, size: readonly [number, number], palette: Palette): Frame | null {
    const held = this.frame;
    if (!held) return null;
    const [low, high] = held.y.domain;
    const next = makeFrame({ ...props, low, high }, size[0], size[1]);
    if (!next) return null;
    const { left, right } = held.box;
    const [from, to] = [next.x.to(held.x.from(left)) - left, next.x.to(held.x.from(right)) - right];
    // Stretched pictures are laid as they are: what a wheel zooms into is painted when it stops.
    if (Math.abs(from - to) > SAME * (right - left)) return next;
    const ratio = window.devicePixelRatio || 1;
    const pixels = Math.round(from * ratio);
    if (pixels !== 0) this.shift(held, pixels / ratio, props, palette);
    return next;
  }

  /** Move the picture by whole pixels, so that it stays sharp however often it is moved. */
  private shift(held: Frame, by: number, props: LineProps, palette: Palette): void {
    const { left, right } = held.box;
    const x = makeScale(held.x.kind, [held.x.from(left - by), held.x.from(right - by)], held.x.range);
    this.frame = { ...held, x };
    const ctx = this.context();
    const ratio = window.devicePixelRatio || 1;
    ctx.save();
    ctx.globalCompositeOperation = "copy";
    ctx.drawImage(this.canvas, by, 0, this.canvas.width / ratio, this.canvas.height / ratio);
    ctx.restore();
    const strip =
      by > 0 ? ([left, Math.min(right, left + by)] as const) : ([Math.max(left, right + by), right] as const);
    this.paintStrip(ctx, this.frame, strip, props, palette);
  }

  private paintStrip(
    ctx: CanvasRenderingContext2D,
    frame: Frame,
    [from, to]: readonly [number, number],
    props: LineProps,
    palette: Palette,
  ): void {
    ctx.clearRect(from, 0, to - from, this.canvas.height);
    const x: Scale = makeScale(frame.x.kind, [frame.x.from(from), frame.x.from(to)], [from, to]);
    const box = { ...frame.box, left: from, right: to };
    const lines = props.lines.map((line) => ({ ...line, live: false }));
    paintLines(ctx, { ...frame, box, x }, { ...props, lines, hover: null }, palette);
  }

  private context(): CanvasRenderingContext2D {
    const ctx = this.canvas.getContext("2d") as CanvasRenderingContext2D;
    const ratio = window.devicePixelRatio || 1;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    return ctx;
  }
}

function isSame(from: number, to: number, width: number): boolean {
  return Math.abs(from) < 0.75 && Math.abs(to) < 0.75 && Math.abs(from - to) < SAME * width + 0.5;
}
