/** Confusion matrices: counts or shares, scores of each class on hover, the difference of two runs. */

import { accuracy, type Normal, normalise, scoreOf } from "../../lib/classes.ts";
import { formatInteger, formatNumber } from "../../lib/format.ts";
import { type ConfusionData, decodeConfusion } from "../../lib/payload.ts";
import type { Plane } from "../../lib/plane.ts";
import { summarise, symmetric } from "../../lib/stretch.ts";
import { cellAt, type Space, viewport } from "../../lib/viewport.ts";
import { type Choice, chosen } from "./controls.ts";
import { element, write } from "./dom.ts";
import { type Look, paintNumbers, paintRaster, Raster } from "./heat.ts";
import { type Place, Surface } from "./surface.ts";
import { type Pane, TiledView } from "./tiled.ts";
import type { MakeRecordView, RecordItem, RecordViewProps } from "./view.ts";

const SHOW: Choice = {
  name: "show",
  label: "Numbers in the cells",
  options: [
    ["counts", "Counts"],
    ["rows", "Share of truth"],
    ["columns", "Share of predicted"],
  ],
};
const DIFF: Choice = {
  name: "diff",
  label: "Difference to the first run",
  options: [
    ["", ""],
    ["1", "Difference"],
  ],
};
/** Room for labels, at most: longer ones are cut with an ellipsis. */
const LABEL_PX = 92;
/** Labels up to this width, their space included, need no more height than width. */
const SHORT_PX = 24;

class ConfusionPane implements Pane<ConfusionData> {
  private readonly surface: Surface;
  private readonly facts = element("p", "viewer-facts");
  private readonly raster = new Raster();
  private data: ConfusionData | null = null;
  private plane: Plane = { rows: 1, columns: 1, values: new Float64Array(1) };
  private look: Look = { map: "viridis", low: 0, high: 1, stretch: "linear" };
  private how: Normal = "counts";
  private base: ConfusionData | null = null;
  private props: RecordViewProps | null = null;
  private cursor: { row: number; column: number } | null = null;

  constructor(
    host: HTMLElement,
    private readonly first: () => { run: string; data: ConfusionData } | null,
  ) {
    this.surface = new Surface(host, {
      paint: (context, width, height) => this.paint(context, width, height),
      point: (at) => this.point(at),
      key: (event) => this.key(event),
    });
    host.append(this.facts);
  }

  show(data: ConfusionData | null, item: RecordItem, props: RecordViewProps): void {
    this.props = props;
    this.data = data;
    if (!data) return;
    const k = data.labels.length;
    this.how = chosen(props.settings, SHOW) as Normal;
    const first = this.first();
    const differs = props.settings.diff === "1" && first !== null && first.run !== item.run.id;
    this.base = differs && first.data.labels.length === k ? first.data : null;
    let values = normalise(data.counts, k, this.how);
    if (this.base) {
      const before = normalise(this.base.counts, k, this.how);
      values = values.map((value, i) => value - (before[i] as number));
    }
    this.plane = { rows: k, columns: k, values };
    const { low, high } = summarise(values);
    const [from, to] = this.base ? symmetric(low || 0, high || 0) : [0, this.how === "counts" ? high || 1 : 1];
    this.look = {
      map: this.base ? "diverging" : "viridis",
      low: from,
      high: to,
      stretch: this.base || this.how !== "counts" ? "linear" : "sqrt",
    };
    this.describe(data, item, k);
    this.surface.repaint();
  }

  destroy(): void {
    this.surface.destroy();
  }

  private describe(data: ConfusionData, item: RecordItem, k: number): void {
    const n = data.counts.reduce((sum, count) => sum + count, 0);
    const share = accuracy(data.counts, k);
    const change = this.base
      ? `   ${signed(share - accuracy(this.base.counts, k))} against ${this.first() ? this.props?.items[0]?.run.name : ""}`
      : "";
    write(this.facts, `accuracy ${formatNumber(share)}${change}   ${formatInteger(n)} samples`);
    const classes = data.labels.slice(0, 20).map((label, i) => {
      const { precision, recall } = scoreOf(data.counts, k, i);
      return `${label} precision ${formatNumber(precision, 3)} recall ${formatNumber(recall, 3)}`;
    });
    this.surface.describe(
      `Confusion matrix of ${item.run.name}, ${k} classes, accuracy ${formatNumber(share)}. ${classes.join("; ")}. Arrow keys read cells.`,
    );
  }

