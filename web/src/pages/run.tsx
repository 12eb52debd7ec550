/** One run: what it was, how it went, what it logged. */

import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { Problem } from "../api/client.ts";
import type { RunDetail, RunPatch } from "../api/types.ts";
import { Age, Duration } from "../components/ages.tsx";
import { ColourButton } from "../components/colourbutton.tsx";
import { Editable } from "../components/editable.tsx";
import { Link } from "../components/link.tsx";
import { StateMark } from "../components/mark.tsx";
import { RegisterModelDialog } from "../components/registerdialog.tsx";
import { Tabs } from "../components/tabs.tsx";
import { Trouble } from "../components/trouble.tsx";
import { assignStyles, chosenStyles, type Style } from "../lib/colour.ts";
import { flatten } from "../lib/flatten.ts";
import { formatInteger, formatValue, plural } from "../lib/format.ts";
import { isSystem } from "../lib/system.ts";
import { type ChartState, canvasPath, comparePath, readCharts, runsPath, writeCharts } from "../lib/url.ts";
import { Catalog } from "../state/catalog.ts";
import { useCommands } from "../state/commands.ts";
import { useEditing, useRun } from "../state/details.ts";
import { Linked } from "../state/linked.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { useStore } from "../state/store.ts";
import { ChartWorkspace } from "../views/charts/workspace.tsx";
import type { ChartRun } from "../views/line/control.ts";
import { Overview } from "./overview.tsx";
import { useOwned } from "./owned.ts";
import { MediaPane, useRecordCatalog } from "./records.tsx";
import { foldedOf, listedOf } from "./selection.ts";
import { SystemPane } from "./system.tsx";

const CodePane = lazy(async () => ({ default: (await import("./code.tsx")).CodePane }));
const DataPane = lazy(async () => ({ default: (await import("./data.tsx")).DataPane }));
const StatisticsPane = lazy(async () => ({ default: (await import("./statistics.tsx")).StatisticsPane }));
const ConsolePane = lazy(async () => ({ default: (await import("./console.tsx")).ConsolePane }));

