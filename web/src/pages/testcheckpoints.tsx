/** One row through every checkpoint of some jobs: how what they say of it came about. */

import { useId, useMemo } from "react";
import { getDataset } from "../api/datasets.ts";
import { type JobRow, listJobs } from "../api/jobs.ts";
import type { ModelDetail, ModelVersion } from "../api/models.ts";
import { askCheckpoints, type CheckpointCurve } from "../api/testing.ts";
import { Link } from "../components/link.tsx";
import { Swatch } from "../components/swatch.tsx";
import { Trouble } from "../components/trouble.tsx";
import { assignStyles, DASHES, type Style } from "../lib/colour.ts";
import { formatInteger, formatNumber } from "../lib/format.ts";
import { rangeOf } from "../lib/testing.ts";
import { JOBS_PATH, jobPath, readList, runPath, writeList } from "../lib/url.ts";
import { useRead } from "../state/read.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { Plot, pathOf } from "../views/testing/plot.tsx";
import { knownData, nameAndVersion } from "./testform.tsx";
import { RowPicker } from "./testrow.tsx";

interface Props {
  readonly model: ModelDetail;
  readonly version: ModelVersion;
}

const MOST = 20;

export function CheckpointsPane({ model, version }: Props) {
  const { search } = usePlace();
  const own = knownData(model, version);
  const { answer: data, problem } = useRead(own, () => getDataset(...nameAndVersion(own as string)));
  const { answer: queue, problem: unlisted } = useRead("jobs", () => listJobs());
  const trained = useMemo(() => (queue?.jobs ?? []).filter(isTrained), [queue]);
  const asked = search.get("jobs");
  const jobs = useMemo(
    () =>
      (asked === null ? [version.lineage.job ?? ""].filter((one) => one !== "") : (readList(asked) ?? [])).slice(
        0,
        MOST,
      ),
    [asked, version],
  );
  if (own === null)
    return (
      <div className="mt-begin">
        <h2>Which data it knows is not told</h2>
        <p>Checkpoints are asked about a row of registered data. This version came as files, without any.</p>
      </div>
    );
  if (problem !== null || unlisted !== null) return <Trouble cause={problem ?? unlisted} />;
  if (data === null || queue === null) return <div className="skeleton mt-report-wait" />;
  const part =
    search.get("part") ?? ["test", "validation", "train"].find((one) => (data.parts[one] ?? 0) > 0) ?? "train";
  const row = Math.min(Math.max(0, Number(search.get("row") ?? 0) || 0), Math.max(0, (data.parts[part] ?? 1) - 1));
  return (
    <div className="mt-try">
      <RowPicker
        data={data}
        part={part}
        row={row}
        onPick={(next) => setSearch({ part: next.part, row: String(next.row) })}
      />
      <div className="mt-results">
        <JobChoice jobs={trained} chosen={jobs} onChoose={(next) => setSearch({ jobs: writeList(next) })} />
        {jobs.length === 0 ? (
          <div className="mt-begin">
            <h2>Choose what to ask</h2>
            <p>
              Each checkpoint of a chosen job answers for this row, and its answers are drawn over the steps.{" "}
              {trained.length === 0 && (
                <>
                  No job has kept any yet: training from a canvas or by <code>gnomon train</code> does.{" "}
                  <Link to={JOBS_PATH}>Jobs</Link>
                </>
              )}
            </p>
          </div>
        ) : (
          <Asked dataset={`${data.name}@${data.digest}`} part={part} row={row} jobs={jobs} />
        )}
      </div>
    </div>
  );
}

/** Graphs are trained with checkpoints; of a job that waits there is none yet. */
function isTrained({ kind, runs, checkpoint }: JobRow): boolean {
  return kind === "graph" && (checkpoint !== null || runs.length > 0);
}

interface ChoiceProps {
  readonly jobs: readonly JobRow[];
  readonly chosen: readonly string[];
  readonly onChoose: (next: readonly string[]) => void;
}

