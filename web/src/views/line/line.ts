/** A line chart of one key over any number of runs: exact at every zoom, live, linked with its neighbours. */

import { density } from "../../lib/geometry.ts";
import type { Trace } from "../../lib/trace.ts";
import { type Palette, readPalette } from "../palette.ts";
import { paintAxes } from "./axes.ts";
import { type Frame, makeFrame } from "./frame.ts";
import { Gestures } from "./gestures.ts";
import { Ink } from "./ink.ts";
import { type Drawn, NOTHING_DRAWN, paintDot, paintLines } from "./paint.ts";
import type { Line, LineEvents, LineProps } from "./props.ts";
import { Readout, sayValues, type Value, valuesAt } from "./readout.ts";

/** How near the pointer must be to a line to mean it, in pixels. */
const NEAR_PX = 14;
/** More lines than this are not painted anew for every frame of a movement, nor for a run that is pointed at. */
const HEAVY = 24;

export class LineView {
  private readonly base = document.createElement("canvas");
  private readonly over = document.createElement("canvas");
  private readonly plot = document.createElement("div");
  private readonly spoken = document.createElement("div");
  private readonly readout: Readout;
  private readonly gestures: Gestures;
  private readonly resize: ResizeObserver;
  private palette: Palette;
  private props: LineProps | null = null;
  private frame: Frame | null = null;
  private size: readonly [number, number] = [0, 0];
  /** Where the pointer rests: what lies below it may change without it. */
  private pointer: { readonly x: number; readonly y: number } | null = null;
  private due = false;
  private stale = { ink: true, base: true, over: true };
  private readonly ink = new Ink();

  constructor(
    private readonly root: HTMLElement,
    private readonly events: LineEvents,
  ) {
    this.plot.className = "plot";
    this.plot.tabIndex = 0;
    this.plot.setAttribute("role", "img");
    this.spoken.className = "visually-hidden";
    this.spoken.setAttribute("aria-live", "polite");
    this.plot.append(this.base, this.over);
    root.append(this.plot, this.spoken);
    this.readout = new Readout(root);
    this.palette = readPalette(root);
    this.gestures = new Gestures(this.plot, this);
    this.resize = new ResizeObserver(() => this.measure());
    this.resize.observe(this.plot);
    this.measure();
    document.fonts?.ready.then(() => this.repaint());
  }

  update(props: LineProps): void {
    const before = this.props;
    this.props = props;
    const inked = before !== null && sameInk(before, props);
    if (!inked) this.stale.ink = true;
    if (!inked || before.hover !== props.hover) this.stale.base = true;
    this.stale.over = true;
    this.schedule();
  }

  /** The colours of the page changed. */
  repaint(): void {
    this.palette = readPalette(this.root);
    this.stale = { ink: true, base: true, over: true };
    this.schedule();
  }

  destroy(): void {
    this.resize.disconnect();
    this.gestures.destroy();
    this.due = true;
    this.root.replaceChildren();
  }

  /** Width of the whole chart in CSS pixels. */
  get width(): number {
    return this.size[0];
  }

  // What gestures ask and tell.

  get scale(): Frame["x"] | null {
    return this.frame?.x ?? null;
  }

  get zoomed(): boolean {
    return this.props?.zoom != null;
  }

  zoom(range: readonly [number, number] | null, settled: boolean): void {
    this.events.zoom(range, settled);
  }

  active(here: boolean): void {
    this.events.active(here);
  }

  selecting(): void {
    this.stale.over = true;
    this.schedule();
  }

  /** The pointer is at these pixels, or away. */
  point(at: { x: number; y: number } | null): void {
    this.pointer = at;
    if (this.props?.moving) return;
    if (at === null || !this.frame || !this.props) {
      this.events.cursor(null);
      this.events.hover(null);
      return;
    }
    this.events.cursor(this.frame.x.from(at.x));
    this.events.hover(this.nearestRun(at.x, at.y));
  }

  /** Move the cursor by whole buckets of the longest line, and say what is there. */
  step(by: number): void {
    const { frame, props } = this;
    if (!frame || !props) return;
    const trace = longest(props.lines);
    if (!trace || trace.length === 0) return;
    const [first, last] = [trace.firstAt(frame.x.domain[0]), trace.lastAt(frame.x.domain[1]) - 1];
    const onward =
      props.cursor && Number.isFinite(by) ? trace.nearest(props.cursor.x) + by : by === 1 || by < -1 ? first : last;
    const i = Math.max(first, Math.min(last, onward));
    const x = ((trace.buckets.x0[i] as number) + (trace.buckets.x1[i] as number)) / 2;
    this.pointer = null;
    this.events.cursor(x);
    this.spoken.textContent = sayValues(props, x, valuesAt(props, x, this.reach()));
  }

