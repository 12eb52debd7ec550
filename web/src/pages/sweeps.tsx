/** Sweeps above the queue: how far each is, and the best it found. */

import "../styles/sweeps.css";
import { listSweeps, type SweepRow } from "../api/sweeps.ts";
import { Age } from "../components/ages.tsx";
import { JobMark } from "../components/jobmark.tsx";
import { Link } from "../components/link.tsx";
import { formatInteger, formatNumber } from "../lib/format.ts";
import { shortName, valueWords } from "../lib/sweeps.ts";
import { sweepPath } from "../lib/url.ts";
import { useDocumentTick, useRead } from "../state/read.ts";

/** With more, those that are over are behind a button. */
const FEW = 5;

export function Sweeps() {
  const tick = useDocumentTick("sweep");
  const { answer } = useRead("sweeps", listSweeps, tick);
  const rows = answer?.sweeps ?? [];
  if (rows.length === 0) return null;
  const active = rows.filter((row) => !isOver(row));
  const over = rows.filter(isOver);
  return (
    <section className="sweeps" aria-labelledby="sweeps">
      <h2 id="sweeps">Sweeps</h2>
      <Rows rows={[...active, ...over.slice(0, FEW)]} />
      {over.length > FEW && (
        <details>
          <summary>{formatInteger(over.length - FEW)} more that are over</summary>
          <Rows rows={over.slice(FEW)} />
        </details>
      )}
    </section>
  );
}

function isOver({ state }: SweepRow): boolean {
  return state === "finished" || state === "stopped" || state === "failed";
}

function Rows({ rows }: { rows: readonly SweepRow[] }) {
  return (
    <ul className="sweep-rows">
      {rows.map((row) => (
        <li key={row.id}>
          <span className="jobs-name">
            <JobMark state={row.state} />
            <Link to={sweepPath(row.id)}>{row.name}</Link>
          </span>
          <span className="sweep-far">
            <span className="number">
              {formatInteger(done(row))} of {formatInteger(row.most)}
            </span>{" "}
            <span className="muted">trials</span>
          </span>
          <span className="sweep-best">
            {row.best === null ? (
              <span className="muted">{row.state === "failed" ? row.reason : "no result yet"}</span>
            ) : (
              <>
                <b className="number">{formatNumber(row.best.mean)}</b>{" "}
                <span className="muted" title={Object.entries(row.best.values).map(pair).join(", ")}>
                  {row.metric} · {Object.entries(row.best.values).map(pair).join(", ")}
                </span>
              </>
            )}
          </span>
          <span className="number muted">
            <Age at={row.created} ago />
          </span>
        </li>
      ))}
    </ul>
  );
}

function pair([name, value]: [string, unknown]): string {
  return `${shortName(name)} ${valueWords(value)}`;
}

function done(row: SweepRow): number {
  return row.trials - (row.counts.open ?? 0);
}
