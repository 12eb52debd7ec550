/** The values of a chart as a table: every logged point, page by page, for those who cannot or will not read curves. */

import { useEffect, useState } from "react";
import { readPoints } from "../api/client.ts";
import type { PointsPage } from "../api/types.ts";
import { formatExact, formatInteger, wireNumber } from "../lib/format.ts";
import { formatMoment } from "../lib/time.ts";
import { Dialog } from "./dialog.tsx";
import { Trouble } from "./trouble.tsx";

interface Props {
  readonly name: string;
  readonly runs: readonly { readonly id: string; readonly name: string }[];
  readonly onClose: () => void;
}

const PAGE = 200;

export function PointsDialog({ name, runs, onClose }: Props) {
  const [run, setRun] = useState(runs[0]?.id ?? "");
  const [starts, setStarts] = useState<readonly number[]>([0]);
  const [page, setPage] = useState<PointsPage | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const start = starts.at(-1) ?? 0;
  useEffect(() => {
    if (run === "") return;
    let here = true;
    readPoints(run, name, start, null, PAGE).then(
      (answer) => {
        if (!here) return;
        setPage(answer);
        setProblem(null);
      },
      (cause: unknown) => here && setProblem(cause),
    );
    return () => {
      here = false;
    };
  }, [run, name, start]);
  const last = page?.step.at(-1);
  return (
    <Dialog title={name} wide onClose={onClose}>
      <div className="points-bar">
        <label>
          Run
          <select
            value={run}
            onChange={(event) => {
              setRun(event.target.value);
              setStarts([0]);
            }}
          >
            {runs.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
        <button type="button" disabled={starts.length < 2} onClick={() => setStarts(starts.slice(0, -1))}>
          Back
        </button>
        <button
          type="button"
          disabled={!page?.more || last === undefined}
          onClick={() => setStarts([...starts, (last ?? 0) + 1])}
        >
          Next {PAGE}
        </button>
      </div>
      {problem !== null && <Trouble cause={problem} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long table scrolls, and keys must be able to */}
      <section className="points-scroll" tabIndex={0} aria-label={`Values of ${name}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">step</th>
              <th scope="col">value</th>
              <th scope="col">time</th>
            </tr>
          </thead>
          <tbody>
            {page?.step.map((step, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a step may come twice; its place in the page does not
              <tr key={i}>
                <td>{formatInteger(step)}</td>
                <td>{formatExact(wireNumber(page.value[i]))}</td>
                <td>{formatMoment(page.time[i] ?? 0)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {page && page.step.length === 0 && <p className="muted">No points from here on.</p>}
      </section>
    </Dialog>
  );
}
