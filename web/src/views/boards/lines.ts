/** Several series in one chart: live lines of runs, or points that are given; drawn by the line chart of all pages. */

import { assignStyles, type Style } from "../../lib/colour.ts";
import { formatExact, formatNumber, wireNumber } from "../../lib/format.ts";
import { Trace } from "../../lib/trace.ts";
import { Feed } from "../../state/feed.ts";
import { throttled } from "../../state/store.ts";
import { plotWidth } from "../line/frame.ts";
import { LineView } from "../line/line.ts";
import type { Line } from "../line/props.ts";

/** One line that is read, and followed, from a run. */
export interface Followed {
  readonly run: string;
  readonly key: string;
  readonly name: string;
  /** Lines of the same owner share a colour wherever they are drawn. */
  readonly owner: string;
  readonly created: number;
  readonly live: boolean;
}

/** One line whose points are given. */
export interface Given {
  readonly name: string;
  readonly owner: string;
  readonly step: readonly number[];
  readonly value: readonly unknown[];
  /** Points there are in all; more than given means that these are the extremes. */
  readonly n: number;
}

export interface LinesShown {
  readonly title: string;
  readonly followed: readonly Followed[];
  readonly given: readonly Given[];
  readonly x: string;
  readonly yLog: boolean;
}

export interface LinesSlots {
  readonly plot: HTMLElement;
  readonly legend: HTMLElement;
  readonly note: HTMLElement;
}

export interface LinesEvents {
  problem(cause: unknown): void;
  loading(loading: boolean): void;
}

const WHILE_MOVING_MS = 160;

export class Lines {
  private readonly view: LineView;
  private readonly feeds = new Map<string, Feed>();
  private readonly resize: ResizeObserver;
  private readonly follow = throttled(() => this.request(), WHILE_MOVING_MS);
  private shown: LinesShown | null = null;
  private traces: readonly Trace[] = [];
  private zoom: readonly [number, number] | null = null;
  private cursor: number | null = null;
  private hover: string | null = null;
  private lines: readonly Line[] = [];

  constructor(
    private readonly slots: LinesSlots,
    private readonly events: LinesEvents,
  ) {
    this.view = new LineView(slots.plot, {
      zoom: (range) => this.zoomed(range),
      cursor: (x) => {
        this.cursor = x;
        this.draw();
      },
      hover: (line) => {
        this.hover = line;
        this.draw();
      },
      active: () => {},
      painted: (info) => write(slots.note, [this.thinned(), info.density, ...info.notes].filter(Boolean).join("   ")),
    });
    this.resize = new ResizeObserver(() => this.request());
    this.resize.observe(slots.plot);
  }

  show(shown: LinesShown): void {
    if (this.shown?.x !== shown.x) this.zoom = null;
    this.shown = shown;
    this.traces = shown.given.map(traceOf);
    const keys = new Set(shown.followed.map((line) => line.key));
    for (const [key, feed] of this.feeds) {
      if (keys.has(key)) continue;
      feed.destroy();
      this.feeds.delete(key);
    }
    for (const key of keys) if (!this.feeds.has(key)) this.feeds.set(key, new Feed({ key }, () => this.fed()));
    this.request();
    this.relist();
  }

  repaint(): void {
    this.view.repaint();
  }

  reload(): void {
    for (const feed of this.feeds.values()) feed.reload();
  }

  destroy(): void {
    this.follow.cancel();
    this.resize.disconnect();
    for (const feed of this.feeds.values()) feed.destroy();
    this.view.destroy();
  }

  private request(): void {
    const { shown } = this;
    if (!shown || this.view.width === 0) return;
    const px = Math.round(plotWidth(this.view.width) * (window.devicePixelRatio || 1));
    for (const [key, feed] of this.feeds) {
      const runs = shown.followed.filter((line) => line.key === key);
      feed.show(
        runs.map((line) => ({ id: line.run, created: line.created })),
        { x: shown.x, scale: "linear", px, zoom: this.zoom },
      );
    }
    this.told();
  }

  private fed(): void {
    this.told();
    this.relist();
  }

  private told(): void {
    const feeds = [...this.feeds.values()];
    this.events.problem(feeds.find((feed) => feed.problem !== null)?.problem ?? null);
    this.events.loading(feeds.some((feed) => feed.loading));
  }

  private relist(): void {
    const { shown } = this;
    if (!shown) return;
    const styles = assignStyles([...new Set([...shown.followed, ...shown.given].map((line) => line.owner))]);
    const style = (owner: string): Style => styles.get(owner) ?? { hue: 0, dash: 0 };
    this.lines = [
      ...shown.followed.map((line) => ({
        run: `${line.run}/${line.key}`,
        name: line.name,
        style: style(line.owner),
        live: line.live,
        trace: this.feeds.get(line.key)?.trace(line.run) ?? Trace.empty(),
      })),
      ...shown.given.map((line, i) => ({
        run: `given/${i}`,
        name: line.name,
        style: style(line.owner),
        live: false,
        trace: this.traces[i] ?? Trace.empty(),
      })),
    ].filter((line) => line.trace.total > 0);
    this.legend();
    this.draw();
  }

  private draw(): void {
    const { shown } = this;
    if (!shown) return;
    this.view.update({
      title: shown.title,
      lines: this.lines,
      x: shown.x,
      xLog: false,
      yLog: shown.yLog,
      bands: true,
      smooth: 0,
      smoothing: "ema",
      outliers: true,
      low: null,
      high: null,
      reach: null,
      baseline: null,
      zoom: this.zoom,
      moving: false,
      hover: this.hover,
      cursor: this.cursor === null ? null : { x: this.cursor, own: true },
    });
  }

  private zoomed(range: readonly [number, number] | null): void {
    this.zoom = range;
    this.draw();
    this.follow();
  }

  /** Names and last values, in the colours of their lines. */
  private legend(): void {
    const { legend } = this.slots;
    while (legend.children.length > this.lines.length) legend.lastElementChild?.remove();
    for (const [i, line] of this.lines.entries()) {
      const row = legend.children[i] ?? legend.appendChild(document.createElement("span"));
      const last = lastOf(line.trace);
      (row as HTMLElement).dataset.hue = String(line.style.hue + 1);
      const text = last === null ? line.name : `${line.name} ${formatNumber(last)}`;
      write(row, text);
      (row as HTMLElement).title = last === null ? line.name : `${line.name} ${formatExact(last)}`;
    }
  }

  private thinned(): string {
    const most = (this.shown?.given ?? []).reduce((n, line) => Math.max(n, line.n > line.step.length ? line.n : 0), 0);
    return most > 0 ? `extremes of ${most} points` : "";
  }
}

function traceOf(line: Given): Trace {
  const trace = Trace.empty();
  const value = line.value.map((one) => wireNumber(one) ?? Number.NaN);
  trace.merge({ x: line.step, value, total: line.step.length, thinned: false });
  return trace;
}

function lastOf(trace: Trace): number | null {
  if (trace.last !== null) return trace.last;
  const { buckets: b, length } = trace;
  const i = length - 1;
  return i >= 0 && b.n[i] === 1 && b.bad[i] === 0 ? (b.mean[i] as number) : null;
}

function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
