/** Tensors of any rank: one plane at a time, the other axes on sliders; lines for vectors, tiles for filters. */

import type { RecordReader, RecordRow } from "../../api/records.ts";
import type { MapName } from "../../lib/colormap.ts";
import { formatInteger, formatNumber, plural } from "../../lib/format.ts";
import { exactAt, type NdArray, shortest } from "../../lib/npy.ts";
import {
  defaultAxes,
  type Plane,
  strides,
  type Tiles as TilePlane,
  takePlane,
  tile,
  tileAt,
  tilesAcross,
} from "../../lib/plane.ts";
import { type Stretch, type Summary, summarise, symmetric } from "../../lib/stretch.ts";
import { cellAt, type Lens, panBy, type Space, viewport, WHOLE, zoomAt } from "../../lib/viewport.ts";
import { type Choice, chosen } from "./controls.ts";
import { element, write } from "./dom.ts";
import { BAR_PX, type Look, paintBar, paintNumbers, paintRaster, Raster } from "./heat.ts";
import { type Place, Surface } from "./surface.ts";
import { type Pane, TiledView } from "./tiled.ts";
import { paintVector, vectorIndex, vectorX } from "./vector.ts";
import type { MakeRecordView, RecordItem, RecordViewProps, Settings } from "./view.ts";

/** Tensors up to this size are read whole, larger ones plane by plane. */
const WHOLE_BYTES = 8 << 20;
/** More cells than this are thinned before they travel. */
const MOST_CELLS = 4 << 20;
/** A table of numbers has at most so many rows and columns. */
const MOST_ROWS = 200;
const MOST_COLUMNS = 50;

/** What was read: an array over some of the tensor's axes. */
interface Part {
  readonly array: NdArray;
  /** Which axis of the tensor each axis of the array is. */
  readonly axes: readonly number[];
  /** Every how manyth row and column was read. */
  readonly step: number;
}

/** Which plane is looked at. */
interface Choosing {
  readonly shape: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly at: readonly number[];
  readonly tiles: boolean;
}

const MODE: Choice = {
  name: "mode",
  label: "Draw as",
  options: [
    ["heat", "Heat map"],
    ["table", "Numbers"],
  ],
};
const MAP: Choice = {
  name: "map",
  label: "Colours",
  options: [
    ["auto", "Auto colours"],
    ["viridis", "Viridis"],
    ["cividis", "Cividis"],
    ["gray", "Gray"],
    ["diverging", "Diverging"],
  ],
};
const SCALE: Choice = {
  name: "scale",
  label: "Scale",
  options: [
    ["linear", "Linear"],
    ["log", "Log"],
  ],
};

function shapeOf(record: RecordRow): number[] {
  return Array.isArray(record.meta.shape) ? record.meta.shape.map(Number) : [];
}

/** Filters are what convolutions and dense layers hold: [out, in, height, width] or [out, in]. */
function modes(shape: readonly number[]): Choice {
  const filters = shape.length === 4 || shape.length === 3;
  return filters ? { ...MODE, options: [...MODE.options, ["tiles", "Tiles"]] } : MODE;
}

function choosing(shape: readonly number[], settings: Settings): Choosing {
  const axes = defaultAxes(shape);
  const axis = (name: string, fallback: number): number => {
    const wish = Number(settings[name] ?? fallback);
    return Number.isInteger(wish) && wish >= 0 && wish < shape.length ? wish : fallback;
  };
  const rows = axis("rows", axes.rows);
  let columns = axis("cols", axes.columns);
  if (columns === rows && shape.length > 1) columns = columns === axes.columns ? axes.rows : axes.columns;
  const wishes = (settings.at ?? "").split(".").map(Number);
  const at = shape.map((n, i) => Math.max(0, Math.min(n - 1, wishes[i] || 0)));
  return { shape, rows, columns, at, tiles: chosen(settings, modes(shape)) === "tiles" };
}

