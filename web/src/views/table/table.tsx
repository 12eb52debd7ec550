/** The run table: rows in windows, sorted by the server, selected by mouse or keys. */

import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import type { Style } from "../../lib/colour.ts";
import { wireNumber } from "../../lib/format.ts";
import { goalOf, parseColumn } from "../../lib/metrics.ts";
import { extend, type Selection, toggle } from "../../lib/select.ts";
import { runPath } from "../../lib/url.ts";
import type { Linked } from "../../state/linked.ts";
import { navigate } from "../../state/router.ts";
import type { RunTable } from "../../state/runs.ts";
import { Sparks } from "../../state/sparks.ts";
import { useStore } from "../../state/store.ts";
import { type Column, describeColumn } from "./columns.ts";
import { Row } from "./row.tsx";

export interface TableProps {
  readonly table: RunTable;
  readonly columns: readonly string[];
  readonly order: string;
  /** Key whose trend is drawn in each row. */
  readonly trend: string | null;
  readonly selection: Selection;
  readonly styles: ReadonlyMap<string, Style>;
  readonly linked: Linked;
  readonly onOrder: (order: string) => void;
  readonly onSelect: (selection: Selection) => void;
}

const ROW_PX = 28;
const NAME_PX = 204;
const TREND_PX = 72;
const AGE_PX = 66;
const NONE: ReadonlySet<string> = new Set();

