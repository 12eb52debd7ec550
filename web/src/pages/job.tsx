/** One job: how far it is, why it failed, what happened to it, what it printed. */

import "../styles/jobs.css";
import { useEffect, useRef, useState } from "react";
import type { JobDetail, JobEvent, JobRow } from "../api/jobs.ts";
import { Age, Duration } from "../components/ages.tsx";
import { CodeBlock } from "../components/copy.tsx";
import { JobActions } from "../components/jobactions.tsx";
import { JobBar } from "../components/jobbar.tsx";
import { JobMark } from "../components/jobmark.tsx";
import { Link } from "../components/link.tsx";
import { RegisterModelDialog } from "../components/registerdialog.tsx";
import { Trouble } from "../components/trouble.tsx";
import { bare } from "../lib/ansi.ts";
import { formatInteger, formatNumber, formatValue, wireNumber } from "../lib/format.ts";
import { canRegister, eventWords, isOver, lastStates } from "../lib/jobs.ts";
import { formatMoment } from "../lib/time.ts";
import { trainFacts } from "../lib/trainfacts.ts";
import { canvasPath, datasetPath, JOBS_PATH, runPath, runsPath, sweepPath } from "../lib/url.ts";
import { Job, type Printed } from "../state/job.ts";
import { Jobs } from "../state/jobs.ts";
import { navigate } from "../state/router.ts";
import { useStore } from "../state/store.ts";
import { DeleteJobs } from "./jobs.tsx";
import { useOwned } from "./owned.ts";

export function JobPage({ id }: { id: string }) {
  const job = useOwned(() => new Job(id));
  const jobs = useOwned(() => new Jobs());
  const { detail, problem } = useStore(job.view);
  const refused = useStore(jobs.refused);
  const printed = useStore(job.printed);
  const [deleting, setDeleting] = useState(false);
  const [registering, setRegistering] = useState(false);
  const name = detail?.job.name;
  useEffect(() => {
    document.title = `${name ?? "Job"} · gnomon`;
  }, [name]);
  if (detail === null)
    return problem === null ? (
      <div aria-busy="true" />
    ) : (
      <div className="teach">
        <h1>No job to show</h1>
        <Trouble cause={problem} onRetry={() => job.again()} />
        <p>
          <Link to={JOBS_PATH}>All jobs</Link>
        </p>
      </div>
    );
  const row = detail.job;
  return (
    <div className="job">
      <header className="job-head">
        <Link to={JOBS_PATH} className="muted">
          Jobs
        </Link>
        <span className="muted" aria-hidden="true">
          /
        </span>
        <h1>{row.name}</h1>
        <JobMark state={row.state} word />
        <span className="muted">{row.state === "queued" ? null : <Since row={row} />}</span>
        <span className="grow" />
        {canRegister(row) && (
          <button type="button" className="small primary" aria-haspopup="dialog" onClick={() => setRegistering(true)}>
            Register…
          </button>
        )}
        <JobActions row={row} onAct={(action) => (action === "delete" ? setDeleting(true) : jobs.act([row], action))} />
      </header>
      {refused !== null && <Trouble cause={refused} small />}
      {(row.share !== null || row.step !== null) && !isOver(row) && <JobBar row={row} />}
      {row.error !== null && <JobTrouble row={row} />}
      <div className="job-body">
        <section aria-label="What was asked for">
          <h2>What was asked for</h2>
          <Facts detail={detail} onRate={(lr) => jobs.change(row.id, { lr })} />
        </section>
        <section aria-label="What happened">
          <h2>What happened</h2>
          <ol className="job-events">
            {detail.events
              .filter(({ event }) => event !== "ended" && event !== "started")
              .map((event, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: what happened stays where it is
                <Happened key={index} event={event} row={row} />
              ))}
          </ol>
        </section>
      </div>
      <Output printed={printed} row={row} />
      {registering && (
        <RegisterModelDialog what={{ job: row.id, name: row.name }} onClose={() => setRegistering(false)} />
      )}
      {deleting && (
        <DeleteJobs
          rows={[row]}
          onClose={() => setDeleting(false)}
          onDelete={() => {
            jobs.act([row], "delete");
            navigate(JOBS_PATH);
          }}
        />
      )}
    </div>
  );
}

function Since({ row }: { row: JobRow }) {
  if (row.began === null) return <Age at={row.since} ago />;
  return (
    <>
      <Duration from={row.began} to={row.ended} /> on {row.on}
    </>
  );
}

function JobTrouble({ row }: { row: JobRow }) {
  const error = row.error;
  if (error === null) return null;
  return (
    <section className="job-wrong" aria-label="Why it failed">
      <p>
        <b>{error.type}</b> {error.message}
      </p>
      {error.file !== "" && (
        <p>
          <code>
            {error.file}:{error.line}
          </code>
        </p>
      )}
      {error.trace !== "" && (
        <details open={error.kind === "user"}>
          <summary>{error.kind === "user" ? "Trace" : "The last lines"}</summary>
          <CodeBlock code={error.trace} what="the trace" />
        </details>
      )}
    </section>
  );
}