  private layout(context: CanvasRenderingContext2D | null): { left: number; top: number; space: Space } {
    const labels = this.data?.labels ?? [];
    let wide = SHORT_PX;
    if (context) for (const label of labels) wide = Math.max(wide, context.measureText(label).width + 10);
    const left = Math.min(LABEL_PX, this.surface.width / 4, context ? wide : (this.labelWide ?? LABEL_PX)) + 14;
    this.labelWide = left - 14;
    if (context) this.short = wide <= SHORT_PX;
    const bottom = this.deep + 16;
    const [width, height] = [this.surface.width - left - 6, this.surface.height - bottom - 4];
    const k = Math.max(1, labels.length);
    const space = { columns: k, rows: k, width: Math.max(k, width), height: Math.max(k, height) };
    const free = space.width - viewport(space).scale * k;
    return { left: left + Math.max(0, free / 2 - left / 4), top: 4, space };
  }

  private labelWide: number | null = null;
  private short = false;

  /** Height of the labels below, which lie when they are short. */
  private get deep(): number {
    return this.short ? 16 : Math.min(this.labelWide ?? LABEL_PX, 64);
  }

  private paint(context: CanvasRenderingContext2D, _width: number, _height: number): void {
    const { data, props } = this;
    if (!data || !props) return;
    context.font = props.theme.font;
    const { left, top, space } = this.layout(context);
    const inner = viewport(space);
    // Beside its labels rather than in the middle of the place.
    const view = { ...inner, left, top };
    paintRaster(context, this.raster.draw(this.plane, this.look), view);
    const decimals = this.how === "counts" ? 0 : view.scale < 48 ? 2 : 3;
    const text = (value: number): string =>
      this.base ? signedFixed(value, decimals) : this.how === "counts" ? formatNumber(value) : fixed(value, decimals);
    paintNumbers(context, this.plane, this.look, view, [this.surface.width, this.surface.height], props.theme, text);
    this.paintDiagonal(context, view, data.labels.length, props);
    this.paintLabels(context, view, data.labels, props);
    if (!this.cursor) return;
    context.strokeStyle = props.theme.now;
    context.lineWidth = 2;
    context.strokeRect(
      view.left + this.cursor.column * view.scale,
      view.top + this.cursor.row * view.scaleY,
      view.scale,
      view.scaleY,
    );
  }

  private paintDiagonal(
    context: CanvasRenderingContext2D,
    view: { left: number; top: number; scale: number },
    k: number,
    props: RecordViewProps,
  ): void {
    if (view.scale < 5) return;
    context.strokeStyle = props.theme.surface;
    context.lineWidth = view.scale > 16 ? 1.5 : 0.75;
    for (let i = 0; i < k; i++) {
      context.strokeRect(
        view.left + i * view.scale + 0.75,
        view.top + i * view.scale + 0.75,
        view.scale - 1.5,
        view.scale - 1.5,
      );
    }
  }

  /** As many labels as have room; with a hundred classes every second or fifth. */
  private paintLabels(
    context: CanvasRenderingContext2D,
    view: { left: number; top: number; scale: number },
    labels: readonly string[],
    props: RecordViewProps,
  ): void {
    const every = Math.max(1, Math.ceil(11 / view.scale));
    const room = (this.labelWide ?? LABEL_PX) - 6;
    const bottom = view.top + labels.length * view.scale;
    context.textBaseline = "middle";
    const widest = Math.max(...labels.map((label) => context.measureText(label).width));
    const flat = widest + 6 < view.scale * every;
    for (let i = 0; i < labels.length; i += every) {
      const lit = this.cursor !== null;
      const text = cut(context, labels[i] as string, room);
      context.fillStyle = lit && this.cursor?.row === i ? props.theme.ink : props.theme.muted;
      context.textAlign = "right";
      context.fillText(text, view.left - 6, view.top + (i + 0.5) * view.scale);
      context.fillStyle = lit && this.cursor?.column === i ? props.theme.ink : props.theme.muted;
      context.save();
      context.translate(view.left + (i + 0.5) * view.scale, bottom + (flat ? 10 : 5));
      if (flat) context.textAlign = "center";
      else context.rotate(-Math.PI / 2);
      context.fillText(flat ? text : cut(context, labels[i] as string, Math.min(60, this.labelWide ?? 60)), 0, 0);
      context.restore();
    }
    context.fillStyle = props.theme.muted;
    context.textAlign = "center";
    context.fillText("predicted", view.left + (labels.length * view.scale) / 2, bottom + this.deep + 10);
    context.save();
    context.translate(view.left - (this.labelWide ?? LABEL_PX) - 8, view.top + (labels.length * view.scale) / 2);
    context.rotate(-Math.PI / 2);
    context.fillText("truth", 0, 0);
    context.restore();
  }

