/** What stands above the canvas: the name of the graph, whether it is saved, and what can be done with all of it. */

import { Editable } from "../components/editable.tsx";
import { Link } from "../components/link.tsx";
import { plural } from "../lib/format.ts";
import type { Graph } from "../lib/graph.ts";
import { canvasesPath } from "../lib/url.ts";
import { isView } from "../lib/viewed.ts";
import { useCommands } from "../state/commands.ts";
import type { GraphStore, GraphView } from "../state/graph.ts";
import { useStore } from "../state/store.ts";
import { SampleBar } from "./samplebar.tsx";

interface Props {
  readonly store: GraphStore;
  readonly graph: Graph;
  readonly onArrange: () => void;
  readonly onTrain: () => void;
  readonly onSweep: () => void;
}

export function CanvasHead({ store, graph, onArrange, onTrain, onSweep }: Props) {
  const view = useStore(store.view);
  const { undo, redo } = useStore(store.steps);
  const [back, again] = [undo.at(-1), redo.at(-1)];
  return (
    <header className="canvas-head">
      <Link to={canvasesPath(store.project)} className="muted canvas-up">
        Canvas
      </Link>
      <span className="muted" aria-hidden="true">
        /
      </span>
      <h1>
        <Editable
          value={graph.name}
          label="Name of the graph"
          hint="Rename"
          onSave={(name) => name !== "" && store.apply([{ op: "document", name }], `Rename the graph to ${name}`)}
        >
          {graph.name}
        </Editable>
      </h1>
      <Saving view={view} waiting={store.waiting} />
      <button
        type="button"
        className="quiet"
        aria-label={back ? `Undo: ${back.label}` : "Undo"}
        title={back ? `Undo: ${back.label} (Ctrl Z)` : "Nothing to undo"}
        aria-disabled={!back}
        onClick={() => store.undo()}
      >
        <Arrow />
      </button>
      <button
        type="button"
        className="quiet"
        aria-label={again ? `Redo: ${again.label}` : "Redo"}
        title={again ? `Redo: ${again.label} (Ctrl Shift Z)` : "Nothing to redo"}
        aria-disabled={!again}
        onClick={() => store.redo()}
      >
        <Arrow turned />
      </button>
      <span className="grow" />
      <SampleBar />
      <button type="button" className="canvas-arrange" title="Arrange all nodes (Shift L)" onClick={onArrange}>
        Arrange
      </button>
      <TrainButtons view={view} onTrain={onTrain} onSweep={onSweep} />
    </header>
  );
}

/** Shown at all times; it says what stands in the way. */
interface TrainProps {
  readonly view: GraphView;
  readonly onTrain: () => void;
  readonly onSweep: () => void;
}

function TrainButtons({ view: { graph, report, saved }, onTrain, onSweep }: TrainProps) {
  const errors = (report?.issues ?? []).filter((issue) => issue.level === "error").length;
  const why =
    graph?.nodes.length === 0
      ? "There is nothing to train yet"
      : isView(graph)
        ? "A view of a file cannot be trained"
        : errors > 0
          ? `Mend ${plural(errors, "error")} first`
          : saved === "offline"
            ? "The server does not answer"
            : null;
  const train = (): void => {
    if (why === null) onTrain();
  };
  const sweep = (): void => {
    if (why === null) onSweep();
  };
  useCommands(() => [
    {
      id: "canvas.train",
      title: "Train the graph",
      section: "Canvas",
      shortcut: "canvas.train",
      words: "job run fit queue",
      act: train,
    },
    {
      id: "canvas.sweep",
      title: "Search over settings and parameters of the graph",
      section: "Canvas",
      words: "sweep tune grid random tpe hyperparameters",
      act: sweep,
    },
  ]);
  return (
    <>
      <button
        type="button"
        className="canvas-sweep"
        aria-haspopup="dialog"
        aria-disabled={why !== null}
        title={why ?? "Train it many times, with other settings and parameters"}
        onClick={sweep}
      >
        Sweep…
      </button>
      <button
        type="button"
        className="primary"
        aria-haspopup="dialog"
        aria-disabled={why !== null}
        title={why ?? "Train this graph (Shift T)"}
        onClick={train}
      >
        Train
      </button>
    </>
  );
}

function Saving({ view: { rev, saved }, waiting }: { view: GraphView; waiting: number }) {
  const words = {
    saved: "saved",
    saving: "saving…",
    offline: `the server does not answer, ${plural(waiting, "change waits", "changes wait")}`,
  }[saved];
  return (
    <span className={`canvas-saved ${saved}`} role="status">
      revision {rev} · {words}
    </span>
  );
}

function Arrow({ turned = false }: { turned?: boolean }) {
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" className={turned ? "turned" : undefined}>
      <path d="M3 6.5h6.2a3.6 3.6 0 0 1 0 7.2H6" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M6.2 3 2.7 6.5 6.2 10" fill="none" stroke="currentColor" strokeWidth="1.5" />
    </svg>
  );
}
