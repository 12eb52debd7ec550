/** Statistics of a run's model over steps: what checks found, the graph, and everything watched at the node that is picked. */

import "../styles/canvas.css";
import "../styles/canvasside.css";
import "../styles/imports.css";
import "../styles/statistics.css";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Finding } from "../api/health.ts";
import type { RunDetail } from "../api/types.ts";
import { RunGraph, useRunGraph } from "../canvas/rungraph.tsx";
import { CodeBlock } from "../components/copy.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatInteger } from "../lib/format.ts";
import type { Graph } from "../lib/graph.ts";
import { foundLater, LEVEL_SIGNS, levelsOf, nodesOf, samplesOf } from "../lib/health.ts";
import { type MediaState, readMedia, writeMedia } from "../lib/media.ts";
import { moduleOf } from "../lib/watched.ts";
import { HealthOf } from "../state/health.ts";
import type { RecordCatalog } from "../state/records.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { useStore } from "../state/store.ts";
import { following, Watching } from "../state/watched.ts";
import type { Media, MediaRun } from "../views/records/control.ts";
import { OwnedMedia } from "../views/records/shared.ts";
import { Stepper } from "../views/records/stepper.tsx";
import { usePlayerAddress, useStepKeys, useSteps } from "../views/records/workspace.tsx";
import { Alerts, Findings } from "../views/statistics/findings.tsx";
import { NodeStatistics } from "../views/statistics/node.tsx";
import { useOwned } from "./owned.ts";

interface Props {
  readonly run: RunDetail;
  readonly runs: readonly MediaRun[];
  readonly catalog: RecordCatalog;
}

export function StatisticsPane({ run, runs, catalog }: Props) {
  const { search } = usePlace();
  const media = useOwned(() => new OwnedMedia(catalog.reader));
  const health = useOwned(() => new HealthOf(run.id));
  const watching = useOwned(() => new Watching(run.id));
  const state = useMemo(() => readMedia(search), [search]);
  const onChange = useCallback(
    (changes: Partial<MediaState>, push = false) => setSearch(writeMedia(changes), push),
    [],
  );
  usePlayerAddress(media, state, onChange);
  useStepKeys(media.player);
  const at = useStore(media.player.at);
  useEffect(() => health.look(at), [health, at]);
  const found = useStore(health.shown);
  const newest = useStore(health.newest);
  const watched = useStore(following);
  const [unread, unwatched] = [useStore(health.problem), useStore(watching.problem)];
  const problem = unread ?? unwatched;
  const keys = useStore(catalog.keys).get(run.id);
  useEffect(() => media.tracks.compare(new Map(keys ? [[run.id, keys]] : [])), [media, run.id, keys]);
  const mine = watched?.run === run.id ? watched : null;
  const [first] = runs;
  if (found === null || mine === null || keys === undefined || !first)
    return problem === null ? (
      <div className="media-waiting" aria-busy="true">
        <div className="skeleton" />
        <div className="skeleton" />
      </div>
    ) : (
      <Trouble cause={problem} onRetry={() => health.retry()} />
    );
  return (
    <div className="statistics">
      {problem !== null && <Trouble cause={problem} onRetry={() => health.retry()} small />}
      <Watched
        key={run.id}
        run={first}
        project={run.project}
        running={run.state === "running"}
        found={found}
        later={at === null ? NO_FINDINGS : foundLater(found.health.findings, newest?.health.findings ?? NO_FINDINGS)}
        at={at}
        keys={keys}
        variables={mine.variables}
        media={media}
        state={state}
        onChange={onChange}
        asked={search.get("node")}
      />
    </div>
  );
}

interface WatchedProps {
  readonly run: MediaRun;
  readonly project: string;
  readonly running: boolean;
  readonly found: NonNullable<ReturnType<HealthOf["shown"]["get"]>>;
  readonly later: readonly Finding[];
  readonly at: number | null;
  readonly keys: NonNullable<ReturnType<RecordCatalog["keys"]["get"]> extends ReadonlyMap<string, infer K> ? K : never>;
  readonly variables: NonNullable<ReturnType<typeof following.get>>["variables"];
  readonly media: Media;
  readonly state: MediaState;
  readonly onChange: (changes: Partial<MediaState>, push?: boolean) => void;
  readonly asked: string | null;
}