/** The slice to ask for, and which axes remain; `null` when the whole tensor is small enough. */
function sliceOf(record: RecordRow, how: Choosing): { text: string; axes: number[]; step: number } | null {
  if (record.size <= WHOLE_BYTES) return null;
  const kept = how.tiles
    ? how.shape.map((_, i) => i)
    : [how.rows, how.columns].filter((axis) => axis >= 0).sort((a, b) => a - b);
  const cells = kept.reduce((n, axis) => n * (how.shape[axis] as number), 1);
  const step = Math.max(1, Math.ceil((cells / MOST_CELLS) ** (1 / Math.max(1, Math.min(2, kept.length)))));
  const thinned = kept.slice(-2);
  const text = how.shape.map((_, i) =>
    kept.includes(i) ? (step > 1 && thinned.includes(i) ? `::${step}` : ":") : String(how.at[i]),
  );
  return { text: text.join(","), axes: kept, step };
}

class TensorPane implements Pane<Part> {
  private readonly surface: Surface;
  private readonly sheet = element("div", "sheet");
  private readonly facts = element("p", "viewer-facts");
  private readonly raster = new Raster();
  private part: Part | null = null;
  private how: Choosing | null = null;
  private plane: Plane | null = null;
  /** Of the plane in sight. */
  summary: Summary | null = null;
  private tiles: TilePlane | null = null;
  private look: Look = { map: "viridis", low: 0, high: 1, stretch: "linear" };
  private props: RecordViewProps | null = null;
  private item: RecordItem | null = null;
  private made = "";
  private cursor: { row: number; column: number } | null = null;

  constructor(
    host: HTMLElement,
    private readonly shared: { lens: Lens; all(): readonly Summary[]; moved(lens: Lens): void },
  ) {
    this.surface = new Surface(host, {
      paint: (context, width, height) => this.paint(context, width, height),
      point: (at) => this.point(at),
      drag: (_, moved) => this.moveLens(panBy(this.space(), this.shared.lens, moved.x, moved.y)),
      zoom: (at, factor) => this.moveLens(zoomAt(this.space(), this.shared.lens, factor, at.x, at.y)),
      reset: () => this.moveLens(WHOLE),
      key: (event) => this.key(event),
    });
    this.sheet.tabIndex = 0;
    host.append(this.sheet, this.facts);
  }

  show(part: Part | null, item: RecordItem, props: RecordViewProps): void {
    this.props = props;
    this.item = item;
    if (part) this.take(part, choosing(shapeOf(item.record), props.settings), props);
    const table = chosen(props.settings, MODE) === "table" && part !== null;
    this.sheet.hidden = !table;
    this.surface.root.hidden = table;
    if (table) this.fillSheet();
    this.surface.repaint();
  }

  destroy(): void {
    this.surface.destroy();
  }

  repaint(): void {
    this.surface.repaint();
  }

  private take(part: Part, how: Choosing, props: RecordViewProps): void {
    const name = JSON.stringify([
      how,
      props.settings.map,
      props.settings.scale,
      this.surface.width > 2 * this.surface.height,
    ]);
    if (part === this.part && name === this.made) return;
    this.part = part;
    this.how = how;
    this.made = name;
    this.tiles = how.tiles ? this.tiled(part, how) : null;
    this.plane = this.tiles?.plane ?? planeOf(part, how);
    const all = summarise(this.plane.empty ? Float64Array.from(valuesOf(this.plane)) : this.plane.values);
    this.summary = all;
    this.describe(all, how, part);
  }

