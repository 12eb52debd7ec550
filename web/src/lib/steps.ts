/** Steps at which something was recorded: sorted, each once. */

/** The union of several ascending lists. */
export function unionOf(lists: Iterable<readonly number[]>): number[] {
  const all = new Set<number>();
  for (const list of lists) for (const step of list) all.add(step);
  return [...all].sort((a, b) => a - b);
}

/** Index of the last step at or before `step`; -1 when all are later. */
export function indexAt(steps: readonly number[], step: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle] as number) <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The step that lies closest; the earlier one of two. */
export function nearest(steps: readonly number[], step: number): number | null {
  const i = indexAt(steps, step);
  const [before, after] = [steps[i], steps[i + 1]];
  if (before === undefined || after === undefined) return before ?? after ?? null;
  return step - before <= after - step ? before : after;
}

/** So many existing steps onwards (or back), no further than the ends; `null` when there are none. */
export function moved(steps: readonly number[], step: number, by: number): number | null {
  if (steps.length === 0) return null;
  const i = indexAt(steps, step);
  // Between two steps, going back one lands on the earlier of them.
  const from = by < 0 && steps[i] !== step ? i + 1 : i;
  return steps[Math.max(0, Math.min(steps.length - 1, from + by))] ?? null;
}

/** At most `most` of them, evenly spread by position, the first and the last included. */
export function spread(steps: readonly number[], most: number): number[] {
  if (steps.length <= most) return [...steps];
  if (most === 1) return [steps.at(-1) as number];
  return Array.from({ length: most }, (_, i) => steps[Math.round((i * (steps.length - 1)) / (most - 1))] as number);
}

/**
 * Places in a list that will be looked at next: onwards in the direction of the last move, both ways before any.
 *
 * @param before Where it was before; the same place when nothing moved.
 */
export function upcoming(length: number, now: number, before: number): number[] {
  const places = now > before ? [now + 1, now + 2] : now < before ? [now - 1, now - 2] : [now + 1, now - 1];
  return places.filter((place) => place >= 0 && place < length);
}
