/** What the run table shows, from the address, from this browser's memory, or by default. */

import { useCallback, useEffect, useMemo } from "react";
import type { Layout } from "../lib/layout.ts";
import { configColumn, defaultColumns, parseColumn } from "../lib/metrics.ts";
import { orderKey } from "../lib/order.ts";
import { readTable, type TableState, writeLayout, writeTable } from "../lib/tablestate.ts";
import { recallLayout, rememberLayout } from "../state/columns.ts";
import type { Keys } from "../state/keys.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { TREND } from "../views/table/columns.ts";

/** Config keys in which runs differ are shown by themselves, as many as there is room for beside the rest. */
const CONFIG_PX = 72;
const REST_PX = 580;
const AGE = "attr.created";

export type PutTable = (changes: Partial<TableState>, push?: boolean) => void;

export function useTableState(): { readonly state: TableState; readonly put: PutTable } {
  const { search } = usePlace();
  const state = useMemo(() => readTable(search), [search]);
  const put = useCallback(
    (changes: Partial<TableState>, push = false) =>
      setSearch(writeTable({ ...readTable(new URLSearchParams(location.search)), ...changes }), push),
    [],
  );
  return { state, put };
}

/** The layout that is shown, and how it changes; what was chosen is remembered for the project. */
export function useLayout(
  project: string,
  { layout, view }: TableState,
  known: Keys | null,
  left: number,
): { readonly layout: Layout; readonly change: (layout: Layout | null) => void } {
  useEffect(() => {
    if (layout !== null || view !== null) return;
    const remembered = recallLayout(project);
    // Said in the address too, so that it can be sent to somebody.
    if (remembered) setSearch(writeLayout(remembered));
  }, [project, layout, view]);
  const change = useCallback(
    (next: Layout | null) => {
      rememberLayout(project, next);
      setSearch(writeLayout(next));
    },
    [project],
  );
  const shown = useMemo(() => layout ?? defaultLayout(known, left), [layout, known, left]);
  return { layout: shown, change };
}

export function defaultLayout(known: Keys | null, left: number): Layout {
  if (known === null) return { columns: [], pinned: [], widths: {} };
  const room = Math.max(0, Math.min(8, Math.floor((left - REST_PX) / CONFIG_PX)));
  const metrics = defaultColumns(known.metrics);
  const trend = known.metrics.length > 0 ? [TREND] : [];
  return {
    columns: [...trend, ...metrics, ...known.differing.slice(0, room).map(configColumn), AGE],
    pinned: [],
    widths: {},
  };
}

const MOMENTS = new Set(["created", "updated", "finished"]);
/** Sorts groups by how many runs they hold. */
export const SIZE = "n";

/** What runs are sorted by: all but what only groups have. */
export function runOrder(order: readonly string[]): string[] {
  return order.filter((entry) => entry.replace(/^-/, "") !== SIZE);
}

/** What groups are sorted by: their keys as they are, their size, and every other column by its aggregate. */
export function groupOrder({ order, group, aggregate }: TableState): string[] {
  const keys = group.map(orderKey);
  return order.flatMap((entry) => {
    const [sign, key] = entry.startsWith("-") ? ["-", entry.slice(1)] : ["", entry];
    if (key === SIZE) return [entry];
    if (key === "name") return group.slice(0, 1).map((by) => sign + by);
    const at = keys.indexOf(key);
    if (at >= 0) return [`${sign}${group[at]}`];
    return [`${sign}${MOMENTS.has(key) ? "max" : aggregate}(${key})`];
  });
}

/** The trend follows the first metric column. */
export function trendOf(columns: readonly string[], metrics: readonly string[]): string | null {
  const first = columns.map(parseColumn).find((column) => column.kind === "metric");
  return first?.key ?? defaultColumns(metrics).map(parseColumn)[0]?.key ?? null;
}
