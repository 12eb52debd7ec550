/** Histograms: over all steps as a heat map or ridges, and the slider's step as bars with exact counts. */

import { Problem } from "../../api/client.ts";
import type { RecordReader } from "../../api/records.ts";
import { formatInteger, formatNumber, tickLabels } from "../../lib/format.ts";
import { binAt, fromRows, rangeOf, type Stack, type StepHistogram, stack } from "../../lib/histograms.ts";
import { decodeHistogram, type HistogramData } from "../../lib/payload.ts";
import { linearTicks, makeScale, padded, ticks } from "../../lib/scale.ts";
import { throttled } from "../../state/store.ts";
import { type Choice, Controls, chosen } from "./controls.ts";
import { element, write } from "./dom.ts";
import { BAR_PX, type Look, paintBar, paintRaster, Raster } from "./heat.ts";
import { Loader } from "./loader.ts";
import { type Place, Surface } from "./surface.ts";
import { type Tile, Tiles } from "./tiles.ts";
import { type Axes, paintGrid } from "./vector.ts";
import type { MakeRecordView, RecordItem, RecordView, RecordViewProps } from "./view.ts";

/** Columns of a heat map: more steps are thinned by the server. */
const MOST_STEPS = 512;
/** Payloads read one by one where bins differ between steps. */
const MOST_SINGLE = 200;
const RIDGES = 36;
/** Rows of a heat map. */
const BINS = 96;
const AGAIN_MS = 1000;

const COUNTS: Choice = {
  name: "counts",
  label: "Scale of the counts",
  options: [
    ["linear", "Linear counts"],
    ["log", "Log counts"],
  ],
};

function modes(props: RecordViewProps): Choice {
  const over = [
    ["heat", "Heat map over steps"],
    ["ridge", "Ridges over steps"],
  ] as const;
  const bars = ["bars", "Bars of this step"] as const;
  return { name: "mode", label: "Draw as", options: props.steps.length > 1 ? [...over, bars] : [bars] };
}

/** All steps of one run, thinned. */
class Series {
  steps: readonly StepHistogram[] = [];
  every = 1;
  private asked = -1;
  private gone = false;
  private readonly again = throttled(() => void this.read(), AGAIN_MS);

  constructor(
    private readonly reader: RecordReader,
    private readonly run: string,
    private readonly heard: () => void,
    private readonly failed: (problem: unknown) => void,
  ) {}

  private key = "";
  private count = 0;

  show(props: RecordViewProps): void {
    this.key = props.key;
    this.count = props.steps.length;
    if (this.count === this.asked) return;
    this.asked = this.count;
    this.again();
  }

  destroy(): void {
    this.gone = true;
    this.again.cancel();
  }

  private async read(): Promise<void> {
    this.every = Math.max(1, Math.ceil(this.count / MOST_STEPS));
    try {
      const found = await this.bulk();
      if (this.gone) return;
      this.steps = found;
      this.heard();
    } catch (cause) {
      if (!this.gone) this.failed(cause);
    }
  }

  private async bulk(): Promise<StepHistogram[]> {
    try {
      const { step, value } = await this.reader.slices(this.run, this.key, { every: this.every, limit: MOST_STEPS });
      return fromRows(step, value.data, value.shape[1] ?? 1);
    } catch (cause) {
      if (cause instanceof Problem && cause.status === 422) return this.singly();
      throw cause;
    }
  }

  private async singly(): Promise<StepHistogram[]> {
    const every = Math.max(1, Math.ceil(this.count / MOST_SINGLE));
    const { records } = await this.reader.list(this.run, this.key, { every, limit: MOST_SINGLE, values: false });
    this.every = every;
    const kept = records.filter((record) => record.kind === "histogram");
    return Promise.all(
      kept.map(async (record) => ({
        step: record.step,
        ...decodeHistogram(record.meta, await this.reader.data(this.run, record.id)),
      })),
    );
  }
}