function Facts({ detail, onRate }: { detail: JobDetail; onRate: (lr: number) => void }) {
  const { job: row, script, train } = detail;
  const loss = row.loss === null ? null : wireNumber(row.loss);
  return (
    <dl className="job-facts">
      <Fact name="project">
        <Link to={runsPath(row.project)}>{row.project}</Link>
      </Fact>
      {row.runs.length > 0 && (
        <Fact name={row.runs.length === 1 ? "run" : "runs"}>
          {row.runs.map((run) => (
            <Link key={run} to={runPath(row.project, run)} className="mono">
              {run}
            </Link>
          ))}
        </Fact>
      )}
      {row.sweep && (
        <Fact name="sweep">
          <Link to={sweepPath(row.sweep.id)}>trial {formatInteger(row.sweep.trial)}</Link>
        </Fact>
      )}
      {row.graph && (
        <Fact name="graph">
          <Link to={`${canvasPath(row.project, row.graph.id)}`}>revision {row.graph.rev}</Link>
        </Fact>
      )}
      {row.dataset && (
        <Fact name="data">
          <Link to={datasetPath(row.dataset.replace(/@.*/, ""))}>{row.dataset}</Link>
        </Fact>
      )}
      {script && (
        <>
          <Fact name="command">
            <code>{row.command}</code>
          </Fact>
          <Fact name="folder">
            <code>{script.cwd}</code>
          </Fact>
          {script.env.length > 0 && <Fact name="variables">{script.env.join(", ")}</Fact>}
        </>
      )}
      {trainFacts(train).map(([name, text]) => (
        <Fact key={name} name={name}>
          {text}
        </Fact>
      ))}
      {!script && <Fact name="seed">{formatValue(train.seed ?? detail.seed)}</Fact>}
      <Fact name="device">{row.on || row.device}</Fact>
      {row.priority !== 0 && <Fact name="priority">{row.priority}</Fact>}
      {loss !== null && <Fact name="last loss">{formatNumber(loss)}</Fact>}
      {row.checkpoint !== null && <Fact name="checkpoint">step {formatInteger(row.checkpoint)}</Fact>}
      <Fact name="restarts">
        {detail.restarts_allowed === 0 ? "none" : `${detail.restarts_allowed} at most, when it is killed`}
        {row.restarts > 0 && ` (${row.restarts} until now)`}
      </Fact>
      <Fact name="files">
        <code>{detail.folder}</code>
      </Fact>
      {row.can.includes("set") && (
        <Fact name="learning rate">
          <Rate onRate={onRate} />
        </Fact>
      )}
    </dl>
  );
}

/** The learning rate, from the next step on. */
function Rate({ onRate }: { onRate: (lr: number) => void }) {
  const [text, setText] = useState("");
  /** What was asked for last. */
  const [asked, setAsked] = useState<number | null>(null);
  const value = Number(text);
  const isGood = text.trim() !== "" && Number.isFinite(value) && value > 0;
  return (
    <form
      className="job-rate"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isGood) return;
        onRate(value);
        setAsked(value);
        setText("");
      }}
    >
      <input
        type="text"
        inputMode="decimal"
        aria-label="New learning rate"
        placeholder="0.001"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="small" disabled={!isGood}>
        Set
      </button>
      <span role="status" className="muted">
        {asked !== null && `${formatNumber(asked)} was asked for: it counts from the next step on.`}
      </span>
    </form>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Happened({ event, row }: { event: JobEvent; row: JobRow }) {
  const more = [
    event.step === undefined || event.step === null ? "" : `step ${formatInteger(event.step)}`,
    event.event === "starting" && event.device ? `on ${event.device}` : "",
    event.text ?? "",
    event.error?.type ?? "",
  ].filter(Boolean);
  return (
    <li data-event={event.event}>
      <time dateTime={new Date(event.time * 1000).toISOString()}>{formatMoment(event.time).slice(11)}</time>
      <span>
        {eventWords(event.event)}
        {more.length > 0 && <span className="muted"> {more.join(", ")}</span>}
        {event.run && (
          <>
            {" "}
            <Link to={runPath(row.project, event.run)} className="mono">
              {event.run}
            </Link>
          </>
        )}
      </span>
    </li>
  );
}

/** The end of what it printed; it stays at the end unless somebody scrolls away from there. */
function Output({ printed, row }: { printed: Printed | null; row: JobRow }) {
  const box = useRef<HTMLPreElement>(null);
  const stays = useRef(true);
  const text = printed?.text ?? "";
  // biome-ignore lint/correctness/useExhaustiveDependencies: with every text that comes
  useEffect(() => {
    if (stays.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [text]);
  return (
    <section className="job-output" aria-label="Output">
      <h2>Output</h2>
      {text === "" ? (
        <p className="muted">{isOver(row) ? "It printed nothing." : "Nothing yet."}</p>
      ) : (
        <>
          {printed !== null && printed.first > 0 && (
            <p className="muted">
              The end of it; <code>gnomon jobs logs {row.id}</code> prints all.
            </p>
          )}
          <pre
            ref={box}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys must be able to
            tabIndex={0}
            onScroll={({ currentTarget: at }) => {
              stays.current = at.scrollTop + at.clientHeight >= at.scrollHeight - 4;
            }}
          >
            {lastStates(text).map(bare).join("\n")}
          </pre>
        </>
      )}
    </section>
  );
}
