/** FITS images: physical values, stretches and cuts as astronomers use them, the y axis up. */

import type { MapName } from "../../lib/colormap.ts";
import { type Fits, type FitsPlane, parseFits, planesOf, readPlane } from "../../lib/fits.ts";
import { formatBytes, formatInteger, formatNumber } from "../../lib/format.ts";
import type { Plane } from "../../lib/plane.ts";
import { cut, type Stretch, summarise } from "../../lib/stretch.ts";
import {
  arrowOf,
  type Cell,
  cellAt,
  cellBeside,
  middleOf,
  panBy,
  type Space,
  viewport,
  WHOLE,
  zoomAt,
} from "../../lib/viewport.ts";
import { type Choice, chosen } from "./controls.ts";
import { element, write } from "./dom.ts";
import { BAR_PX, type Look, paintBar, paintPlane, Raster } from "./heat.ts";
import { type LensedPane, LensedView, type SharedLens } from "./lensed.ts";
import { type Place, Surface } from "./surface.ts";
import type { MakeRecordView, RecordItem, RecordViewProps } from "./view.ts";

interface Loaded {
  readonly fits: Fits;
  readonly bytes: ArrayBuffer;
}

/** Larger files would fill the memory of the page. */
const MOST_BYTES = 512 << 20;

const STRETCH: Choice = {
  name: "stretch",
  label: "Stretch",
  options: [
    ["linear", "Linear"],
    ["log", "Log"],
    ["asinh", "Asinh"],
    ["sqrt", "Square root"],
  ],
};
const CUT: Choice = {
  name: "cut",
  label: "Cut",
  options: [
    ["99.5", "99.5 %"],
    ["99", "99 %"],
    ["100", "Min to max"],
    ["manual", "Manual"],
  ],
};
const MAP: Choice = {
  name: "map",
  label: "Colours",
  options: [
    ["gray", "Gray"],
    ["viridis", "Viridis"],
    ["inferno", "Inferno"],
    ["cividis", "Cividis"],
  ],
};
const INVERT: Choice = {
  name: "invert",
  label: "Dark on light",
  options: [
    ["", ""],
    ["1", "Invert"],
  ],
};
const SHOW: Choice = {
  name: "header",
  label: "Show the header",
  options: [
    ["", ""],
    ["1", "Header"],
  ],
};

class FitsPane implements LensedPane<Loaded> {
  private readonly surface: Surface;
  private readonly header = element("div", "sheet");
  private readonly facts = element("p", "viewer-facts");
  private readonly raster = new Raster();
  /** Where this image would be cut, were it alone. */
  range: readonly [number, number] | null = null;
  private loaded: Loaded | null = null;
  private stored: FitsPlane | null = null;
  /** Rows turned over: the first row of FITS is the lowest. */
  private plane: Plane | null = null;
  private look: Look = { map: "gray", low: 0, high: 1, stretch: "linear" };
  private made = "";
  private props: RecordViewProps | null = null;
  private item: RecordItem | null = null;
  private cursor: Cell | null = null;

  constructor(
    host: HTMLElement,
    private readonly shared: SharedLens,
    private readonly all: () => readonly (readonly [number, number])[],
  ) {
    this.surface = new Surface(host, {
      paint: (context, width, height) => this.paint(context, width, height),
      point: (at) => this.point(at),
      drag: (_, moved) => this.shared.moved(panBy(this.space, this.shared.lens, moved.x, moved.y)),
      zoom: (at, factor) => this.shared.moved(zoomAt(this.space, this.shared.lens, factor, at.x, at.y)),
      reset: () => this.shared.moved(WHOLE),
      key: (event) => this.key(event),
    });
    this.header.tabIndex = 0;
    host.append(this.header, this.facts);
  }

  show(loaded: Loaded | null, item: RecordItem, props: RecordViewProps): void {
    this.props = props;
    this.item = item;
    const table = props.settings.header === "1" && loaded !== null;
    this.header.hidden = !table;
    this.surface.root.hidden = table;
    if (loaded) this.take(loaded, props);
    if (loaded && table) this.fillHeader(loaded.fits);
    this.surface.repaint();
  }