export function RunTableView(props: TableProps) {
  const { table, columns: ids, order, trend, selection, styles, linked, onOrder, onSelect } = props;
  const status = useStore(table.status);
  const lit = useStore(linked.hover);
  const [sparks] = useState(() => new Sparks());
  useStore(sparks.version);
  const [focus, setFocus] = useState(0);
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => () => sparks.destroy(), [sparks]);

  const virtual = useVirtualizer({
    count: status.matched,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
    scrollPaddingStart: ROW_PX,
    paddingStart: 0,
  });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, (items.at(-1)?.index ?? 0) + 1];
  useEffect(() => table.look(first, last), [table, first, last]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the table tells by its version that values changed
  const columns = useMemo(
    () => ids.map((id) => describeColumn(id, [...table.known(id)])),
    [ids, table, status.version],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  const best = useMemo(() => bestRows(table, columns, status.matched), [table, columns, status.version]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  useEffect(() => {
    if (trend === null) return;
    const rows = Array.from({ length: last - first }, (_, i) => table.row(first + i)).filter(
      (row) => row !== undefined,
    );
    sparks.show(rows, trend);
  }, [sparks, table, trend, first, last, status.version]);

  const pick = useStable((id: string, index: number, range: boolean): void => {
    setFocus(index);
    onSelect(range ? extend(selection, id, table.order()) : toggle(selection, id));
  });
  const hover = useStable((id: string | null): void => linked.hover.set(id));
  const move = (by: number, range: boolean): void => {
    const next = Math.max(0, Math.min(status.matched - 1, focus + by));
    setFocus(next);
    virtual.scrollToIndex(next);
    const [here, there] = [table.row(focus), table.row(next)];
    if (!range || !here || !there) return;
    const anchored =
      selection.anchor === null
        ? { ids: selection.ids.includes(here.id) ? selection.ids : [...selection.ids, here.id], anchor: here.id }
        : selection;
    onSelect(extend(anchored, there.id, table.order()));
  };
  const key = (event: KeyboardEvent): void => {
    const row = table.row(focus);
    const acts: Record<string, () => void> = {
      ArrowDown: () => move(1, event.shiftKey),
      ArrowUp: () => move(-1, event.shiftKey),
      PageDown: () => move(20, event.shiftKey),
      PageUp: () => move(-20, event.shiftKey),
      Home: () => move(Number.NEGATIVE_INFINITY, event.shiftKey),
      End: () => move(Number.POSITIVE_INFINITY, event.shiftKey),
      " ": () => row && pick(row.id, focus, event.shiftKey),
      Enter: () => row && navigate(runPath(row.project, row.id)),
      Escape: () => onSelect({ ids: [], anchor: null }),
    };
    const act = acts[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  };

  const template = [
    "minmax(NAMEpx, 1fr)".replace("NAME", String(NAME_PX)),
    ...(trend ? [`${TREND_PX}px`] : []),
    ...columns.map((column) => `${column.width}px`),
    `${AGE_PX}px`,
  ].join(" ");
  const least = NAME_PX + (trend ? TREND_PX : 0) + columns.reduce((sum, column) => sum + column.width, 0) + AGE_PX;
  const focused = table.row(focus);
  return (
    <div
      ref={scroller}
      className="grid"
      role="grid"
      tabIndex={0}
      aria-label="Runs"
      aria-multiselectable="true"
      aria-rowcount={status.matched + 1}
      aria-busy={status.loading}
      aria-activedescendant={focused && focus >= first && focus < last ? `row-${focused.id}` : undefined}
      onKeyDown={key}
    >
      <div className="grid-width" style={{ minWidth: least, ["--columns" as string]: template }}>
        <Head columns={columns} order={order} trend={trend} onOrder={onOrder} />
        {status.matched === 0 && !status.loading && status.problem === null && (
          <p className="muted pad">No run matches this filter.</p>
        )}
        <div role="rowgroup" className="grid-body" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const run = table.row(item.index);
            return (
              <div key={run?.id ?? item.index} className="grid-slot" role="presentation" style={{ top: item.start }}>
                {run ? (
                  <Row
                    index={item.index}
                    run={run}
                    columns={columns}
                    cells={columns.map((column) => table.cell(column.id, item.index))}
                    best={best.get(item.index) ?? NONE}
                    spark={trend ? sparks.get(run.id, trend) : undefined}
                    trend={trend !== null}
                    style={styles.get(run.id)}
                    lit={lit === run.id}
                    focused={focus === item.index}
                    onPick={pick}
                    onHover={hover}
                  />
                ) : (
                  <div className="row skeleton-row" aria-hidden="true" />
                )}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface HeadProps {
  readonly columns: readonly Column[];
  readonly order: string;
  readonly trend: string | null;
  readonly onOrder: (order: string) => void;
}

function Head({ columns, order, trend, onOrder }: HeadProps) {
  const sorted = (id: string): "ascending" | "descending" | "none" =>
    order === id ? "ascending" : order === `-${id}` ? "descending" : "none";
  const next = (id: string, falling: boolean): string =>
    order === id ? `-${id}` : order === `-${id}` ? id : falling ? `-${id}` : id;
  const head = (id: string, title: string, stat: string, number: boolean, falling: boolean) => (
    <div
      key={id}
      role="columnheader"
      tabIndex={-1}
      aria-sort={sorted(id)}
      className={`cell head${number ? " number" : ""}${id === "name" ? " name" : ""}`}
    >
      <button
        type="button"
        onClick={() => onOrder(next(id, falling))}
        title={`Sort by ${title}${stat ? ` (${stat})` : ""}`}
      >
        <span className="head-title">{title}</span>
        {stat && <small>{stat}</small>}
        <span aria-hidden="true">{sorted(id) === "ascending" ? "↑" : sorted(id) === "descending" ? "↓" : ""}</span>
      </button>
    </div>
  );
  return (
    <div role="rowgroup" className="grid-head">
      <div role="row" className="row" aria-rowindex={1}>
        {head("name", "Run", "", false, false)}
        {trend && (
          <div role="columnheader" tabIndex={-1} className="cell head trend" title={`Trend of ${trend}`}>
            trend
          </div>
        )}
        {columns.map((column) =>
          head(column.id, column.title, column.stat, column.numeric, goalOf(column.title) === "max"),
        )}
        {head("created", "age", "", true, true)}
      </div>
    </div>
  );
}

/** For every column with a direction, the row that is best; nothing while some rows are not known. */
function bestRows(table: RunTable, columns: readonly Column[], matched: number): Map<number, Set<string>> {
  const out = new Map<number, Set<string>>();
  if (matched < 2 || matched > table.held) return out;
  for (const column of columns) {
    const { kind, key, stat } = parseColumn(column.id);
    const goal = kind === "metric" ? goalOf(key) : null;
    if (goal === null || (stat !== "last" && stat !== goal)) continue;
    let found = -1;
    let top = goal === "max" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    for (let i = 0; i < matched; i++) {
      const value = wireNumber(table.cell(column.id, i));
      if (value === null || !Number.isFinite(value) || (goal === "max" ? value <= top : value >= top)) continue;
      [found, top] = [i, value];
    }
    if (found >= 0) out.set(found, (out.get(found) ?? new Set()).add(column.id));
  }
  return out;
}

/** A function that stays the same while what it does follows the last render. */
function useStable<A extends unknown[]>(act: (...args: A) => void): (...args: A) => void {
  const latest = useRef(act);
  latest.current = act;
  return useState(
    () =>
      (...args: A) =>
        latest.current(...args),
  )[0];
}