  private cellAt(at: Place): { row: number; column: number } | null {
    const { left, top, space } = this.layout(null);
    return cellAt({ ...viewport(space), left, top }, space, at.x, at.y);
  }

  private point(at: Place | null): void {
    this.cursor = at && this.data ? this.cellAt(at) : null;
    this.surface.tell(this.cursor ? at : null, this.cursor ? this.words(this.cursor) : []);
    this.surface.repaint();
  }

  private words({ row, column }: { row: number; column: number }): string[] {
    const { data, base } = this;
    if (!data) return [];
    const k = data.labels.length;
    const count = data.counts[row * k + column] as number;
    const [truth, predicted] = [data.labels[row] as string, data.labels[column] as string];
    const head =
      row === column
        ? `${formatInteger(count)} × ${truth}, found`
        : `${formatInteger(count)} × ${truth}, taken for ${predicted}`;
    const before = base ? [`${signed(count - (base.counts[row * k + column] as number))} against the first run`] : [];
    const of = scoreOf(data.counts, k, row);
    const scores = `${truth}: precision ${formatNumber(of.precision, 3)}  recall ${formatNumber(of.recall, 3)}  F1 ${formatNumber(of.f1, 3)}`;
    return [head, ...before, scores, `${formatInteger(of.support)} of this class`];
  }

  private key(event: KeyboardEvent): boolean {
    const k = this.data?.labels.length ?? 0;
    const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!by || k === 0 || event.shiftKey) return false;
    const from = this.cursor ?? { row: 0, column: 0 };
    const clamp = (v: number): number => Math.max(0, Math.min(k - 1, v));
    this.cursor = this.cursor
      ? { row: clamp(from.row + (by[0] ?? 0)), column: clamp(from.column + (by[1] ?? 0)) }
      : from;
    const { left, top, space } = this.layout(null);
    const { scale } = viewport(space);
    const at = { x: left + (this.cursor.column + 0.5) * scale, y: top + (this.cursor.row + 0.5) * scale };
    this.surface.tell(at, this.words(this.cursor), true);
    this.surface.repaint();
    return true;
  }
}

function signed(value: number): string {
  return value > 0 ? `+${formatNumber(value, 3)}` : formatNumber(value, 3);
}

/** Shares of a matrix have the same decimals; none at all is a plain 0. */
function fixed(value: number, decimals: number): string {
  if (value === 0 || !Number.isFinite(value)) return formatNumber(value);
  return value.toFixed(decimals).replace("-", "−");
}

function signedFixed(value: number, decimals: number): string {
  return value > 0 ? `+${fixed(value, decimals)}` : fixed(value, decimals);
}

/** Text that fits, cut with an ellipsis. */
export function cut(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let n = text.length - 1;
  while (n > 1 && context.measureText(`${text.slice(0, n)}…`).width > room) n--;
  return `${text.slice(0, n)}…`;
}

class ConfusionView extends TiledView<ConfusionData> {
  protected choices(): readonly Choice[] {
    return this.props.items.length > 1 ? [SHOW, DIFF] : [SHOW];
  }

  protected async read({ run, record }: RecordItem): Promise<ConfusionData> {
    return decodeConfusion(record.meta, await this.reader.data(run.id, record.id));
  }

  protected pane(body: HTMLElement): Pane<ConfusionData> {
    return new ConfusionPane(body, () => {
      const [first] = this.loaded;
      return first ? { run: first.item.run.id, data: first.data } : null;
    });
  }
}

export const makeConfusionView: MakeRecordView = (host, props, reader) => {
  const view = new ConfusionView(host, props, reader, "confusion", 1);
  view.update(props);
  return view;
};
