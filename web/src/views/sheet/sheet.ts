/** A table that sorts by its heads, filters by a text above each column, and opens its rows; plain DOM, for widgets. */

import { formatInteger } from "../../lib/format.ts";
import { ordered, passes, type SieveValue } from "../../lib/sieve.ts";

export interface SheetColumn {
  readonly name: string;
  readonly title: string;
  readonly numeric: boolean;
  readonly hint?: string | undefined;
  /** The largest come first at the first click. */
  readonly falls?: boolean;
  /** Drawn rather than written: nothing to sort or filter by. */
  readonly drawn?: boolean;
  /** Stands in the head in place of its title. */
  readonly head?: Node | undefined;
}

export interface SheetCell {
  readonly text: string;
  readonly value: SieveValue;
  readonly title?: string | undefined;
  /** Stands in the cell in place of its text. */
  readonly node?: Node | undefined;
}

export interface SheetRow {
  /** Stays the same from answer to answer: an open row stays open. */
  readonly key: string;
  readonly cells: readonly SheetCell[];
  readonly strong?: boolean;
  /** What the row shows when it is opened. */
  readonly detail?: (() => Node) | undefined;
}

export interface SheetGroup {
  /** Said above its rows; empty for those that need no word. */
  readonly title: string;
  readonly rows: readonly SheetRow[];
}

export interface SheetProps {
  readonly label: string;
  readonly columns: readonly SheetColumn[];
  readonly groups: readonly SheetGroup[];
}

/** So many rows of a group at first; a button shows the rest. */
const FIRST = 100;

export class Sheet {
  private readonly table = document.createElement("table");
  private readonly head = document.createElement("thead");
  private readonly status = document.createElement("div");
  private props: SheetProps | null = null;
  private columns = "";
  private sort: { readonly name: string; readonly falls: boolean } | null = null;
  private readonly filters = new Map<string, string>();
  private readonly open = new Set<string>();
  private readonly whole = new Set<number>();

  constructor(private readonly root: HTMLElement) {
    const scroll = make("div", "sheet-scroll");
    scroll.tabIndex = 0;
    this.table.className = "sheet";
    this.status.className = "sheet-status";
    this.status.setAttribute("role", "status");
    this.table.append(this.head);
    scroll.append(this.table);
    root.append(scroll, this.status);
  }

  update(props: SheetProps): void {
    this.props = props;
    this.table.setAttribute("aria-label", props.label);
    (this.table.parentElement as HTMLElement).setAttribute("role", "region");
    (this.table.parentElement as HTMLElement).setAttribute("aria-label", props.label);
    const columns = JSON.stringify(props.columns.map(({ name, title, numeric }) => [name, title, numeric]));
    // The heads hold what is being typed: they are made anew only when the columns are others.
    if (columns !== this.columns) {
      this.columns = columns;
      this.makeHead(props);
    }
    this.placeHeads(props);
    this.makeBody(props);
  }

  destroy(): void {
    this.root.replaceChildren();
  }

  private makeHead({ columns }: SheetProps): void {
    const heads = document.createElement("tr");
    const filters = make("tr", "sheet-filters");
    for (const column of columns) {
      const head = make("th", column.numeric ? "number" : "");
      head.setAttribute("scope", "col");
      head.dataset.name = column.name;
      head.append(column.drawn ? make("span", "sheet-drawn") : this.sorter(column));
      heads.append(head);
      const filter = make("td", "");
      if (!column.drawn) filter.append(this.filter(column));
      filters.append(filter);
    }
    this.head.replaceChildren(heads, filters);
  }

  private sorter(column: SheetColumn): HTMLElement {
    const button = make("button", "sheet-sort", column.title);
    button.setAttribute("type", "button");
    if (column.hint) button.title = column.hint;
    button.addEventListener("click", () => this.sortBy(column));
    return button;
  }

  private filter(column: SheetColumn): HTMLElement {
    const input = document.createElement("input");
    input.type = "search";
    input.setAttribute("aria-label", `Filter ${column.title}`);
    input.placeholder = column.numeric ? "> …" : "filter";
    input.value = this.filters.get(column.name) ?? "";
    input.spellcheck = false;
    // A notebook takes keys for its own commands unless they stay in here.
    for (const kind of ["keydown", "keypress", "keyup"])
      input.addEventListener(kind, (event) => event.stopPropagation());
    input.addEventListener("input", () => {
      this.filters.set(column.name, input.value);
      if (this.props) this.makeBody(this.props);
    });
    return input;
  }

