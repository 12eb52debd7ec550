/** Joins one chart to its data: the feeds below, the view above, and the neighbours it is linked with. */

import { type LineSpec, lineName } from "../../lib/arrangement.ts";
import { formatExact, formatInteger, formatNumber } from "../../lib/format.ts";
import type { ChartState } from "../../lib/url.ts";
import { BandFeed } from "../../state/bands.ts";
import { Feed } from "../../state/feed.ts";
import type { Linked } from "../../state/linked.ts";
import { throttled } from "../../state/store.ts";
import { plotWidth } from "./frame.ts";
import { LineView } from "./line.ts";
import type { Line, LineProps } from "./props.ts";
import {
  BAND_WORDS,
  bandAsks,
  bandsAsLines,
  type ChartRun,
  type ChartSpec,
  drawnRuns,
  isBanded,
  nameOf,
  styleOf,
} from "./spec.ts";

export type { ChartRun };

/** The last value of a series, and how many points it had then. */
export interface Listed {
  readonly value: number | null;
  readonly points: number;
}

/** Elements of the panel that change with every paint, and so are written without React. */
export interface Slots {
  readonly plot: HTMLElement;
  readonly last: HTMLElement;
  readonly density: HTMLElement;
  readonly notes: HTMLElement;
}

export interface ControlEvents {
  zoom(range: ChartState["zoom"]): void;
  problem(cause: unknown): void;
  loading(loading: boolean): void;
  /** Other lines than before, for the legend. */
  lines(lines: readonly Line[]): void;
}

const WHILE_MOVING_MS = 160;

export class Control {
  private readonly view: LineView;
  private readonly feeds = new Map<string, Feed>();
  private readonly bands = new Map<string, BandFeed>();
  private readonly leave: (() => void)[];
  private readonly resize: ResizeObserver;
  private spec: ChartSpec | null = null;
  private lines: readonly Line[] = [];
  private zoomed: ChartState["zoom"] = null;
  /** Last value as the server lists it, for when the trace does not tell. */
  private listed: Listed | null = null;
  private readonly follow = throttled(() => this.request(), WHILE_MOVING_MS);

  constructor(
    private readonly slots: Slots,
    private readonly id: string,
    private readonly linked: Linked,
    private readonly events: ControlEvents,
  ) {
    this.view = new LineView(slots.plot, {
      zoom: (range, settled) => this.zoom(range, settled),
      cursor: (x) => linked.cursor.set(x === null ? null : { x, chart: id }),
      hover: (run) => linked.hover.set(run),
      active: (here) => linked.active.set(here ? id : null),
      painted: (info) => {
        this.painted(info.density, info.notes);
        this.share(info.reach);
      },
    });
    this.leave = [
      linked.cursor.subscribe(() => this.draw()),
      linked.hover.subscribe(() => this.draw()),
      linked.reach.subscribe(() => this.spec?.shares && this.draw()),
      linked.zoom.subscribe(() => this.moving()),
    ];
    this.resize = new ResizeObserver(() => this.request());
    this.resize.observe(slots.plot);
  }

  /** @param zoom Part of the x axis that is shown once nothing moves. */
  show(spec: ChartSpec, zoom: ChartState["zoom"], listed: Listed | null): void {
    this.spec = spec;
    this.zoomed = zoom;
    this.listed = listed;
    this.keep(spec);
    this.request();
    this.relist();
  }

  repaint(): void {
    this.view.repaint();
  }

  reload(): void {
    for (const feed of this.feeds.values()) feed.reload();
    for (const feed of this.bands.values()) feed.load();
  }

  destroy(): void {
    this.share(null);
    for (const stop of this.leave) stop();
    this.follow.cancel();
    this.resize.disconnect();
    for (const feed of [...this.feeds.values(), ...this.bands.values()]) feed.destroy();
    this.view.destroy();
  }

  /** A feed for each metric, or one for the bands of each. */
  private keep(spec: ChartSpec): void {
    const banded = isBanded(spec);
    const wanted = new Map(spec.lines.map((line) => [lineName(line), line]));
    const drop = (held: Map<string, { destroy(): void }>, keep: (line: LineSpec) => boolean): void => {
      for (const [name, feed] of held) {
        const line = wanted.get(name);
        if (line && keep(line)) continue;
        feed.destroy();
        held.delete(name);
      }
    };
    drop(this.feeds, (line) => drawnRuns(spec, line).length > 0);
    drop(this.bands, (line) => banded && line.key !== undefined);
    for (const [name, line] of wanted) {
      if (banded && line.key && !this.bands.has(name)) this.bands.set(name, new BandFeed(() => this.fed()));
      if (drawnRuns(spec, line).length > 0 && !this.feeds.has(name))
        this.feeds.set(name, new Feed(line, () => this.fed()));
    }
  }

  private get zoomNow(): ChartState["zoom"] {
    return this.linked.zoom.get() ?? this.zoomed;
  }

  private request(): void {
    const { spec } = this;
    if (!spec || this.view.width === 0) return;
    const { chart } = spec;
    const px = Math.round(plotWidth(this.view.width) * (window.devicePixelRatio || 1));
    const window_ = { x: chart.x, scale: chart.xLog ? "log" : "linear", px, zoom: this.zoomNow } as const;
    for (const feed of this.feeds.values()) feed.show(drawnRuns(spec, feed.line), window_);
    for (const ask of bandAsks(spec, window_)) this.bands.get(ask.key)?.show(ask);
    this.tell();
  }

