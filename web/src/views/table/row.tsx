/** One run of the run table. */

import { memo } from "react";
import { patchRun } from "../../api/client.ts";
import type { RunRow } from "../../api/types.ts";
import { Age } from "../../components/ages.tsx";
import { ColourButton } from "../../components/colourbutton.tsx";
import { Link } from "../../components/link.tsx";
import { StateMark } from "../../components/mark.tsx";
import { Spark } from "../../components/spark.tsx";
import type { Style } from "../../lib/colour.ts";
import { plural } from "../../lib/format.ts";
import type { Trace } from "../../lib/trace.ts";
import { runPath } from "../../lib/url.ts";
import type { Column } from "./columns.ts";
import { placeOf } from "./shape.tsx";

export interface RowProps {
  readonly index: number;
  readonly run: RunRow;
  /** All but the name. */
  readonly columns: readonly Column[];
  /** How many of them stay while the rest scrolls sideways. */
  readonly pinned: number;
  /** Places of the columns that are in sight. */
  readonly shown: readonly number[];
  /** Values of the columns in sight. */
  readonly cells: readonly unknown[];
  /** Columns in which this run holds the best of what is listed. */
  readonly best: ReadonlySet<string>;
  readonly spark: Trace | undefined;
  readonly style: Style | undefined;
  readonly chosen: boolean;
  /** Whether it stands below the head of a group. */
  readonly inGroup: boolean;
  readonly lit: boolean;
  readonly focused: boolean;
  readonly onPick: (id: string, index: number, range: boolean) => void;
  readonly onHover: (id: string | null) => void;
}

export const Row = memo(function Row(props: RowProps) {
  const { index, run, columns, pinned, shown, cells, best, style, chosen, inGroup, lit, focused, onPick, onHover } =
    props;
  const name = `row${chosen ? " chosen" : ""}${lit ? " lit" : ""}${focused ? " focused" : ""}`;
  return (
    <div
      role="row"
      id={`row-${run.id}`}
      className={`${name}${inGroup ? " in-group" : ""}${run.archived ? " archived" : ""}`}
      aria-rowindex={index + 2}
      aria-level={inGroup ? 2 : undefined}
      aria-selected={chosen}
      onPointerEnter={() => onHover(run.id)}
      onPointerLeave={() => onHover(null)}
      onClick={(event) => !(event.target instanceof HTMLAnchorElement) && onPick(run.id, index, event.shiftKey)}
    >
      <div role="gridcell" className="cell name pinned" tabIndex={-1} aria-colindex={1}>
        <input type="checkbox" tabIndex={-1} checked={chosen} readOnly aria-label={`Select ${run.name}`} />
        <StateMark state={run.state} />
        <Link
          to={runPath(run.project, run.id)}
          tabIndex={-1}
          title={run.name}
          onClick={(event) => event.stopPropagation()}
        >
          {run.name}
        </Link>
        {/* Drawn before the name, said after it. */}
        <ColourButton
          name={run.name}
          color={run.color}
          style={style}
          inGrid
          onChoose={(color) => void patchRun(run.id, { color })}
        />
        {run.dropped > 0 && (
          <span className="dropped" title={`${run.dropped} values were dropped while logging`}>
            ▼{run.dropped}
          </span>
        )}
        {run.alert !== null && (
          <span className={`alert-mark ${run.alert}`} title={`${plural(run.alerts, "alert")} of the run, ${run.alert}`}>
            {run.alert === "error" ? "✕" : run.alert === "warning" ? "▲" : "●"}
            {run.alerts}
          </span>
        )}
        {run.archived && <small className="muted">archived</small>}
      </div>
      {shown.map((i, at) => {
        const column = columns[i];
        return (
          column && (
            <div
              role="gridcell"
              tabIndex={-1}
              key={column.id}
              aria-colindex={i + 2}
              className={cellName(column, best, i < pinned)}
              style={placeOf(column, i, pinned)}
              title={titleOf(column, cells[at])}
            >
              <Face column={column} value={cells[at]} run={run} spark={props.spark} />
            </div>
          )
        );
      })}
    </div>
  );
}, isSame);

function Face({
  column,
  value,
  run,
  spark,
}: {
  column: Column;
  value: unknown;
  run: RunRow;
  spark: Trace | undefined;
}) {
  switch (column.face) {
    case "trend":
      return <Spark trace={spark} />;
    case "tags":
      return run.tags.map((tag) => (
        <span key={tag} className="chip">
          {tag}
        </span>
      ));
    case "age":
      return typeof value === "number" ? <Age at={value} /> : column.write(null);
    case "truth":
      return value === true || value === "true" ? "✓" : "";
    case "text":
      return column.write(value);
  }
}

function titleOf(column: Column, value: unknown): string | undefined {
  return column.face === "text" ? column.exact(value) : undefined;
}

function cellName({ face, id, numeric }: Column, best: ReadonlySet<string>, pinned: boolean): string {
  const name = `cell${numeric ? " number" : ""}${face === "text" ? "" : ` ${face}`}`;
  return `${name}${best.has(id) ? " best" : ""}${pinned ? " pinned" : ""}`;
}

/** Whether nothing that a row shows is different; its cells and its best are new lists each time. */
function isSame(a: RowProps, b: RowProps): boolean {
  for (const name of Object.keys(b) as (keyof RowProps)[]) {
    if (name !== "cells" && name !== "best" && !Object.is(a[name], b[name])) return false;
  }
  return (
    a.cells.length === b.cells.length &&
    a.cells.every((value, i) => Object.is(value, b.cells[i])) &&
    [...a.best].join() === [...b.best].join()
  );
}
