/** The run table: rows in windows, sorted and grouped by the server, selected by mouse or keys. */

import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import type { GroupRow } from "../../api/table.ts";
import type { MenuItem } from "../../components/menu.tsx";
import type { Style } from "../../lib/colour.ts";
import { type Layout, NAME } from "../../lib/layout.ts";
import type { Aggregate } from "../../lib/tablestate.ts";
import { runPath } from "../../lib/url.ts";
import type { Linked } from "../../state/linked.ts";
import { navigate } from "../../state/router.ts";
import type { Line, RunTable } from "../../state/runs.ts";
import { Sparks } from "../../state/sparks.ts";
import { useStore } from "../../state/store.ts";
import { bestRows } from "./best.ts";
import { type Column, TREND } from "./columns.ts";
import { Group, groupElement, keyTitle } from "./group.tsx";
import { Head } from "./head.tsx";
import { Row } from "./row.tsx";
import { shapeOf, useColumns, useRoom, useShown } from "./shape.tsx";

export interface TableProps {
  readonly table: RunTable;
  readonly layout: Layout;
  readonly order: readonly string[];
  /** Columns whose equal values make a group. */
  readonly group: readonly string[];
  readonly aggregate: Aggregate;
  /** Key whose trend is drawn in each row. */
  readonly trend: string | null;
  readonly isChosen: (id: string) => boolean;
  /** Whether all, none or (`null`) some runs of a group are selected. */
  readonly isGroupChosen: (group: GroupRow) => boolean | null;
  readonly styles: ReadonlyMap<string, Style>;
  readonly linked: Linked;
  readonly menu: (column: Column) => readonly MenuItem[];
  readonly onOrder: (order: readonly string[]) => void;
  readonly onLayout: (layout: Layout) => void;
  readonly onPick: (id: string, range: boolean) => void;
  /** Select from one row to another; both are runs. */
  readonly onExtend: (from: string, to: string) => void;
  readonly onPickGroup: (group: GroupRow) => void;
  readonly onOpen: (where: string) => void;
  readonly onClear: () => void;
  /** What stands where no run does. */
  readonly children: React.ReactNode;
}

const ROW_PX = 28;
const PAGE = 20;
const NONE: ReadonlySet<string> = new Set();
/** What the name looks like as a column. */
const NAME_COLUMN: Column = {
  id: NAME,
  title: "Run",
  stat: "",
  face: "text",
  fits: 0,
  numeric: false,
  falls: false,
  write: String,
  exact: String,
  sum: () => ({ text: "", full: "" }),
};