  private nearestRun(x: number, y: number): string | null {
    const { frame, props } = this;
    if (!frame || !props) return null;
    let best: { run: string; away: number } | null = null;
    for (const value of valuesAt(props, frame.x.from(x), this.reach())) {
      const [low, high] = [frame.y.to(value.high), frame.y.to(value.low)];
      const away = y < low ? low - y : y > high ? y - high : Math.min(4, Math.abs(frame.y.to(value.mean) - y));
      if (away < NEAR_PX && (best === null || away < best.away)) best = { run: value.line.run, away };
    }
    return best?.run ?? null;
  }

  /** How far beyond its ends a line still answers: a few pixels, in units of x. */
  private reach(): number {
    if (!this.frame) return 0;
    const { x, box } = this.frame;
    const few = props1px(x.domain, box.right - box.left) * 8;
    const gap = Math.max(0, ...(this.props?.lines ?? []).map(({ trace }) => widestGap(trace.buckets.x0, trace.length)));
    return Math.max(few, gap / 2);
  }

  private measure(): void {
    const [width, height] = [this.plot.clientWidth, this.plot.clientHeight];
    if (width === this.size[0] && height === this.size[1]) return;
    this.size = [width, height];
    this.stale = { ink: true, base: true, over: true };
    this.ink.forget();
    // A resized canvas is blank: paint in the same frame, before it is seen.
    this.paint();
  }

