/** The heads of the run table: sort, move, resize, and a menu for each column; by mouse or by keys. */

import { type KeyboardEvent, memo, type PointerEvent, useRef, useState } from "react";
import { Menu, type MenuItem } from "../../components/menu.tsx";
import { type Layout, move, NAME, resize, shift } from "../../lib/layout.ts";
import { clicked, sortedBy } from "../../lib/order.ts";
import { type Column, leftOf, wordsOf } from "./columns.ts";

export interface HeadProps {
  readonly columns: readonly Column[];
  readonly layout: Layout;
  readonly order: readonly string[];
  /** Width of a column as it is drawn. */
  readonly width: (id: string) => number;
  readonly menu: (column: Column) => readonly MenuItem[];
  readonly onOrder: (order: readonly string[]) => void;
  readonly onLayout: (layout: Layout) => void;
  /** A column is being given a width; `null` when it was let go. */
  readonly onDraft: (draft: { readonly id: string; readonly px: number } | null) => void;
  /** Leave the heads for the rows. */
  readonly onDown: () => void;
}

/** Pixels a pointer moves before a press becomes a drag. */
const DRAG_PX = 5;
const STEP_PX = 16;

interface Drag {
  readonly id: string;
  readonly from: number;
  readonly moving: boolean;
  /** The column that it would stand before; `null` is the end. */
  readonly before: string | null;
}

export const Head = memo(function Head(props: HeadProps) {
  const { columns, layout, order, onOrder, onLayout, onDraft, width, onDown } = props;
  const row = useRef<HTMLDivElement>(null);
  const [focus, setFocus] = useState<string>(NAME);
  const [open, setOpen] = useState<{ readonly id: string; readonly anchor: HTMLElement } | null>(null);
  const [drag, setDrag] = useState<Drag | null>(null);
  // What the pointer does next may come before the last move was drawn.
  const held = useRef<Drag | null>(null);
  const hold = (next: Drag | null): void => {
    held.current = next;
    setDrag(next);
  };
  const dragged = useRef(false);
  const current = columns.some((column) => column.id === focus) ? focus : NAME;
  const button = (id: string): HTMLElement | null =>
    row.current?.querySelector<HTMLElement>(`[data-column="${CSS.escape(id)}"] .head-sort`) ?? null;
  const to = (by: number): void => {
    const next = columns[columns.findIndex((column) => column.id === current) + by];
    if (!next) return;
    setFocus(next.id);
    button(next.id)?.focus();
  };
  const key = (event: KeyboardEvent): void => {
    event.stopPropagation();
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const anchor = button(current);
    if (by !== undefined && event.altKey) onLayout(shift(layout, current, by as 1 | -1));
    else if (by !== undefined && event.shiftKey) onLayout(resize(layout, current, width(current) + by * STEP_PX));
    else if (by !== undefined) to(by);
    else if (anchor && (event.key === "ContextMenu" || (event.key === "ArrowDown" && event.altKey)))
      setOpen({ id: current, anchor });
    else if (event.key === "ArrowDown") onDown();
    else return;
    event.preventDefault();
  };
  const at = (x: number): string | null => {
    for (const cell of row.current?.querySelectorAll<HTMLElement>("[data-column]") ?? []) {
      const box = cell.getBoundingClientRect();
      const id = cell.dataset.column ?? "";
      if (id !== NAME && x < box.left + box.width / 2) return id;
    }
    return null;
  };
  const follow = (event: PointerEvent<HTMLElement>): void => {
    const now = held.current;
    if (now === null || (!now.moving && Math.abs(event.clientX - now.from) < DRAG_PX)) return;
    hold({ ...now, moving: true, before: at(event.clientX) });
  };
  const drop = (event: PointerEvent<HTMLElement>): void => {
    const now = held.current;
    hold(null);
    if (!now?.moving) return;
    dragged.current = true;
    onLayout(move(layout, now.id, at(event.clientX)));
  };
  const opened = open && columns.find((column) => column.id === open.id);
  return (
    <div role="rowgroup" className="runs-head">
      <div role="row" className="row" aria-rowindex={1} ref={row} onKeyDown={key}>
        {columns.map((column) => (
          <HeadCell
            key={column.id}
            column={column}
            order={order}
            pinned={column.id === NAME || layout.pinned.includes(column.id)}
            tabbable={column.id === current}
            moving={drag?.moving === true && drag.id === column.id}
            mark={drag?.moving ? dropMark(columns, drag.before, column.id) : ""}
            onSort={(add) => {
              if (dragged.current) dragged.current = false;
              else if (column.falls !== null) onOrder(clicked(order, column.id, column.falls, add));
            }}
            onFocus={() => setFocus(column.id)}
            onMenu={(anchor) => setOpen({ id: column.id, anchor })}
            onPress={(event) => {
              dragged.current = false;
              if (event.button !== 0 || event.pointerType === "touch" || column.id === NAME) return;
              event.currentTarget.setPointerCapture(event.pointerId);
              hold({ id: column.id, from: event.clientX, moving: false, before: null });
            }}
            onFollow={follow}
            onDrop={drop}
            onLose={() => hold(null)}
            onResize={(px) => onDraft({ id: column.id, px })}
            onResized={(px) => {
              onDraft(null);
              onLayout(resize(layout, column.id, px));
            }}
            width={() => width(column.id)}
          />
        ))}
      </div>
      {open && opened && (
        <Menu
          label={`Options of ${wordsOf(opened)}`}
          anchor={open.anchor}
          items={props.menu(opened)}
          onClose={() => setOpen(null)}
        />
      )}
    </div>
  );
});