export function RunTableView(props: TableProps) {
  const { table, layout, order, group, trend, styles, linked } = props;
  const status = useStore(table.status);
  const lit = useStore(linked.hover);
  const sparks = useSparks();
  const [focus, setFocus] = useState(0);
  const [draft, setDraft] = useState<{ readonly id: string; readonly px: number } | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const room = useRoom(scroller);
  const grouped = group.length > 0;
  const virtual = useVirtualizer({
    count: status.lines,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
    scrollPaddingStart: ROW_PX,
  });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, (items.at(-1)?.index ?? 0) + 1];
  // biome-ignore lint/correctness/useExhaustiveDependencies: opening a group moves other rows into view
  useEffect(() => table.look(first, last), [table, first, last, status.lines]);

  const columns = useColumns(table, layout.columns, grouped);
  const all = useMemo(() => [NAME_COLUMN, ...columns], [columns]);
  const shape = shapeOf(columns, layout, room, keySize(table, group), draft);
  const pinned = layout.pinned.length;
  const places = useShown(scroller, shape, pinned, room);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the table tells by its version that values changed
  const best = useMemo(
    () => bestRows(table, layout.columns, status.matched),
    [table, layout.columns, status.version, status.matched],
  );
  const shown = layout.columns.includes(TREND) ? trend : null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  useEffect(() => {
    if (shown === null) return;
    const lines = Array.from({ length: last - first }, (_, i) => table.line(first + i));
    sparks.show(
      lines.flatMap((line) => (line?.kind === "run" ? [line.run] : [])),
      shown,
    );
  }, [sparks, table, shown, first, last, status.version]);

  const pick = useStable((id: string, index: number, range: boolean): void => {
    setFocus(index);
    props.onPick(id, range);
  });
  const pickGroup = useStable((one: GroupRow, index: number): void => {
    setFocus(index);
    props.onPickGroup(one);
  });
  const open = useStable((where: string): void => props.onOpen(where));
  const width = useStable((id: string): number => shape.widths[all.findIndex((column) => column.id === id)] ?? 0);
  const menu = useStable((column: Column) => props.menu(column));
  const sort = useStable((next: readonly string[]): void => props.onOrder(next));
  const arrange = useStable((next: Layout): void => props.onLayout(next));
  const down = useStable((): void => scroller.current?.focus());
  const hover = useStable((id: string | null): void => linked.hover.set(id));
  const keys = tableKeys({
    ...props,
    lines: status.lines,
    focus,
    line: (index) => table.line(index),
    toColour: (id) => document.getElementById(`row-${id}`)?.querySelector<HTMLElement>(".colour-button")?.click(),
    toHead: () => scroller.current?.querySelector<HTMLElement>(".head-sort[tabindex='0']")?.focus(),
    go: (index) => {
      setFocus(index);
      virtual.scrollToIndex(index);
    },
  });
  const focused = table.line(focus);
  const inView = focus >= first && focus < last;
  const frame = {
    role: grouped ? "treegrid" : "grid",
    tabIndex: 0,
    "aria-label": "Runs",
    "aria-multiselectable": true,
    "aria-rowcount": status.lines + 1,
    "aria-colcount": all.length,
    "aria-busy": status.loading,
    "aria-activedescendant": focused && inView ? elementOf(focused, focus) : undefined,
    onKeyDown: (event: KeyboardEvent): void => {
      if (event.target === event.currentTarget) keys(event);
    },
  };
  return (
    <div ref={scroller} className={shape.total > room ? "runs-grid wide" : "runs-grid"} {...frame}>
      <div className="runs-width" style={shape.style}>
        <Head
          columns={all}
          layout={layout}
          order={order}
          width={width}
          menu={menu}
          onOrder={sort}
          onLayout={arrange}
          onDraft={setDraft}
          onDown={down}
        />
        {status.lines === 0 && !status.loading && status.problem === null && (
          <div role="row" className="row-of-nothing">
            <div role="gridcell">{props.children}</div>
          </div>
        )}
        <div role="rowgroup" className="runs-rows" style={{ height: virtual.getTotalSize() }}>
          {status.loading && status.lines === 0 && <Skeleton />}
          {items.map((item) => {
            const line = table.line(item.index);
            const shared = { index: item.index, columns, pinned, shown: places, focused: focus === item.index };
            return (
              <div key={keyOf(line, item.index)} className="runs-slot" role="presentation" style={{ top: item.start }}>
                {line?.kind === "run" ? (
                  <Row
                    {...shared}
                    run={line.run}
                    cells={places.map((i) => line.cell(columns[i]?.id ?? ""))}
                    best={best.get(item.index) ?? NONE}
                    spark={shown ? sparks.get(line.run.id, shown) : undefined}
                    style={styles.get(line.run.id)}
                    chosen={props.isChosen(line.run.id)}
                    inGroup={line.inGroup}
                    lit={lit === line.run.id}
                    onPick={pick}
                    onHover={hover}
                  />
                ) : line?.kind === "group" ? (
                  <Group
                    {...shared}
                    group={line.group}
                    by={group}
                    aggregate={props.aggregate}
                    open={line.open}
                    chosen={props.isGroupChosen(line.group)}
                    onOpen={open}
                    onPick={pickGroup}
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

/** How long the keys of groups are, titles included where there is more than one. */
function keySize(table: RunTable, group: readonly string[]): { readonly count: number; readonly characters: number } {
  const titles = group.length > 1 ? group.reduce((sum, column) => sum + keyTitle(column).length, 0) : 0;
  return { count: group.length, characters: titles + table.keyCharacters };
}

/** The shape of what is to come, until the first answer. */
function Skeleton() {
  return Array.from({ length: 12 }, (_, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
    <div key={i} className="row skeleton-row" aria-hidden="true" />
  ));
}

function keyOf(line: Line | undefined, index: number): string | number {
  if (!line) return index;
  return line.kind === "run" ? line.run.id : line.group.where;
}

function elementOf(line: Line, index: number): string {
  return line.kind === "run" ? `row-${line.run.id}` : groupElement(index);
}

interface KeyProps extends TableProps {
  readonly lines: number;
  readonly focus: number;
  readonly line: (index: number) => Line | undefined;
  readonly toHead: () => void;
  readonly toColour: (id: string) => void;
  readonly go: (index: number) => void;
}

/** What keys do while the table itself has the focus. */
function tableKeys(props: KeyProps): (event: KeyboardEvent) => void {
  const { lines, focus, line, go } = props;
  const here = line(focus);
  const move = (by: number, range: boolean): void => {
    if (by === -1 && focus === 0 && !range) {
      props.toHead();
      return;
    }
    const next = Math.max(0, Math.min(lines - 1, focus + by));
    go(next);
    const there = line(next);
    if (range && here?.kind === "run" && there?.kind === "run") props.onExtend(here.run.id, there.run.id);
  };
  const turn = (open: boolean): void => {
    if (here?.kind === "group" && here.open !== open) props.onOpen(here.group.where);
  };
  return (event) => {
    const acts: Record<string, () => void> = {
      ArrowDown: () => move(1, event.shiftKey),
      ArrowUp: () => move(-1, event.shiftKey),
      ArrowRight: () => turn(true),
      ArrowLeft: () => turn(false),
      PageDown: () => move(PAGE, event.shiftKey),
      PageUp: () => move(-PAGE, event.shiftKey),
      Home: () => move(Number.NEGATIVE_INFINITY, event.shiftKey),
      End: () => move(Number.POSITIVE_INFINITY, event.shiftKey),
      " ": () => {
        if (here?.kind === "run") props.onPick(here.run.id, event.shiftKey);
        if (here?.kind === "group") props.onPickGroup(here.group);
      },
      Enter: () => {
        if (here?.kind === "run") navigate(runPath(here.run.project, here.run.id));
        if (here?.kind === "group") props.onOpen(here.group.where);
      },
      h: () => {
        if (here?.kind === "run") props.toColour(here.run.id);
      },
      Escape: props.onClear,
    };
    const act = acts[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  };
}

function useSparks(): Sparks {
  const [sparks] = useState(() => new Sparks());
  useStore(sparks.version);
  useEffect(() => () => sparks.destroy(), [sparks]);
  return sparks;
}

/** A function that stays the same while what it does follows the last render. */
function useStable<A extends unknown[], R>(act: (...args: A) => R): (...args: A) => R {
  const latest = useRef(act);
  latest.current = act;
  return useState(
    () =>
      (...args: A) =>
        latest.current(...args),
  )[0];
}