function JobChoice({ jobs, chosen, onChoose }: ChoiceProps) {
  const known = new Set(jobs.map(({ id }) => id));
  const gone = chosen.filter((id) => !known.has(id));
  return (
    <fieldset className="mt-tests mt-jobs">
      <legend>Jobs</legend>
      {jobs.slice(0, 60).map(({ id, name, project }) => (
        <label key={id}>
          <input
            type="checkbox"
            checked={chosen.includes(id)}
            disabled={!chosen.includes(id) && chosen.length >= MOST}
            onChange={(event) => onChoose(event.target.checked ? [...chosen, id] : chosen.filter((one) => one !== id))}
          />
          <span className="mt-test-name">{name || id}</span>
          <span className="muted">{project}</span>
        </label>
      ))}
      {gone.map((id) => (
        <label key={id}>
          <input type="checkbox" checked onChange={() => onChoose(chosen.filter((one) => one !== id))} />
          <span className="mono">{id}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface AskedProps {
  readonly dataset: string;
  readonly part: string;
  readonly row: number;
  readonly jobs: readonly string[];
}

function Asked({ dataset, part, row, jobs }: AskedProps) {
  const id = useId();
  const { search } = usePlace();
  const key = [dataset, part, row, ...jobs].join(" ");
  const { answer, problem, again } = useRead(key, (signal) => askCheckpoints({ dataset, part, row }, jobs, [], signal));
  if (problem !== null) return <Trouble cause={problem} onRetry={again} small />;
  if (answer === null) return <div className="skeleton mt-report-wait" aria-busy="true" />;
  const labels = [...new Set(answer.curves.flatMap(({ scores }) => scores.map(({ label }) => label)))];
  const truth = Object.values(answer.truth)[0] ?? null;
  const wanted = search.get("label");
  const label =
    [wanted, truth, labels[0]].find((one) => one !== null && one !== undefined && labels.includes(one)) ?? null;
  const answered = answer.curves.filter(({ why }) => why === "");
  const empty = answer.curves.filter(({ why }) => why !== "");
  return (
    <section className="mt-section" aria-label="Answers of the checkpoints">
      <h3>
        What they say of row {formatInteger(answer.row)} of {answer.part}
        {truth !== null && <span className="muted">in truth {truth}</span>}
      </h3>
      {label !== null && answered.length > 1 && (
        <>
          <div className="mt-bar">
            <label htmlFor={id}>
              score of{" "}
              <select id={id} value={label} onChange={(event) => setSearch({ label: event.target.value })}>
                {labels.map((one) => (
                  <option key={one} value={one}>
                    {one === truth ? `${one} (true)` : one}
                  </option>
                ))}
              </select>
            </label>
          </div>
          <Drawing curves={answered} label={label} />
        </>
      )}
      {answered.length === 1 && <AllClasses curve={answered[0] as CheckpointCurve} truth={truth} />}
      {empty.map(({ id: which, name, why }) => (
        <p key={which} className="notice">
          <b>{name || which}</b>: {why}
        </p>
      ))}
    </section>
  );
}

interface Trace {
  readonly id: string;
  readonly name: string;
  readonly style: Style;
  readonly points: readonly (readonly [step: number, score: number])[];
}

/** One line for each job. */
function Drawing({ curves, label }: { curves: readonly CheckpointCurve[]; label: string }) {
  const styles = assignStyles(curves.map(({ id }) => id));
  const traces = curves.map((curve) => ({
    id: curve.id,
    name: curve.name || curve.id,
    style: styles.get(curve.id) as Style,
    points: pointsOf(curve, label),
  }));
  return (
    <>
      <Lines traces={traces} what={`score of ${label}`} />
      <ul className="mt-legend">
        {curves.map(({ id, name, job, project, steps }) => (
          <li key={id}>
            <Swatch style={styles.get(id)} />
            {project === "" ? name : <Link to={runPath(project, id)}>{name || id}</Link>}
            <span className="muted">
              {steps.length} {steps.length === 1 ? "checkpoint" : "checkpoints"}
            </span>
            {job !== "" && (
              <Link to={jobPath(job)} className="muted">
                job
              </Link>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function AllClasses({ curve, truth }: { curve: CheckpointCurve; truth: string | null }) {
  const labels = curve.scores.map(({ label }) => label);
  const styles = assignStyles(labels);
  const traces = labels.map((label) => ({
    id: label,
    name: label === truth ? `${label} (true)` : label,
    style: styles.get(label) as Style,
    points: pointsOf(curve, label),
  }));
  return (
    <>
      <Lines traces={traces} what="score" />
      <ul className="mt-legend">
        {traces.map(({ id, name, style, points }) => (
          <li key={id}>
            <Swatch style={style} /> {name} <span className="muted">{formatNumber(points.at(-1)?.[1], 3)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function pointsOf(curve: CheckpointCurve, label: string): Trace["points"] {
  const values = curve.scores.find((one) => one.label === label)?.values ?? [];
  return curve.steps.flatMap((step, i) => {
    const value = values[i];
    return typeof value === "number" ? [[step, value] as const] : [];
  });
}

function Lines({ traces, what }: { traces: readonly Trace[]; what: string }) {
  const steps = rangeOf(traces.flatMap(({ points }) => points.map(([step]) => step)));
  const values = traces.flatMap(({ points }) => points.map(([, value]) => value));
  const [low, high] = rangeOf(values);
  // Shares stand between 0 and 1 whatever they are; numbers of a regression have no such ends.
  const domain: readonly [number, number] = low >= 0 && high <= 1 ? [0, 1] : [low, high];
  const spots = traces.flatMap(({ name, points }) =>
    points.map(([step, value]) => ({
      x: step,
      y: value,
      says: [name, `step ${formatInteger(step)}`, formatNumber(value)],
    })),
  );
  return (
    <Plot
      label={`${what} at each checkpoint, ${traces.map(({ name }) => name).join(", ")}.`}
      x={{ label: "step", domain: steps[0] === steps[1] ? [steps[0] - 1, steps[1] + 1] : steps }}
      y={{ label: what, domain }}
      spots={spots}
      height={240}
    >
      {({ x, y }) =>
        traces.map(({ id, style, points }) => (
          <g key={id} style={{ stroke: `var(--r${style.hue + 1})`, fill: `var(--r${style.hue + 1})` }}>
            <path
              className="mt-trace"
              d={pathOf({ x, y }, points)}
              strokeDasharray={(DASHES[style.dash] ?? []).join(" ") || undefined}
            />
            {points.map(([step, value]) => (
              <circle key={step} cx={x.to(step)} cy={y.to(value)} r={2.5} />
            ))}
          </g>
        ))
      }
    </Plot>
  );
}
