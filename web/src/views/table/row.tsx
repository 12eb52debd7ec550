/** One run of the run table. */

import { memo } from "react";
import type { RunRow } from "../../api/types.ts";
import { Age } from "../../components/ages.tsx";
import { Link } from "../../components/link.tsx";
import { StateMark } from "../../components/mark.tsx";
import { Swatch } from "../../components/swatch.tsx";
import type { Style } from "../../lib/colour.ts";
import type { Trace } from "../../lib/trace.ts";
import { runPath } from "../../lib/url.ts";
import type { Column } from "./columns.ts";
import { Spark } from "./spark.tsx";

export interface RowProps {
  readonly index: number;
  readonly run: RunRow;
  readonly columns: readonly Column[];
  /** Values by column, in the same order. */
  readonly cells: readonly unknown[];
  /** Columns in which this run holds the best of what is listed. */
  readonly best: ReadonlySet<string>;
  readonly spark: Trace | undefined;
  readonly trend: boolean;
  readonly style: Style | undefined;
  readonly lit: boolean;
  readonly focused: boolean;
  readonly onPick: (id: string, index: number, range: boolean) => void;
  readonly onHover: (id: string | null) => void;
}

export const Row = memo(
  function Row({ index, run, columns, cells, best, spark, trend, style, lit, focused, onPick, onHover }: RowProps) {
    const chosen = style !== undefined;
    const name = `row${chosen ? " chosen" : ""}${lit ? " lit" : ""}${focused ? " focused" : ""}`;
    return (
      <div
        role="row"
        id={`row-${run.id}`}
        className={name}
        aria-rowindex={index + 2}
        aria-selected={chosen}
        onPointerEnter={() => onHover(run.id)}
        onPointerLeave={() => onHover(null)}
        onClick={(event) => !(event.target instanceof HTMLAnchorElement) && onPick(run.id, index, event.shiftKey)}
      >
        <div role="gridcell" className="cell name" tabIndex={-1}>
          <input type="checkbox" tabIndex={-1} checked={chosen} readOnly aria-label={`Draw ${run.name}`} />
          <StateMark state={run.state} />
          <Swatch style={style} />
          <Link
            to={runPath(run.project, run.id)}
            tabIndex={-1}
            title={run.name}
            onClick={(event) => event.stopPropagation()}
          >
            {run.name}
          </Link>
          {run.dropped > 0 && (
            <span className="dropped" title={`${run.dropped} values were dropped while logging`}>
              ▼{run.dropped}
            </span>
          )}
        </div>
        {trend && (
          <div role="gridcell" className="cell trend" tabIndex={-1}>
            <Spark trace={spark} />
          </div>
        )}
        {columns.map((column, i) => (
          <div
            role="gridcell"
            tabIndex={-1}
            key={column.id}
            className={`cell${column.numeric ? " number" : ""}${best.has(column.id) ? " best" : ""}`}
            title={column.exact(cells[i])}
          >
            {column.write(cells[i])}
          </div>
        ))}
        <div role="gridcell" className="cell number age" tabIndex={-1}>
          <Age at={run.created} />
        </div>
      </div>
    );
  },
  (a, b) => {
    const { cells: before, best: bestBefore, ...restBefore } = a;
    const { cells: after, best: bestAfter, ...restAfter } = b;
    const same = Object.keys(restAfter).every((key) =>
      Object.is(restBefore[key as keyof typeof restBefore], restAfter[key as keyof typeof restAfter]),
    );
    return (
      same &&
      before.length === after.length &&
      before.every((value, i) => Object.is(value, after[i])) &&
      [...bestAfter].join() === [...bestBefore].join()
    );
  },
);
