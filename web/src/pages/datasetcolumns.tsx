/** The columns of a data set: what each holds and why, how it is spread, what is done to it; one of them large. */

import { Fragment, useState } from "react";
import type { Dataset } from "../api/datasets.ts";
import { SmallSpread } from "../components/data/small.tsx";
import { ScrollX } from "../components/scrollx.tsx";
import { type Column, columnWords, roleOf, transformWords } from "../lib/dataset.ts";
import { formatInteger, formatNumber } from "../lib/format.ts";
import { ColumnHistogram } from "../views/data/histogram.tsx";

const MOST = 200;
/** With more columns than this, one is looked for by its name. */
const MANY = 20;
const ROLE_WORDS = { input: "input", target: "target", out: "left out" } as const;

export function ColumnFacts({ data, columns }: { data: Dataset; columns: readonly Column[] }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [wanted, setWanted] = useState("");
  const fits = columns.filter(({ name }) => name.toLowerCase().includes(wanted.trim().toLowerCase()));
  const drawable = columns.filter((column) => column.histogram !== null || column.counts !== null);
  const shown = drawable.find(({ name }) => name === chosen) ?? null;
  return (
    <>
      {columns.length > MANY && (
        <input
          type="search"
          className="ds-filter"
          aria-label="Filter columns"
          placeholder={`Filter ${formatInteger(columns.length)} columns`}
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
      )}
      <ScrollX label={`Columns of ${data.name}`}>
        <table className="ds-columns">
          <thead>
            <tr>
              <th scope="col">column</th>
              <th scope="col">is</th>
              <th scope="col">kind</th>
              <th scope="col">holds</th>
              <th scope="col">spread</th>
              {["mean", "deviation", "missing"].map((word) => (
                <th key={word} scope="col" className="number">
                  {word}
                </th>
              ))}
              <th scope="col">what is done to it</th>
              <th scope="col">a model gets</th>
            </tr>
          </thead>
          <tbody>
            {fits.slice(0, MOST).map((column) => (
              <Fragment key={column.name}>
                <tr className={roleOf(column.name, data) === "out" ? "ds-out" : undefined}>
                  <th scope="row" className="key" title={column.name}>
                    {drawable.includes(column) ? (
                      <button
                        type="button"
                        className="text"
                        aria-expanded={shown?.name === column.name}
                        onClick={() => setChosen(chosen === column.name ? null : column.name)}
                      >
                        {column.name}
                      </button>
                    ) : (
                      column.name
                    )}
                  </th>
                  <td>{ROLE_WORDS[roleOf(column.name, data)]}</td>
                  <td>{column.kind}</td>
                  <td className="ds-holds">
                    <span title={columnWords(column)}>{columnWords(column)}</span>
                    <span className="ds-why">{column.said ? "somebody said so" : column.why}</span>
                  </td>
                  <td>
                    <SmallSpread column={column} />
                  </td>
                  <td className="number">{formatNumber(column.mean)}</td>
                  <td className="number">{formatNumber(column.std)}</td>
                  <td className={column.missing > 0 ? "number now-word" : "number muted"}>
                    {formatInteger(column.missing)}
                    {column.missing > 0 && ` (${formatNumber((100 * column.missing) / Math.max(1, data.rows), 2)} %)`}
                  </td>
                  <td>
                    {transformWords(data.transforms[column.name]).join(", ") || <span className="muted">as it is</span>}
                  </td>
                  <td className="mono">
                    {column.gives.map((side) => (side === null ? "?" : formatInteger(side))).join("×")}{" "}
                    <span className="muted">{column.dtype}</span>
                  </td>
                </tr>
                {shown?.name === column.name && (
                  <tr className="ds-open">
                    <td colSpan={10}>
                      <Large column={column} onClose={() => setChosen(null)} />
                    </td>
                  </tr>
                )}
              </Fragment>
            ))}
          </tbody>
        </table>
      </ScrollX>
      {fits.length > MOST && <p className="muted">{formatInteger(fits.length - MOST)} more: filter by name.</p>}
    </>
  );
}

function Large({ column, onClose }: { column: Column; onClose: () => void }) {
  return (
    <section className="ds-large" aria-label={`How ${column.name} is spread`}>
      <header>
        <h3 className="key">{column.name}</h3>
        <button type="button" className="quiet" aria-label="Close" onClick={onClose}>
          ✕
        </button>
      </header>
      {column.histogram !== null ? (
        <ColumnHistogram column={column} histogram={column.histogram} />
      ) : (
        <Commonest counts={column.counts ?? {}} />
      )}
    </section>
  );
}

function Commonest({ counts }: { counts: Readonly<Record<string, number>> }) {
  const named = Object.entries(counts);
  const most = Math.max(1, ...named.map(([, count]) => count));
  return (
    <div className="ds-balance">
      <table>
        <tbody>
          {named.map(([name, count]) => (
            <tr key={name}>
              <th scope="row" title={name}>
                {name}
              </th>
              <td className="ds-bar" aria-hidden="true">
                <span style={{ width: `${(100 * count) / most}%` }}>
                  <i className="ds-part" />
                </span>
              </td>
              <td className="number">{formatInteger(count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
