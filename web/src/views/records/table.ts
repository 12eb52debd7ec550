/** Tables of any length: only the rows in sight are made; sorted and filtered in memory, compared with another run. */

import { columnFormat, formatInteger, formatNumber, plural } from "../../lib/format.ts";
import { type Cell, decodeTable, type TableData } from "../../lib/payload.ts";
import { differs, filterRows, type Rows, sortRows, textOf, toCsv } from "../../lib/tabular.ts";
import type { Choice } from "./controls.ts";
import { announcer, element, onSize, write } from "./dom.ts";
import { type Pane, TiledView } from "./tiled.ts";
import type { MakeRecordView, RecordItem, RecordViewProps } from "./view.ts";

const ROW_PX = 26;
/** Browsers do not scroll further than this; longer tables are scrolled in shares. */
const MOST_PX = 8_000_000;
/** Widths are guessed from so many rows. */
const SAMPLE = 200;
const CHAR_PX = 7.2;
const WIDTHS = [64, 320] as const;

const DIFF: Choice = {
  name: "diff",
  label: "Mark cells that differ from the first run",
  options: [
    ["", ""],
    ["1", "Differences"],
  ],
};

class TablePane implements Pane<TableData> {
  private readonly scroll = element("div", "grid");
  private readonly head = element("div", "grid-head");
  private readonly body = element("div", "grid-body");
  private readonly foot = element("p", "viewer-facts");
  private readonly count = element("span");
  private readonly copy = element("button", "text", "Copy as CSV");
  private readonly announce: (text: string) => void;
  private readonly stop: () => void;
  private table: TableData | null = null;
  private base: TableData | null = null;
  private rows: Rows = new Uint32Array(0);
  private widths: number[] = [];
  private formats: ((cell: Cell) => string)[] = [];
  private readonly filters = new Map<number, string>();
  private sorted: { column: number; down: boolean } | null = null;
  private made = "";

  constructor(
    host: HTMLElement,
    private readonly first: () => { run: string; data: TableData } | null,
  ) {
    this.scroll.tabIndex = 0;
    this.scroll.setAttribute("role", "grid");
    this.head.setAttribute("role", "rowgroup");
    this.body.setAttribute("role", "rowgroup");
    this.scroll.append(this.head, this.body);
    this.copy.type = "button";
    this.copy.addEventListener("click", () => void this.copied());
    this.foot.append(this.count, this.copy);
    host.append(this.scroll, this.foot);
    this.announce = announcer(host);
    this.stop = onSize(this.scroll, () => this.draw());
    this.scroll.addEventListener("scroll", () => this.draw(), { passive: true });
  }

  show(table: TableData | null, item: RecordItem, props: RecordViewProps): void {
    if (!table) return;
    const first = this.first();
    this.base = props.settings.diff === "1" && first && first.run !== item.run.id ? first.data : null;
    if (table !== this.table) {
      const same = JSON.stringify(this.table?.names) === JSON.stringify(table.names);
      this.table = table;
      if (!same) {
        this.filters.clear();
        this.sorted = null;
        this.widths = table.names.map((_, i) => this.guessWidth(table, i));
        this.makeHead(table);
      }
      this.formats = table.columns.map((cells, i) => formatOf(table.types[i] ?? "text", cells));
    }
    this.scroll.setAttribute("aria-label", `Table of ${item.run.name}`);
    this.select();
    this.draw();
  }

  destroy(): void {
    this.stop();
    this.scroll.remove();
  }

  private guessWidth(table: TableData, column: number): number {
    let most = (table.names[column] ?? "").length + 3;
    for (const cell of (table.columns[column] ?? []).slice(0, SAMPLE)) {
      const text = typeof cell === "number" ? "0.00000000" : textOf(cell);
      most = Math.max(most, Math.min(60, text.length));
    }
    return Math.max(WIDTHS[0], Math.min(WIDTHS[1], most * CHAR_PX + 18));
  }

  private makeHead(table: TableData): void {
    const names = element("div", "grid-row");
    const filters = element("div", "grid-row grid-filters");
    names.setAttribute("role", "row");
    filters.setAttribute("role", "row");
    for (const [i, name] of table.names.entries()) {
      names.append(this.headCell(table, name, i));
      filters.append(this.filterCell(name, i));
    }
    this.head.replaceChildren(names, filters);
    this.resize();
  }

