/** Selecting rows: one, a range, all, by mouse or by keyboard. */

export interface Selection {
  readonly ids: readonly string[];
  /** Where a range begins. */
  readonly anchor: string | null;
}

/** Add or remove one row. */
export function toggle(selection: Selection, id: string): Selection {
  const has = selection.ids.includes(id);
  return { ids: has ? selection.ids.filter((other) => other !== id) : [...selection.ids, id], anchor: id };
}

/** Add every row between the anchor and `id`, both included, in the order of the table. */
export function extend(selection: Selection, id: string, order: readonly (string | undefined)[]): Selection {
  const from = selection.anchor === null ? -1 : order.indexOf(selection.anchor);
  const to = order.indexOf(id);
  if (from < 0 || to < 0) return toggle(selection, id);
  const range = order.slice(Math.min(from, to), Math.max(from, to) + 1).filter((one) => one !== undefined);
  return { ids: [...selection.ids, ...range.filter((one) => !selection.ids.includes(one))], anchor: selection.anchor };
}
