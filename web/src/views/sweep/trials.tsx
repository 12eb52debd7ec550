/** The trials of a sweep as a table: in the order of what they reached, or as they were begun. */

import { useState } from "react";
import type { JobRow } from "../../api/jobs.ts";
import type { SweepDetail, SweepTrial } from "../../api/sweeps.ts";
import { JobMark } from "../../components/jobmark.tsx";
import { Link } from "../../components/link.tsx";
import { formatInteger, formatNumber, MISSING, plural } from "../../lib/format.ts";
import type { JobState } from "../../lib/jobs.ts";
import { shortName, valueWords } from "../../lib/sweeps.ts";
import { jobPath, runPath } from "../../lib/url.ts";
import { useTrialJobs } from "../../state/trialjobs.ts";

/** More are shown when somebody asks. */
const FIRST = 100;

export function TrialsTable({ detail }: { detail: SweepDetail }) {
  const [byResult, setByResult] = useState(true);
  const [most, setMost] = useState(FIRST);
  const { sweep, trials, seeds, space } = detail;
  const jobs = useTrialJobs(sweep.id);
  if (trials.length === 0) return <p className="muted sweep-none">The first trial waits for a free slot.</p>;
  const names = Object.keys(space);
  const places = new Map(detail.points.map((point, at) => [point.point, [point.place, at] as const]));
  const order = byResult
    ? [...trials].sort(
        (a, b) => (places.get(a.point)?.[1] ?? 0) - (places.get(b.point)?.[1] ?? 0) || a.number - b.number,
      )
    : trials;
  return (
    <section className="sweep-trials" aria-labelledby="trials">
      <div className="sweep-trials-head">
        <h2 id="trials">Trials</h2>
        <button type="button" className="toggle" aria-pressed={byResult} onClick={() => setByResult(!byResult)}>
          Best first
        </button>
      </div>
      <div className="scroll-x">
        <table>
          <thead>
            <tr>
              <th scope="col" className="number">
                trial
              </th>
              <th scope="col">state</th>
              {names.map((name) => (
                <th key={name} scope="col" className="number" title={name}>
                  {shortName(name)}
                </th>
              ))}
              {seeds > 1 && (
                <th scope="col" className="number">
                  seed
                </th>
              )}
              <th scope="col" className="number">
                {sweep.metric}
              </th>
              <th scope="col" className="number">
                step
              </th>
              <th scope="col">run</th>
              <th scope="col">why</th>
            </tr>
          </thead>
          <tbody>
            {order.slice(0, most).map((trial) => (
              <Row
                key={trial.number}
                trial={trial}
                job={jobs.get(trial.job)}
                names={names}
                project={sweep.project}
                seeds={seeds}
                place={places.get(trial.point)?.[0] ?? null}
              />
            ))}
          </tbody>
        </table>
      </div>
      {order.length > most && (
        <button type="button" className="small" onClick={() => setMost(order.length)}>
          Show {plural(order.length - most, "more trial")}
        </button>
      )}
    </section>
  );
}

interface RowProps {
  readonly trial: SweepTrial;
  /** What its job said last. */
  readonly job: JobRow | undefined;
  readonly names: readonly string[];
  readonly project: string;
  readonly seeds: number;
  readonly place: number | null;
}

function Row({ trial, job, names, project, seeds, place }: RowProps) {
  const state: JobState =
    trial.state === "open"
      ? (job?.state ?? trial.doing ?? "queued")
      : trial.state === "pruned"
        ? "stopped"
        : trial.state;
  const share = job?.share ?? trial.share ?? null;
  const run = trial.run || (job?.runs.at(-1) ?? "");
  const word = trial.state === "pruned" ? "ended early" : state;
  return (
    <tr className={place === 1 ? "best" : undefined}>
      <th scope="row" className="number">
        {trial.job === "" ? (
          formatInteger(trial.number)
        ) : (
          <Link to={jobPath(trial.job)}>{formatInteger(trial.number)}</Link>
        )}
      </th>
      <td>
        <span className="sweep-state">
          <JobMark state={state} /> <span className="muted">{word}</span>
          {trial.state === "open" && share !== null && (
            <span className="number muted">{Math.round(share * 100)} %</span>
          )}
        </span>
      </td>
      {names.map((name) => (
        <td key={name} className="number">
          {valueWords(trial.values[name])}
        </td>
      ))}
      {seeds > 1 && <td className="number">{formatInteger(trial.seed)}</td>}
      <td className="number">
        {trial.value === null ? <span className="muted">{MISSING}</span> : formatNumber(trial.value)}
      </td>
      <td className="number muted">{trial.step === null ? MISSING : formatInteger(trial.step)}</td>
      <td>{run === "" ? <span className="muted">{MISSING}</span> : <Link to={runPath(project, run)}>open</Link>}</td>
      <td className="sweep-why" title={trial.reason}>
        {trial.reason}
      </td>
    </tr>
  );
}
