/** Joins one chart to its data: the feed below, the view above, and the neighbours it is linked with. */

import type { Style } from "../../lib/colour.ts";
import { formatExact, formatNumber } from "../../lib/format.ts";
import type { ChartState } from "../../lib/url.ts";
import { Feed } from "../../state/feed.ts";
import type { Linked } from "../../state/linked.ts";
import { throttled } from "../../state/store.ts";
import { plotWidth } from "./frame.ts";
import { LineView } from "./line.ts";
import type { Line } from "./props.ts";

/** The last value of a series, and how many points it had then. */
export interface Listed {
  readonly value: number | null;
  readonly points: number;
}

export interface ChartRun {
  readonly id: string;
  readonly name: string;
  readonly created: number;
  readonly live: boolean;
  readonly style: Style;
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
}

const WHILE_MOVING_MS = 160;

export class Control {
  private readonly view: LineView;
  private readonly feed: Feed;
  private readonly leave: (() => void)[];
  private readonly resize: ResizeObserver;
  private runs: readonly ChartRun[] = [];
  private chart: ChartState | null = null;
  private lines: readonly Line[] = [];
  /** Last value as the server lists it, for when the trace does not tell. */
  private listed: Listed | null = null;
  private readonly follow = throttled(() => this.request(), WHILE_MOVING_MS);

  constructor(
    private readonly slots: Slots,
    readonly key: string,
    private readonly linked: Linked,
    private readonly events: ControlEvents,
  ) {
    this.feed = new Feed(key, () => this.fed());
    this.view = new LineView(slots.plot, {
      zoom: (range, settled) => this.zoomed(range, settled),
      cursor: (x) => linked.cursor.set(x === null ? null : { x, chart: key }),
      hover: (run) => linked.hover.set(run),
      active: (here) => linked.active.set(here ? key : null),
      painted: (info) => this.painted(info.density, info.notes),
    });
    this.leave = [
      linked.cursor.subscribe(() => this.draw()),
      linked.hover.subscribe(() => this.draw()),
      linked.zoom.subscribe(() => this.moving()),
    ];
    this.resize = new ResizeObserver(() => this.request());
    this.resize.observe(slots.plot);
  }

  show(runs: readonly ChartRun[], chart: ChartState, listed: Listed | null): void {
    this.runs = runs;
    this.chart = chart;
    this.listed = listed;
    this.request();
    this.relist();
  }

  repaint(): void {
    this.view.repaint();
  }

  reload(): void {
    this.feed.reload();
  }

  destroy(): void {
    for (const stop of this.leave) stop();
    this.follow.cancel();
    this.resize.disconnect();
    this.feed.destroy();
    this.view.destroy();
  }

  private get zoom(): ChartState["zoom"] {
    return this.linked.zoom.get() ?? this.chart?.zoom ?? null;
  }

  private request(): void {
    if (!this.chart || this.view.width === 0) return;
    const px = Math.round(plotWidth(this.view.width) * (window.devicePixelRatio || 1));
    this.feed.show(this.runs, { x: this.chart.x, scale: this.chart.xLog ? "log" : "linear", px, zoom: this.zoom });
    this.events.loading(this.feed.loading);
  }

  private fed(): void {
    this.events.problem(this.feed.problem);
    this.events.loading(this.feed.loading);
    this.relist();
  }

  private relist(): void {
    const drawn = this.runs.map((run) => ({
      run: run.id,
      name: run.name,
      style: run.style,
      live: run.live,
      trace: this.feed.trace(run.id),
    }));
    this.lines = drawn.filter((line) => line.trace.total > 0);
    this.draw();
  }

  private draw(): void {
    if (!this.chart) return;
    const { x, xLog, yLog, bands, smooth } = this.chart;
    const cursor = this.linked.cursor.get();
    this.view.update({
      title: this.key,
      lines: this.lines,
      x,
      xLog,
      yLog,
      bands,
      smooth,
      zoom: this.zoom,
      hover: this.linked.hover.get(),
      cursor: cursor && { x: cursor.x, own: cursor.chart === this.key },
    });
  }

  private zoomed(range: ChartState["zoom"], settled: boolean): void {
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
    write(this.slots.density, density);
    write(this.slots.notes, notes.join("   "));
    const [line] = this.lines;
    const value = this.lines.length === 1 && line ? this.lastOf(line) : null;
    write(this.slots.last, value === null ? "" : formatNumber(value));
    if (value !== null && line) {
      this.slots.last.title = formatExact(value);
      this.slots.last.dataset.hue = String(line.style.hue + 1);
    }
  }

  private lastOf(line: Line): number | null {
    const { last, length, buckets: b, span } = line.trace;
    if (last !== null) return last;
    const i = length - 1;
    const alone = i >= 0 && b.n[i] === 1 && b.bad[i] === 0 && (b.x1[i] as number) >= span[1];
    if (alone) return b.mean[i] as number;
    // A list that was read before the trace would tell an older value than what is drawn.
    return this.listed && this.listed.points >= line.trace.total ? this.listed.value : null;
  }
}

function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
