/** One group of the run table: what its runs share, how many they are, and what their values come to. */

import { memo, useEffect, useRef } from "react";
import type { GroupRow } from "../../api/table.ts";
import { formatValue, plural } from "../../lib/format.ts";
import { parseColumn } from "../../lib/metrics.ts";
import type { Aggregate } from "../../lib/tablestate.ts";
import type { Column } from "./columns.ts";
import { placeOf } from "./shape.tsx";

export interface GroupProps {
  readonly index: number;
  readonly group: GroupRow;
  readonly by: readonly string[];
  readonly columns: readonly Column[];
  readonly pinned: number;
  /** Places of the columns that are in sight. */
  readonly shown: readonly number[];
  readonly aggregate: Aggregate;
  readonly open: boolean;
  /** Whether all, none or (`null`) some of its runs are selected. */
  readonly chosen: boolean | null;
  readonly focused: boolean;
  readonly onOpen: (where: string) => void;
  readonly onPick: (group: GroupRow, index: number) => void;
}

export const Group = memo(function Group(props: GroupProps) {
  const { index, group, by, columns, pinned, shown, aggregate, open, chosen, focused, onOpen, onPick } = props;
  const words = keyWords(by, group.key);
  return (
    <div
      role="row"
      id={groupElement(index)}
      className={`row group${chosen ? " chosen" : ""}${focused ? " focused" : ""}`}
      aria-rowindex={index + 2}
      aria-level={1}
      aria-expanded={open}
      aria-selected={chosen === true}
      onClick={() => onOpen(group.where)}
    >
      <div role="gridcell" className="cell name pinned" tabIndex={-1} aria-colindex={1}>
        <Check
          label={`Select the ${plural(group.n, "run")} of ${words}`}
          on={chosen}
          flip={() => onPick(group, index)}
        />
        <span className={open ? "chevron open" : "chevron"} aria-hidden="true">
          ▸
        </span>
        <span className="group-key" title={words}>
          {by.map((column, i) => (
            <span key={column} className="chip">
              {by.length > 1 && <small>{keyTitle(column)}</small>}
              {formatValue(group.key[i])}
            </span>
          ))}
        </span>
        <small className="muted group-count">{plural(group.n, "run")}</small>
      </div>
      {shown.map((i) => {
        const column = columns[i];
        if (!column) return null;
        const { text, full } = column.sum(group.values[column.id], aggregate);
        const name = `cell${column.numeric ? " number" : ""}${text === "differ" ? " muted" : ""}`;
        return (
          <div
            role="gridcell"
            tabIndex={-1}
            key={column.id}
            aria-colindex={i + 2}
            className={i < pinned ? `${name} pinned` : name}
            style={placeOf(column, i, pinned)}
            title={full}
          >
            {column.face === "text" ? text : ""}
          </div>
        );
      })}
    </div>
  );
});

function Check({ label, on, flip }: { label: string; on: boolean | null; flip: () => void }) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) box.current.indeterminate = on === null;
  }, [on]);
  return (
    <input
      ref={box}
      type="checkbox"
      tabIndex={-1}
      checked={on === true}
      aria-label={label}
      onChange={flip}
      onClick={(event) => event.stopPropagation()}
    />
  );
}

/** How a column that runs are grouped by is called. */
export function keyTitle(column: string): string {
  const { kind, key } = parseColumn(column);
  return kind === "tag" ? `tag ${key}` : key;
}

export function keyWords(by: readonly string[], key: readonly unknown[]): string {
  return by.map((column, i) => `${keyTitle(column)} ${formatValue(key[i])}`).join(", ");
}

export function groupElement(index: number): string {
  return `group-${index}`;
}
