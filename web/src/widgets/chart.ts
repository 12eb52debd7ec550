/** Lines in a notebook cell: the view of the app; Python is asked for the extremes of exactly the part that is drawn. */

import { assignStyles } from "../lib/colour.ts";
import { decodeEnvelopes } from "../lib/gnc1.ts";
import charts from "../styles/charts.css?inline";
import { plotWidth } from "../views/line/frame.ts";
import { LineView } from "../views/line/line.ts";
import type { Line, LineProps } from "../views/line/props.ts";
import { make } from "../views/sheet/sheet.ts";
import css from "./chart.css?inline";
import { Host, type RenderContext } from "./host.ts";

type Range = readonly [number, number];

interface Told {
  readonly asked: { readonly n: number; readonly window: readonly [number | null, number | null] };
  readonly lines: readonly { readonly name: string; readonly live: boolean }[];
  readonly x: string;
  readonly title: string;
}

interface Question {
  readonly n: number;
  readonly px: number;
  readonly first: number | null;
  readonly last: number | null;
}

class ChartCell {
  private readonly host: Host;
  private readonly view: LineView;
  private readonly title = make("span", "cell-title");
  private readonly whole = make("button", "cell-whole", "Show all");
  private readonly legend = make("div", "cell-legend");
  private readonly density = make("span", "");
  private readonly notes = make("span", "chart-notes");
  private readonly resize: ResizeObserver;
  private lines: readonly Line[] = [];
  private told: Told | null = null;
  private zoom: Range | null = null;
  private moving = false;
  private hover: string | null = null;
  private cursor: number | null = null;

  constructor(private readonly context: RenderContext) {
    const { model, el } = context;
    this.host = new Host(model, el, `${charts}\n${css}`, () => this.view?.repaint());
    const head = make("div", "cell-head");
    this.whole.setAttribute("type", "button");
    this.whole.addEventListener("click", () => this.zoomTo(null, true));
    head.append(this.title, this.whole);
    const plot = make("section", "cell-plot");
    plot.style.height = `${Number(model.get("height"))}px`;
    const foot = make("div", "chart-foot");
    foot.append(this.density, this.notes);
    this.host.root.setAttribute("role", "figure");
    this.host.root.append(head, plot, this.legend, foot);
    this.view = new LineView(plot, {
      zoom: (range, settled) => this.zoomTo(range, settled),
      cursor: (x) => this.point(x),
      hover: (run) => this.bring(run),
      active: () => undefined,
      painted: ({ density, notes }) => {
        this.density.textContent = density;
        this.notes.textContent = notes.join("   ");
      },
    });
    // A notebook takes keys for its own commands unless they stay in here.
    plot.addEventListener("keydown", (event) => event.stopPropagation());
    this.host.on("frame", () => this.fed());
    this.resize = new ResizeObserver(() => this.ask());
    this.resize.observe(plot);
    this.fed();
  }

  destroy(): void {
    this.resize.disconnect();
    this.view.destroy();
    this.host.destroy();
  }

  /** Take in what Python sent, unless a later question is on its way. */
  private fed(): void {
    const bytes = bytesOf(this.context.model.get("frame"));
    if (bytes.byteLength === 0) return;
    const told = headerOf(bytes);
    const [first, last] = told.asked.window;
    const { question } = this;
    // A kernel that trains answers late: of the same window an older frame is good, if less fine.
    const late = told.asked.n < question.n && (first !== question.first || last !== question.last);
    if (late || this.moving) return;
    this.told = told;
    this.zoom = first === null || last === null ? null : [first, last];
    const series = decodeEnvelopes(bytes);
    const names = series.map((_, i) => `${series[i]?.run}\n${i}`);
    const styles = assignStyles(
      series.map(({ run }, i) => (series.findIndex((one) => one.run === run) === i ? run : `${run}\n${i}`)),
    );
    const style = [...styles.values()];
    this.lines = series.flatMap(({ trace }, i) => {
      const line = told.lines[i];
      const mine = style[i];
      if (!line || !mine || trace.total === 0) return [];
      return [{ run: names[i] as string, name: line.name, style: mine, live: line.live, trace }];
    });
    this.caption(told);
    this.draw();
  }

  private get question(): Question {
    return this.context.model.get("asked") as Question;
  }

  /** Ask for the extremes of each pixel of what is shown. */
  private ask(): void {
    if (this.view.width === 0) return;
    const px = Math.round(plotWidth(this.view.width) * (window.devicePixelRatio || 1));
    const [first, last] = this.zoom ?? [null, null];
    const before = this.question;
    if (before.px === px && before.first === first && before.last === last) return;
    this.context.model.set("asked", { n: before.n + 1, px, first, last });
    this.context.model.save_changes();
  }

  private zoomTo(range: Range | null, settled: boolean): void {
    this.zoom = range;
    this.moving = !settled;
    this.draw();
    if (settled) this.ask();
  }

  private point(x: number | null): void {
    this.cursor = x;
    this.draw();
  }

  private bring(run: string | null): void {
    if (this.hover === run) return;
    this.hover = run;
    this.draw();
  }

  private caption(told: Told): void {
    this.title.textContent = told.title;
    this.host.root.setAttribute("aria-label", `${told.title} over ${told.x}`);
    this.legend.replaceChildren(...(this.lines.length > 1 ? this.lines.map((line) => entryOf(line)) : []));
  }

  private draw(): void {
    this.whole.hidden = this.zoom === null;
    if (!this.told) return;
    const props: LineProps = {
      title: this.told.title,
      lines: this.lines,
      x: this.told.x,
      xLog: false,
      yLog: false,
      bands: true,
      smooth: 0,
      smoothing: "ema",
      outliers: true,
      low: null,
      high: null,
      reach: null,
      baseline: null,
      zoom: this.zoom,
      moving: this.moving,
      hover: this.hover,
      alone: true,
      cursor: this.cursor === null ? null : { x: this.cursor, own: true },
    };
    this.view.update(props);
  }
}

function entryOf(line: Line): HTMLElement {
  const entry = make("span", "cell-line");
  const swatch = make("span", "swatch");
  swatch.style.background = `var(--r${line.style.hue + 1})`;
  entry.append(swatch, make("span", "", line.name));
  return entry;
}

/** Bytes come as a view of a buffer, or as the buffer. */
function bytesOf(value: unknown): ArrayBuffer {
  if (value instanceof ArrayBuffer) return value;
  if (!ArrayBuffer.isView(value)) return new ArrayBuffer(0);
  const copy = new Uint8Array(value.byteLength);
  copy.set(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  return copy.buffer;
}

function headerOf(bytes: ArrayBuffer): Told {
  const size = new DataView(bytes).getUint32(4, true);
  return JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, size))) as Told;
}

function render(context: RenderContext): () => void {
  const cell = new ChartCell(context);
  return () => cell.destroy();
}

export default { render };
