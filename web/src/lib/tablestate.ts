/** What the run table shows, in the address of its page. */

import type { Layout } from "./layout.ts";
import { readList, writeList } from "./url.ts";

/** Which number of a group stands in its row, and what groups are sorted by. */
export const AGGREGATES = ["mean", "min", "max"] as const;
export type Aggregate = (typeof AGGREGATES)[number];

/** As an entry of `runs`: every run that matches the filter. */
export const ALL = "*";

export interface TableState {
  readonly where: string;
  /** What to sort by, the most important in front; `-` falls. */
  readonly order: readonly string[];
  /** `null` is the choice of this browser, or the default. */
  readonly layout: Layout | null;
  /** Columns whose equal values make a group. */
  readonly group: readonly string[];
  readonly aggregate: Aggregate;
  /** Filters of the groups that are open. */
  readonly open: readonly string[];
  /** Whether archived runs are listed too. */
  readonly archived: boolean;
  /** Ids of selected runs, or `ALL`; `null` is the newest few. */
  readonly runs: readonly string[] | null;
  /** Which of the two is shown where there is room for one. */
  readonly pane: "runs" | "charts";
  /** The saved view that this began as. */
  readonly view: string | null;
}

export const NEWEST_FIRST: readonly string[] = ["-created"];

export const TABLE_DEFAULTS: TableState = {
  where: "",
  order: NEWEST_FIRST,
  layout: null,
  group: [],
  aggregate: "mean",
  open: [],
  archived: false,
  runs: null,
  pane: "runs",
  view: null,
};

export function readTable(search: URLSearchParams): TableState {
  const aggregate = AGGREGATES.find((name) => name === search.get("aggregate"));
  return {
    where: search.get("where") ?? "",
    order: readList(search.get("order")) ?? NEWEST_FIRST,
    layout: readLayout(search),
    group: readList(search.get("group")) ?? [],
    aggregate: aggregate ?? TABLE_DEFAULTS.aggregate,
    open: readList(search.get("open")) ?? [],
    archived: search.get("archived") === "shown",
    runs: readList(search.get("runs")),
    pane: search.get("pane") === "charts" ? "charts" : "runs",
    view: search.get("view") || null,
  };
}

export function writeTable(state: TableState): Record<string, string | null> {
  const newest = state.order.join() === NEWEST_FIRST.join();
  return {
    where: state.where || null,
    order: newest ? null : writeList(state.order),
    ...writeLayout(state.layout),
    group: some(state.group),
    aggregate: state.aggregate === TABLE_DEFAULTS.aggregate ? null : state.aggregate,
    open: some(state.group.length > 0 ? state.open : []),
    archived: state.archived ? "shown" : null,
    runs: writeList(state.runs),
    pane: state.pane === "runs" ? null : state.pane,
    view: state.view,
  };
}

function some(list: readonly string[]): string | null {
  return writeList(list.length > 0 ? list : null);
}

/** The layout of columns as parameters; also how a browser remembers it. */
export function writeLayout(layout: Layout | null): Record<"columns" | "pinned" | "widths", string | null> {
  const widths = Object.entries(layout?.widths ?? {}).map(([column, px]) => `${column}:${px}`);
  return {
    columns: writeList(layout?.columns ?? null),
    pinned: some(layout?.pinned ?? []),
    widths: some(widths),
  };
}

export function readLayout(search: URLSearchParams): Layout | null {
  const columns = readList(search.get("columns"));
  if (columns === null) return null;
  const widths = (readList(search.get("widths")) ?? []).map((entry) => {
    const cut = entry.lastIndexOf(":");
    return [entry.slice(0, cut), Number(entry.slice(cut + 1))] as const;
  });
  return {
    columns,
    pinned: (readList(search.get("pinned")) ?? []).filter((column) => columns.includes(column)),
    widths: Object.fromEntries(widths.filter(([column, px]) => column !== "" && px > 0)),
  };
}

/** Parameters that make a view: all but which runs are selected, which part is in front, and whose view it is. */
const NOT_VIEWED = new Set(["view", "runs", "pane", "open", "full", "zoom"]);

export function viewSearch(search: URLSearchParams): string {
  const kept = [...search].filter(([name]) => !NOT_VIEWED.has(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  return new URLSearchParams(kept).toString();
}
