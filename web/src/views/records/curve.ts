/** ROC and precision–recall curves of all shown runs in one frame, with areas, and with earlier steps fading behind. */

import type { RecordReader } from "../../api/records.ts";
import { DASHES } from "../../lib/colour.ts";
import { formatNumber, tickLabels } from "../../lib/format.ts";
import { type CurveData, decodeCurves } from "../../lib/payload.ts";
import { makeScale, ticks } from "../../lib/scale.ts";
import { type Choice, Controls } from "./controls.ts";
import { element, swatch } from "./dom.ts";
import { type Loaded, Loader } from "./loader.ts";
import { type Place, Surface } from "./surface.ts";
import { type Axes, paintGrid } from "./vector.ts";
import type { MakeRecordView, RecordItem, RecordView, RecordViewProps, RunStyle } from "./view.ts";

const PAST: Choice = {
  name: "past",
  label: "Earlier steps",
  options: [
    ["", ""],
    ["1", "Earlier steps"],
  ],
};
/** Earlier curves that fade behind the present one. */
const MOST_PAST = 8;
const NEAR_PX = 28;
/** More curves than this are not named one by one. */
const MOST_LISTED = 14;

interface Spot {
  readonly item: RecordItem;
  readonly curve: CurveData;
  readonly index: number;
  readonly x: number;
  readonly y: number;
}

/** What a curve, or all curves of a run, look like, and their area. */
function legendRow(style: RunStyle, name: string, area: string, tells: string): HTMLElement {
  const row = element("li");
  row.append(swatch(style), element("span", "name", name), element("b", "number", area));
  row.title = tells;
  return row;
}

class CurveView implements RecordView {
  private readonly root = element("div", "viewer viewer-curve");
  private readonly controls: Controls;
  private readonly body = element("div", "viewer-body");
  private readonly legend = element("ul", "viewer-legend");
  private readonly surface: Surface;
  private readonly loader: Loader<CurveData[]>;
  private readonly past = new Map<string, { step: number; curves: readonly CurveData[] }[]>();
  private asked = "";
  private gone = false;
  private spot: Spot | null = null;

  constructor(
    host: HTMLElement,
    private props: RecordViewProps,
    private readonly reader: RecordReader,
  ) {
    host.append(this.root);
    this.controls = new Controls(this.root, (changes) => this.props.onSettings(changes));
    this.root.append(this.body);
    this.surface = new Surface(this.body, {
      paint: (context, width, height) => this.paint(context, width, height),
      point: (at) => this.point(at),
      key: (event) => this.key(event),
    });
    this.body.append(this.legend);
    this.loader = new Loader(
      (item) => this.read(item),
      () => this.heard(),
    );
  }

  update(props: RecordViewProps): void {
    this.props = props;
    this.controls.update(props.steps.length > 1 ? [PAST] : [], props.settings);
    this.loader.show(props);
    void this.readPast();
    this.heard();
  }

  destroy(): void {
    this.gone = true;
    this.loader.destroy();
    this.surface.destroy();
    this.root.remove();
  }

  private async read({ run, record }: RecordItem): Promise<CurveData[]> {
    return decodeCurves(record.meta, await this.reader.data(run.id, record.id));
  }

  /** Bring the curves of earlier steps, spread over all there were. */
  private async readPast(): Promise<void> {
    const { props } = this;
    const on = props.settings.past === "1";
    const asked = on ? JSON.stringify([props.step, props.items.map((item) => item.record.id)]) : "";
    if (asked === this.asked) return;
    this.asked = asked;
    this.past.clear();
    if (!on) return;
    const before = props.steps.filter((step) => step < props.step);
    const n = Math.min(MOST_PAST, before.length);
    const steps = Array.from({ length: n }, (_, i) => before[Math.floor((i * before.length) / n)] as number);
    try {
      for (const item of props.items) {
        const rows = await Promise.all(steps.map((step) => this.reader.at(item.run.id, props.key, step)));
        const kept = rows.flatMap((row) => (row && row.id !== item.record.id && row.kind === "curve" ? [row] : []));
        const found = await Promise.all(
          kept.map(async (record) => ({ step: record.step, curves: await this.read({ ...item, record }) })),
        );
        if (this.gone || this.asked !== asked) return;
        this.past.set(item.run.id, found);
      }
      this.surface.repaint();
    } catch (problem) {
      if (!this.gone && this.asked === asked) props.onState({ problem });
    }
  }

  private heard(): void {
    this.list();
    this.surface.repaint();
  }

  private get shown(): Loaded<CurveData[]>[] {
    return this.loader.list(this.props.items);
  }