  private tiled(part: Part, how: Choosing): TilePlane {
    const shape = part.array.shape;
    const [h, w] = [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
    const count = shape.slice(0, -2).reduce((n, dim) => n * dim, 1);
    const aspect = this.surface.height > 0 ? this.surface.width / this.surface.height : 1.5;
    // Filters over few inputs read best with one row per output.
    const inputs = how.shape.length === 4 ? (how.shape[1] as number) : 0;
    const across = inputs > 1 && inputs <= 24 ? inputs : tilesAcross(count, h, w, aspect);
    return tile(Float64Array.from(part.array.data), h, w, across, false);
  }

  private describe(all: Summary, how: Choosing, part: Part): void {
    const range = `min ${formatNumber(all.low)}   max ${formatNumber(all.high)}   mean ${formatNumber(all.mean)}`;
    const bad = [
      all.nan > 0 ? `▲ ${formatInteger(all.nan)} NaN` : "",
      all.inf > 0 ? `▲ ${formatInteger(all.inf)} ∞` : "",
    ].filter(Boolean);
    const thin = part.step > 1 ? [`every ${part.step}th row and column`] : [];
    const tiles = this.tiles ? [plural(this.tiles.count, "filter")] : [];
    write(this.facts, [...tiles, range, ...thin].join("   "));
    if (bad.length > 0) this.facts.append(element("span", "bad", bad.join("   ")));
    const size = how.shape.join(" by ") || "one number";
    this.surface.describe(
      `Tensor ${this.props?.key}, ${size}, ${this.item?.record.meta.dtype}: ${range}. Arrow keys read values, plus and minus zoom.`,
    );
  }

  private space(): Space {
    const plane = this.plane ?? { rows: 1, columns: 1 };
    const long = plane.columns > 6 * plane.rows || plane.rows > 6 * plane.columns;
    return {
      columns: plane.columns,
      rows: plane.rows,
      width: Math.max(10, this.surface.width - BAR_PX),
      height: Math.max(10, this.surface.height),
      fill: long && !this.tiles,
    };
  }

  private get flat(): boolean {
    return this.how !== null && this.how.rows < 0 && this.plane !== null && this.plane.columns > 1;
  }

  private paint(context: CanvasRenderingContext2D, width: number, height: number): void {
    const { plane, props } = this;
    if (!plane || !props) return;
    if (this.tiles && this.part && this.how) this.take(this.part, this.how, props);
    // Runs beside one another share their colours, or they could not be compared.
    this.look = lookFor(joined(this.shared.all()), props.settings);
    if (this.flat) {
      paintVector(
        context,
        plane.values,
        width,
        height,
        props.theme,
        this.item?.run.style.hue ?? 0,
        this.cursor?.column ?? null,
      );
      return;
    }
    const view = viewport(this.space(), this.shared.lens);
    context.save();
    context.beginPath();
    context.rect(0, 0, width - BAR_PX, height);
    context.clip();
    paintRaster(context, this.raster.draw(plane, this.look), view);
    paintNumbers(context, plane, this.look, view, [width - BAR_PX, height], props.theme);
    if (this.cursor) {
      context.strokeStyle = props.theme.now;
      context.lineWidth = 2;
      context.strokeRect(
        view.left + this.cursor.column * view.scale,
        view.top + this.cursor.row * view.scaleY,
        view.scale,
        view.scaleY,
      );
    }
    context.restore();
    paintBar(context, this.look, width, height, props.theme);
  }

  private moveLens(lens: Lens): void {
    if (!this.flat) this.shared.moved(lens);
  }

  private point(at: Place | null, aloud = false): void {
    const { plane } = this;
    if (!plane || at === null) {
      this.cursor = null;
      this.surface.tell(null);
      this.surface.repaint();
      return;
    }
    const cell = this.flat
      ? { row: 0, column: vectorIndex(at.x, this.surface.width, plane.columns) }
      : cellAt(viewport(this.space(), this.shared.lens), this.space(), at.x, at.y);
    this.cursor = cell;
    this.surface.tell(cell ? at : null, cell ? this.words(cell.row, cell.column) : [], aloud);
    this.surface.repaint();
  }

  private words(row: number, column: number): string[] {
    const found = this.indexAt(row, column);
    if (!found || !this.part) return [];
    return [this.exact(found.flat), `[${found.index.join(", ")}]`];
  }

  private exact(flat: number): string {
    const { part, item } = this;
    if (!part) return "";
    const dtype = String(item?.record.meta.dtype ?? part.array.dtype);
    return dtype === "bfloat16" ? shortest(part.array.data[flat] as number, dtype) : exactAt(part.array, flat);
  }

  /** Where a cell's value lies in the array that was read, and its index in the whole tensor. */
  private indexAt(row: number, column: number): { flat: number; index: number[] } | null {
    const { part, how } = this;
    if (!part || !how) return null;
    const step = strides(part.array.shape);
    let places: number[];
    if (this.tiles) {
      const at = tileAt(this.tiles, row, column);
      if (!at) return null;
      const flat = (at.tile * this.tiles.tileRows + at.row) * this.tiles.tileColumns + at.column;
      places = step.map((size, i) => Math.floor(flat / size) % (part.array.shape[i] as number));
    } else {
      places = part.axes.map((axis) =>
        axis === how.rows ? row : axis === how.columns ? column : (how.at[axis] as number),
      );
    }
    const flat = places.reduce((sum, place, i) => sum + place * (step[i] as number), 0);
    const index = [...how.at];
    const thinned = part.axes.slice(-2);
    for (const [i, axis] of part.axes.entries())
      index[axis] = (places[i] as number) * (thinned.includes(axis) ? part.step : 1);
    return { flat, index };
  }

  private key(event: KeyboardEvent): boolean {
    const moves: Record<string, readonly [number, number]> = {
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
    };
    const move = moves[event.key];
    const { plane } = this;
    if (!move || !plane || event.shiftKey) return false;
    const from = this.cursor ?? { row: 0, column: -move[1] || 0 };
    const row = Math.max(0, Math.min(plane.rows - 1, from.row + move[0]));
    const column = Math.max(0, Math.min(plane.columns - 1, from.column + move[1]));
    this.cursor = { row, column };
    const view = viewport(this.space(), this.shared.lens);
    const at = this.flat
      ? { x: vectorX(column, this.surface.width, plane.columns), y: 10 }
      : { x: view.left + (column + 0.5) * view.scale, y: view.top + (row + 0.5) * view.scaleY };
    this.surface.tell(at, this.words(row, column), true);
    this.surface.repaint();
    return true;
  }

  private fillSheet(): void {
    const { plane, how } = this;
    if (!plane || !how) return;
    const [rows, columns] = [Math.min(MOST_ROWS, plane.rows), Math.min(MOST_COLUMNS, plane.columns)];
    const name = `${this.item?.record.id} ${this.made}`;
    if (this.sheet.dataset.shown === name) return;
    this.sheet.dataset.shown = name;
    const table = element("table");
    const head = element("tr");
    head.append(element("th"), ...Array.from({ length: columns }, (_, c) => columnHead(String(c))));
    table.append(head);
    for (let r = 0; r < rows; r++) {
      const line = element("tr");
      line.append(columnHead(String(r), "row"));
      for (let c = 0; c < columns; c++) {
        const found = this.indexAt(r, c);
        line.append(element("td", "", found ? this.exact(found.flat) : ""));
      }
      table.append(line);
    }
    const more = rows < plane.rows || columns < plane.columns;
    this.sheet.replaceChildren(
      table,
      ...(more
        ? [
            element(
              "p",
              "muted",
              `The first ${rows} rows and ${columns} columns of ${plane.rows} and ${plane.columns}.`,
            ),
          ]
        : []),
    );
    this.sheet.setAttribute("aria-label", `Numbers of ${this.props?.key}`);
  }
}

function columnHead(text: string, scope = "col"): HTMLElement {
  const head = element("th", "", text);
  head.scope = scope;
  return head;
}

function planeOf(part: Part, how: Choosing): Plane {
  const at = part.axes.map((axis) => how.at[axis] as number);
  const place = (axis: number): number => part.axes.indexOf(axis);
  return takePlane(part.array.data, part.array.shape, place(how.rows), place(how.columns), at);
}

function* valuesOf(plane: Plane): Iterable<number> {
  for (let i = 0; i < plane.values.length; i++) if (!plane.empty?.[i]) yield plane.values[i] as number;
}

/** One range for all. */
function joined(all: readonly Summary[]): { low: number; high: number } {
  const known = all.filter(({ low }) => Number.isFinite(low));
  return { low: Math.min(...known.map(({ low }) => low)), high: Math.max(...known.map(({ high }) => high)) };
}

function lookFor(all: { low: number; high: number }, settings: Settings): Look {
  const wish = chosen(settings, MAP);
  const map = (wish === "auto" ? (all.low < 0 && all.high > 0 ? "diverging" : "viridis") : wish) as MapName;
  const [low, high] = map === "diverging" ? symmetric(all.low, all.high) : [all.low, all.high];
  return {
    map,
    low: Number.isFinite(low) ? low : 0,
    high: Number.isFinite(high) ? high : 1,
    stretch: chosen(settings, SCALE) as Stretch,
  };
}

class TensorView extends TiledView<Part> {
  private readonly panes = new Set<TensorPane>();
  private readonly sliders = element("div", "view-sliders");
  private lens: Lens = WHOLE;
  private offered = "";

