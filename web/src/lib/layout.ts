/** The columns of a table: which, in what order, how wide, and which stay while the rest scrolls sideways. */

/** The column that every row begins with; it cannot be moved or hidden. */
export const NAME = "name";
export const NARROWEST_PX = 44;
const WIDEST_PX = 800;

export interface Layout {
  /** All but the name, as they stand: pinned ones in front. */
  readonly columns: readonly string[];
  readonly pinned: readonly string[];
  /** Widths in pixels of columns that were given one. */
  readonly widths: Readonly<Record<string, number>>;
}

/** Show a column at the end, or hide it. */
export function flip(layout: Layout, column: string): Layout {
  if (!layout.columns.includes(column)) return { ...layout, columns: [...layout.columns, column] };
  const without = (list: readonly string[]): string[] => list.filter((one) => one !== column);
  return { ...resize(layout, column, null), columns: without(layout.columns), pinned: without(layout.pinned) };
}

/** Let a column stay in front, behind those that do already; or let it go, to the first place behind them. */
export function pin(layout: Layout, column: string, on: boolean): Layout {
  const pinned = layout.pinned.filter((one) => one !== column);
  if (on) pinned.push(column);
  const rest = layout.columns.filter((one) => one !== column && !pinned.includes(one));
  return { ...layout, pinned, columns: [...pinned, ...(on ? [] : [column]), ...rest] };
}

/** Put a column where another one stands, or (`null`) at the end; among pinned ones it becomes one of them. */
export function move(layout: Layout, column: string, before: string | null): Layout {
  if (before === column || !layout.columns.includes(column)) return layout;
  const rest = layout.columns.filter((one) => one !== column);
  const at = before === null ? rest.length : rest.indexOf(before);
  if (at < 0) return layout;
  const columns = [...rest.slice(0, at), column, ...rest.slice(at)];
  const others = layout.pinned.filter((one) => one !== column).length;
  const stays = layout.pinned.includes(column) ? at <= others : at < others;
  const pinned = columns.slice(0, others + (stays ? 1 : 0));
  return { ...layout, columns, pinned };
}

/** Move a column by one place. */
export function shift(layout: Layout, column: string, by: 1 | -1): Layout {
  const at = layout.columns.indexOf(column);
  const next = at + by;
  if (at < 0 || next < 0 || next >= layout.columns.length) return layout;
  return move(layout, column, by < 0 ? (layout.columns[next] ?? null) : (layout.columns[next + 1] ?? null));
}

/** Give a column a width, or (`null`) the one that fits its values. */
export function resize(layout: Layout, column: string, px: number | null): Layout {
  const { [column]: _, ...widths } = layout.widths;
  if (px === null) return { ...layout, widths };
  return { ...layout, widths: { ...widths, [column]: Math.round(Math.max(NARROWEST_PX, Math.min(WIDEST_PX, px))) } };
}
