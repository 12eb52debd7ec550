/** One run's histograms over all steps: a heat map, or ridges one behind the other. */

import type { RecordReader } from "../../../api/records.ts";
import { formatInteger, formatNumber, tickLabels } from "../../../lib/format.ts";
import { binAt, rangeOf, type Stack, type StepHistogram, stack } from "../../../lib/histograms.ts";
import { makeScale, ticks } from "../../../lib/scale.ts";
import { chosen } from "../controls.ts";
import { element, write } from "../dom.ts";
import { BAR_PX, type Look, paintBar, paintRaster, Raster } from "../heat.ts";
import { type Place, Surface } from "../surface.ts";
import type { Tile } from "../tiles.ts";
import { type Axes, paintGrid } from "../vector.ts";
import type { RecordItem, RecordViewProps } from "../view.ts";
import { COUNTS, countText, modes } from "./choices.ts";
import { borders, isEven, nearest, stepScale, stepTicks, unscaled, upright } from "./columns.ts";
import { Series } from "./series.ts";

const RIDGES = 36;
/** Rows of a heat map. */
const BINS = 96;

/** What the tiles of one view share: the range of values, and the highest count. */
export class Shared {
  readonly tiles = new Set<OverSteps>();

  range(): [number, number] | null {
    const known = [...this.tiles].flatMap((tile) => (tile.range ? [tile.range] : []));
    return known.length === 0
      ? null
      : [Math.min(...known.map(([low]) => low)), Math.max(...known.map(([, high]) => high))];
  }

  most(): number {
    return Math.max(0, ...[...this.tiles].map((tile) => tile.stack?.most ?? 0));
  }

  repaint(): void {
    for (const tile of this.tiles) tile.repaint();
  }
}

/** One run over all steps. */
export class OverSteps implements Tile {
  private readonly surface: Surface;
  private readonly facts = element("p", "viewer-facts");
  private readonly series: Series;
  private readonly raster = new Raster();
  private props: RecordViewProps;
  private item: RecordItem;
  private stacked: { from: readonly StepHistogram[]; range: string; made: Stack | null } | null = null;
  range: [number, number] | null = null;
  private plane: { from: Stack; log: boolean; plane: { rows: number; columns: number; values: Float64Array } } | null =
    null;
  private cursor: { column: number; bin: number } | null = null;

  constructor(
    host: HTMLElement,
    item: RecordItem,
    props: RecordViewProps,
    reader: RecordReader,
    private readonly shared: Shared,
  ) {
    shared.tiles.add(this);
    this.props = props;
    this.item = item;
    this.surface = new Surface(host, {
      paint: (context, width, height) => this.paint(context, width, height),
      point: (at) => this.point(at),
      key: (event) => this.key(event),
    });
    host.append(this.facts);
    this.series = new Series(
      reader,
      item.run.id,
      () => {
        this.range = rangeOf(this.series.steps);
        shared.repaint();
      },
      (problem) => this.props.onState({ problem }),
    );
  }

  repaint(): void {
    this.surface.repaint();
  }

  update(item: RecordItem, props: RecordViewProps): void {
    this.item = item;
    this.props = props;
    this.series.show(props);
    this.surface.repaint();
  }

  destroy(): void {
    this.shared.tiles.delete(this);
    this.series.destroy();
    this.surface.destroy();
  }

  get stack(): Stack | null {
    const { steps } = this.series;
    const range = this.shared.range();
    if (this.stacked?.from !== steps || this.stacked.range !== String(range)) {
      this.stacked = { from: steps, range: String(range), made: stack(steps, BINS, range) };
    }
    return this.stacked.made;
  }

  private box(width: number, height: number): Axes {
    return { left: 48, top: 8, right: width - (this.ridged ? 12 : BAR_PX), bottom: height - 22 };
  }

  private get ridged(): boolean {
    return chosen(this.props.settings, modes(this.props)) === "ridge";
  }

  private paint(context: CanvasRenderingContext2D, width: number, height: number): void {
    const found = this.stack;
    if (!found) return;
    const box = this.box(width, height);
    if (this.ridged) this.paintRidges(context, found, box);
    else this.paintHeat(context, found, box, width, height);
    const thin = this.series.every > 1 ? `   one step in ${formatInteger(this.series.every)}` : "";
    const { steps } = found;
    write(
      this.facts,
      `${formatInteger(steps.length)} steps drawn${thin}   values ${formatNumber(found.low)} to ${formatNumber(found.high)}`,
    );
    this.surface.describe(
      `Histogram of ${this.props.key} over steps ${steps[0]} to ${steps.at(-1)}, values from ${formatNumber(found.low)} to ${formatNumber(found.high)}. Arrow keys read counts.`,
    );
  }