  /** First one way, then the other, then in the order they came in. */
  private sortBy(column: SheetColumn): void {
    const first = column.falls ?? false;
    const { sort } = this;
    if (sort?.name !== column.name) this.sort = { name: column.name, falls: first };
    else this.sort = sort.falls === first ? { name: column.name, falls: !first } : null;
    if (this.props) this.update(this.props);
  }

  private placeHeads({ columns }: SheetProps): void {
    for (const head of this.head.querySelectorAll<HTMLElement>("th")) {
      const column = columns.find((one) => one.name === head.dataset.name);
      if (column?.head) head.firstElementChild?.replaceChildren(column.head);
      const mine = this.sort?.name === head.dataset.name ? this.sort : null;
      if (mine) head.setAttribute("aria-sort", mine.falls ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  }

  private makeBody(props: SheetProps): void {
    let [kept, all] = [0, 0];
    const bodies = props.groups.map((group, i) => {
      const rows = this.chosen(group.rows, props.columns);
      kept += rows.length;
      all += group.rows.length;
      return this.body(group.title, rows, i, props.columns.length);
    });
    for (const old of [...this.table.tBodies]) old.remove();
    this.table.append(...bodies);
    this.status.textContent =
      kept === all ? "" : `${formatInteger(kept)} of ${formatInteger(all)} rows pass the filters`;
  }

  private body(title: string, rows: readonly SheetRow[], group: number, width: number): HTMLElement {
    const body = document.createElement("tbody");
    if (title) body.append(across(width, "sheet-why", make("span", "", title)));
    const shown = this.whole.has(group) ? rows : rows.slice(0, FIRST);
    for (const row of shown) {
      body.append(this.row(row));
      if (row.detail && this.open.has(row.key)) body.append(across(width, "sheet-detail", row.detail()));
    }
    if (shown.length < rows.length) {
      const more = make("button", "sheet-more", `Show all ${formatInteger(rows.length)}`);
      more.setAttribute("type", "button");
      more.addEventListener("click", () => {
        this.whole.add(group);
        if (this.props) this.makeBody(this.props);
      });
      body.append(across(width, "sheet-why", more));
    }
    return body;
  }

  private row(row: SheetRow): HTMLElement {
    const element = make("tr", row.strong ? "strong" : "");
    const columns = this.props?.columns ?? [];
    let opener = row.detail;
    for (const [i, cell] of row.cells.entries()) {
      const place = make("td", columns[i]?.numeric ? "number" : "");
      if (cell.title) place.title = cell.title;
      if (cell.node) place.append(cell.node);
      else if (opener && !columns[i]?.numeric && !columns[i]?.drawn) {
        place.append(this.opener(row, cell.text));
        opener = undefined;
      } else place.textContent = cell.text;
      element.append(place);
    }
    return element;
  }

  private opener(row: SheetRow, text: string): HTMLElement {
    const button = make("button", "sheet-open", text);
    button.setAttribute("type", "button");
    button.title = text;
    button.setAttribute("aria-expanded", String(this.open.has(row.key)));
    button.addEventListener("click", () => {
      if (!this.open.delete(row.key)) this.open.add(row.key);
      if (this.props) this.makeBody(this.props);
      this.focus(text);
    });
    return button;
  }

  /** The button that was pressed was made anew with its row. */
  private focus(text: string): void {
    const buttons = [...this.table.querySelectorAll<HTMLElement>("button.sheet-open")];
    buttons.find((button) => button.textContent === text)?.focus();
  }

  private chosen(rows: readonly SheetRow[], columns: readonly SheetColumn[]): readonly SheetRow[] {
    const asked = columns.flatMap((column, i) => {
      const question = this.filters.get(column.name)?.trim() ?? "";
      return question === "" ? [] : [{ i, question }];
    });
    const kept = rows.filter((row) =>
      asked.every(({ i, question }) => passes(question, row.cells[i]?.value ?? null, row.cells[i]?.text ?? "")),
    );
    const { sort } = this;
    const by = columns.findIndex((column) => column.name === sort?.name);
    if (!sort || by < 0) return kept;
    return kept.sort((a, b) => ordered(a.cells[by]?.value ?? null, b.cells[by]?.value ?? null, sort.falls));
  }
}

function across(width: number, name: string, content: Node): HTMLElement {
  const row = make("tr", name);
  const cell = document.createElement("td");
  cell.colSpan = width;
  cell.append(content);
  row.append(cell);
  return row;
}

export function make(tag: string, name: string, text = ""): HTMLElement {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text) element.textContent = text;
  return element;
}
