/** Rows in windows: a table of any length, of which only what is looked at is read. */

export const WINDOW = 200;

/** Numbers of the windows that cover rows `first` up to, not including, `last`. */
export function windowsOf(first: number, last: number, size: number = WINDOW): number[] {
  if (last <= first) return [];
  const from = Math.max(0, Math.floor(first / size));
  const to = Math.floor((last - 1) / size);
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
