/** What each class gets: precision, recall, F1 and areas, sorted by any column. */

import { useState } from "react";
import { ScrollX } from "../../components/scrollx.tsx";
import { columnFormat, formatExact, formatInteger } from "../../lib/format.ts";
import { type ClassColumn, type ClassFigures, sortClasses } from "../../lib/testing.ts";

const NAMES: Readonly<Record<ClassColumn, string>> = {
  name: "class",
  support: "n",
  precision: "precision",
  recall: "recall",
  f1: "F1",
  auc: "ROC area",
  average_precision: "avg. precision",
  iou: "IoU",
};
const COLUMNS = Object.keys(NAMES) as readonly ClassColumn[];
const SHARES: ReadonlySet<ClassColumn> = new Set(["precision", "recall", "f1", "iou"]);

interface Props {
  readonly rows: readonly ClassFigures[];
  readonly chosen: string | null;
  /** A class whose curves are to be shown. */
  readonly onChoose: ((name: string) => void) | null;
}

export function ClassTable({ rows, chosen, onChoose }: Props) {
  const [order, setOrder] = useState<{ readonly column: ClassColumn; readonly falling: boolean } | null>(null);
  const columns = COLUMNS.filter((name) => name === "name" || rows.some((row) => (row[name] ?? null) !== null));
  const sorted = order === null ? rows : sortClasses(rows, order.column, order.falling);
  const write = new Map(
    columns.map((name) => [
      name,
      name === "name"
        ? String
        : columnFormat(
            rows.map((row) => row[name] as number),
            4,
          ),
    ]),
  );
  return (
    <ScrollX label="Figures of each class">
      <table className="mt-classes">
        <thead>
          <tr>
            {columns.map((name) => {
              const here = order?.column === name ? order : null;
              return (
                <th
                  key={name}
                  scope="col"
                  className={name === "name" ? undefined : "number"}
                  aria-sort={here === null ? "none" : here.falling ? "descending" : "ascending"}
                >
                  <button
                    type="button"
                    className="link"
                    onClick={() => setOrder({ column: name, falling: here === null ? name !== "name" : !here.falling })}
                  >
                    {NAMES[name]}
                    <span aria-hidden="true">{here === null ? "" : here.falling ? " ↓" : " ↑"}</span>
                  </button>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={row.name} aria-current={row.name === chosen || undefined}>
              <th scope="row">
                {onChoose === null ? (
                  row.name
                ) : (
                  <button type="button" className="link" title="Show its curves" onClick={() => onChoose(row.name)}>
                    {row.name}
                  </button>
                )}
              </th>
              {columns
                .filter((name) => name !== "name")
                .map((name) => {
                  const value = row[name] as number | null;
                  return (
                    <td key={name} className="number" title={formatExact(value)}>
                      {SHARES.has(name) && value !== null && <Share value={value} />}
                      {name === "support" ? formatInteger(value ?? 0) : write.get(name)?.(value as never)}
                    </td>
                  );
                })}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollX>
  );
}

/** A share as a bar from 0 to 1 behind its number. */
function Share({ value }: { value: number }) {
  return (
    <span className="mt-share" aria-hidden="true">
      <i style={{ width: `${100 * value}%` }} />
    </span>
  );
}