  private schedule(): void {
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => {
      if (!this.plot.isConnected) return;
      this.due = false;
      this.paint();
    });
  }

  private paint(): void {
    if (!this.props || this.size[0] === 0) return;
    if (this.stale.base) this.paintBase(this.props);
    if (this.stale.over) this.paintOver(this.props);
    this.stale = { ink: false, base: false, over: false };
  }

  private context(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(this.size[0] * ratio), Math.round(this.size[1] * ratio)];
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    const ctx = canvas.getContext("2d") as CanvasRenderingContext2D;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, this.size[0], this.size[1]);
    return ctx;
  }

  private paintBase(props: LineProps): void {
    const ctx = this.context(this.base);
    const heavy = props.lines.length > HEAVY;
    if (heavy && props.moving) {
      this.frame = this.ink.move(props, this.size, this.palette);
      if (this.frame) {
        paintAxes(ctx, this.frame, props.x, this.palette);
        this.ink.lay(ctx, this.frame, 1);
        return;
      }
    }
    this.frame = makeFrame(props, this.size[0], this.size[1]);
    this.plot.setAttribute("aria-label", this.label(props));
    if (!this.frame) {
      this.events.painted({ density: "", notes: [], reach: null });
      return;
    }
    if (this.pointer) this.follow(this.frame, this.pointer.x, props);
    paintAxes(ctx, this.frame, props.x, this.palette);
    const drawn = heavy ? this.paintInk(ctx, this.frame, props) : paintLines(ctx, this.frame, props, this.palette);
    const pixels =
      (this.frame.box.right - this.frame.box.left) * (window.devicePixelRatio || 1) * Math.max(1, props.lines.length);
    const notes = [];
    if (drawn.bad > 0) notes.push(`▲ ${drawn.bad} NaN or ∞`);
    // A bucket of several points tells that some are there, not how many.
    const places = drawn.points > drawn.buckets ? (drawn.under === 1 ? " place" : " places") : "";
    if (drawn.under > 0) notes.push(`▼ ${drawn.under}${places} at or below 0`);
    if (drawn.above > 0) notes.push(`▲ ${drawn.above} above the axis`);
    if (drawn.below > 0) notes.push(`▼ ${drawn.below} below the axis`);
    // The server leaves out what a logarithmic x axis has no place for; the totals tell.
    if (props.xLog && !props.zoom && props.lines.some((line) => line.trace.points < line.trace.total)) {
      notes.push("x ≤ 0 left out");
    }
    this.events.painted({
      density: density(drawn.points, drawn.buckets, pixels, props.bands),
      notes,
      reach: this.frame.reach,
    });
  }

  /** Many lines are painted once, and laid below the one that is brought forward. */
  private paintInk(ctx: CanvasRenderingContext2D, frame: Frame, props: LineProps): Drawn {
    if (this.stale.ink || !this.ink.drawn) this.ink.paint(frame, props, this.size, this.palette);
    const front = props.lines.filter((line) => line.run === props.hover);
    this.ink.lay(ctx, frame, front.length > 0 ? 0.22 : 1);
    if (front.length > 0) paintLines(ctx, frame, { ...props, lines: front }, this.palette);
    return this.ink.drawn ?? NOTHING_DRAWN;
  }

  /** Keep the cursor below a pointer that rests while the axis changes or new points come. */
  private follow(frame: Frame, at: number, props: LineProps): void {
    const x = frame.x.from(at);
    if (props.cursor?.x !== x) this.events.cursor(x);
  }

  private label(props: LineProps): string {
    const names = props.lines.slice(0, 5).map((line) => line.name);
    const more = props.lines.length > 5 ? ` and ${props.lines.length - 5} more` : "";
    const table = props.alone ? "" : ", T opens the table";
    return `Line chart of ${props.title} over ${props.x} for ${names.join(", ") || "no runs"}${more}. Arrow keys read values${table}.`;
  }

  private paintOver(props: LineProps): void {
    const ctx = this.context(this.over);
    if (!this.frame) {
      this.readout.hide();
      return;
    }
    this.paintSelection(ctx, this.frame);
    if (props.moving || !props.cursor || !within(this.frame.x.domain, props.cursor.x)) {
      this.readout.hide();
      return;
    }
    const { x } = props.cursor;
    const pixel = this.frame.x.to(x);
    const values = valuesAt(props, x, this.reach());
    this.paintRule(ctx, this.frame, pixel, values);
    if (props.cursor.own && !this.gestures.selection) this.readout.show(props, x, pixel, values, this.palette);
    else this.readout.hide();
  }

  private paintRule(ctx: CanvasRenderingContext2D, frame: Frame, pixel: number, values: readonly Value[]): void {
    ctx.strokeStyle = this.palette.muted;
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.moveTo(Math.round(pixel) + 0.5, frame.box.top);
    ctx.lineTo(Math.round(pixel) + 0.5, frame.box.bottom);
    ctx.stroke();
    for (const { line, mean, x } of values) {
      const y = frame.y.to(mean);
      if (Number.isFinite(y))
        paintDot(ctx, frame.x.to(x), y, 3, this.palette.runs[line.style.hue] ?? this.palette.ink, this.palette.surface);
    }
  }

  private paintSelection(ctx: CanvasRenderingContext2D, frame: Frame): void {
    const chosen = this.gestures.selection;
    if (!chosen) return;
    const [left, right] = chosen;
    ctx.fillStyle = this.palette.now;
    ctx.globalAlpha = 0.14;
    ctx.fillRect(left, frame.box.top, right - left, frame.box.bottom - frame.box.top);
    ctx.globalAlpha = 1;
  }
}

function longest(lines: readonly Line[]): Trace | undefined {
  let found: Trace | undefined;
  for (const { trace } of lines) if (!found || trace.length > found.length) found = trace;
  return found;
}

function within([first, last]: readonly [number, number], x: number): boolean {
  return x >= first && x <= last;
}

function props1px([first, last]: readonly [number, number], pixels: number): number {
  return (last - first) / Math.max(1, pixels);
}

/** Largest distance of two neighbours among a few spread over the trace. */
function widestGap(x0: Float64Array, length: number): number {
  let widest = 0;
  const stride = Math.max(1, Math.floor(length / 32));
  for (let i = 1; i < length; i += stride) widest = Math.max(widest, (x0[i] as number) - (x0[i - 1] as number));
  return widest;
}

/** Whether what is drawn is the same but for the run that is brought forward. */
function sameInk(a: LineProps, b: LineProps): boolean {
  return (
    a.lines === b.lines &&
    a.x === b.x &&
    a.xLog === b.xLog &&
    a.yLog === b.yLog &&
    a.bands === b.bands &&
    a.smooth === b.smooth &&
    a.smoothing === b.smoothing &&
    a.outliers === b.outliers &&
    a.low === b.low &&
    a.high === b.high &&
    a.baseline === b.baseline &&
    a.reach?.[0] === b.reach?.[0] &&
    a.reach?.[1] === b.reach?.[1] &&
    a.zoom === b.zoom &&
    a.moving === b.moving
  );
}
