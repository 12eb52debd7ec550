/** Which group each drawn run is in: the values of a column, read once for each choice. */

import { useEffect, useMemo, useState } from "react";
import { listKeys, queryRuns } from "../api/client.ts";
import { formatValue } from "../lib/format.ts";
import { configColumn, parseColumn } from "../lib/metrics.ts";
import type { Group } from "./bands.ts";

/** Columns that are compared to offer those in which runs differ. */
const COMPARED = 64;

/** Groups of runs in the order of their values; `null` while nothing is known. */
export function useGroups(project: string | null, runs: readonly string[], column: string): readonly Group[] | null {
  const [found, setFound] = useState<{ readonly name: string; readonly groups: readonly Group[] } | null>(null);
  const name = useMemo(() => JSON.stringify([project, column, runs]), [project, column, runs]);
  useEffect(() => {
    if (column === "" || project === null || runs.length === 0) return;
    let here = true;
    valuesOf(project, runs, [column]).then(
      (values) => here && setFound({ name, groups: grouped(runs, column, values.get(column) ?? new Map()) }),
      () => here && setFound({ name, groups: [] }),
    );
    return () => {
      here = false;
    };
  }, [project, runs, column, name]);
  return column !== "" && found?.name === name ? found.groups : null;
}

/** Columns in which the runs differ, for a menu. */
export async function groupColumns(project: string, runs: readonly string[]): Promise<string[]> {
  const { config } = await listKeys(project);
  const columns = config.slice(0, COMPARED).map(configColumn);
  const values = await valuesOf(project, runs, ["attr.group", ...columns]);
  return [...values].filter(([, of]) => new Set(of.values()).size > 1).map(([column]) => column);
}

async function valuesOf(
  project: string,
  runs: readonly string[],
  columns: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, unknown>>> {
  const page = await queryRuns({ project, ids: runs, columns, limit: runs.length });
  const out = new Map<string, Map<string, unknown>>();
  for (const column of columns) {
    const cells = page.columns[column] ?? [];
    out.set(column, new Map(page.runs.map((run, i) => [run.id, cells[i] ?? null])));
  }
  return out;
}

function grouped(runs: readonly string[], column: string, values: ReadonlyMap<string, unknown>): Group[] {
  const short = column.startsWith("config.") ? `${parseColumn(column).key} ` : "";
  const groups = new Map<string, { readonly value: unknown; readonly runs: string[] }>();
  for (const run of runs) {
    const value = values.get(run) ?? null;
    const name = `${short}${value === null ? "none" : formatValue(value)}`;
    const group = groups.get(name);
    if (group) group.runs.push(run);
    else groups.set(name, { value, runs: [run] });
  }
  const order = new Intl.Collator("en", { numeric: true });
  return [...groups]
    .sort(([a, { value: v }], [b, { value: w }]) =>
      typeof v === "number" && typeof w === "number" ? v - w : order.compare(a, b),
    )
    .map(([name, group]) => ({ name, runs: group.runs }));
}