export function RunPage({ project, id }: { project: string; id: string }) {
  const { search } = usePlace();
  const read = useRun(id, project);
  const { run, refused, edit } = useEditing(read);
  const { problem } = read;
  const chart = useMemo(() => readCharts(search), [search]);
  const asked = search.get("tab");
  const ids = useMemo(() => [id], [id]);
  const { catalog: records, count: media } = useRecordCatalog(ids);
  const catalog = useOwned(() => new Catalog());
  const [linked] = useState(() => new Linked());
  const series = useStore(catalog.series).get(id);
  useEffect(() => catalog.show([id]), [catalog, id]);
  useEffect(() => {
    if (run) document.title = `${run.name} · ${project} · gnomon`;
  }, [run, project]);
  const all = useMemo(() => (series ?? []).map((row) => row.key), [series]);
  const keys = useMemo(() => all.filter((key) => !isSystem(key)), [all]);
  const logged = useMemo(() => (series ?? []).filter((row) => !isSystem(row.key)), [series]);
  const sampled = useMemo(() => all.filter(isSystem), [all]);
  const lasts = useMemo(() => listedOf(series ?? []), [series]);
  const last = useCallback((key: string) => lasts.get(key) ?? null, [lasts]);
  const folded = useMemo(() => foldedOf([series ?? []]), [series]);
  const runs = useChartRuns(run);
  const tab: Tab =
    TABS.find((one) => one.name === asked)?.name ?? (keys.length === 0 && media > 0 ? "media" : "charts");
  const setChart = useCallback((changes: Partial<ChartState>, push = false) => {
    setSearch(writeCharts({ ...readCharts(new URLSearchParams(location.search)), ...changes }), push);
  }, []);
  if (run === null)
    return problem === null ? (
      <div className="run-page" aria-busy="true" />
    ) : (
      <Gone project={project} problem={problem} />
    );
  const dropped = run.dropped > 0;
  return (
    <div className="run-page">
      <RunHead run={run} style={runs[0]?.style} edit={edit} />
      {refused !== null && <Trouble cause={refused} small />}
      {dropped && (
        <p className="notice" role="status">
          <b>▼ {plural(run.dropped, "value was", "values were")} dropped while logging.</b> {droppedCause(run)}
        </p>
      )}
      {run.alerts > 0 && tab !== "statistics" && <AlertNotice run={run} />}
      {run.error && (
        <p className="notice bad" role="status">
          <b>✕ {run.state}</b> <code>{run.error.trim().split("\n").at(-1)}</code>
        </p>
      )}
      <Parts tab={tab} counts={{ charts: keys.length, media }} />
      {tab === "overview" ? (
        <Overview run={run} series={logged} edit={edit} />
      ) : tab === "media" ? (
        <MediaPane catalog={records} runs={runs} asked={1} />
      ) : tab === "statistics" ? (
        <Suspense fallback={<p className="muted center">Reading…</p>}>
          <StatisticsPane run={run} runs={runs} catalog={records} />
        </Suspense>
      ) : tab === "console" ? (
        <Suspense fallback={<p className="muted center">Reading…</p>}>
          <ConsolePane run={run} />
        </Suspense>
      ) : tab === "system" ? (
        <SystemPane run={run} runs={runs} keys={sampled} chart={chart} onChange={setChart} />
      ) : tab === "code" || tab === "data" ? (
        <Suspense fallback={<p className="muted center">Reading…</p>}>
          {tab === "code" ? <CodePane run={run} /> : <DataPane run={run} />}
        </Suspense>
      ) : keys.length === 0 ? (
        <p className="muted center">
          {series ? "This run has logged no numbers yet. Charts appear with the first value." : "Reading…"}
        </p>
      ) : (
        <ChartWorkspace
          keys={keys}
          runs={runs}
          chart={chart}
          linked={linked}
          last={last}
          folded={folded}
          onChange={setChart}
        />
      )}
    </div>
  );
}

const SIGNS = { error: "✕", warning: "▲", info: "●" } as const;

/** What the run told with `run.alert`; the page of its statistics lists it. */
function AlertNotice({ run: { alerts, alert } }: { run: RunDetail }) {
  return (
    <p className={`notice ${alert ?? "info"}`} role="status">
      <b>
        {SIGNS[alert ?? "info"]} {plural(alerts, "alert")}
      </b>{" "}
      <button type="button" className="link" onClick={() => setSearch({ tab: "statistics" }, true)}>
        Read what the run told
      </button>
    </p>
  );
}

function useChartRuns(run: RunDetail | null): readonly ChartRun[] {
  const { id, name, created, state, color } = run ?? {
    id: "",
    name: "",
    created: 0,
    state: "lost" as const,
    color: null,
  };
  return useMemo(() => {
    const style = assignStyles([id], undefined, chosenStyles([{ id, color }])).get(id);
    return style && id !== "" ? [{ id, name, created, live: state === "running", style }] : [];
  }, [id, name, created, state, color]);
}

function droppedCause(run: RunDetail): string {
  const cause = run.meta.dropped_cause;
  return cause === undefined || cause === null ? "" : `Cause: ${formatValue(cause)}.`;
}

/** Keys below which `run.log_model` kept files, the one of the latest step in front. */
function loggedModels(told: unknown): readonly string[] {
  if (typeof told !== "object" || told === null) return [];
  const steps = Object.entries(told).map(([name, step]) => [name, Number(step)] as const);
  return steps.sort((a, b) => b[1] - a[1]).map(([name]) => `models/${name}`);
}

interface HeadProps {
  readonly run: RunDetail;
  readonly style: Style | undefined;
  readonly edit: (changes: RunPatch) => void;
}

