/** What a table is sorted by: keys of columns, the most important in front, `-` where larger comes first. */

export interface Sorted {
  readonly falling: boolean;
  /** 1 for what sorts first. */
  readonly place: number;
}

/** How the order calls a column: attributes without their prefix, as in `-created`. */
export function orderKey(column: string): string {
  return column.startsWith("attr.") ? column.slice(5) : column;
}

export function sortedBy(order: readonly string[], column: string): Sorted | null {
  const key = orderKey(column);
  const place = order.findIndex((one) => one === key || one === `-${key}`);
  return place < 0 ? null : { falling: order[place]?.startsWith("-") ?? false, place: place + 1 };
}

/** Sort by a column alone, or (`add`) after what sorts already; where it stands already it only turns. */
export function sortBy(order: readonly string[], column: string, falling: boolean, add: boolean): string[] {
  const entry = `${falling ? "-" : ""}${orderKey(column)}`;
  const known = sortedBy(order, column);
  if (!add) return [entry];
  return known ? order.map((one, i) => (i === known.place - 1 ? entry : one)) : [...order, entry];
}

/** The order without a column. */
export function unsort(order: readonly string[], column: string): string[] {
  const known = sortedBy(order, column);
  return order.filter((_, i) => i !== (known?.place ?? 0) - 1);
}

/**
 * What a click on a head does: sort by it, then turn it round; with Shift it joins the others, turns, and leaves.
 *
 * @param first Whether larger comes first when it begins to sort.
 */
export function clicked(order: readonly string[], column: string, first: boolean, add: boolean): string[] {
  const known = sortedBy(order, column);
  const alone = order.length === 1;
  if (!known || (!add && !alone)) return sortBy(order, column, first, add);
  if (add && !alone && known.falling !== first) return unsort(order, column);
  return sortBy(order, column, !known.falling, add);
}
