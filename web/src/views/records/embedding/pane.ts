/** One embedding on the screen: points and the middles of their labels, moved, pointed at and selected. */

import { css, labelColour } from "../../../lib/colormap.ts";
import { formatInteger, formatNumber, plural } from "../../../lib/format.ts";
import { makeScale, type Scale } from "../../../lib/scale.ts";
import { bounds, medians, within } from "../../../lib/scatter.ts";
import { panBy, type Space, viewport, WHOLE, zoomAt } from "../../../lib/viewport.ts";
import { chosen } from "../controls.ts";
import { element, write } from "../dom.ts";
import type { LensedPane, SharedLens } from "../lensed.ts";
import { type Place, Surface } from "../surface.ts";
import type { RecordItem, RecordViewProps } from "../view.ts";
import { AXES, DRAG, type Placed } from "./placed.ts";

const NEAR_PX = 10;
const MOST_NAMED = 24;

export class EmbeddingPane implements LensedPane<Placed> {
  private readonly surface: Surface;
  private readonly legend = element("ul", "viewer-legend");
  private readonly facts = element("p", "viewer-facts");
  private placed: Placed | null = null;
  private item: RecordItem | null = null;
  private props: RecordViewProps | null = null;
  private hidden = new Set<number>();
  private loop: Place[] = [];
  private chosen: Set<number> | null = null;
  private near: number | null = null;

  constructor(
    host: HTMLElement,
    private readonly shared: SharedLens,
    private readonly all: () => readonly Float64Array[],
  ) {
    this.surface = new Surface(host, {
      paint: (context) => this.paint(context),
      point: (at) => this.point(at),
      drag: (at, moved, first, event) => this.drag(at, moved, first, event.shiftKey),
      drop: (_, still) => this.drop(still),
      zoom: (at, factor) => this.shared.moved(zoomAt(this.space, this.shared.lens, factor, at.x, at.y)),
      reset: () => {
        this.chosen = null;
        this.shared.moved(WHOLE);
      },
      key: (event) => this.key(event),
    });
    host.append(this.legend, this.facts);
  }

  show(placed: Placed | null, item: RecordItem, props: RecordViewProps): void {
    if (placed?.data !== this.placed?.data) this.chosen = null;
    this.placed = placed;
    this.item = item;
    this.props = props;
    if (placed) {
      this.list(placed);
      this.describe(placed);
    }
    this.surface.repaint();
  }

  repaint(): void {
    this.surface.repaint();
  }

  destroy(): void {
    this.surface.destroy();
  }

  private get space(): Space {
    return { columns: 1, rows: 1, width: this.surface.width, height: this.surface.height, fill: true };
  }

  private get points(): Float64Array {
    const own = this.props !== null && chosen(this.props.settings, AXES) === "own";
    return (own ? this.placed?.own : this.placed?.aligned) ?? new Float64Array(0);
  }

  private get dark(): boolean {
    return this.props?.dark ?? false;
  }

  private scales(): { x: Scale; y: Scale } {
    const all = this.all();
    const box = square(bounds(all.length > 0 ? all : [this.points]), this.surface.width, this.surface.height);
    const view = viewport(this.space, this.shared.lens);
    return {
      x: makeScale("linear", box.x, [view.left, view.left + view.scale]),
      y: makeScale("linear", box.y, [view.top + view.scaleY, view.top]),
    };
  }

  private colourOf(i: number): string {
    const label = this.placed?.data.labels?.[i];
    if (label === undefined) return this.props?.theme.runs[this.item?.run.style.hue ?? 0] ?? "gray";
    return css(labelColour(Math.abs(label), this.dark));
  }

  private labelName(label: number): string {
    const { names, n } = this.placed?.data ?? { names: null, n: 0 };
    return (names && names.length !== n ? names[label] : undefined) ?? formatInteger(label);
  }