  private headCell(table: TableData, name: string, i: number): HTMLElement {
    const cell = element("div", "grid-cell");
    cell.setAttribute("role", "columnheader");
    cell.classList.toggle("right", isNumber(table.types[i]));
    const button = element("button", "grid-sort", name);
    button.type = "button";
    button.title = `${name} (${table.types[i]}): sort`;
    button.addEventListener("click", () => this.sort(i));
    const grip = element("span", "grid-grip");
    grip.addEventListener("pointerdown", (event) => this.widen(event, i));
    cell.append(button, grip);
    return cell;
  }

  private filterCell(name: string, i: number): HTMLElement {
    const cell = element("div", "grid-cell");
    cell.setAttribute("role", "gridcell");
    const input = element("input");
    input.type = "search";
    input.placeholder = "filter";
    input.setAttribute("aria-label", `Filter ${name}: text, > 0.5, 1..5, = cat`);
    input.addEventListener("input", () => {
      this.filters.set(i, input.value);
      this.select();
      this.draw();
      this.announce(plural(this.rows.length, "row"));
    });
    cell.append(input);
    return cell;
  }

  private sort(column: number): void {
    const { sorted } = this;
    if (sorted?.column !== column) this.sorted = { column, down: false };
    else this.sorted = sorted.down ? null : { column, down: true };
    for (const [i, cell] of [...(this.head.firstElementChild?.children ?? [])].entries()) {
      const on = this.sorted?.column === i;
      cell.setAttribute("aria-sort", on ? (this.sorted?.down ? "descending" : "ascending") : "none");
    }
    this.select();
    this.draw();
  }

  /** Drag the edge of a column. */
  private widen(event: PointerEvent, column: number): void {
    event.preventDefault();
    const [from, before] = [event.clientX, this.widths[column] ?? 100];
    const grip = event.currentTarget as HTMLElement;
    grip.setPointerCapture(event.pointerId);
    grip.onpointermove = (moved) => {
      this.widths[column] = Math.max(40, before + moved.clientX - from);
      this.resize();
    };
    grip.onpointerup = () => {
      grip.onpointermove = null;
    };
  }

  private resize(): void {
    const template = this.widths.map((width) => `${Math.round(width)}px`).join(" ");
    this.scroll.style.setProperty("--grid-columns", template);
    this.scroll.style.setProperty("--grid-width", `${this.widths.reduce((sum, width) => sum + width, 0)}px`);
  }

  private select(): void {
    const { table } = this;
    if (!table) return;
    this.rows = filterRows(table, this.filters);
    if (this.sorted) this.rows = sortRows(table, this.rows, this.sorted.column, this.sorted.down);
    this.made = "";
    const all = this.rows.length === table.rows ? "" : ` of ${formatInteger(table.rows)}`;
    const width = plural(table.names.length, "column");
    write(this.count, `${formatInteger(this.rows.length)}${all} rows   ${width}${this.changes(table)}`);
    this.scroll.setAttribute("aria-rowcount", String(table.rows + 1));
    this.scroll.setAttribute("aria-colcount", String(table.names.length));
  }

  private changes(table: TableData): string {
    if (!this.base) return "";
    let n = 0;
    for (let row = 0; row < table.rows; row++) {
      for (let column = 0; column < table.names.length; column++) if (differs(table, this.base, column, row)) n++;
    }
    return `   ${plural(n, "cell")} changed`;
  }