/** What the tiles of one view share: the range of values, and the highest count. */
class Shared {
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
class OverSteps implements Tile {
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
    const thin = this.series.every > 1 ? `   every ${formatInteger(this.series.every)}th step` : "";
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
      xAt.map((i) => ({ at: this.xOf(found, i, box), text: formatInteger(found.steps[i] as number) })),
      yAt.map((v, i) => ({ at: y.to(v), text: labels[i] ?? "" })),
      this.props.theme,
      false,
    );
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

function countText(count: number): string {
  const text = Number.isInteger(count) ? formatInteger(count) : formatNumber(count);
  return `${text} ${count === 1 ? "value" : "values"}`;
}

/** One row per bin, the highest values on top; one column per step. */
function upright(found: Stack): { rows: number; columns: number; values: Float64Array } {
  const columns = found.steps.length;
  const values = new Float64Array(columns * found.bins);
  for (let c = 0; c < columns; c++) {
    for (let b = 0; b < found.bins; b++) {
      values[(found.bins - 1 - b) * columns + c] = found.counts[c * found.bins + b] as number;
    }
  }
  return { rows: found.bins, columns, values };
}

function isEven(steps: Float64Array): boolean {
  const gap = (steps[1] ?? 1) - (steps[0] ?? 0);
  return steps.every((step, i) => i === 0 || step - (steps[i - 1] as number) === gap);
}

function stepScale(found: Stack, box: Axes): (step: number) => number {
  const [first, last] = [found.steps[0] as number, found.steps.at(-1) as number];
  const half = (last - first) / Math.max(1, 2 * (found.steps.length - 1));
  return makeScale("linear", [first - half, last + half], [box.left, box.right]).to;
}

function unscaled(found: Stack, box: Axes, x: number): number {
  const [first, last] = [found.steps[0] as number, found.steps.at(-1) as number];
  return first + ((x - box.left) / (box.right - box.left)) * (last - first);
}

/** Columns reach half way to their neighbours. */
function borders(steps: Float64Array, x: (step: number) => number): number[] {
  const at = Array.from(steps, x);
  const first = (at[0] as number) - ((at[1] ?? (at[0] as number)) - (at[0] as number)) / 2;
  const last = (at.at(-1) as number) + ((at.at(-1) as number) - (at.at(-2) ?? (at.at(-1) as number))) / 2;
  return [first, ...at.slice(1).map((v, i) => (v + (at[i] as number)) / 2), last];
}

function stepTicks(found: Stack): number[] {
  const wanted = linearTicks(found.steps[0] as number, found.steps.at(-1) as number, 6);
  return [...new Set(wanted.map((step) => nearest(found.steps, step)))];
}

function nearest(steps: ArrayLike<number>, step: number): number {
  let best = 0;
  for (let i = 1; i < steps.length; i++) {
    if (Math.abs((steps[i] as number) - step) <= Math.abs((steps[best] as number) - step)) best = i;
  }
  return best;
}

class HistogramView implements RecordView {
  private readonly root = element("div", "viewer viewer-histogram");
  private readonly controls: Controls;
  private readonly bars = element("div", "viewer-body");
  private readonly surface: Surface;
  private readonly facts = element("p", "viewer-facts");
  private readonly loader: Loader<HistogramData>;
  private tiles: Tiles | null = null;
  private cursor: number | null = null;

  constructor(
    host: HTMLElement,
    private props: RecordViewProps,
    private readonly reader: RecordReader,
  ) {
    host.append(this.root);
    this.controls = new Controls(this.root, (changes) => this.props.onSettings(changes));
    this.root.append(this.bars);
    this.surface = new Surface(this.bars, {
      paint: (context, width, height) => this.paint(context, width, height),
      point: (at) => this.point(at, false),
      key: (event) => this.key(event),
    });
    this.bars.append(this.facts);
    this.loader = new Loader(
      async ({ run, record }) => decodeHistogram(record.meta, await reader.data(run.id, record.id)),
      () => this.surface.repaint(),
    );
  }

  update(props: RecordViewProps): void {
    this.props = props;
    const mode = chosen(props.settings, modes(props));
    this.controls.update([modes(props), COUNTS], props.settings);
    const bars = mode === "bars";
    this.bars.hidden = !bars;
    if (bars) {
      this.tiles?.destroy();
      this.tiles = null;
      this.loader.show(props);
      this.surface.repaint();
      return;
    }
    const shared = new Shared();
    this.tiles ??= new Tiles(
      this.root,
      (body, item, given) => new OverSteps(body, item, given, this.reader, shared),
      1.8,
    );
    this.tiles.update(props);
  }

  destroy(): void {
    this.loader.destroy();
    this.tiles?.destroy();
    this.surface.destroy();
    this.root.remove();
  }

  private frame(width: number, height: number) {
    const shown = this.loader.list(this.props.items);
    const range = rangeOf(shown.map(({ data }) => data)) ?? [0, 1];
    const log = chosen(this.props.settings, COUNTS) === "log";
    let most = 1;
    for (const { data } of shown) for (const count of data.counts) most = Math.max(most, count);
    const box: Axes = { left: 48, top: 8, right: width - 10, bottom: height - 22 };
    const x = makeScale("linear", padded("linear", range, 0.02), [box.left, box.right]);
    const y = makeScale(log ? "log" : "linear", log ? [0.5, most * 1.2] : [0, most * 1.06], [box.bottom, box.top]);
    return { shown, box, x, y, log };
  }