function RunHead({ run, style, edit }: HeadProps) {
  const config = flatten(run.config);
  const revision = revisionOf(run.meta.graph);
  // A job that ran a script has no weights that the registry knows.
  const job = typeof run.meta.job === "string" && typeof run.meta.graph === "object" ? run.meta.job : null;
  const logged = loggedModels(run.meta.models);
  const [registering, setRegistering] = useState(false);
  const given = job !== null ? { job, name: run.project } : { run: run.id, keys: logged, name: run.project };
  return (
    <header className="run-head">
      <div className="run-title">
        <StateMark state={run.state} word />
        <ColourButton name={run.name} color={run.color} style={style} onChoose={(color) => edit({ color })} />
        <h1>
          <Editable value={run.name} label="Name of the run" hint="Rename" onSave={(name) => name && edit({ name })}>
            {run.name}
          </Editable>
        </h1>
        <Link to={runsPath(run.project)} className="muted">
          {run.project}
        </Link>
        <Link to={comparePath(run.project, [run.id])} className="muted">
          Compare
        </Link>
        <span className="muted">
          started <Age at={run.created} ago />
        </span>
        <span className="muted">
          {run.state === "running" ? "running for " : "took "}
          <Duration from={run.created} to={run.state === "running" ? null : (run.finished ?? run.updated)} />
        </span>
        {revision !== null && (
          <Link to={canvasPath(run.project, revision.id, revision.rev)} className="muted">
            Canvas revision {revision.rev}
          </Link>
        )}
        {run.last_step !== null && <span className="muted">step {formatInteger(run.last_step)}</span>}
        {(job !== null || logged.length > 0) && run.state !== "running" && (
          <button type="button" className="small" aria-haspopup="dialog" onClick={() => setRegistering(true)}>
            Register…
          </button>
        )}
      </div>
      {registering && <RegisterModelDialog what={given} onClose={() => setRegistering(false)} />}
      {config.length > 0 && (
        <ul className="chips" aria-label="Config">
          {config.slice(0, 10).map(([key, value]) => (
            <li key={key} title={`${key} = ${formatValue(value)}`}>
              <span>{key}</span> <b>{formatValue(value)}</b>
            </li>
          ))}
          {config.length > 10 && <li className="more">{config.length - 10} more</li>}
        </ul>
      )}
    </header>
  );
}

/** The revision of a graph that a run was trained from; `null` when its meta names none. */
function revisionOf(told: unknown): { readonly id: string; readonly rev: number } | null {
  if (typeof told !== "object" || told === null || !("id" in told) || !("rev" in told)) return null;
  const { id, rev } = told;
  return typeof id === "string" && typeof rev === "number" && Number.isInteger(rev) && rev > 0 ? { id, rev } : null;
}

/** The parts of the page, in their order; each has its branch in `Part`. */
const TABS = [
  { name: "overview", label: "Overview" },
  { name: "charts", label: "Charts" },
  { name: "statistics", label: "Statistics" },
  { name: "media", label: "Media" },
  { name: "console", label: "Console" },
  { name: "system", label: "System" },
  { name: "code", label: "Code" },
  { name: "data", label: "Data" },
] as const;
type Tab = (typeof TABS)[number]["name"];

function Parts({ tab, counts }: { tab: Tab; counts: Partial<Record<Tab, number>> }) {
  const go = (next: string): void => setSearch({ tab: next }, true);
  useCommands(() =>
    TABS.map(({ name, label }) => ({
      id: `run.${name}`,
      title: label,
      section: "This run",
      act: () => go(name),
    })),
  );
  const tabs = TABS.map(({ name, label }) => ({
    name,
    label: `${label} ${counts[name] === undefined ? "" : formatInteger(counts[name])}`,
  }));
  return <Tabs label="Parts of the run" tabs={tabs} chosen={tab} onChoose={go} />;
}

function Gone({ project, problem }: { project: string; problem: unknown }) {
  const missing = problem instanceof Problem && problem.status === 404;
  return (
    <div className="teach">
      <h1>{missing ? "There is no such run" : "The run could not be read"}</h1>
      <Trouble cause={problem} />
      <p>
        <Link to={runsPath(project)}>Runs of {project}</Link>
      </p>
    </div>
  );
}
