/** The runs that are drawn: those chosen, or the newest few, each with a colour of its own. */

import { useEffect, useMemo, useRef, useState } from "react";
import { queryRuns } from "../api/client.ts";
import type { RunRow, SeriesRow } from "../api/types.ts";
import { assignStyles, chosenStyles, type Style } from "../lib/colour.ts";
import { wireNumber } from "../lib/format.ts";
import { APART, type Folding, foldedSections, unfolded } from "../lib/sections.ts";
import { isSystem } from "../lib/system.ts";
import { ALL } from "../lib/tablestate.ts";
import { recall } from "../state/remember.ts";
import type { RunTable } from "../state/runs.ts";
import { useStore } from "../state/store.ts";
import type { ChartRun, Listed } from "../views/line/control.ts";

/** So many are drawn before anyone chooses. */
export const NEWEST = 6;
/** More lines than this in one chart are a carpet. */
export const MOST = 100;

export interface Drawn {
  readonly ids: readonly string[];
  readonly runs: readonly ChartRun[];
  readonly styles: ReadonlyMap<string, Style>;
  /** Chosen runs beyond those that are drawn. */
  readonly hidden: number;
}

/** Ids to draw: the chosen ones, or the first rows of the table. */
export function useDrawn(table: RunTable, chosen: readonly string[] | null): Drawn {
  const status = useStore(table.status);
  const all = chosen?.[0] === ALL;
  const wanted = all ? idsOf(table.first(MOST)) : (chosen ?? idsOf(table.first(NEWEST)));
  const name = wanted.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the ids are their name
  const ids = useMemo(() => wanted.slice(0, MOST), [name]);
  const rows = useRows(table, ids, status.version);
  const styles = useStyles(ids, rows);
  const runs = useSame(ids.flatMap((id) => chartRun(rows.get(id), styles.get(id))));
  return { ids, runs, styles, hidden: (all ? status.matched : wanted.length) - ids.length };
}

/** Colours of the drawn runs: those chosen, and for the rest one that no other has. */
function useStyles(ids: readonly string[], rows: ReadonlyMap<string, RunRow>): ReadonlyMap<string, Style> {
  const before = useRef<ReadonlyMap<string, Style>>(new Map());
  const chosen = useSame([...chosenStyles(rows.values())]);
  return useMemo(() => {
    const given = new Map(chosen);
    const styles = assignStyles(ids, before.current, given);
    // What was chosen is not kept once the choice is taken back.
    before.current = new Map([...styles].filter(([id]) => !given.has(id)));
    return styles;
  }, [ids, chosen]);
}

function idsOf(rows: readonly RunRow[]): string[] {
  return rows.map((row) => row.id);
}

function chartRun(row: RunRow | undefined, style: Style | undefined): ChartRun[] {
  return row && style
    ? [{ id: row.id, name: row.name, created: row.created, live: row.state === "running", style }]
    : [];
}

/** Rows of runs, read together where the table does not hold them. */
function useRows(table: RunTable, ids: readonly string[], version: number): ReadonlyMap<string, RunRow> {
  const [fetched, setFetched] = useState<ReadonlyMap<string, RunRow>>(new Map());
  const asked = useRef(new Set<string>());
  // biome-ignore lint/correctness/useExhaustiveDependencies: `version` says that the table changed
  useEffect(() => {
    if (table.status.get().loading) return;
    const missing = ids.filter((id) => !table.find(id) && !asked.current.has(id));
    if (missing.length === 0) return;
    for (const id of missing) asked.current.add(id);
    // A run that is gone stays in the address and is simply not drawn.
    queryRuns({ project: table.project, ids: missing, limit: missing.length }).then(
      (answer) => setFetched((map) => new Map([...map, ...answer.runs.map((run) => [run.id, run] as const)])),
      () => undefined,
    );
  }, [table, ids, version]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  return useMemo(() => {
    const found = ids.map((id) => [id, table.find(id) ?? fetched.get(id)] as const);
    return new Map(found.filter((entry): entry is readonly [string, RunRow] => entry[1] !== undefined));
  }, [ids, fetched, version]);
}

/** The same array as long as it says the same, so that charts are not touched. */
function useSame<T>(value: readonly T[]): readonly T[] {
  const kept = useRef(value);
  if (JSON.stringify(kept.current) !== JSON.stringify(value)) kept.current = value;
  return kept.current;
}

/** Sections of charts to fold before anybody chooses. */
export function foldedOf(series: Iterable<readonly SeriesRow[]>): Folding {
  const counts = new Map<string, number>();
  for (const rows of series)
    for (const { key, n } of rows) if (!isSystem(key)) counts.set(key, Math.max(n, counts.get(key) ?? 0));
  const found = foldedSections(counts);
  return recall(APART) === "open" ? unfolded(found) : found;
}

/** The last value of every series of a run, by key. */
export function listedOf(series: readonly SeriesRow[]): ReadonlyMap<string, Listed> {
  return new Map(series.map(({ key, last, n }) => [key, { value: wireNumber(last), points: n }]));
}