  /** Whose curve is which, best area first. */
  private list(): void {
    const rows = this.shown.flatMap(({ item, data }) => data.map((curve, i) => ({ item, curve, i })));
    rows.sort((a, b) => (b.curve.area ?? -1) - (a.curve.area ?? -1));
    const text = JSON.stringify(
      rows.map(({ item, curve }) => [item.run.name, item.run.style, curve.label, curve.area]),
    );
    if (this.legend.dataset.shown === text) return;
    this.legend.dataset.shown = text;
    const several = this.props.items.length > 1;
    const listed =
      several && rows.length > MOST_LISTED
        ? this.runRows()
        : rows.slice(0, MOST_LISTED).map(({ item, curve, i }) => {
            const name = [several ? item.run.name : "", curve.label].filter(Boolean).join(" · ") || item.run.name;
            const style = several ? item.run.style : { hue: (item.run.style.hue + i) % 8, dash: 0 };
            const tells = curve.area === null ? name : `${name}: area ${curve.area}`;
            return legendRow(style, name, curve.area === null ? "" : formatNumber(curve.area), tells);
          });
    const left = several ? 0 : rows.length - listed.length;
    this.legend.replaceChildren(...listed, ...(left > 0 ? [element("li", "muted", `${left} more`)] : []));
    const areas = rows.map(({ item, curve }) => `${item.run.name} ${curve.label} area ${formatNumber(curve.area)}`);
    const { meta } = this.props.items[0]?.record ?? { meta: {} as Readonly<Record<string, unknown>> };
    this.surface.describe(
      `${meta.y ?? "y"} over ${meta.x ?? "x"} at step ${this.props.step}: ${areas.join("; ")}. Arrow keys read points.`,
    );
  }

  /** One row for each run, with the mean of its areas: so many curves cannot be told one by one. */
  private runRows(): HTMLElement[] {
    const runs = this.shown.map(({ item, data }) => {
      const areas = data.flatMap((curve) => curve.area ?? []);
      const mean = areas.length > 0 ? areas.reduce((sum, area) => sum + area, 0) / areas.length : null;
      return { item, n: areas.length, mean };
    });
    runs.sort((a, b) => (b.mean ?? -1) - (a.mean ?? -1));
    return runs.map(({ item: { run }, n, mean }) => {
      const tells = mean === null ? run.name : `${run.name}: mean of ${n} areas ${mean}`;
      return legendRow(run.style, run.name, mean === null ? "" : `mean ${formatNumber(mean)}`, tells);
    });
  }

  private frame(width: number, height: number) {
    let [x0, x1, y0, y1] = [0, 1, 0, 1];
    for (const { data } of this.shown) {
      for (const { x, y } of data) {
        for (let i = 0; i < x.length; i++) {
          const [a, b] = [x[i] as number, y[i] as number];
          if (Number.isFinite(a)) [x0, x1] = [Math.min(x0, a), Math.max(x1, a)];
          if (Number.isFinite(b)) [y0, y1] = [Math.min(y0, b), Math.max(y1, b)];
        }
      }
    }
    const box: Axes = { left: 50, top: 10, right: width - 12, bottom: height - 38 };
    return {
      box,
      x: makeScale("linear", [x0, x1], [box.left, box.right]),
      y: makeScale("linear", [y0, y1], [box.bottom, box.top]),
    };
  }

  private colour(item: RecordItem, index: number): string {
    const { theme, items } = this.props;
    return theme.runs[items.length > 1 ? item.run.style.hue : (item.run.style.hue + index) % 8] ?? theme.ink;
  }

  private paint(context: CanvasRenderingContext2D, width: number, height: number): void {
    const { shown, props } = this;
    if (shown.length === 0) return;
    const { box, x, y } = this.frame(width, height);
    const [xAt, yAt] = [ticks(x, 6), ticks(y, 6)];
    const [xText, yText] = [tickLabels(xAt), tickLabels(yAt)];
    paintGrid(
      context,
      box,
      xAt.map((v, i) => ({ at: x.to(v), text: xText[i] ?? "" })),
      yAt.map((v, i) => ({ at: y.to(v), text: yText[i] ?? "" })),
      props.theme,
    );
    this.paintNames(context, box, width, height);
    const meta = props.items[0]?.record.meta ?? {};
    if (meta.diagonal === true) {
      context.strokeStyle = props.theme.lineStrong;
      context.setLineDash([4, 4]);
      context.beginPath();
      context.moveTo(x.to(0), y.to(0));
      context.lineTo(x.to(1), y.to(1));
      context.stroke();
      context.setLineDash([]);
    }
    for (const { item } of shown) {
      const past = this.past.get(item.run.id) ?? [];
      for (const [age, { curves }] of past.entries()) {
        for (const [i, curve] of curves.entries()) {
          this.stroke(
            context,
            curve,
            x.to,
            y.to,
            this.colour(item, i),
            1,
            0.22 + (0.48 * age) / Math.max(1, past.length),
            [],
          );
        }
      }
    }
    for (const { item, data } of shown) {
      const dash = props.items.length > 1 ? (DASHES[item.run.style.dash] ?? []) : [];
      for (const [i, curve] of data.entries())
        this.stroke(context, curve, x.to, y.to, this.colour(item, i), 1.75, 1, dash);
    }
    if (!this.spot) return;
    context.fillStyle = props.theme.ink;
    context.beginPath();
    context.arc(x.to(this.spot.x), y.to(this.spot.y), 4, 0, 2 * Math.PI);
    context.fill();
  }

