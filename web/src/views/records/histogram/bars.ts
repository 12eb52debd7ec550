/** The histograms of one step as bars, all runs in one frame, with exact counts. */

import type { RecordReader } from "../../../api/records.ts";
import { formatInteger, formatNumber, tickLabels } from "../../../lib/format.ts";
import { binAt, rangeOf } from "../../../lib/histograms.ts";
import { decodeHistogram, type HistogramData } from "../../../lib/payload.ts";
import { makeScale, padded, ticks } from "../../../lib/scale.ts";
import { chosen } from "../controls.ts";
import { element, write } from "../dom.ts";
import { Loader } from "../loader.ts";
import { type Place, Surface } from "../surface.ts";
import { type Axes, paintGrid } from "../vector.ts";
import type { RecordItem, RecordViewProps } from "../view.ts";
import { COUNTS, countText } from "./choices.ts";

export class Bars {
  private readonly root = element("div", "viewer-body");
  private readonly surface: Surface;
  private readonly facts = element("p", "viewer-facts");
  private readonly loader: Loader<HistogramData>;
  private cursor: number | null = null;

  constructor(
    host: HTMLElement,
    private props: RecordViewProps,
    reader: RecordReader,
  ) {
    host.append(this.root);
    this.surface = new Surface(this.root, {
      paint: (context, width, height) => this.paint(context, width, height),
      point: (at) => this.point(at, false),
      key: (event) => this.key(event),
    });
    this.root.append(this.facts);
    this.loader = new Loader(
      async ({ run, record }) => decodeHistogram(record.meta, await reader.data(run.id, record.id)),
      () => this.surface.repaint(),
    );
  }

  update(props: RecordViewProps): void {
    this.props = props;
    this.loader.show(props);
    this.surface.repaint();
  }

  destroy(): void {
    this.loader.destroy();
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
