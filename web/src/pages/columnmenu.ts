/** What can be done with a column of the run table, as the menu of its head says it. */

import type { MenuItem } from "../components/menu.tsx";
import { flip, type Layout, NAME, pin, resize, shift } from "../lib/layout.ts";
import { parseColumn } from "../lib/metrics.ts";
import { sortBy, sortedBy, unsort } from "../lib/order.ts";
import { TABLE_DEFAULTS, type TableState } from "../lib/tablestate.ts";
import { type Column, TAGS, TREND } from "../views/table/columns.ts";
import { type PutTable, SIZE } from "./tablesetup.ts";

interface Acts {
  readonly put: PutTable;
  readonly layout: (layout: Layout) => void;
  readonly filter: (column: string) => void;
}

export function columnMenu(column: Column, state: TableState, layout: Layout, acts: Acts): readonly MenuItem[] {
  const sorts = column.falls === null ? [] : sortItems(column, state, acts.put);
  if (column.id === NAME) {
    const size: MenuItem = { label: "Largest groups first", act: () => acts.put({ order: [`-${SIZE}`] }) };
    const fit: MenuItem = { label: "Fit the width", act: () => acts.layout(resize(layout, NAME, null)) };
    return [...sorts, ...(state.group.length > 0 ? [size] : []), "line", fit];
  }
  return [
    ...sorts,
    ...(sorts.length > 0 ? (["line"] as const) : []),
    ...askItems(column, state, acts),
    ...placeItems(column, layout, acts.layout),
  ];
}

function sortItems({ id }: Column, { order }: TableState, put: PutTable): MenuItem[] {
  const sorted = sortedBy(order, id);
  const by = (falling: boolean, add: boolean): void => put({ order: sortBy(order, id, falling, add) });
  const alone = order.length === 1;
  const others = !sorted || !alone;
  return [
    { label: "Sort ascending", checked: sorted?.falling === false, act: () => by(false, false) },
    { label: "Sort descending", checked: sorted?.falling === true, act: () => by(true, false) },
    ...(others
      ? ([
          { label: "Add to the sort, ascending", act: () => by(false, true) },
          { label: "Add to the sort, descending", act: () => by(true, true) },
        ] as const)
      : []),
    ...(sorted
      ? [
          {
            label: "Do not sort by this",
            act: () => put({ order: alone ? TABLE_DEFAULTS.order : unsort(order, id) }),
          },
        ]
      : []),
  ];
}

function askItems({ id }: Column, { group }: TableState, { put, filter }: Acts): MenuItem[] {
  if (id === TREND || id === TAGS) return [];
  const grouped = group.includes(id);
  const next = grouped ? group.filter((one) => one !== id) : [...group, id];
  return [
    { label: "Filter on this…", act: () => filter(id) },
    ...(parseColumn(id).kind === "metric"
      ? []
      : [{ label: grouped ? "Do not group by this" : "Group by this", act: () => put({ group: next, open: [] }) }]),
    "line",
  ];
}

function placeItems({ id }: Column, layout: Layout, change: (layout: Layout) => void): MenuItem[] {
  const pinned = layout.pinned.includes(id);
  const at = layout.columns.indexOf(id);
  return [
    { label: pinned ? "Unpin" : "Pin to the left", act: () => change(pin(layout, id, !pinned)) },
    { label: "Move left", disabled: at === 0, note: "Alt ←", act: () => change(shift(layout, id, -1)) },
    {
      label: "Move right",
      disabled: at === layout.columns.length - 1,
      note: "Alt →",
      act: () => change(shift(layout, id, 1)),
    },
    { label: "Fit the width", act: () => change(resize(layout, id, null)) },
    { label: "Hide the column", act: () => change(flip(layout, id)) },
  ];
}
