/** One sweep: what is searched, the best so far, every trial, and what the figure depends on. */

import "../styles/jobs.css";
import "../styles/sweeps.css";
import { useEffect, useMemo, useState } from "react";
import { deleteSweep, orderSweep, readSweep, type SweepDetail, type SweepOrder, type SweepRow } from "../api/sweeps.ts";
import { Age, Duration } from "../components/ages.tsx";
import { Dialog } from "../components/dialog.tsx";
import { JobMark } from "../components/jobmark.tsx";
import { Link } from "../components/link.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatInteger, formatNumber, plural } from "../lib/format.ts";
import { axisWords, groupFilter, shortName, valueWords } from "../lib/sweeps.ts";
import { formatDuration } from "../lib/time.ts";
import { canvasPath, datasetPath, JOBS_PATH, leaderboardPath, runPath, runsPath } from "../lib/url.ts";
import { useDocumentTick, useRead } from "../state/read.ts";
import { navigate } from "../state/router.ts";
import { SweepPictures } from "../views/sweep/pictures.tsx";
import { TrialsTable } from "../views/sweep/trials.tsx";

const ORDERS: Readonly<Record<SweepOrder, readonly [string, string]>> = {
  pause: ["Pause", "Begin no trials, and have those that run wait with memory and slot"],
  resume: ["Resume", "Go on, also with trials that were paused or stopped"],
  stop: ["Stop", "Stop the trials that run, each with a checkpoint, and begin no more"],
};

export function SweepPage({ id }: { id: string }) {
  const tick = useDocumentTick("sweep");
  const { answer, problem, again } = useRead(`sweep ${id}`, (signal) => readSweep(id, signal), tick);
  const [refused, setRefused] = useState<unknown>(null);
  const [deleting, setDeleting] = useState(false);
  const name = answer?.sweep.name;
  useEffect(() => {
    document.title = `${name ?? "Sweep"} · gnomon`;
  }, [name]);
  const hours = answer?.sweep.hours ?? 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the moment of each answer
  const began = useMemo(() => Date.now() / 1000 - hours * 3600, [hours, answer]);
  if (answer === null)
    return problem === null ? (
      <div aria-busy="true" />
    ) : (
      <div className="teach">
        <h1>No sweep to show</h1>
        <Trouble cause={problem} onRetry={again} />
        <p>
          <Link to={JOBS_PATH}>All jobs</Link>
        </p>
      </div>
    );
  const row = answer.sweep;
  const act = (order: SweepOrder): void => {
    orderSweep(id, order).then(
      () => {
        setRefused(null);
        again();
      },
      (cause: unknown) => setRefused(cause),
    );
  };
  return (
    <div className="job sweep">
      <header className="job-head">
        <Link to={JOBS_PATH} className="muted">
          Jobs
        </Link>
        <span className="muted" aria-hidden="true">
          /
        </span>
        <h1>{row.name}</h1>
        <JobMark state={row.state} word />
        <span className="muted">
          {row.state === "running" ? <Duration from={began} to={null} /> : formatDuration(row.hours * 3600)}
        </span>
        <span className="grow" />
        {(["pause", "resume", "stop"] as const)
          .filter((order) => row.can.includes(order))
          .map((order) => (
            <button key={order} type="button" className="small" title={ORDERS[order][1]} onClick={() => act(order)}>
              {ORDERS[order][0]}
            </button>
          ))}
        {row.can.includes("delete") && (
          <button type="button" className="small" aria-haspopup="dialog" onClick={() => setDeleting(true)}>
            Delete…
          </button>
        )}
      </header>
      {refused !== null && <Trouble cause={refused} small />}
      <Standing row={row} />
      <div className="sweep-top">
        <Best detail={answer} />
        <section aria-label="What is searched">
          <h2>What is searched</h2>
          <Facts detail={answer} />
        </section>
      </div>
      <SweepPictures detail={answer} />
      <TrialsTable detail={answer} />
      {deleting && (
        <Dialog title={`Delete ${row.name}?`} onClose={() => setDeleting(false)}>
          <p>The list of its trials goes. Its jobs and its runs stay.</p>
          <div className="dialog-foot">
            <button type="button" onClick={() => setDeleting(false)}>
              Keep
            </button>
            <button
              type="button"
              className="danger"
              onClick={() =>
                deleteSweep(id).then(
                  () => navigate(JOBS_PATH),
                  (cause: unknown) => {
                    setDeleting(false);
                    setRefused(cause);
                  },
                )
              }
            >
              Delete
            </button>
          </div>
        </Dialog>
      )}
    </div>
  );
}

