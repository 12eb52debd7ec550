/** Where panels stand on a grid of twelve columns: asked for as rows and columns, moved by hand, never overlapping. */

export interface Cell {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export type Cells = ReadonlyMap<string, Cell>;

/** What a panel says of its place. */
export interface Placing {
  readonly id: string;
  readonly kind: string;
  readonly row: number | null;
  readonly column: number | null;
  readonly width: number | null;
  readonly height: number | null;
}

export const COLUMNS = 12;
export const ROW_PX = 30;
export const GAP_PX = 12;
const TALLEST = 100;
const WIDTHS: Readonly<Record<string, number>> = { number: 3 };
const HEIGHTS: Readonly<Record<string, number>> = { number: 3, text: 5, line: 7, series: 7, image: 9, record: 9 };
/** Html and figures bring a size of their own, most often 640 by 480. */
const TALL = 13;

/** Pixels of so many rows. */
export function rowsPx(rows: number): number {
  return Math.max(0, rows * (ROW_PX + GAP_PX) - GAP_PX);
}

/**
 * Give every panel a cell.
 *
 * Those that somebody moved stay where they were put. Those that ask for a row and a column come next, as subplots:
 * the panels of a row share its width. The rest follow in the order in which they were made.
 */
export function arrange(panels: readonly Placing[], saved: Readonly<Record<string, Cell>>): Cells {
  const cells = new Map<string, Cell>();
  for (const { id } of panels) {
    const cell = saved[id];
    if (cell) cells.set(id, within(cell));
  }
  const free = panels.filter((panel) => !cells.has(panel.id));
  placeRows(
    free.filter((panel) => panel.row !== null),
    cells,
  );
  for (const panel of free) if (panel.row === null) cells.set(panel.id, firstFree(sizeOf(panel), cells));
  return compact(cells);
}

function placeRows(panels: readonly Placing[], cells: Map<string, Cell>): void {
  const rows = [...new Set(panels.map((panel) => panel.row as number))].sort((a, b) => a - b);
  let y = heightOf(cells);
  for (const row of rows) {
    const inRow = panels.filter((panel) => panel.row === row);
    const columns = Math.min(COLUMNS, 1 + Math.max(...inRow.map((panel) => panel.column ?? 0)));
    const share = Math.floor(COLUMNS / columns);
    const placed = new Map<string, Cell>();
    for (const panel of inRow) {
      const { w, h } = { ...sizeOf(panel), w: panel.width ?? share };
      const wish = within({ x: Math.min(panel.column ?? 0, columns - 1) * share, y, w, h });
      placed.set(panel.id, settle(wish, [...placed.values()]));
    }
    for (const [id, cell] of placed) cells.set(id, cell);
    y = heightOf(cells);
  }
}

function sizeOf(panel: Placing): { w: number; h: number } {
  return { w: panel.width ?? WIDTHS[panel.kind] ?? 6, h: panel.height ?? HEIGHTS[panel.kind] ?? TALL };
}

/** The first place, read like a page, that has room. */
function firstFree({ w, h }: { w: number; h: number }, cells: Cells): Cell {
  const others = [...cells.values()];
  for (let y = 0; ; y++) {
    for (let x = 0; x + w <= COLUMNS; x++) {
      const cell = { x, y, w, h };
      if (!others.some((other) => overlaps(cell, other))) return cell;
    }
  }
}

/** The cells after a panel was put somewhere; whatever is in its way goes down, and gaps above close. */
export function put(cells: Cells, id: string, wish: Cell): Cells {
  const mine = within(wish);
  const placed: Cell[] = [mine];
  const next = new Map<string, Cell>([[id, mine]]);
  for (const [other, cell] of byPlace(cells)) {
    if (other === id) continue;
    const settled = rise(settle(cell, placed), placed);
    placed.push(settled);
    next.set(other, settled);
  }
  return compact(next);
}

/** Close the gaps: every panel rises as far as it can. */
export function compact(cells: Cells): Cells {
  const placed: Cell[] = [];
  const next = new Map<string, Cell>();
  for (const [id, cell] of byPlace(cells)) {
    const settled = rise(settle(cell, placed), placed);
    placed.push(settled);
    next.set(id, settled);
  }
  return next;
}

/** Rows that all cells take together. */
export function heightOf(cells: Cells): number {
  return Math.max(0, ...[...cells.values()].map((cell) => cell.y + cell.h));
}

/** Ids in the order in which they are read: this is how they stand on a narrow page, and how Tab goes. */
export function readingOrder(cells: Cells): string[] {
  return byPlace(cells).map(([id]) => id);
}

/** The cells that differ from those before. */
export function changed(before: Cells, after: Cells): Record<string, Cell> {
  return Object.fromEntries([...after].filter(([id, cell]) => !same(before.get(id), cell)));
}

export function overlaps(a: Cell, b: Cell): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

function same(a: Cell | undefined, b: Cell): boolean {
  return a !== undefined && a.x === b.x && a.y === b.y && a.w === b.w && a.h === b.h;
}

function byPlace(cells: Cells): [string, Cell][] {
  return [...cells].sort(([, a], [, b]) => a.y - b.y || a.x - b.x);
}

function within({ x, y, w, h }: Cell): Cell {
  const width = Math.max(1, Math.min(COLUMNS, w));
  return {
    x: Math.max(0, Math.min(COLUMNS - width, x)),
    y: Math.max(0, y),
    w: width,
    h: Math.max(1, Math.min(TALLEST, h)),
  };
}

/** Go down until nothing is in the way. */
function settle(cell: Cell, placed: readonly Cell[]): Cell {
  let found = cell;
  for (;;) {
    const rival = placed.find((other) => overlaps(found, other));
    if (!rival) return found;
    found = { ...found, y: rival.y + rival.h };
  }
}

/** Go up while nothing is in the way. */
function rise(cell: Cell, placed: readonly Cell[]): Cell {
  let found = cell;
  while (found.y > 0) {
    const above = { ...found, y: found.y - 1 };
    if (placed.some((other) => overlaps(above, other))) return found;
    found = above;
  }
  return found;
}