  private paint(context: CanvasRenderingContext2D, width: number, height: number): void {
    const { shown, box, x, y, log } = this.frame(width, height);
    if (shown.length === 0) return;
    const { theme } = this.props;
    const [xAt, yAt] = [ticks(x, 6), ticks(y, 5)];
    const [xText, yText] = [tickLabels(xAt), tickLabels(yAt)];
    paintGrid(
      context,
      box,
      xAt.map((v, i) => ({ at: x.to(v), text: xText[i] ?? "" })),
      yAt.map((v, i) => ({ at: y.to(v), text: yText[i] ?? "" })),
      theme,
    );
    const floor = box.bottom;
    for (const { item, data } of shown) {
      const colour = theme.runs[item.run.style.hue] ?? theme.ink;
      context.fillStyle = colour;
      context.strokeStyle = colour;
      context.lineWidth = 1.25;
      context.beginPath();
      context.moveTo(x.to(data.edges[0] as number), floor);
      for (let i = 0; i < data.counts.length; i++) {
        const count = data.counts[i] as number;
        const top = count > 0 ? y.to(log ? Math.max(0.5, count) : count) : floor;
        context.lineTo(x.to(data.edges[i] as number), top);
        context.lineTo(x.to(data.edges[i + 1] as number), top);
      }
      context.lineTo(x.to(data.edges.at(-1) as number), floor);
      context.globalAlpha = shown.length === 1 ? 0.32 : 0.16;
      context.fill();
      context.globalAlpha = 1;
      context.stroke();
    }
    if (this.cursor !== null) {
      context.strokeStyle = theme.muted;
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(Math.round(x.to(this.cursor)) + 0.5, box.top);
      context.lineTo(Math.round(x.to(this.cursor)) + 0.5, floor);
      context.stroke();
    }
    this.describe(shown);
  }

  private describe(shown: readonly { item: RecordItem; data: HistogramData }[]): void {
    const words = shown.map(({ item }) => {
      const { n, bad, mean, std } = item.record.meta;
      const parts = [`n ${formatInteger(Number(n ?? 0))}`];
      if (typeof mean === "number") parts.push(`mean ${formatNumber(mean)}`);
      if (typeof std === "number") parts.push(`std ${formatNumber(std)}`);
      if (typeof bad === "number" && bad > 0) parts.push(`▲ ${formatInteger(bad)} NaN or ∞`);
      return parts.join("   ");
    });
    write(this.facts, shown.length === 1 ? (words[0] ?? "") : `${shown.length} runs`);
    this.surface.describe(
      `Histogram of ${this.props.key} at step ${this.props.step}: ${shown.map(({ item }, i) => `${item.run.name}, ${words[i]}`).join("; ")}. Arrow keys read counts.`,
    );
  }

  private point(at: Place | null, aloud: boolean): void {
    const { shown, box, x } = this.frame(this.surface.width, this.surface.height);
    if (!at || at.x < box.left || at.x > box.right) {
      this.cursor = null;
      this.surface.tell(null);
      this.surface.repaint();
      return;
    }
    const value = x.from(at.x);
    this.cursor = value;
    const lines = shown.flatMap(({ item, data }) => {
      const i = binAt(data.edges, value);
      if (i < 0) return [];
      const who = shown.length > 1 ? `${item.run.name}: ` : "";
      return [
        `${who}${countText(data.counts[i] as number)}`,
        ...(shown.length > 1
          ? []
          : [`from ${formatNumber(data.edges[i] as number, 5)} to ${formatNumber(data.edges[i + 1] as number, 5)}`]),
      ];
    });
    this.surface.tell(at, shown.length > 1 ? [`at ${formatNumber(value)}`, ...lines] : lines, aloud);
    this.surface.repaint();
  }

  private key(event: KeyboardEvent): boolean {
    const by = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    const { shown, x, box } = this.frame(this.surface.width, this.surface.height);
    const [first] = shown;
    if (by === 0 || event.shiftKey || !first) return false;
    const { edges, counts } = first.data;
    const at = this.cursor === null ? (by > 0 ? -1 : counts.length) : binAt(edges, this.cursor);
    const next = Math.max(0, Math.min(counts.length - 1, at + by));
    const middle = ((edges[next] as number) + (edges[next + 1] as number)) / 2;
    this.point({ x: Math.max(box.left, Math.min(box.right, x.to(middle))), y: box.top + 10 }, true);
    return true;
  }
}

export const makeHistogramView: MakeRecordView = (host, props, reader) => {
  const view = new HistogramView(host, props, reader);
  view.update(props);
  return view;
};
