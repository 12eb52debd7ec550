/** What the explore pane shows, in the address of its page. */

import type { Range } from "./dimension.ts";
import { readList, writeList } from "./url.ts";

export interface ExploreState {
  /** Columns that are axes; `null` is the default choice. */
  readonly axes: readonly string[] | null;
  /** Column that colours, and that importance is about; `null` is the default. */
  readonly by: string | null;
  /** Columns that must not be logarithmic. */
  readonly flat: readonly string[];
  readonly ranges: ReadonlyMap<string, Range>;
}

export function readExplore(search: URLSearchParams): ExploreState {
  return {
    axes: readList(search.get("axes")),
    by: search.get("by") || null,
    flat: readList(search.get("flat")) ?? [],
    ranges: readRanges(search.get("ranges")),
  };
}

export function writeExplore(state: ExploreState): Record<string, string | null> {
  return {
    axes: writeList(state.axes),
    by: state.by,
    flat: writeList(state.flat.length > 0 ? state.flat : null),
    ranges: writeRanges(state.ranges),
  };
}

/** Numbers as `[low, high]`, categories as `{"is": [...]}`. */
function writeRanges(ranges: ReadonlyMap<string, Range>): string | null {
  if (ranges.size === 0) return null;
  const plain = [...ranges].map(([column, range]) => [
    column,
    "low" in range ? [range.low, range.high] : { is: range.labels },
  ]);
  return JSON.stringify(Object.fromEntries(plain));
}

function readRanges(text: string | null): ReadonlyMap<string, Range> {
  const out = new Map<string, Range>();
  let found: unknown = null;
  try {
    found = JSON.parse(text ?? "null");
  } catch {
    // Somebody's hand was in the address: no ranges then.
  }
  if (found === null || typeof found !== "object") return out;
  for (const [column, value] of Object.entries(found)) {
    const range = rangeOf(value);
    if (range) out.set(column, range);
  }
  return out;
}

function rangeOf(value: unknown): Range | null {
  if (Array.isArray(value)) {
    const [low, high] = value as unknown[];
    return typeof low === "number" && typeof high === "number" ? { low, high } : null;
  }
  const labels = value !== null && typeof value === "object" && "is" in value ? value.is : null;
  return Array.isArray(labels) && labels.every((label) => typeof label === "string") ? { labels } : null;
}