  private paintHeat(context: CanvasRenderingContext2D, found: Stack, box: Axes, width: number, height: number): void {
    const log = chosen(this.props.settings, COUNTS) === "log";
    const look: Look = { map: "viridis", low: 0, high: this.shared.most() || 1, stretch: log ? "log" : "linear" };
    if (this.plane?.from !== found || this.plane.log !== log) this.plane = { from: found, log, plane: upright(found) };
    const x = stepScale(found, box);
    const columns = found.steps.length;
    const raster = this.raster.draw(this.plane.plane, look);
    context.imageSmoothingEnabled = false;
    const tall = box.bottom - box.top;
    if (isEven(found.steps)) {
      const view = { left: box.left, top: box.top, scale: (box.right - box.left) / columns, scaleY: tall / found.bins };
      paintRaster(context, raster, view);
    } else {
      const edges = borders(found.steps, x);
      for (let i = 0; i < columns; i++) {
        const [from, to] = [edges[i] as number, edges[i + 1] as number];
        context.drawImage(raster, i, 0, 1, found.bins, from, box.top, Math.max(1, to - from), tall);
      }
    }
    this.paintAxes(context, found, box);
    this.paintSlider(context, found, box);
    paintBar(context, look, width, height - 14, this.props.theme);
  }

  private paintAxes(context: CanvasRenderingContext2D, found: Stack, box: Axes): void {
    const y = makeScale("linear", [found.low, found.high], [box.bottom, box.top]);
    const [yAt, xAt] = [ticks(y, 5), stepTicks(found)];
    const labels = tickLabels(yAt);
    paintGrid(
      context,
      box,
      xAt.map((step) => ({ at: this.xAtStep(found, step, box), text: formatInteger(step) })),
      yAt.map((v, i) => ({ at: y.to(v), text: labels[i] ?? "" })),
      this.props.theme,
      false,
    );
  }

  private xAtStep(found: Stack, step: number, box: Axes): number {
    const [first, second] = [found.steps[0] as number, found.steps[1]];
    if (second === undefined || !isEven(found.steps)) return stepScale(found, box)(step);
    return this.xOf(found, (step - first) / (second - first), box);
  }

  private xOf(found: Stack, i: number, box: Axes): number {
    if (isEven(found.steps)) return box.left + ((i + 0.5) / found.steps.length) * (box.right - box.left);
    return stepScale(found, box)(found.steps[i] as number);
  }

  /** Where the slider stands: the column whose bars are those of this step. */
  private paintSlider(context: CanvasRenderingContext2D, found: Stack, box: Axes): void {
    const i = nearest(found.steps, this.item.record.step);
    const x = Math.round(this.xOf(found, i, box)) + 0.5;
    context.strokeStyle = this.props.theme.ink;
    context.fillStyle = this.props.theme.ink;
    context.beginPath();
    context.moveTo(x - 4, box.bottom + 5);
    context.lineTo(x + 4, box.bottom + 5);
    context.lineTo(x, box.bottom);
    context.fill();
    if (!this.cursor) return;
    context.strokeStyle = this.props.theme.now;
    context.lineWidth = 1.5;
    const bin = (box.bottom - box.top) / found.bins;
    const across = (box.right - box.left) / found.steps.length;
    context.strokeRect(
      this.xOf(found, this.cursor.column, box) - across / 2,
      box.bottom - (this.cursor.bin + 1) * bin,
      across,
      bin,
    );
  }

