/** Above the canvas: which run's statistics its nodes show, and that a graph is only a view of a file. */

import { useContext, useEffect, useState } from "react";
import { Link } from "../components/link.tsx";
import { Trouble } from "../components/trouble.tsx";
import type { Graph } from "../lib/graph.ts";
import { isPlain, wayWords } from "../lib/importkind.ts";
import { runPath } from "../lib/url.ts";
import { isView } from "../lib/viewed.ts";
import { imported } from "../state/openlogged.ts";
import type { Previews } from "../state/previews.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { useStore } from "../state/store.ts";
import { following, onCards, Watching } from "../state/watched.ts";
import { Shows } from "./stripbox.tsx";

export function Notices({ id, graph }: { id: string; graph: Graph }) {
  const run = usePlace().search.get("run");
  return (
    <>
      <ImportNotice id={id} />
      {isView(graph) && <ViewNotice graph={graph} />}
      {run !== null && <RunNotice key={run} run={run} graph={graph} />}
    </>
  );
}

/** How the graph was read, and what is not in it; until it is closed, or another page is opened. */
function ImportNotice({ id }: { id: string }) {
  const made = useStore(imported);
  if (made?.id !== id) return null;
  const notes = made.notes.filter((note) => !isPlain(note));
  return (
    <div className="canvas-notice" role="status">
      <div>
        {made.way !== "onnx" && <p>{wayWords(made.way, made.error)}</p>}
        {notes.length > 0 && (
          <ul className="muted">
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        )}
      </div>
      <button type="button" className="quiet" aria-label="Close the notes" onClick={() => imported.set(null)}>
        ✕
      </button>
    </div>
  );
}

function ViewNotice({ graph }: { graph: Graph }) {
  const { producer, opset } = graph.data as { producer?: string; opset?: number };
  const from = [producer ? `made by ${producer}` : "", opset ? `opset ${opset}` : ""].filter(Boolean).join(", ");
  return (
    <p className="canvas-notice" role="note">
      <span>
        <b>A view of an ONNX model</b>
        <span className="muted">
          {from && `${from}. `}Shapes and the sizes of weights, to look at: nothing here can be changed or trained.
        </span>
      </span>
    </p>
  );
}

function RunNotice({ run, graph }: { run: string; graph: Graph }) {
  const [watching, setWatching] = useState<Watching | null>(null);
  const found = useStore(following);
  useEffect(() => {
    const made = new Watching(run);
    setWatching(made);
    return () => made.destroy();
  }, [run]);
  const previews = useContext(Shows);
  useEffect(() => {
    previews?.weigh(run);
    return () => previews?.weighAsChosen();
  }, [previews, run]);
  const step = found?.step;
  // What it watched comes with its training, as do its weights.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another step, other weights
  useEffect(() => previews?.reweigh(), [previews, step]);
  const shown = graph.nodes.filter((node) => found?.variables.has(node.id)).length;
  return (
    <p className="canvas-notice" role="note">
      {watching && <Problem watching={watching} />}
      {found && (
        <span>
          <span>
            Statistics of <Link to={runPath(found.project, found.run)}>{found.name}</Link>
          </span>
          <span className="muted" role="status">
            {found.step === null
              ? "It watches no model: run.watch(model) in its script makes its nodes show weights, gradients and activations."
              : shown === 0
                ? "None of its variables belongs to a node of this graph."
                : `step ${found.step}, at ${shown} of ${graph.nodes.length} nodes`}
          </span>
        </span>
      )}
      {found && found.step !== null && previews && <OnCards previews={previews} />}
      <button
        type="button"
        className="quiet"
        aria-label="Stop showing statistics"
        onClick={() => setSearch({ run: null })}
      >
        ✕
      </button>
    </p>
  );
}

/** What the cards show, of two. */
function OnCards({ previews }: { previews: Previews }) {
  const what = useStore(onCards);
  const choose = (next: typeof what): void => {
    onCards.set(next);
    if (next === "sample" && !previews.view.get().on) previews.turn(true);
  };
  return (
    <fieldset className="on-cards" aria-label="What the cards show">
      {(["statistics", "sample"] as const).map((one) => (
        <button
          key={one}
          type="button"
          className="toggle"
          aria-pressed={what === one}
          title={one === "statistics" ? "What the run watched" : "What a sample becomes with the run's weights"}
          onClick={() => choose(one)}
        >
          {one}
        </button>
      ))}
    </fieldset>
  );
}

function Problem({ watching }: { watching: Watching }) {
  const problem = useStore(watching.problem);
  return problem === null ? null : <Trouble cause={problem} small />;
}