function Watched(props: WatchedProps) {
  const { run, project, running, found, later, at, keys, variables, media, state, onChange, asked } = props;
  const step = useStore(media.player.step);
  const { findings, checks } = found.health;
  const graph = useRunGraph(run.id, project, media.reader, "graph/document" in keys);
  const nodes = useMemo(
    () => nodesOf(variables, graph?.graph.nodes.map((node) => node.id) ?? null, Object.keys(keys)),
    [variables, graph, keys],
  );
  const levels = useMemo(() => levelsOf(findings), [findings]);
  const node =
    asked !== null && nodes.includes(asked)
      ? asked
      : (nodes.find((one) => levels.has(one)) ?? nodes.find((one) => variables.has(one)) ?? nodes[0] ?? null);
  const labels = useMemo(
    () => (graph ? null : new Map(nodes.map((one) => [one, moduleOf(one, variables.get(one) ?? NO_VARIABLES)]))),
    [graph, nodes, variables],
  );
  const label = (node !== null && labels?.get(node)) || node;
  const activation = graph && node !== null ? functionBehind(graph.graph, node) : null;
  const rows = useMemo(() => {
    // Where nothing was measured, steps are those of the samples.
    const own = node !== null && !variables.has(node) ? samplesOf(node, Object.keys(keys)) : [];
    const names = own.length > 0 ? own : [...variables.values()].flat().map((one) => one.key);
    return new Map(names.flatMap((key) => (keys[key] ? [[key, keys[key]] as const] : [])));
  }, [node, variables, keys]) as Parameters<typeof useSteps>[1];
  useSteps(media, rows);
  // Everything is measured at the same steps: one variable tells them whichever node is looked at.
  const [measured] = [...variables.values()].flat();
  const clock = measured?.key;
  useEffect(() => (clock === undefined ? undefined : media.tracks.hold(run.id, clock).drop), [media, run.id, clock]);
  const side = useRef<HTMLElement>(null);
  const pick = useCallback((next: string) => setSearch({ node: next }), []);
  const go = (to: string | null, where: number): void => {
    if (to !== null) pick(to);
    media.player.go(where);
    if (to !== null) side.current?.scrollIntoView({ block: "nearest" });
  };
  const stepTo = (where: number): void => media.player.snap(where);
  return (
    <>
      {variables.size > 0 && (
        <div className="toolbar" role="toolbar" aria-label="Step">
          <Stepper player={media.player} speed={state.speed} onSpeed={(speed) => onChange({ speed })} />
        </div>
      )}
      <div className="statistics-front">
        <Findings
          findings={findings}
          later={later}
          checks={checks}
          step={step}
          at={at}
          labels={labels}
          onGo={go}
          onStep={stepTo}
        />
        <Alerts alerts={found.alerts} onGo={(where) => media.player.go(where)} />
      </div>
      {variables.size === 0 ? (
        <TeachWatch running={running} />
      ) : (
        <div className={graph ? "statistics-parts" : "statistics-parts listed"}>
          <section className="statistics-model" aria-label="The model">
            {graph && <RunGraph drawn={graph} node={node} levels={levels} onPick={pick} />}
            <NodeList nodes={nodes} labels={labels} node={node} levels={levels} onPick={pick} />
          </section>
          <section className="statistics-node" aria-label={label ?? "Node"} ref={side}>
            {node !== null && (
              <>
                <h2>
                  {label}
                  <span className="muted">
                    {at === null ? "newest, " : ""}step {formatInteger(step)}
                  </span>
                </h2>
                {activation !== null && (
                  <p className="muted">
                    Activations are what the layer gives to its {activation}; dead and saturated units are counted
                    behind it.
                  </p>
                )}
                <NodeStatistics
                  key={node}
                  node={node}
                  run={run}
                  variables={variables.get(node) ?? NO_VARIABLES}
                  keys={keys}
                  media={media}
                />
              </>
            )}
          </section>
        </div>
      )}
    </>
  );
}

/** The function that follows a layer within its node where code for PyTorch calls it apart: what is watched is the layer. */
function functionBehind({ target, nodes }: Graph, node: string): string | null {
  const named = nodes.find((one) => one.id === node)?.params?.activation;
  return target === "torch" && typeof named === "string" && !["linear", "none", ""].includes(named) ? named : null;
}

const NO_FINDINGS: readonly Finding[] = [];
const NO_VARIABLES: NonNullable<ReturnType<WatchedProps["variables"]["get"]>> = [];

interface ListProps {
  readonly nodes: readonly string[];
  /** What they are called where no graph names them. */
  readonly labels: ReadonlyMap<string, string> | null;
  readonly node: string | null;
  readonly levels: ReadonlyMap<string, "error" | "warning">;
  readonly onPick: (node: string) => void;
}

/** Every node that something was watched of: one stop of the Tab key, arrow keys go through them. */
function NodeList({ nodes, labels, node, levels, onPick }: ListProps) {
  const list = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const move = (event: React.KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const here = nodes.indexOf(focused ?? node ?? "");
    const next = nodes[Math.max(0, Math.min(nodes.length - 1, here + by))];
    if (next === undefined) return;
    onPick(next);
    list.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(next)}"]`)?.focus();
  };
  return (
    <div
      ref={list}
      role="listbox"
      tabIndex={-1}
      aria-label="Nodes with statistics"
      className="node-list"
      data-own-keys
      onKeyDown={move}
    >
      {nodes.map((one) => {
        const level = levels.get(one);
        return (
          <button
            key={one}
            type="button"
            role="option"
            data-node={one}
            aria-selected={one === node}
            tabIndex={one === node ? 0 : -1}
            className={level ?? ""}
            onFocus={() => setFocused(one)}
            onClick={() => onPick(one)}
          >
            {level && (
              <span aria-hidden="true" className="finding-sign">
                {LEVEL_SIGNS[level]}{" "}
              </span>
            )}
            {labels?.get(one) ?? one}
            {level && <span className="visually-hidden">, {level}</span>}
          </button>
        );
      })}
    </div>
  );
}

const PYTHON = `run = gnomon.init(project="my-project")
run.watch(model)          # torch or Keras, before training; within 3 % of the step time
for x, y in batches:
    ...                   # train as ever
    run.log({"train/loss": loss})`;

function TeachWatch({ running }: { running: boolean }) {
  return (
    <div className="teach">
      <h2>No model is watched</h2>
      <p className="muted">
        With one line in front of training, weights, gradients and activations of every layer appear here as histograms
        over steps. Runs that are trained from the canvas have them by themselves.
      </p>
      <CodeBlock code={PYTHON} what="the Python lines" />
      {running && (
        <p className="waiting" role="status">
          <span className="dot" aria-hidden="true" /> waiting for the first measurement
        </p>
      )}
    </div>
  );
}