  private paintRidges(context: CanvasRenderingContext2D, found: Stack, box: Axes): void {
    const { theme } = this.props;
    const n = Math.min(RIDGES, found.steps.length);
    const shown = Array.from({ length: n }, (_, i) =>
      n === 1 ? 0 : Math.round((i * (found.steps.length - 1)) / (n - 1)),
    );
    const x = makeScale("linear", [found.low, found.high], [box.left, box.right]);
    const xAt = ticks(x, 6);
    const labels = tickLabels(xAt);
    const apart = (box.bottom - box.top) / (n + 3);
    const line = (i: number): number => box.bottom - (n - 1 - i) * apart;
    const every = Math.max(1, Math.ceil(16 / apart));
    paintGrid(
      context,
      box,
      xAt.map((v, i) => ({ at: x.to(v), text: labels[i] ?? "" })),
      shown.flatMap((column, i) =>
        (n - 1 - i) % every === 0 ? [{ at: line(i), text: formatInteger(found.steps[column] as number) }] : [],
      ),
      theme,
    );
    const log = chosen(this.props.settings, COUNTS) === "log";
    const [tall, most] = [apart * 4, this.shared.most() || 1];
    const height = (count: number): number => tall * (log ? Math.log1p(count) / Math.log1p(most) : count / most);
    const now = nearest(found.steps, this.item.record.step);
    const at = shown.reduce(
      (best, column) => (Math.abs(column - now) < Math.abs(best - now) ? column : best),
      shown[0] ?? 0,
    );
    for (const [i, column] of shown.entries()) {
      this.paintRidge(context, found, column, box, line(i), height, column === at);
    }
  }

  private paintRidge(
    context: CanvasRenderingContext2D,
    found: Stack,
    column: number,
    box: Axes,
    floor: number,
    height: (count: number) => number,
    here: boolean,
  ): void {
    const { theme } = this.props;
    const across = (box.right - box.left) / found.bins;
    const trace = (): void => {
      context.beginPath();
      context.moveTo(box.left, floor);
      for (let b = 0; b < found.bins; b++) {
        context.lineTo(box.left + (b + 0.5) * across, floor - height(found.counts[column * found.bins + b] as number));
      }
      context.lineTo(box.right, floor);
    };
    trace();
    context.fillStyle = theme.surface;
    context.globalAlpha = 0.82;
    context.fill();
    context.globalAlpha = here ? 0.45 : 0.16;
    context.fillStyle = theme.runs[this.item.run.style.hue] ?? theme.ink;
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = theme.runs[this.item.run.style.hue] ?? theme.ink;
    context.lineWidth = here ? 2 : 1;
    context.stroke();
  }

  private point(at: Place | null): void {
    const found = this.stack;
    const box = this.box(this.surface.width, this.surface.height);
    if (!found || !at || this.ridged || at.x < box.left || at.x > box.right || at.y < box.top || at.y > box.bottom) {
      this.cursor = null;
      this.surface.tell(null);
      this.surface.repaint();
      return;
    }
    const bin = Math.min(found.bins - 1, Math.floor(((box.bottom - at.y) / (box.bottom - box.top)) * found.bins));
    const column = isEven(found.steps)
      ? Math.min(found.steps.length - 1, Math.floor(((at.x - box.left) / (box.right - box.left)) * found.steps.length))
      : nearest(found.steps, unscaled(found, box, at.x));
    this.tell(found, column, bin, at, false);
  }

  private tell(found: Stack, column: number, bin: number, at: Place, aloud: boolean): void {
    this.cursor = { column, bin };
    const of = this.series.steps[column];
    const width = (found.high - found.low) / found.bins;
    const value = found.low + (bin + 0.5) * width;
    const own = of ? binAt(of.edges, value) : -1;
    const exact =
      of && own >= 0 ? ` ${formatNumber(of.edges[own] as number)} to ${formatNumber(of.edges[own + 1] as number)}` : "";
    const count = of && own >= 0 ? (of.counts[own] as number) : 0;
    this.surface.tell(
      at,
      [
        countText(count),
        `in${exact || ` around ${formatNumber(value)}`}`,
        `step ${formatInteger(found.steps[column] as number)}`,
      ],
      aloud,
    );
    this.surface.repaint();
  }

  private key(event: KeyboardEvent): boolean {
    const found = this.stack;
    const moves: Record<string, readonly [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, 1],
      ArrowDown: [0, -1],
    };
    const move = moves[event.key];
    if (!move || !found || this.ridged || event.shiftKey) return false;
    const from = this.cursor ?? { column: nearest(found.steps, this.item.record.step), bin: found.bins >> 1 };
    const column = Math.max(0, Math.min(found.steps.length - 1, from.column + move[0]));
    const bin = Math.max(0, Math.min(found.bins - 1, from.bin + move[1]));
    const box = this.box(this.surface.width, this.surface.height);
    const y = box.bottom - ((bin + 0.5) / found.bins) * (box.bottom - box.top);
    this.tell(found, column, bin, { x: this.xOf(found, column, box), y }, true);
    return true;
  }
}