/** How far it is, and why it ended. */
function Standing({ row }: { row: SweepRow }) {
  const done = row.trials - (row.counts.open ?? 0);
  const parts = (["finished", "open", "pruned", "failed", "stopped"] as const).filter((state) => row.counts[state]);
  return (
    <div className="sweep-standing">
      <span className="sweep-bar" aria-hidden="true">
        {parts.map((state) => (
          <i key={state} data-state={state} style={{ width: `${(100 * (row.counts[state] ?? 0)) / row.most}%` }} />
        ))}
      </span>
      <p>
        <b className="number">{formatInteger(done)}</b> of {plural(row.most, "trial")}
        {parts
          .filter((state) => state !== "finished")
          .map((state) => `, ${formatInteger(row.counts[state] ?? 0)} ${state === "open" ? "going on" : state}`)}
        {row.reason !== "" && <span className={row.state === "failed" ? "sweep-wrong" : "muted"}>. {row.reason}</span>}
        {row.driver === "elsewhere" && <span className="muted"> A terminal drives it; stop it there.</span>}
        {row.driver === "nobody" && !row.can.includes("delete") && <span className="muted"> Nobody drives it.</span>}
      </p>
    </div>
  );
}

/** The best so far, and of how many it is the best: the more were tried, the more luck there is in it. */
function Best({ detail: { sweep, seeds } }: { detail: SweepDetail }) {
  const best = sweep.best;
  if (best === null)
    return (
      <section aria-label="Best so far">
        <h2>Best so far</h2>
        <p className="muted">{seeds > 1 ? "No point has all its seeds yet." : "No trial has come to its end yet."}</p>
      </section>
    );
  const half = best.interval === null ? null : (best.interval[1] - best.interval[0]) / 2;
  return (
    <section aria-label="Best so far">
      <h2>
        {sweep.state === "finished" ? "Best" : "Best so far"}{" "}
        <span className="muted">of {plural(best.of, "point")}</span>
      </h2>
      <p className="sweep-figure">
        <b className="number">{formatNumber(best.mean)}</b>
        {half !== null && (
          <span className="number muted" title="95 % confidence interval of the mean over seeds">
            {" "}
            ± {formatNumber(half, 2)}
          </span>
        )}{" "}
        <span className="muted">
          {sweep.metric}
          {seeds > 1 && `, mean of ${plural(best.runs.length, "seed")}`}
        </span>
      </p>
      <dl className="sweep-values">
        {Object.entries(best.values).map(([name, value]) => (
          <div key={name}>
            <dt title={name}>{shortName(name)}</dt>
            <dd className="number">{valueWords(value)}</dd>
          </div>
        ))}
      </dl>
      <p className="sweep-links">
        {best.runs.slice(0, 4).map((run, at) => (
          <Link key={run} to={runPath(sweep.project, run)}>
            {best.runs.length > 1 ? `Run ${at + 1}` : "Its run"}
          </Link>
        ))}
        <Link to={leaderboardPath(sweep.project, { where: groupFilter(sweep.name) })}>Leaderboard</Link>
      </p>
      {best.of > 1 && /^test\//.test(sweep.metric) && (
        <p className="muted">It was chosen by the test rows, so on new ones it will be worse. Search by validation.</p>
      )}
    </section>
  );
}

function Facts({ detail }: { detail: SweepDetail }) {
  const { sweep, space, objective, pruning } = detail;
  return (
    <dl className="job-facts">
      {Object.entries(space).map(([name, axis]) => (
        <Fact key={name} name={shortName(name)}>
          {axisWords(axis)}
        </Fact>
      ))}
      <Fact name="by">
        {objective.of} {objective.metric},{" "}
        {objective.goal === "max" ? "the larger the better" : "the smaller the better"}
      </Fact>
      <Fact name="search">
        {{ grid: "all combinations", random: "at random", tpe: "TPE, by what is known" }[sweep.search]}
        {detail.seeds > 1 && `, ${plural(detail.seeds, "seed")} each`}, {plural(detail.parallel, "trial")} at a time
      </Fact>
      {pruning && (
        <Fact name="ended early">
          {pruning.kind === "median"
            ? "worse than the median of the others"
            : `not among the best 1 of ${pruning.factor ?? 3}`}
          , from {pruning.unit === "step" ? "step" : "value"} {pruning.after ?? 1}
        </Fact>
      )}
      {detail.limit_hours !== null && <Fact name="at most">{formatDuration(detail.limit_hours * 3600)}</Fact>}
      <Fact name="project">
        <Link to={runsPath(sweep.project)}>{sweep.project}</Link>
      </Fact>
      {sweep.graph && (
        <Fact name="graph">
          <Link to={canvasPath(sweep.project, sweep.graph.id)}>revision {sweep.graph.rev}</Link>
        </Fact>
      )}
      {detail.dataset && (
        <Fact name="data">
          <Link to={datasetPath(detail.dataset.replace(/@.*/, ""))}>{detail.dataset}</Link>
        </Fact>
      )}
      {detail.argv.length > 0 && (
        <Fact name="command">
          <code>{detail.argv.join(" ")}</code>
        </Fact>
      )}
      <Fact name="begun">
        <Age at={sweep.created} ago />
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt title={name}>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
