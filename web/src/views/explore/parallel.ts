/** Parallel coordinates: an axis for each column, a line for each run, and a range that is dragged on any axis. */

import { type Dimension, NOWHERE, type Range } from "../../lib/dimension.ts";
import { type Place, Surface } from "../records/surface.ts";
import type { ExploreProps } from "./props.ts";
import { shades, shadesOf } from "./shade.ts";

const TOP = 26;
const BOTTOM = 16;
const SIDE = 46;
/** A press this near to an axis is a press on it. */
const NEAR_PX = 18;
const HIT_PX = 8;
const STEP = 0.05;
const FEW = 400;

export class ParallelView {
  private readonly surface: Surface;
  private props: ExploreProps;
  private shade: Int8Array = new Int8Array(0);
  private drag: { axis: number; from: number } | null = null;
  /** Axis that the keys move on. */
  private axis = 0;

  constructor(host: HTMLElement, props: ExploreProps) {
    this.props = props;
    this.surface = new Surface(host, {
      paint: (context) => this.paint(context),
      point: (at) => this.point(at),
      drag: (at, moved, first) => this.dragged(at, moved, first),
      drop: (at, still) => this.dropped(at, still),
      reset: () => this.clear(),
      key: (event) => this.key(event),
    });
    this.surface.root.classList.add("parallel");
    this.update(props);
  }

  update(props: ExploreProps): void {
    this.props = props;
    this.shade = shadesOf(props.colour, props.names.length);
    this.axis = Math.min(this.axis, Math.max(0, props.dimensions.length - 1));
    const inside = props.held.filter(Boolean).length;
    const axes = props.dimensions.map((dimension) => dimension.title).join(", ");
    this.surface.describe(
      `Parallel coordinates of ${props.names.length} runs over ${axes}. ${inside} lie in the chosen ranges. ` +
        "Arrow keys left and right choose an axis, up and down move its range, with Shift they widen it.",
    );
    this.surface.repaint();
  }

  destroy(): void {
    this.surface.destroy();
  }

  private x(axis: number): number {
    const n = this.props.dimensions.length;
    const room = this.surface.width - 2 * SIDE;
    return n < 2 ? this.surface.width / 2 : SIDE + (axis * room) / (n - 1);
  }

  private y(place: number): number {
    return TOP + (1 - place) * this.high;
  }

  /** Pixels from the bottom of an axis to its top; what has no value stands below. */
  private get high(): number {
    return (this.surface.height - TOP - BOTTOM) / (1 - NOWHERE);
  }

  private place(y: number): number {
    return Math.max(0, Math.min(1, 1 - (y - TOP) / this.high));
  }

  private paint(context: CanvasRenderingContext2D): void {
    const { dimensions, names, held, theme, dark, lit } = this.props;
    if (dimensions.length === 0) return;
    const count = names.length;
    const dimmed: number[] = [];
    const bundles = new Map<number, number[]>();
    for (let run = 0; run < count; run++) {
      const shade = this.shade[run] as number;
      if (!held[run]) dimmed.push(run);
      else if (bundles.has(shade)) bundles.get(shade)?.push(run);
      else bundles.set(shade, [run]);
    }
    const shown = count - dimmed.length;
    context.lineWidth = 1;
    context.globalAlpha = Math.min(1, FEW / Math.max(dimmed.length, 1)) * 0.5;
    this.lines(context, dimmed, theme.lineStrong);
    context.globalAlpha = Math.max(0.25, Math.min(0.9, FEW / Math.max(shown, 1)));
    context.lineWidth = shown > FEW ? 1 : 1.5;
    const colours = shades(dark);
    for (const [shade, runs] of [...bundles].sort(([a], [b]) => a - b))
      this.lines(context, runs, shade < 0 ? theme.muted : (colours[shade] as string));
    context.globalAlpha = 1;
    for (const [i, dimension] of dimensions.entries()) this.axisAt(context, i, dimension);
    if (lit !== null && lit < count) {
      context.lineWidth = 3;
      this.lines(context, [lit], theme.surface);
      context.lineWidth = 2;
      this.lines(context, [lit], theme.ink);
    }
  }