  /** Make the rows in sight, and a few beside them. */
  private draw(): void {
    const { table, rows } = this;
    if (!table) return;
    const whole = rows.length * ROW_PX;
    const tall = Math.min(MOST_PX, whole);
    const seen = Math.ceil(this.scroll.clientHeight / ROW_PX) + 2;
    const room = Math.max(1, tall - this.scroll.clientHeight);
    const share = Math.min(1, this.scroll.scrollTop / room);
    const first =
      whole > MOST_PX
        ? Math.floor(share * Math.max(0, rows.length - seen + 3))
        : Math.floor(this.scroll.scrollTop / ROW_PX);
    const from = Math.max(0, Math.min(first, rows.length - 1) - 4);
    const to = Math.min(rows.length, first + seen + 4);
    const made = `${from} ${to} ${rows.length}`;
    if (made === this.made) return;
    this.made = made;
    this.body.style.height = `${tall}px`;
    const top = whole > MOST_PX ? this.scroll.scrollTop - (first - from) * ROW_PX : from * ROW_PX;
    const block = element("div", "grid-block");
    block.style.transform = `translateY(${top}px)`;
    for (let i = from; i < to; i++) block.append(this.rowAt(table, rows[i] as number, i));
    this.body.replaceChildren(block);
  }

  private rowAt(table: TableData, row: number, place: number): HTMLElement {
    const line = element("div", "grid-row");
    line.setAttribute("role", "row");
    line.setAttribute("aria-rowindex", String(place + 2));
    for (let column = 0; column < table.names.length; column++) {
      const value = table.columns[column]?.[row] ?? null;
      const cell = element("div", "grid-cell", this.formats[column]?.(value) ?? textOf(value));
      cell.setAttribute("role", "gridcell");
      if (isNumber(table.types[column])) cell.classList.add("right");
      if (value === null || (typeof value === "number" && !Number.isFinite(value))) cell.classList.add("odd");
      if (this.base && differs(table, this.base, column, row)) {
        cell.classList.add("changed");
        const there = this.base.names.indexOf(table.names[column] ?? "");
        const before = there < 0 ? "no such column" : textOf(this.base.columns[there]?.[row] ?? null) || "nothing";
        cell.title = `${textOf(value)}, in the first run ${before}`;
      } else cell.title = textOf(value);
      line.append(cell);
    }
    return line;
  }

  private async copied(): Promise<void> {
    if (!this.table) return;
    try {
      await navigator.clipboard.writeText(toCsv(this.table, this.rows));
      this.announce("Copied");
      write(this.copy, "Copied");
    } catch {
      write(this.copy, "The browser did not allow it");
    }
    setTimeout(() => write(this.copy, "Copy as CSV"), 1600);
  }
}

function isNumber(type: string | undefined): boolean {
  return type === "number" || type === "integer";
}

/** Numbers of a column share their decimals, so that their points stand in a line. */
function formatOf(type: string, cells: readonly Cell[]): (cell: Cell) => string {
  if (!isNumber(type)) return (cell) => (cell === null ? "–" : textOf(cell));
  const numbers = cells.filter((cell): cell is number => typeof cell === "number");
  const format = mixed(numbers) ?? columnFormat(numbers);
  return (cell) => (typeof cell === "number" || cell === null ? format(cell) : textOf(cell));
}

/** Of fractions about one, a few may be tiny: those alone are written with an exponent. `null` for other columns. */
function mixed(numbers: readonly number[]): ((value: number | null) => string) | null {
  let top = 0;
  let whole = true;
  for (const value of numbers) {
    if (!Number.isFinite(value)) continue;
    top = Math.max(top, Math.abs(value));
    whole &&= Number.isInteger(value);
  }
  if (whole || top >= 1e4 || top < 0.01) return null;
  const decimals = 3 - Math.floor(Math.log10(top));
  const least = 10 ** -decimals / 2;
  return (value) =>
    value === null || !Number.isFinite(value) || (value !== 0 && Math.abs(value) < least)
      ? formatNumber(value, 2)
      : value.toFixed(decimals).replace("-", "−");
}

class TableView extends TiledView<TableData> {
  protected choices(): readonly Choice[] {
    return this.props.items.length > 1 ? [DIFF] : [];
  }

  protected async read({ run, record }: RecordItem): Promise<TableData> {
    return decodeTable(record.meta, await this.reader.data(run.id, record.id));
  }

  protected pane(body: HTMLElement): Pane<TableData> {
    return new TablePane(body, () => {
      const [first] = this.loaded;
      return first ? { run: first.item.run.id, data: first.data } : null;
    });
  }
}

export const makeTableView: MakeRecordView = (host, props, reader) => {
  const view = new TableView(host, props, reader, "table", 1.5);
  view.update(props);
  return view;
};
