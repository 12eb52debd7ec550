/** What every node costs, as a table that can be sorted; choosing a row shows the node. */

import { useState } from "react";
import { formatBytes, formatExact, formatNumber, MISSING } from "../lib/format.ts";
import type { Report } from "../lib/graph.ts";
import { orderedNodes, type TotalsKey } from "../lib/totals.ts";

const COLUMNS: readonly { readonly key: TotalsKey; readonly name: string; readonly unit: string }[] = [
  { key: "params", name: "parameters", unit: "" },
  { key: "flops", name: "FLOPs", unit: "of one sample, a multiply-add counted as two" },
  { key: "memory_bytes", name: "memory", unit: "of what one sample leaves here" },
];

export function Totals({ report, onPick }: { report: Report; onPick: (node: string) => void }) {
  const [by, setBy] = useState<TotalsKey | "order">("order");
  const [down, setDown] = useState(false);
  const sort = (key: TotalsKey | "order"): void => {
    setDown(key === by ? !down : key !== "order");
    setBy(key);
  };
  const sorted = (key: TotalsKey | "order") => (key !== by ? "none" : down ? "descending" : "ascending");
  const mark = (key: string): string => (key !== by ? "" : down ? " ▾" : " ▴");
  return (
    <table className="totals">
      <caption className="visually-hidden">What every node costs</caption>
      <thead>
        <tr>
          <th scope="col" aria-sort={by === "order" ? "ascending" : "none"}>
            <button type="button" className="text" onClick={() => sort("order")}>
              node
            </button>
          </th>
          {COLUMNS.map(({ key, name, unit }) => (
            <th key={key} scope="col" className="number" aria-sort={sorted(key)}>
              <button type="button" className="text" title={unit || undefined} onClick={() => sort(key)}>
                {name}
                <span aria-hidden="true">{mark(key)}</span>
              </button>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {orderedNodes(report, by, down).map(({ id, node }) => (
          <tr key={id}>
            <th scope="row">
              <button type="button" className="text key" title={id} onClick={() => onPick(id)}>
                {id}
              </button>
            </th>
            <td className="number" title={formatExact(node.params)}>
              {node.params === 0 ? MISSING : formatNumber(node.params)}
            </td>
            <td className="number" title={formatExact(node.flops)}>
              {node.flops === 0 ? MISSING : formatNumber(node.flops, 3)}
            </td>
            <td className="number">{node.memory_bytes === 0 ? MISSING : formatBytes(node.memory_bytes)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">all</th>
          <td className="number" title={formatExact(report.totals.params)}>
            {formatNumber(report.totals.params)}
          </td>
          <td className="number" title={formatExact(report.totals.flops)}>
            {formatNumber(report.totals.flops, 3)}
          </td>
          <td className="number">{formatBytes(report.totals.memory_bytes)}</td>
        </tr>
      </tfoot>
    </table>
  );
}