  private lines(context: CanvasRenderingContext2D, runs: readonly number[], colour: string): void {
    const { dimensions } = this.props;
    context.strokeStyle = colour;
    context.beginPath();
    for (const run of runs) {
      for (const [i, { places }] of dimensions.entries()) {
        const [x, y] = [this.x(i), this.y(places[run] as number)];
        if (i === 0) context.moveTo(x, y);
        else context.lineTo(x, y);
        if (dimensions.length === 1) context.lineTo(x + 10, y);
      }
    }
    context.stroke();
  }

  private axisAt(context: CanvasRenderingContext2D, i: number, dimension: Dimension): void {
    const { theme, ranges } = this.props;
    const x = this.x(i);
    context.font = theme.font;
    context.lineWidth = 1;
    context.strokeStyle = theme.muted;
    context.beginPath();
    context.moveTo(x + 0.5, this.y(1));
    context.lineTo(x + 0.5, this.y(0));
    context.stroke();
    this.range(context, x, dimension, ranges.get(dimension.column));
    context.textBaseline = "middle";
    for (const tick of dimension.ticks) this.label(context, tick.label, x, this.y(tick.place), i);
    if (dimension.missing > 0) this.label(context, dimension.missingLabel, x, this.y(NOWHERE), i);
    this.title(context, dimension, x, i);
  }

  /** Text with a rim of the ground, so that it is legible over lines. */
  private label(context: CanvasRenderingContext2D, text: string, x: number, y: number, axis: number): void {
    const { theme, dimensions } = this.props;
    const last = axis === dimensions.length - 1 && axis > 0;
    context.textAlign = last ? "right" : "left";
    const left = last ? x - 6 : x + 6;
    const short = text.length > 14 ? `${text.slice(0, 13)}…` : text;
    context.lineWidth = 3;
    context.strokeStyle = theme.surface;
    context.strokeText(short, left, y);
    context.fillStyle = theme.muted;
    context.fillText(short, left, y);
  }

  private title(context: CanvasRenderingContext2D, dimension: Dimension, x: number, i: number): void {
    const { dimensions, theme } = this.props;
    const room = dimensions.length > 1 ? this.x(1) - this.x(0) - 10 : this.surface.width;
    const last = dimensions.length - 1;
    context.textAlign = i === 0 ? "left" : i === last ? "right" : "center";
    context.fillStyle = theme.ink;
    let text = dimension.title;
    while (text.length > 3 && context.measureText(text).width > room) text = `${text.slice(0, -2)}…`;
    const at = i === 0 ? x - SIDE + 8 : i === last && last > 0 ? x + SIDE - 8 : x;
    context.fillText(text, at, 10);
    if (document.activeElement !== this.surface.root || this.axis !== i) return;
    context.fillStyle = theme.now;
    context.fillRect(x - 8, 19, 17, 2);
  }

  private range(context: CanvasRenderingContext2D, x: number, dimension: Dimension, range: Range | undefined): void {
    if (range === undefined) return;
    const [low, high] = spanOf(dimension, range);
    context.fillStyle = this.props.theme.now;
    context.globalAlpha = 0.25;
    context.fillRect(x - 6, this.y(high), 13, Math.max(2, this.y(low) - this.y(high)));
    context.globalAlpha = 1;
    context.fillRect(x - 6, this.y(high) - 1, 13, 2);
    context.fillRect(x - 6, this.y(low) - 1, 13, 2);
  }

  private nearest(at: Place): number | null {
    const { dimensions, names, held } = this.props;
    const i = dimensions.findIndex((_, axis) => axis > 0 && this.x(axis) >= at.x);
    if (i < 1) return null;
    const share = (at.x - this.x(i - 1)) / (this.x(i) - this.x(i - 1));
    const [a, b] = [dimensions[i - 1] as Dimension, dimensions[i] as Dimension];
    let [found, best] = [null as number | null, HIT_PX];
    for (let run = 0; run < names.length; run++) {
      if (!held[run]) continue;
      const y = this.y((a.places[run] as number) * (1 - share) + (b.places[run] as number) * share);
      const away = Math.abs(y - at.y);
      if (away < best) [found, best] = [run, away];
    }
    return found;
  }