  constructor(host: HTMLElement, props: RecordViewProps, reader: RecordReader) {
    super(host, props, reader, "tensor");
    this.sliders.setAttribute("role", "group");
    this.sliders.setAttribute("aria-label", "Where the other axes stand");
    this.controls.bar.after(this.sliders);
  }

  protected choices(): readonly Choice[] {
    const shape = this.shape;
    const how = choosing(shape, this.props.settings);
    const out: Choice[] = [modes(shape)];
    if (shape.length > 1) out.push(MAP, SCALE);
    if (shape.length > 2 && !how.tiles) {
      const usual = defaultAxes(shape);
      out.push(axisChoice("rows", "Rows", shape, usual.rows), axisChoice("cols", "Columns", shape, usual.columns));
    }
    return out;
  }

  protected override name(item: RecordItem): string {
    const slice = sliceOf(item.record, choosing(shapeOf(item.record), this.props.settings));
    return `${item.record.id} ${slice?.text ?? ""}`;
  }

  protected async read({ run, record }: RecordItem): Promise<Part> {
    const shape = shapeOf(record);
    const slice = sliceOf(record, choosing(shape, this.props.settings));
    if (!slice) {
      const array = await this.reader.array(run.id, record.id);
      return { array, axes: array.shape.map((_, i) => i), step: 1 };
    }
    return { array: await this.reader.array(run.id, record.id, slice.text), axes: slice.axes, step: slice.step };
  }