  private tell(): void {
    const all = [...this.feeds.values(), ...this.bands.values()];
    this.events.problem(all.find((feed) => feed.problem !== null)?.problem ?? null);
    const waits = [...this.feeds.values()].some((feed) => feed.loading);
    this.events.loading(waits || [...this.bands.values()].some((feed) => feed.loading && feed.bands.length === 0));
  }

  private fed(): void {
    this.tell();
    this.relist();
  }

  private relist(): void {
    const { spec } = this;
    if (!spec) return;
    const found = isBanded(spec) ? [...this.runLines(spec), ...this.bandLines(spec)] : this.runLines(spec);
    this.lines = found.filter((line) => line.trace.total > 0);
    this.events.lines(this.lines.filter((line) => !line.thin));
    this.draw();
  }

  private runLines(spec: ChartSpec): Line[] {
    return spec.lines.flatMap((line, i) => {
      const feed = this.feeds.get(lineName(line));
      return drawnRuns(spec, line).flatMap((run) => {
        const trace = feed?.trace(run.id);
        const style = styleOf(spec, run, i);
        const thin = isBanded(spec) && !line.expression;
        return trace ? [{ run: run.id, name: nameOf(spec, run, i), style, live: run.live, trace, thin }] : [];
      });
    });
  }

  private bandLines(spec: ChartSpec): Line[] {
    return bandsAsLines(spec, new Map([...this.bands].map(([key, feed]) => [key, feed.bands])));
  }

  private props(): LineProps | null {
    const { spec } = this;
    if (!spec) return null;
    const { x, xLog, yLog, bands, smooth, smoothing, outliers, baseline } = spec.chart;
    const cursor = this.linked.cursor.get();
    return {
      title: spec.title,
      lines: this.lines,
      x,
      xLog,
      yLog,
      bands,
      smooth,
      smoothing,
      outliers,
      low: spec.low,
      high: spec.high,
      baseline,
      reach: this.reach(),
      zoom: this.zoomNow,
      moving: this.linked.zoom.get() !== null,
      hover: this.linked.hover.get(),
      cursor: cursor && { x: cursor.x, own: cursor.chart === this.id },
    };
  }

  /** Facets of one chart are drawn to one scale: each tells how far it reaches, and hears of the others. */
  private share(reach: readonly [number, number] | null): void {
    const name = this.spec?.shares;
    if (!name) return;
    const before = this.linked.reach.get().get(name);
    const known = before?.get(this.id);
    if (reach === null ? !known : known?.[0] === reach[0] && known[1] === reach[1]) return;
    const mine = new Map(before);
    if (reach === null) mine.delete(this.id);
    else mine.set(this.id, reach);
    this.linked.reach.update((all) => new Map(all).set(name, mine));
  }

  private reach(): readonly [number, number] | null {
    const all = this.spec?.shares ? [...(this.linked.reach.get().get(this.spec.shares)?.values() ?? [])] : [];
    if (all.length === 0) return null;
    return [Math.min(...all.map(([low]) => low)), Math.max(...all.map(([, high]) => high))];
  }

  private draw(): void {
    const props = this.props();
    if (props) this.view.update(props);
  }

  private zoom(range: ChartState["zoom"], settled: boolean): void {
    if (settled) {
      this.events.zoom(range);
      this.linked.zoom.set(null);
    } else this.linked.zoom.set(range);
  }

  private moving(): void {
    this.draw();
    if (this.linked.zoom.get()) this.follow();
  }

  private painted(density: string, notes: readonly string[]): void {
    const { spec } = this;
    const band = this.lines.find((line) => line.band)?.band;
    const words = spec && band ? BAND_WORDS[spec.chart.grouping as keyof typeof BAND_WORDS] : density;
    write(this.slots.density, [words, this.missed()].filter(Boolean).join(", "));
    this.slots.density.title = band ?? this.slots.density.textContent ?? "";
    write(this.slots.notes, notes.join("   "));
    const [line] = this.lines;
    const value = this.lines.length === 1 && line && spec ? this.lastOf(line, spec) : null;
    write(this.slots.last, value === null ? "" : formatNumber(value));
    if (value !== null && line) {
      this.slots.last.title = formatExact(value);
      this.slots.last.dataset.hue = String(line.style.hue + 1);
    }
  }

  /** An expression says where it has no value because one of its series has none. */
  private missed(): string {
    const { spec } = this;
    let most = 0;
    for (const feed of this.feeds.values())
      for (const run of spec?.runs ?? []) most = Math.max(most, feed.missed(run.id));
    return most > 0 ? `${formatInteger(most)} steps that only one series has left out` : "";
  }

  private lastOf(line: Line, { lines }: ChartSpec): number | null {
    const { last, length, buckets: b, span } = line.trace;
    if (last !== null) return last;
    const i = length - 1;
    const alone = i >= 0 && b.n[i] === 1 && b.bad[i] === 0 && (b.x1[i] as number) >= span[1];
    if (alone) return b.mean[i] as number;
    // A list that was read before the trace would tell an older value than what is drawn.
    return lines[0]?.key && this.listed && this.listed.points >= line.trace.total ? this.listed.value : null;
  }
}

function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
