/** The main figure for the rows with each value of a column: a bar from 0, its interval, how many rows. */

import { useId, useState } from "react";
import { formatInteger, formatNumber, MISSING } from "../../lib/format.ts";
import { isShare, rangeOf, type Slices } from "../../lib/testing.ts";

const SHOWN = 12;

export function SlicesTable({ slices, whole }: { slices: readonly Slices[]; whole: number | null }) {
  const id = useId();
  const [picked, setPicked] = useState(slices[0]?.column ?? "");
  const [all, setAll] = useState(false);
  const found = slices.find(({ column }) => column === picked) ?? slices[0];
  if (found === undefined) return null;
  const rows = all ? found.slices : found.slices.slice(0, SHOWN);
  const values = found.slices.flatMap(({ figure, high }) => [figure, high].filter((one) => one !== null));
  const most = isShare(found.figure) ? 1 : Math.max(rangeOf(values)[1], 1e-12);
  const at = (value: number): string => `${100 * Math.min(1, Math.max(0, value / most))}%`;
  return (
    <div className="mt-slices">
      <div className="mt-bar">
        <label htmlFor={id}>
          column{" "}
          <select id={id} value={found.column} onChange={(event) => setPicked(event.target.value)}>
            {slices.map(({ column }) => (
              <option key={column}>{column}</option>
            ))}
          </select>
        </label>
        <span className="muted">
          {found.figure}, 95 % interval; axis 0 to {formatNumber(most, 3)}
        </span>
      </div>
      <table>
        <thead>
          <tr>
            <th scope="col">{found.column}</th>
            <th scope="col" className="number">
              n
            </th>
            <th scope="col">
              <span className="visually-hidden">Drawn</span>
            </th>
            <th scope="col" className="number">
              {found.figure}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ value, n, figure, low, high, is_small }) => (
            <tr key={value} className={is_small ? "mt-few" : undefined}>
              <th scope="row" title={value}>
                {value}
              </th>
              <td className="number" title={is_small ? "So few rows say little" : undefined}>
                {formatInteger(n)}
                {is_small && <span className="mt-word"> few</span>}
              </td>
              <td className="mt-slice" aria-hidden="true">
                <span>
                  {figure !== null && <i className="bar" style={{ width: at(figure) }} />}
                  {low !== null && high !== null && (
                    <i className="whisker" style={{ left: at(low), width: `calc(${at(high)} - ${at(low)})` }} />
                  )}
                  {whole !== null && <i className="whole" style={{ left: at(whole) }} />}
                </span>
              </td>
              <td className="number">
                {figure === null ? MISSING : formatNumber(figure, 3)}
                {low !== null && high !== null && (
                  <span className="muted mt-range">
                    {formatNumber(low, 2)}…{formatNumber(high, 2)}
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="muted">
        {whole !== null && <>The rule is all rows, {formatNumber(whole, 3)}. </>}
        {found.left_out > 0 && <>{formatInteger(found.left_out)} rows without a value are left out. </>}
        {found.slices.length > SHOWN && (
          <button type="button" className="link" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? "Fewer" : `All ${formatInteger(found.slices.length)}`}
          </button>
        )}
      </p>
    </div>
  );
}
