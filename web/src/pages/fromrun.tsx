/** A graph of a model that a run logged. */

import { useEffect, useState } from "react";
import { type Logged, listLogged } from "../api/imports.ts";
import { Age } from "../components/ages.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatNumber, plural } from "../lib/format.ts";
import { openLogged } from "../state/openlogged.ts";

/** With more than this, the newest are shown until all are asked for. */
const FEW = 5;

export function FromRun({ project }: { project: string }) {
  const [rows, setRows] = useState<readonly Logged[]>([]);
  const [problem, setProblem] = useState<unknown>(null);
  const [all, setAll] = useState(false);
  useEffect(() => {
    let gone = false;
    listLogged(project).then(
      (found) => gone || setRows(found),
      () => gone || setRows([]),
    );
    return () => {
      gone = true;
    };
  }, [project]);
  if (rows.length === 0) return null;
  return (
    <section className="from-run" aria-label="From a run">
      <h2>From a run</h2>
      {problem !== null && <Trouble cause={problem} />}
      <ul>
        {rows.slice(0, all ? rows.length : FEW).map((row) => (
          <li key={`${row.run} ${row.key}`}>
            <button
              type="button"
              className="from-run-row"
              onClick={() => openLogged(row.run, row.key).catch(setProblem)}
            >
              <b>{row.name}</b>
              <code>{row.key}</code>
              <span className="muted">
                {plural(row.nodes, "node")}
                {row.parameters != null && ` · ${formatNumber(row.parameters, 3)} parameters`}
              </span>
              <span className="muted from-run-age">
                <Age at={row.time} ago />
              </span>
            </button>
          </li>
        ))}
      </ul>
      {!all && rows.length > FEW && (
        <button type="button" className="link" onClick={() => setAll(true)}>
          Show all {rows.length}
        </button>
      )}
    </section>
  );
}