  repaint(): void {
    this.surface.repaint();
  }

  destroy(): void {
    this.surface.destroy();
  }

  private take(loaded: Loaded, props: RecordViewProps): void {
    const { settings } = props;
    const name = JSON.stringify([
      settings.plane,
      settings.stretch,
      settings.cut,
      settings.low,
      settings.high,
      settings.map,
      settings.invert,
    ]);
    if (loaded === this.loaded && name === this.made) return;
    const index = Math.max(0, Math.min(planesOf(loaded.fits) - 1, Number(settings.plane) || 0));
    if (loaded !== this.loaded || this.stored === null || JSON.parse(this.made)[0] !== (settings.plane ?? null)) {
      this.stored = readPlane(loaded.fits, loaded.bytes, index);
      this.plane = upright(this.stored);
    }
    this.loaded = loaded;
    this.made = name;
    this.range = rangeFor(this.stored.values, settings);
    this.describe(loaded.fits, this.stored);
  }

  private describe(fits: Fits, plane: FitsPlane): void {
    const all = summarise(plane.values);
    const unit = fits.cards.find((card) => card.key === "BUNIT")?.value ?? "";
    const bad = all.nan + all.inf > 0 ? `   ▲ ${formatInteger(all.nan + all.inf)} blank` : "";
    const scaled =
      fits.bscale !== 1 || fits.bzero !== 0
        ? `   ${formatNumber(fits.bzero)} + ${formatNumber(fits.bscale)} × stored`
        : "";
    const range = `min ${formatNumber(all.low)}   max ${formatNumber(all.high)}   mean ${formatNumber(all.mean)} ${unit}`;
    write(this.facts, `${plane.width} × ${plane.height}   ${range}${scaled}${bad}`);
    this.surface.describe(
      `FITS image of ${this.item?.run.name}, ${plane.width} by ${plane.height} pixels, ${range}. Arrow keys read values, plus and minus zoom.`,
    );
  }

  private get space(): Space {
    return {
      columns: this.plane?.columns ?? 1,
      rows: this.plane?.rows ?? 1,
      width: Math.max(10, this.surface.width - BAR_PX),
      height: Math.max(10, this.surface.height),
    };
  }

  private paint(context: CanvasRenderingContext2D, width: number, height: number): void {
    const { plane, props } = this;
    if (!plane || !props) return;
    const view = viewport(this.space, this.shared.lens);
    this.look = lookFor(this.all(), props.settings);
    paintPlane(context, this.raster, plane, this.look, view, [width, height], this.cursor, props.theme);
    paintBar(context, this.look, width, height, props.theme);
  }

  private point(at: Place | null, aloud = false): void {
    this.cursor = at && this.plane ? cellAt(viewport(this.space, this.shared.lens), this.space, at.x, at.y) : null;
    this.surface.tell(this.cursor ? at : null, this.cursor ? this.words(this.cursor) : [], aloud);
    this.surface.repaint();
  }

  /** Physical value, and the pixel as FITS counts it: from 1, from the lower left. */
  private words({ row, column }: Cell): string[] {
    const { stored } = this;
    if (!stored) return [];
    const y = stored.height - 1 - row;
    const value = stored.values[y * stored.width + column] as number;
    return [formatPhysical(value), `x ${column + 1}, y ${y + 1}`];
  }

  private key(event: KeyboardEvent): boolean {
    const { plane } = this;
    const by = arrowOf(event);
    if (!by || !plane) return false;
    const from = this.cursor ?? { row: plane.rows >> 1, column: plane.columns >> 1 };
    this.cursor = cellBeside(plane, from, by);
    this.surface.tell(middleOf(viewport(this.space, this.shared.lens), this.cursor), this.words(this.cursor), true);
    this.surface.repaint();
    return true;
  }

  private fillHeader(fits: Fits): void {
    if (this.header.dataset.shown === this.made && this.header.childElementCount > 0) return;
    this.header.dataset.shown = this.made;
    const table = element("table", "cards");
    for (const { key, value, comment } of fits.cards) {
      const row = element("tr");
      const head = element("th", "", key);
      head.scope = "row";
      row.append(head, element("td", "", value), element("td", "muted", comment));
      table.append(row);
    }
    this.header.replaceChildren(table);
    this.header.setAttribute("aria-label", `Header of ${this.props?.key}`);
  }
}

