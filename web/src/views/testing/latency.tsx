/** How long each form of a version takes, and how large it is. */

import { ScrollX } from "../../components/scrollx.tsx";
import { columnFormat, formatBytes, formatInteger } from "../../lib/format.ts";
import type { Latency } from "../../lib/testing.ts";

export function LatencyTable({ rows }: { rows: readonly Latency[] }) {
  const p50 = columnFormat(
    rows.map((row) => row.p50_ms),
    3,
  );
  const p95 = columnFormat(
    rows.map((row) => row.p95_ms),
    3,
  );
  const slowest = Math.max(1e-9, ...rows.map((row) => row.p95_ms / row.batch));
  return (
    <ScrollX label="Latency and size">
      <table className="mt-classes mt-latency">
        <thead>
          <tr>
            <th scope="col">form</th>
            <th scope="col" className="number">
              rows at once
            </th>
            <th scope="col" className="number">
              median, ms
            </th>
            <th scope="col" className="number">
              95 %, ms
            </th>
            <th scope="col">
              <span className="visually-hidden">Per row, drawn</span>
            </th>
            <th scope="col" className="number">
              rows/s
            </th>
            <th scope="col" className="number">
              size
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.format} ${row.batch}`}>
              <th scope="row">{row.format}</th>
              <td className="number">{formatInteger(row.batch)}</td>
              <td className="number">{p50(row.p50_ms)}</td>
              <td className="number">{p95(row.p95_ms)}</td>
              <td className="mt-slice" aria-hidden="true" title="per row: median, and to the 95th of a hundred">
                <span>
                  <i className="bar" style={{ width: `${(100 * row.p50_ms) / row.batch / slowest}%` }} />
                  <i
                    className="whisker"
                    style={{
                      left: `${(100 * row.p50_ms) / row.batch / slowest}%`,
                      width: `${(100 * (row.p95_ms - row.p50_ms)) / row.batch / slowest}%`,
                    }}
                  />
                </span>
              </td>
              <td className="number">{formatInteger(Math.round(row.rows_s))}</td>
              <td className="number">{formatBytes(row.size_bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollX>
  );
}
