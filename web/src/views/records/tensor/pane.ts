/** One tensor on the screen: a plane as colours or numbers, a vector as a line, filters as tiles. */

import { formatInteger, formatNumber, plural } from "../../../lib/format.ts";
import { exactAt, shortest } from "../../../lib/npy.ts";
import {
  type Plane,
  strides,
  type Tiles as TilePlane,
  takePlane,
  tile,
  tileAt,
  tilesAcross,
} from "../../../lib/plane.ts";
import { type Summary, summarise } from "../../../lib/stretch.ts";
import {
  arrowOf,
  type Cell,
  cellAt,
  cellBeside,
  type Lens,
  middleOf,
  panBy,
  type Space,
  viewport,
  WHOLE,
  zoomAt,
} from "../../../lib/viewport.ts";
import { chosen } from "../controls.ts";
import { element, write } from "../dom.ts";
import { BAR_PX, type Look, paintBar, paintPlane, Raster } from "../heat.ts";
import type { LensedPane, SharedLens } from "../lensed.ts";
import { type Place, Surface } from "../surface.ts";
import { paintVector, vectorIndex, vectorX } from "../vector.ts";
import type { RecordItem, RecordViewProps } from "../view.ts";
import { type Choosing, choosing, filterSize, joined, lookFor, MODE, type Part, shapeOf } from "./choices.ts";

/** A table of numbers has at most so many rows and columns. */
const MOST_ROWS = 200;
const MOST_COLUMNS = 50;

export class TensorPane implements LensedPane<Part> {
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
  private cursor: Cell | null = null;

  constructor(
    host: HTMLElement,
    private readonly shared: SharedLens,
    private readonly all: () => readonly Summary[],
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
    const [h, w] = filterSize(shape) ?? [1, 1];
    const count = Math.floor(part.array.data.length / Math.max(1, h * w));
    const aspect = this.surface.height > 0 ? this.surface.width / this.surface.height : 1.5;
    // Filters over few inputs read best with one row per output.
    const inputs = how.shape.length === 4 ? (how.shape[1] as number) : 0;
    const across = inputs > 1 && inputs <= 24 ? inputs : tilesAcross(count, h, w, aspect);
    return tile(Float64Array.from(part.array.data), h, w, across, false);
  }

  private describe(all: Summary, how: Choosing, part: Part): void {
    const range = Number.isNaN(all.low)
      ? "no finite value"
      : `min ${formatNumber(all.low)}   max ${formatNumber(all.high)}   mean ${formatNumber(all.mean)}`;
    const bad = [
      all.nan > 0 ? `▲ ${formatInteger(all.nan)} NaN` : "",
      all.inf > 0 ? `▲ ${formatInteger(all.inf)} ∞` : "",
    ].filter(Boolean);
    const thin = part.step > 1 ? [`one row and column in ${part.step}`] : [];
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
    this.look = lookFor(joined(this.all()), props.settings);
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
    paintPlane(context, this.raster, plane, this.look, view, [width, height], this.cursor, props.theme);
    if (Number.isFinite(this.summary?.low)) paintBar(context, this.look, width, height, props.theme);
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
    const { plane } = this;
    const by = arrowOf(event);
    if (!by || !plane) return false;
    this.cursor = cellBeside(plane, this.cursor ?? { row: 0, column: -by.columns || 0 }, by);
    const { row, column } = this.cursor;
    const at = this.flat
      ? { x: vectorX(column, this.surface.width, plane.columns), y: 10 }
      : middleOf(viewport(this.space(), this.shared.lens), this.cursor);
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
