/** The columns of a table as they are drawn: described from their values, and how wide each is. */

import { useEffect, useMemo, useRef, useState } from "react";
import { type Layout, NAME } from "../../lib/layout.ts";
import type { RunTable } from "../../state/runs.ts";
import { useStore } from "../../state/store.ts";
import { type Column, describeColumn, leftOf } from "./columns.ts";

const NAME_PX = 204;
/** What stands in the head of a group beside its keys, and around each of them. */
const GROUP_PX = 122;
const CHIP_PX = 20;
const MOST_NAME_PX = 460;
/** On a phone the name leaves room for the rest. */
const NAME_NARROW_PX = 176;
const NARROW_SHARE = 0.6;
const NARROW_PX = 480;

/** Descriptions stay the same objects while nothing of them changes, so that rows are not drawn again. */
export function useColumns(table: RunTable, ids: readonly string[], grouped: boolean): readonly Column[] {
  const { version } = useStore(table.status);
  const known = useRef(new Map<string, { readonly sign: string; readonly column: Column }>());
  const last = useRef<readonly Column[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the table tells by its version that values changed
  return useMemo(() => {
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
  }, [table, ids, grouped, version]);
}

export interface Shape {
  /** Of the name, then of every column. */
  readonly widths: readonly number[];
  readonly total: number;
  /** CSS variables of the whole table: its grid, and where pinned columns stand. */
  readonly style: Readonly<Record<string, string | number>>;
}

/**
 * How wide everything is in a box of `room` pixels: the name takes what the others leave.
 *
 * @param keys Of groups: how many there are, and characters of the longest together.
 */
export function shapeOf(
  columns: readonly Column[],
  layout: Layout,
  room: number,
  keys: { readonly count: number; readonly characters: number },
  draft: { readonly id: string; readonly px: number } | null,
): Shape {
  const given = (id: string): number | undefined => (draft?.id === id ? draft.px : layout.widths[id]);
  const rest = columns.map((column) => given(column.id) ?? column.fits);
  const others = rest.reduce((sum, px) => sum + px, 0);
  const heads = keys.count > 0 ? GROUP_PX + keys.count * CHIP_PX + Math.round(6.6 * keys.characters) : 0;
  const narrow = room < NARROW_PX;
  const most = narrow ? room * NARROW_SHARE : MOST_NAME_PX;
  const least = Math.max(narrow ? NAME_NARROW_PX : NAME_PX, Math.min(most, heads));
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

/** Columns beyond the edges that are drawn too, and how far a table scrolls sideways before others are. */
const BESIDE_PX = 160;

/** Places of the columns that are in sight, pinned ones always: a table may have hundreds. */
export function useShown(
  box: React.RefObject<HTMLElement | null>,
  { widths }: Shape,
  pinned: number,
  room: number,
): readonly number[] {
  const [step, setStep] = useState(0);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = (): void => setStep(Math.floor(element.scrollLeft / BESIDE_PX));
    element.addEventListener("scroll", look, { passive: true });
    return () => element.removeEventListener("scroll", look);
  }, [box]);
  const from = (step - 1) * BESIDE_PX;
  const to = from + room + 3 * BESIDE_PX;
  const shown: number[] = [];
  let left = widths[0] ?? 0;
  for (const [i, px] of widths.slice(1).entries()) {
    if (i < pinned || (left < to && left + px > from)) shown.push(i);
    left += px;
  }
  const key = shown.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the places are their key
  return useMemo(() => shown, [key]);
}

/** Where a cell stands in its row: columns that are not drawn leave their places empty. */
export function placeOf(column: Column, index: number, pinned: number): React.CSSProperties {
  const known = PLACES.get(column) ?? [];
  const at = 2 * index + (index < pinned ? 1 : 0);
  known[at] ??= {
    gridColumn: index + 2,
    ...(index < pinned ? { ["--left" as string]: `var(${leftOf(column.id)})` } : {}),
  };
  PLACES.set(column, known);
  return known[at];
}

/** Made once: four hundred new objects for each frame would only be compared and thrown away. */
const PLACES = new WeakMap<Column, React.CSSProperties[]>();