/** Fifteen digits: a double's own, without the tail that scaling leaves behind. */
function formatPhysical(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(15))).replace("-", "−") : formatNumber(value);
}

function upright(plane: FitsPlane): Plane {
  const values = new Float64Array(plane.values.length);
  for (let row = 0; row < plane.height; row++) {
    const from = (plane.height - 1 - row) * plane.width;
    values.set(plane.values.subarray(from, from + plane.width), row * plane.width);
  }
  return { rows: plane.height, columns: plane.width, values };
}

function rangeFor(values: Float64Array, settings: Readonly<Record<string, string>>): [number, number] {
  const how = chosen(settings, CUT);
  if (how !== "manual") return cut(values, Number(how));
  const whole = cut(values, 100);
  const wish = [settings.low, settings.high].map((text) =>
    text === undefined || text === "" ? Number.NaN : Number(text),
  );
  const [low = Number.NaN, high = Number.NaN] = wish;
  return [Number.isFinite(low) ? low : whole[0], Number.isFinite(high) ? high : whole[1]];
}

/** Images beside one another share one range, or their greys could not be compared. */
function lookFor(all: readonly (readonly [number, number])[], settings: Readonly<Record<string, string>>): Look {
  return {
    map: chosen(settings, MAP) as MapName,
    low: Math.min(...all.map(([low]) => low)),
    high: Math.max(...all.map(([, high]) => high)),
    stretch: chosen(settings, STRETCH) as Stretch,
    invert: settings.invert === "1",
  };
}

class FitsView extends LensedView<Loaded, FitsPane> {
  private readonly manual = element("div", "view-sliders");
  private manualOf: HTMLInputElement[] | null = null;

  protected choices(): readonly Choice[] {
    const planes = this.loaded[0] ? planesOf(this.loaded[0].data.fits) : 1;
    const which: Choice[] =
      planes > 1
        ? [
            {
              name: "plane",
              label: "Plane",
              options: Array.from(
                { length: Math.min(planes, 500) },
                (_, i) => [String(i), `Plane ${i + 1} of ${planes}`] as const,
              ),
            },
          ]
        : [];
    return [...which, STRETCH, CUT, MAP, INVERT, SHOW];
  }

  protected async read({ run, record }: RecordItem): Promise<Loaded> {
    if (record.size > MOST_BYTES) {
      throw new Error(`This file has ${formatBytes(record.size)}; the browser draws up to ${formatBytes(MOST_BYTES)}.`);
    }
    const bytes = await this.reader.data(run.id, record.id);
    return { fits: parseFits(bytes), bytes };
  }

  protected override refresh(): void {
    super.refresh();
    this.offerManual();
  }

  /** Two fields for the ends of the range, while the cut is made by hand. */
  private offerManual(): void {
    const on = chosen(this.props.settings, CUT) === "manual";
    if (on && !this.manualOf) {
      this.manualOf = (["low", "high"] as const).map((name) => {
        const label = element("label", "", name);
        const input = element("input");
        input.type = "text";
        input.inputMode = "decimal";
        input.className = "short";
        input.addEventListener("change", () => this.props.onSettings({ [name]: input.value.trim() || null }));
        label.append(input);
        this.manual.append(label);
        return input;
      });
      this.controls.bar.after(this.manual);
    }
    this.manual.hidden = !on;
    for (const [i, input] of (this.manualOf ?? []).entries()) {
      if (document.activeElement !== input) input.value = this.props.settings[i === 0 ? "low" : "high"] ?? "";
    }
  }

  protected open(body: HTMLElement, shared: SharedLens): FitsPane {
    return new FitsPane(body, shared, () => [...this.panes].flatMap((one) => (one.range ? [one.range] : [])));
  }
}

export const makeFitsView: MakeRecordView = (host, props, reader) => {
  const view = new FitsView(host, props, reader, "fits", 1.1);
  view.update(props);
  return view;
};