  private paintNames(context: CanvasRenderingContext2D, box: Axes, width: number, height: number): void {
    const { meta } = this.props.items[0]?.record ?? { meta: {} as Readonly<Record<string, unknown>> };
    context.fillStyle = this.props.theme.muted;
    context.textAlign = "center";
    context.textBaseline = "bottom";
    context.fillText(String(meta.x ?? ""), (box.left + box.right) / 2, height - 2, width);
    context.save();
    context.translate(10, (box.top + box.bottom) / 2);
    context.rotate(-Math.PI / 2);
    context.textBaseline = "middle";
    context.fillText(String(meta.y ?? ""), 0, 0);
    context.restore();
  }

  private stroke(
    context: CanvasRenderingContext2D,
    curve: CurveData,
    x: (v: number) => number,
    y: (v: number) => number,
    colour: string,
    wide: number,
    strength: number,
    dash: readonly number[],
  ): void {
    context.strokeStyle = colour;
    context.lineWidth = wide;
    context.globalAlpha = strength;
    context.lineJoin = "round";
    context.setLineDash([...dash]);
    context.beginPath();
    for (let i = 0; i < curve.x.length; i++) {
      const [px, py] = [x(curve.x[i] as number), y(curve.y[i] as number)];
      if (i === 0) context.moveTo(px, py);
      else context.lineTo(px, py);
    }
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  private point(at: Place | null): void {
    const { x, y } = this.frame(this.surface.width, this.surface.height);
    let best: (Spot & { away: number }) | null = null;
    if (at) {
      for (const { item, data } of this.shown) {
        for (const curve of data) {
          for (let i = 0; i < curve.x.length; i++) {
            const [a, b] = [curve.x[i] as number, curve.y[i] as number];
            const away = Math.hypot(x.to(a) - at.x, y.to(b) - at.y);
            if (away < NEAR_PX && (best === null || away < best.away))
              best = { item, curve, index: i, x: a, y: b, away };
          }
        }
      }
    }
    this.put(best, at, false);
  }

  private put(spot: Spot | null, at: Place | null, aloud: boolean): void {
    this.spot = spot;
    this.props.linked.hover.set(spot?.item.run.id ?? null);
    this.surface.tell(spot ? at : null, spot ? this.words(spot) : [], aloud);
    this.surface.repaint();
  }

  private words({ item, curve, index, x, y }: Spot): string[] {
    const { meta } = item.record;
    const threshold = curve.thresholds?.[index];
    return [
      [this.props.items.length > 1 ? item.run.name : "", curve.label].filter(Boolean).join(" · ") || item.run.name,
      `${meta.y ?? "y"} ${formatNumber(y)}`,
      `${meta.x ?? "x"} ${formatNumber(x)}`,
      ...(threshold === undefined ? [] : [`threshold ${formatNumber(threshold)}`]),
    ];
  }

  private key(event: KeyboardEvent): boolean {
    const by = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    const [first] = this.shown;
    const curve = this.spot?.curve ?? first?.data[0];
    if (by === 0 || !curve || !first || event.shiftKey) return false;
    const index = Math.max(0, Math.min(curve.x.length - 1, (this.spot?.index ?? (by > 0 ? -1 : curve.x.length)) + by));
    const spot = {
      item: this.spot?.item ?? first.item,
      curve,
      index,
      x: curve.x[index] as number,
      y: curve.y[index] as number,
    };
    const { x, y } = this.frame(this.surface.width, this.surface.height);
    this.put(spot, { x: x.to(spot.x), y: y.to(spot.y) }, true);
    return true;
  }
}

export const makeCurveView: MakeRecordView = (host, props, reader) => {
  const view = new CurveView(host, props, reader);
  view.update(props);
  return view;
};
