/** The columns of a table as they are drawn: described from their values, and how wide each is. */

import { useEffect, useRef, useState } from "react";
import { type Layout, NAME } from "../../lib/layout.ts";
import type { RunTable } from "../../state/runs.ts";
import { type Column, describeColumn, leftOf } from "./columns.ts";

const NAME_PX = 204;
/** Each key of a group needs room beside the name. */
const KEY_PX = 92;
const MOST_NAME_PX = 440;
/** On a phone the name leaves room for the rest. */
const NAME_NARROW_PX = 150;
const NARROW_PX = 480;

/** Descriptions stay the same objects while nothing of them changes, so that rows are not drawn again. */
export function useColumns(table: RunTable, ids: readonly string[], grouped: boolean): readonly Column[] {
  const known = useRef(new Map<string, { readonly sign: string; readonly column: Column }>());
  const last = useRef<readonly Column[]>([]);
  const columns = ids.map((id) => {
    const [summary, groups] = [table.summary(id), grouped ? table.groupSummary(id) : null];
    const column = describeColumn(id, summary, groups);
    const { top, bottom, whole } = summary.spread;
    const sign = [column.fits, column.numeric, top, bottom, whole].join();
    const before = known.current.get(id);
    if (before?.sign === sign) return before.column;
    known.current.set(id, { sign, column });
    return column;
  });
  const same = columns.length === last.current.length && columns.every((column, i) => column === last.current[i]);
  if (!same) last.current = columns;
  return last.current;
}

export interface Shape {
  /** Of the name, then of every column. */
  readonly widths: readonly number[];
  readonly total: number;
  /** CSS variables of the whole table: its grid, and where pinned columns stand. */
  readonly style: Readonly<Record<string, string | number>>;
}

/** How wide everything is in a box of `room` pixels: the name, or `keys` keys of a group, take what the others leave. */
export function shapeOf(
  columns: readonly Column[],
  layout: Layout,
  room: number,
  keys: number,
  draft: { readonly id: string; readonly px: number } | null,
): Shape {
  const given = (id: string): number | undefined => (draft?.id === id ? draft.px : layout.widths[id]);
  const rest = columns.map((column) => given(column.id) ?? column.fits);
  const others = rest.reduce((sum, px) => sum + px, 0);
  const least = room < NARROW_PX ? NAME_NARROW_PX : Math.min(MOST_NAME_PX, NAME_PX + keys * KEY_PX);
  const name = given(NAME) ?? Math.max(least, room - others);
  const lefts: Record<string, string> = {};
  let left = name;
  for (const [i, column] of columns.entries()) {
    if (!layout.pinned.includes(column.id)) break;
    lefts[leftOf(column.id)] = `${left}px`;
    left += rest[i] ?? 0;
  }
  const template = [name, ...rest].map((px) => `${px}px`).join(" ");
  const total = name + others;
  return { widths: [name, ...rest], total, style: { minWidth: total, "--columns": `${template} 1fr`, ...lefts } };
}

/** Pixels that a scrolling box leaves its content in width. */
export function useRoom(box: React.RefObject<HTMLElement | null>): number {
  const [room, setRoom] = useState(0);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = new ResizeObserver(() => setRoom(element.clientWidth));
    look.observe(element);
    return () => look.disconnect();
  }, [box]);
  return room;
}
