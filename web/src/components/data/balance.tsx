/** How many rows each class has, in each part. */

import { type Balance, partOrder } from "../../lib/dataset.ts";
import { formatInteger, formatNumber, plural } from "../../lib/format.ts";

const SHOWN = 40;

interface Props {
  readonly balance: Balance;
  readonly parts: Readonly<Record<string, number>>;
}

export function ClassBalance({ balance, parts }: Props) {
  const names = partOrder(Object.keys(parts)).filter((part) => (parts[part] ?? 0) > 0);
  const classes = Object.entries(balance);
  const totals = classes.map(([, of]) => names.reduce((sum, part) => sum + (of[part] ?? 0), 0));
  const most = Math.max(1, ...totals);
  const present = totals.filter((total) => total > 0);
  const ratio = present.length > 0 ? Math.max(...present) / Math.min(...present) : 1;
  return (
    <div className="ds-balance">
      <p className="muted">
        {plural(classes.length, "class", "classes")},{" "}
        {ratio === 1 ? "all alike" : `the largest ${formatNumber(ratio, 3)} times the smallest`}
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">class</th>
            <th scope="col">
              <span className="visually-hidden">Drawn</span>
            </th>
            {names.map((part) => (
              <th key={part} scope="col" className="number">
                <i className={`ds-part ${part}`} aria-hidden="true" /> {part}
              </th>
            ))}
            <th scope="col" className="number">
              share
            </th>
          </tr>
        </thead>
        <tbody>
          {classes.slice(0, SHOWN).map(([name, of], i) => (
            <tr key={name}>
              <th scope="row" title={name}>
                {name}
              </th>
              <td className="ds-bar" aria-hidden="true">
                <span style={{ width: `${(100 * (totals[i] ?? 0)) / most}%` }}>
                  {names.map((part) => (
                    <i key={part} className={`ds-part ${part}`} style={{ flexGrow: of[part] ?? 0 }} />
                  ))}
                </span>
              </td>
              {names.map((part) => (
                <td key={part} className={(of[part] ?? 0) === 0 ? "number bad" : "number"}>
                  {formatInteger(of[part] ?? 0)}
                </td>
              ))}
              <td className="number muted">{formatNumber((100 * (totals[i] ?? 0)) / Math.max(1, sum(totals)), 3)} %</td>
            </tr>
          ))}
        </tbody>
      </table>
      {classes.length > SHOWN && <p className="muted">and {formatInteger(classes.length - SHOWN)} more</p>}
    </div>
  );
}

/** How large the parts are, as one bar and in words. */
export function PartSizes({ parts }: { parts: Readonly<Record<string, number>> }) {
  const names = partOrder(Object.keys(parts)).filter((part) => (parts[part] ?? 0) > 0);
  const total = Math.max(1, sum(names.map((part) => parts[part] ?? 0)));
  return (
    <div className="ds-parts">
      <span className="ds-parts-bar" aria-hidden="true">
        {names.map((part) => (
          <i key={part} className={`ds-part ${part}`} style={{ flexGrow: parts[part] ?? 0 }} />
        ))}
      </span>
      <span className="ds-legend">
        {names.map((part) => (
          <span key={part}>
            <i className={`ds-part ${part}`} aria-hidden="true" /> {part} <b>{formatInteger(parts[part] ?? 0)}</b>{" "}
            <span className="muted">{formatNumber((100 * (parts[part] ?? 0)) / total, 3)} %</span>
          </span>
        ))}
      </span>
    </div>
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, one) => total + one, 0);
}
