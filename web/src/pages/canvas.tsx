/** One graph: palette, canvas, and beside it its nodes as forms, its issues, its code and its history. */

import "../styles/canvas.css";
import "../styles/imports.css";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { CodePane } from "../canvas/codepane.tsx";
import { CanvasHead } from "../canvas/head.tsx";
import { History } from "../canvas/history.tsx";
import { Inspector } from "../canvas/inspector.tsx";
import { Issues } from "../canvas/issues.tsx";
import { Notices } from "../canvas/notices.tsx";
import { OwnButton } from "../canvas/own.tsx";
import { Shelf } from "../canvas/shelf.tsx";
import { CanvasSide, useCodeRoom } from "../canvas/side.tsx";
import { Stage, type StageHandle } from "../canvas/stage.tsx";
import { StatusBar } from "../canvas/statusbar.tsx";
import { Shows } from "../canvas/stripbox.tsx";
import { TrainDialog } from "../canvas/train.tsx";
import { TrainBanner } from "../canvas/trainbanner.tsx";
import { Link } from "../components/link.tsx";
import type { Tab } from "../components/tabs.tsx";
import { Trouble } from "../components/trouble.tsx";
import { canvasesPath } from "../lib/url.ts";
import { GraphStore } from "../state/graph.ts";
import { Jobs } from "../state/jobs.ts";
import { Previews } from "../state/previews.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { useStore } from "../state/store.ts";
import { following } from "../state/watched.ts";
import { useOwned } from "./owned.ts";

const OverSteps = lazy(async () => ({ default: (await import("./oversteps.tsx")).OverSteps }));
const SweepDialog = lazy(async () => ({ default: (await import("../canvas/sweep.tsx")).SweepDialog }));

const SIDES = ["node", "issues", "history"] as const;
type Side = (typeof SIDES)[number];

export function CanvasPage({ project, id }: { project: string; id: string }) {
  const store = useOwned(() => new GraphStore(project, id));
  useEffect(() => store.start(), [store]);
  const previews = useOwned(() => new Previews(store));
  useEffect(() => previews.start(), [previews]);
  const { graph, report, problem } = useStore(store.view);
  const components = useStore(store.components);
  const blocks = useStore(store.blocks);
  const selection = useStore(store.selection);
  const { search } = usePlace();
  const jobs = useOwned(() => new Jobs(project));
  const [training, setTraining] = useState(false);
  const [sweeping, setSweeping] = useState(false);
  const stage = useRef<StageHandle | null>(null);
  const [zoom, setZoom] = useState(1);
  const [room, setRoom] = useCodeRoom();
  const side = SIDES.find((one) => one === search.get("side")) ?? "node";
  /** What a narrow screen shows: the canvas, components, the side, or the code. */
  const pane = search.get("pane") ?? "graph";
  const show = (next: Side): void => {
    if (room === "wide") setRoom("on");
    setSearch({ side: next === "node" ? null : next, pane: narrow() ? "side" : null });
  };
  useEffect(() => {
    document.title = `${graph?.name ?? "Canvas"} · gnomon`;
  }, [graph?.name]);
  const edited = useStore(store.edited);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each field that is asked for
  useEffect(() => {
    if (edited !== null) show("node");
  }, [edited]);
  useEffect(() => {
    const leave = (event: BeforeUnloadEvent): void => {
      // What waits survives a reload, and is lost with the tab.
      if (store.view.get().saved === "offline" && store.waiting > 0) event.preventDefault();
    };
    window.addEventListener("beforeunload", leave);
    return () => window.removeEventListener("beforeunload", leave);
  }, [store]);
  if (graph === null)
    return problem === null ? <div aria-busy="true" /> : <Missing project={project} problem={problem} store={store} />;
  const selected = selection.nodes.length === 1 ? selection.nodes[0] : undefined;
  const tabs: readonly Tab[] = [
    { name: "node", label: selected ?? (selection.nodes.length > 1 ? `${selection.nodes.length} nodes` : "Graph") },
    { name: "issues", label: report?.issues.length ? `Issues ${report.issues.length}` : "Issues" },
    { name: "history", label: "History" },
  ];
  const add = (type: string): void => {
    stage.current?.add(type);
    if (narrow()) setSearch({ pane: null });
  };
  return (
    <Shows.Provider value={previews}>
      <div className="canvas" data-pane={pane}>
        <CanvasHead
          store={store}
          graph={graph}
          onArrange={() => stage.current?.arrange()}
          onTrain={() => setTraining(true)}
          onSweep={() => setSweeping(true)}
        />
        <Notices id={id} graph={graph} />
        <TrainBanner jobs={jobs} graph={id} />
        <WatchedOverSteps />
        {training && (
          <TrainDialog id={id} graph={graph} onStarted={() => setTraining(false)} onClose={() => setTraining(false)} />
        )}
        {sweeping && (
          <Suspense>
            <SweepDialog id={id} graph={graph} components={components} onClose={() => setSweeping(false)} />
          </Suspense>
        )}
        <nav className="canvas-panes" aria-label="Parts of the page">
          {PANES.map(([name, word]) => (
            <button
              key={name}
              type="button"
              className="toggle"
              aria-pressed={pane === name}
              onClick={() => setSearch({ pane: name === "graph" ? null : name })}
            >
              {word}
            </button>
          ))}
        </nav>
        {problem !== null && (
          <div className="canvas-trouble">
            <Trouble cause={problem} small />
            <button type="button" className="quiet" aria-label="Close" onClick={() => store.forgive()}>
              ✕
            </button>
          </div>
        )}
        <div className="canvas-body">
          <Shelf
            components={components}
            blocks={blocks}
            target={graph.target}
            onAdd={add}
            foot={<OwnButton store={store} groups={graph.groups} />}
          />
          <Stage
            store={store}
            handle={stage}
            onZoom={setZoom}
            onIssues={() => show("issues")}
            onEdit={() => show("node")}
          />
          <CanvasSide
            room={room}
            onRoom={setRoom}
            tabs={tabs}
            chosen={side}
            onChoose={(name) => show(name as Side)}
            code={<CodePane store={store} />}
          >
            {side === "node" && <Inspector store={store} />}
            {side === "issues" && <Issues store={store} />}
            {side === "history" && <History store={store} />}
          </CanvasSide>
        </div>
        <StatusBar report={report} zoom={zoom} onIssues={() => show("issues")} onFit={() => stage.current?.fit()} />
      </div>
    </Shows.Provider>
  );
}

const PANES = [
  ["graph", "Graph"],
  ["shelf", "Add"],
  ["side", "Details"],
  ["code", "Code"],
] as const;

function narrow(): boolean {
  return window.matchMedia("(max-width: 800px)").matches;
}

function Missing({ project, problem, store }: { project: string; problem: unknown; store: GraphStore }) {
  return (
    <div className="teach">
      <Trouble cause={problem} onRetry={() => store.reload()} />
      <p>
        <Link to={canvasesPath(project)}>All graphs of {project}</Link>
      </p>
    </div>
  );
}

/** Statistics over steps of the node that the address names, of the run that is followed. */
function WatchedOverSteps() {
  const node = usePlace().search.get("over");
  const followed = useStore(following);
  if (node === null || followed === null) return null;
  return (
    <Suspense>
      <OverSteps key={node} followed={followed} node={node} onClose={() => setSearch({ over: null })} />
    </Suspense>
  );
}