  protected pane(body: HTMLElement): Pane<Part> {
    const view = this;
    const pane = new TensorPane(body, {
      get lens() {
        return view.lens;
      },
      all: () => [...view.panes].flatMap((one) => one.summary ?? []),
      moved(lens) {
        view.lens = lens;
        for (const one of view.panes) one.repaint();
      },
    });
    this.panes.add(pane);
    return {
      show: (data, item, props) => pane.show(data, item, props),
      destroy: () => {
        this.panes.delete(pane);
        pane.destroy();
      },
    };
  }

  protected override refresh(): void {
    super.refresh();
    this.slide();
  }

  private get shape(): number[] {
    const [first] = this.props.items;
    return first ? shapeOf(first.record) : [];
  }

  private slide(): void {
    const how = choosing(this.shape, this.props.settings);
    const axes = how.tiles
      ? []
      : how.shape.flatMap((n, i) => (i !== how.rows && i !== how.columns && n > 1 ? [i] : []));
    const offered = JSON.stringify([axes, how.shape]);
    if (offered !== this.offered) {
      this.offered = offered;
      this.sliders.replaceChildren(...axes.map((axis) => this.slider(axis, how.shape[axis] as number)));
      this.sliders.hidden = axes.length === 0;
    }
    for (const input of this.sliders.querySelectorAll("input")) {
      const axis = Number(input.dataset.axis);
      input.value = String(how.at[axis]);
      const output = input.nextElementSibling;
      if (output) write(output, `${how.at[axis]} of ${how.shape[axis]}`);
    }
  }

  private slider(axis: number, size: number): HTMLElement {
    const label = element("label", "", `axis ${axis}`);
    const input = element("input");
    Object.assign(input, { type: "range", min: "0", max: String(size - 1), step: "1" });
    input.dataset.axis = String(axis);
    input.addEventListener("input", () => {
      const at = [...choosing(this.shape, this.props.settings).at];
      at[axis] = Number(input.value);
      this.props.onSettings({ at: at.some((place) => place > 0) ? at.join(".") : null });
    });
    label.append(input, element("output"));
    return label;
  }
}

function axisChoice(name: string, label: string, shape: readonly number[], usual: number): Choice {
  const axes = shape.map((size, i) => [String(i), `${label.toLowerCase()}: axis ${i} (${size})`] as const);
  return { name, label, options: [axes[usual] as readonly [string, string], ...axes.filter((_, i) => i !== usual)] };
}

export const makeTensorView: MakeRecordView = (host, props, reader) => {
  const view = new TensorView(host, props, reader);
  view.update(props);
  return view;
};