  private point(at: Place | null): void {
    const run = at === null ? null : this.nearest(at);
    this.props.onLit(run);
    this.surface.root.style.cursor =
      at !== null && this.axisUnder(at) !== null ? "ns-resize" : run === null ? "" : "pointer";
    this.surface.tell(run === null ? null : at, run === null ? [] : this.words(run));
  }

  private words(run: number): string[] {
    const { dimensions, names } = this.props;
    return [names[run] ?? "", ...dimensions.map((dimension) => `${dimension.title}  ${dimension.word(run)}`)];
  }

  private axisUnder(at: Place): number | null {
    const found = this.props.dimensions.findIndex((_, i) => Math.abs(this.x(i) - at.x) <= NEAR_PX);
    return found < 0 ? null : found;
  }

  private dragged(at: Place, moved: Place, first: boolean): void {
    if (first) {
      const axis = this.axisUnder({ x: at.x - moved.x, y: at.y - moved.y });
      this.drag = axis === null ? null : { axis, from: this.place(at.y - moved.y) };
    }
    if (this.drag === null) return;
    this.axis = this.drag.axis;
    this.put(this.drag.axis, this.drag.from, this.place(at.y));
  }

  private dropped(at: Place, still: boolean): void {
    this.drag = null;
    if (!still) return;
    const axis = this.axisUnder(at);
    const column = axis === null ? undefined : this.props.dimensions[axis]?.column;
    const run = this.nearest(at);
    if (column !== undefined && this.props.ranges.has(column)) this.props.onRange(column, null);
    else if (axis === null && run !== null) this.props.onOpen(run);
  }

  private put(axis: number, a: number, b: number): void {
    const dimension = this.props.dimensions[axis];
    if (dimension) this.props.onRange(dimension.column, dimension.range(Math.min(a, b), Math.max(a, b)));
  }

  private clear(): void {
    for (const column of this.props.ranges.keys()) this.props.onRange(column, null);
  }

  private key(event: KeyboardEvent): boolean {
    const dimension = this.props.dimensions[this.axis];
    if (dimension === undefined) return false;
    const by = { ArrowUp: STEP, ArrowDown: -STEP }[event.key];
    const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const range = this.props.ranges.get(dimension.column);
    if (side !== undefined) {
      const count = this.props.dimensions.length;
      this.axis = (this.axis + side + count) % count;
      this.surface.repaint();
    } else if (by !== undefined) {
      const [low, high] = range ? spanOf(dimension, range) : by > 0 ? [0.5, 1] : [0, 0.5];
      if (!range) this.put(this.axis, low, high);
      else if (event.shiftKey) this.put(this.axis, Math.max(0, low - by), Math.min(1, high + by));
      else this.put(this.axis, Math.max(0, low + by), Math.min(1, high + by));
    } else if (event.key === "Delete" || event.key === "Backspace" || event.key === "Escape") {
      if (!range) return false;
      this.props.onRange(dimension.column, null);
    } else return false;
    return true;
  }
}

/** Lowest and highest place of what a range holds. */
export function spanOf(dimension: Dimension, range: Range): [number, number] {
  let [low, high] = [1, 0];
  if ("low" in range) return [dimension.placeOf(range.low), dimension.placeOf(range.high)];
  for (let run = 0; run < dimension.places.length; run++) {
    if (!dimension.within(range, run)) continue;
    low = Math.min(low, dimension.places[run] as number);
    high = Math.max(high, dimension.places[run] as number);
  }
  return low <= high ? [Math.max(0, low - 0.02), Math.min(1, high + 0.02)] : [0.5, 0.5];
}
