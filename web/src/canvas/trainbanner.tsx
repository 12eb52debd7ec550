/** What trains this graph now, or did last: how far, the loss as a line, and how to pause and stop it. */

import { useEffect, useState } from "react";
import type { JobRow } from "../api/jobs.ts";
import { JobActions } from "../components/jobactions.tsx";
import { JobBar } from "../components/jobbar.tsx";
import { JobMark } from "../components/jobmark.tsx";
import { Link } from "../components/link.tsx";
import { RegisterModelDialog } from "../components/registerdialog.tsx";
import { Spark } from "../components/spark.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatNumber, wireNumber } from "../lib/format.ts";
import { canRegister, isOver, type JobAction } from "../lib/jobs.ts";
import type { Trace } from "../lib/trace.ts";
import { jobPath, runPath } from "../lib/url.ts";
import { requestTrace } from "../state/envelopes.ts";
import type { Jobs } from "../state/jobs.ts";
import { recall, remember } from "../state/remember.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { throttled, useStore } from "../state/store.ts";

/** The loss of each step, as training logs it. */
const LOSS = "batch/loss";
const SPARK_PX = 48;
const SPARK_MS = 700;

export function TrainBanner({ jobs, graph }: { jobs: Jobs; graph: string }) {
  const { rows } = useStore(jobs.list);
  const refused = useStore(jobs.refused);
  const [gone, setGone] = useState(() => recall(`canvas.job.${graph}`));
  const row =
    (rows ?? []).find((each) => each.graph?.id === graph && (!isOver(each) || each.state === "parked")) ??
    last(rows, graph, gone);
  const [registering, setRegistering] = useState(false);
  const trace = useLoss(row);
  const followed = usePlace().search.get("run");
  if (!row) return null;
  const run = row.runs.at(-1);
  const loss = row.loss === null ? null : wireNumber(row.loss);
  const act = (action: JobAction): void => (action === "delete" ? undefined : jobs.act([row], action));
  return (
    <section className="train-banner" aria-label="Training">
      <JobMark state={row.state} word />
      <Link to={jobPath(row.id)}>{row.name}</Link>
      {!isOver(row) && (row.share !== null || row.step !== null) && <JobBar row={row} />}
      {row.state === "queued" && <span className="muted">waits for a slot</span>}
      {loss !== null && (
        <span className="train-loss">
          <span className="muted">loss</span> {formatNumber(loss)}
        </span>
      )}
      <Spark trace={trace} />
      {row.error !== null && (
        <span className="jobs-wrong">
          <span>
            <b>{row.error.type}</b> {row.error.message}
          </span>
        </span>
      )}
      {run && <Link to={runPath(row.project, run)}>See the run</Link>}
      {run && followed !== run && (
        <button type="button" className="link" onClick={() => setSearch({ run })}>
          Show its statistics here
        </button>
      )}
      <span className="grow" />
      {refused !== null && <Trouble cause={refused} small />}
      {canRegister(row) && (
        <button type="button" className="small" aria-haspopup="dialog" onClick={() => setRegistering(true)}>
          Register…
        </button>
      )}
      <JobActions row={{ ...row, can: row.can.filter((action) => action !== "delete") }} onAct={act} />
      {isOver(row) && (
        <button
          type="button"
          className="quiet"
          aria-label="Close"
          onClick={() => {
            remember(`canvas.job.${graph}`, row.id);
            setGone(row.id);
          }}
        >
          ✕
        </button>
      )}
      {registering && (
        <RegisterModelDialog what={{ job: row.id, name: row.name }} onClose={() => setRegistering(false)} />
      )}
    </section>
  );
}

/** The last that is over, until somebody closes it. */
function last(rows: readonly JobRow[] | null, graph: string, gone: string | null): JobRow | undefined {
  const found = (rows ?? []).find((each) => each.graph?.id === graph);
  return found?.id === gone ? undefined : found;
}

/** The loss of the newest run, read again as it goes on. */
function useLoss(row: JobRow | undefined): Trace | undefined {
  const run = row?.runs.at(-1);
  const [trace, setTrace] = useState<Trace>();
  const [read, setRead] = useState<{ (): void; cancel(): void } | null>(null);
  useEffect(() => {
    setTrace(undefined);
    if (!run) return;
    let gone = false;
    const soon = throttled(() => {
      requestTrace(run, LOSS, { px: SPARK_PX, x: "step", scale: "linear" }).then(
        (found) => gone || setTrace(found),
        () => undefined, // not logged yet
      );
    }, SPARK_MS);
    setRead(() => soon);
    return () => {
      gone = true;
      soon.cancel();
    };
  }, [run]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: with every step that is told
  useEffect(() => read?.(), [read, row?.step, row?.state]);
  return trace;
}