  private paint(context: CanvasRenderingContext2D): void {
    const { placed, props, points } = this;
    if (!placed || !props) return;
    const { x, y } = this.scales();
    const { labels, n } = placed.data;
    const px = n > 20_000 ? 1.5 : n > 3000 ? 2.5 : 4;
    for (let i = 0; i < n; i++) {
      if (labels && this.hidden.has(labels[i] as number)) continue;
      context.globalAlpha = this.chosen && !this.chosen.has(i) ? 0.12 : 0.8;
      context.fillStyle = this.colourOf(i);
      context.fillRect(x.to(points[2 * i] as number) - px / 2, y.to(points[2 * i + 1] as number) - px / 2, px, px);
    }
    context.globalAlpha = 1;
    if (labels) this.paintMedians(context, points, labels, x, y, props);
    this.paintLoop(context, props);
    if (this.near === null) return;
    context.strokeStyle = props.theme.ink;
    context.lineWidth = 1.5;
    context.beginPath();
    context.arc(
      x.to(points[2 * this.near] as number),
      y.to(points[2 * this.near + 1] as number),
      px / 2 + 4,
      0,
      2 * Math.PI,
    );
    context.stroke();
  }

  private paintMedians(
    context: CanvasRenderingContext2D,
    points: Float64Array,
    labels: Int32Array,
    x: Scale,
    y: Scale,
    props: RecordViewProps,
  ): void {
    context.font = `600 12px ${props.theme.font.replace(/^\S+\s/, "")}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    for (const found of medians(points, labels).slice(0, MOST_NAMED)) {
      if (this.hidden.has(found.label)) continue;
      const name = this.labelName(found.label);
      context.strokeStyle = props.theme.surface;
      context.lineWidth = 4;
      context.strokeText(name, x.to(found.x), y.to(found.y));
      context.fillStyle = props.theme.ink;
      context.fillText(name, x.to(found.x), y.to(found.y));
    }
  }

  private paintLoop(context: CanvasRenderingContext2D, props: RecordViewProps): void {
    if (this.loop.length < 2) return;
    context.strokeStyle = props.theme.now;
    context.setLineDash([4, 3]);
    context.beginPath();
    for (const [i, at] of this.loop.entries()) {
      if (i === 0) context.moveTo(at.x, at.y);
      else context.lineTo(at.x, at.y);
    }
    context.closePath();
    context.stroke();
    context.setLineDash([]);
  }

  /** Labels with their counts; a click hides or shows one. */
  private list(placed: Placed): void {
    const { labels } = placed.data;
    const text = labels ? `${this.item?.record.id} ${this.dark} ${[...this.hidden]}` : "";
    if (this.legend.dataset.shown === text) return;
    this.legend.dataset.shown = text;
    this.legend.hidden = labels === null;
    if (!labels) return;
    const found = medians(this.points, labels).sort((a, b) => a.label - b.label);
    this.legend.replaceChildren(
      ...found.slice(0, MOST_NAMED).map(({ label, n }) => {
        const row = element("li");
        const button = element("button", "legend-button");
        button.type = "button";
        button.setAttribute("aria-pressed", String(!this.hidden.has(label)));
        const mark = element("span", "swatch");
        mark.style.background = css(labelColour(Math.abs(label), this.dark));
        button.append(
          mark,
          element("span", "name", this.labelName(label)),
          element("span", "muted number", formatInteger(n)),
        );
        button.addEventListener("click", () => this.toggle(label));
        row.append(button);
        return row;
      }),
      ...(found.length > MOST_NAMED ? [element("li", "muted", `${found.length - MOST_NAMED} more`)] : []),
    );
  }

  private toggle(label: number): void {
    if (!this.hidden.delete(label)) this.hidden.add(label);
    if (this.placed) this.list(this.placed);
    this.surface.repaint();
  }

  private describe(placed: Placed): void {
    const { data, explained, method } = placed;
    const percent = (k: number): string => `PC${k + 1} ${formatNumber(100 * (explained[k] ?? 0), 3)} %`;
    const own = this.props !== null && chosen(this.props.settings, AXES) === "own";
    const turn = own
      ? "own axes"
      : placed.matched
        ? "turned onto the first step (Procrustes)"
        : "own axes: the first step has other points";
    const how = method
      ? `${method}   each step begins from the one before   distances between groups say little`
      : `${percent(0)}   ${percent(1)}   ${turn}`;
    const some = this.chosen ? `${plural(this.chosen.size, "point")} selected   ` : "";
    write(this.facts, `${some}${formatInteger(data.n)} × ${formatInteger(data.dim)}   ${how}`);
    const means = method ?? `${percent(0)}, ${percent(1)} of the variance`;
    this.surface.describe(
      `Embedding of ${this.item?.run.name}: ${plural(data.n, "point")} of ${data.dim} numbers, ${means}. Plus and minus zoom, arrow keys move.`,
    );
  }

  private drag(at: Place, moved: Place, first: boolean, shift: boolean): void {
    const lasso = shift || (this.props !== null && chosen(this.props.settings, DRAG) === "lasso");
    if (!lasso) {
      this.shared.moved(panBy(this.space, this.shared.lens, moved.x, moved.y));
      return;
    }
    if (first) this.loop = [];
    this.loop.push(at);
    this.surface.repaint();
  }

  private drop(still: boolean): void {
    const { loop, points, placed } = this;
    this.loop = [];
    if (still) this.chosen = null;
    else if (loop.length > 2 && placed) {
      const { x, y } = this.scales();
      const held = new Set<number>();
      for (let i = 0; i < placed.data.n; i++) {
        if (within(loop, x.to(points[2 * i] as number), y.to(points[2 * i + 1] as number))) held.add(i);
      }
      this.chosen = held.size > 0 ? held : null;
    }
    if (placed) this.describe(placed);
    this.surface.repaint();
  }

  private point(at: Place | null): void {
    const { placed, points } = this;
    let near: number | null = null;
    let best = NEAR_PX;
    if (at && placed) {
      const { x, y } = this.scales();
      for (let i = 0; i < placed.data.n; i++) {
        const away = Math.hypot(x.to(points[2 * i] as number) - at.x, y.to(points[2 * i + 1] as number) - at.y);
        if (away < best) [best, near] = [away, i];
      }
    }
    this.near = near;
    this.surface.tell(near === null ? null : at, near === null ? [] : this.words(near));
    this.surface.repaint();
  }

  private words(i: number): string[] {
    const { data } = this.placed as Placed;
    const label = data.labels?.[i];
    const name = data.names?.length === data.n ? data.names[i] : undefined;
    const lines = label === undefined ? [] : [this.labelName(label)];
    if (name !== undefined) lines.push(name);
    return [
      ...lines,
      `point ${formatInteger(i)}`,
      `${formatNumber(this.points[2 * i])}, ${formatNumber(this.points[2 * i + 1])}`,
    ];
  }

  private key(event: KeyboardEvent): boolean {
    const by = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] }[event.key];
    if (!by || event.shiftKey || this.shared.lens.zoom === 1) return false;
    this.shared.moved(panBy(this.space, this.shared.lens, by[0] ?? 0, by[1] ?? 0));
    return true;
  }
}

/** The same units on both axes: distances are what an embedding is about. */
function square(box: { x: [number, number]; y: [number, number] }, width: number, height: number): typeof box {
  const [w, h] = [box.x[1] - box.x[0], box.y[1] - box.y[0]];
  const perPixel = Math.max(w / Math.max(1, width), h / Math.max(1, height));
  const widen = ([low, high]: [number, number], size: number): [number, number] => {
    const [middle, half] = [(low + high) / 2, (perPixel * Math.max(1, size)) / 2];
    return [middle - half, middle + half];
  };
  return { x: widen(box.x, width), y: widen(box.y, height) };
}