function dropMark(columns: readonly Column[], before: string | null, id: string): string {
  if (before === id) return " drop-before";
  return before === null && columns.at(-1)?.id === id ? " drop-after" : "";
}

interface CellProps {
  readonly column: Column;
  readonly order: readonly string[];
  readonly pinned: boolean;
  readonly tabbable: boolean;
  readonly moving: boolean;
  readonly mark: string;
  readonly onSort: (add: boolean) => void;
  readonly onFocus: () => void;
  readonly onMenu: (anchor: HTMLElement) => void;
  readonly onPress: (event: PointerEvent<HTMLElement>) => void;
  readonly onFollow: (event: PointerEvent<HTMLElement>) => void;
  readonly onDrop: (event: PointerEvent<HTMLElement>) => void;
  readonly onLose: () => void;
  readonly onResize: (px: number) => void;
  /** `null` fits the values. */
  readonly onResized: (px: number | null) => void;
  readonly width: () => number;
}

function HeadCell(props: CellProps) {
  const { column, order, pinned, onSort, onMenu } = props;
  const sorted = column.falls === null ? null : sortedBy(order, column.id);
  const direction = sorted ? (sorted.falling ? "descending" : "ascending") : "none";
  const words = wordsOf(column);
  const name = `cell head${column.numeric ? " number" : ""}${column.id === NAME ? " name" : ""}`;
  return (
    <div
      role="columnheader"
      tabIndex={-1}
      data-column={column.id}
      aria-label={words}
      aria-sort={column.falls === null ? undefined : direction}
      className={`${name}${pinned ? " pinned" : ""}${props.moving ? " moving" : ""}${props.mark}`}
      style={pinned && column.id !== NAME ? { ["--left" as string]: `var(${leftOf(column.id)})` } : undefined}
      onContextMenu={(event) => {
        event.preventDefault();
        const anchor = event.currentTarget.querySelector<HTMLElement>(".head-sort");
        if (anchor) onMenu(anchor);
      }}
    >
      <button
        type="button"
        className="head-sort"
        tabIndex={props.tabbable ? 0 : -1}
        title={column.falls === null ? words : `Sort by ${words}; with Shift after what sorts already`}
        onFocus={props.onFocus}
        onClick={(event) => onSort(event.shiftKey)}
        onPointerDown={props.onPress}
        onPointerMove={props.onFollow}
        onPointerUp={props.onDrop}
        onPointerCancel={props.onLose}
      >
        <span className="head-title">{column.title}</span>
        {column.stat && <small>{column.stat}</small>}
        {sorted && (
          <span className="head-sorted" aria-hidden="true">
            {sorted.falling ? "↓" : "↑"}
            {order.length > 1 && <sub>{sorted.place}</sub>}
          </span>
        )}
      </button>
      <button
        type="button"
        className="head-menu"
        tabIndex={-1}
        aria-label={`Options of ${words}`}
        aria-haspopup="menu"
        onClick={(event) => onMenu(event.currentTarget)}
      >
        ⋯
      </button>
      <Edge {...props} />
    </div>
  );
}

/** The right edge of a head: drag gives the column a width, a double click the one that fits. Keys do it too. */
function Edge({ onResize, onResized, width }: CellProps) {
  const from = useRef<{ x: number; px: number } | null>(null);
  const px = (event: PointerEvent): number => (from.current ? from.current.px + event.clientX - from.current.x : 0);
  return (
    <span
      className="head-edge"
      aria-hidden="true"
      onPointerDown={(event) => {
        from.current = { x: event.clientX, px: width() };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => from.current && onResize(px(event))}
      onPointerUp={(event) => {
        if (from.current && event.clientX !== from.current.x) onResized(px(event));
        from.current = null;
      }}
      onDoubleClick={() => onResized(null)}
    />
  );
}
