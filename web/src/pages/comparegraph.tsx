/** The architectures of two of the runs in one drawing, and what changed as a list. */

import { useEffect, useMemo, useState } from "react";
import type { ComparedGraph, GraphChange, NodeChange } from "../api/analysis.ts";
import { RecordReader } from "../api/records.ts";
import { CodeBlock } from "../components/copy.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatInteger, formatNumber, plural } from "../lib/format.ts";
import { decodeGraph, type GraphData } from "../lib/payload.ts";
import { MergedGraph, MOST_DRAWN } from "../views/compare/graph.tsx";
import { mergeGraphs } from "../views/compare/merge.ts";
import type { Compared } from "./compare.tsx";
import { useOwned } from "./owned.ts";

const PYTHON = `run.log({"network": gnomon.Graph(model)}, step=0)   # a torch module, a Keras model, or nodes and edges`;

export function ArchitecturePane({ comparison, state, put }: Compared) {
  const reader = useOwned(() => Object.assign(new RecordReader(), { destroy: () => undefined }));
  if (comparison.graphs.length === 0)
    return (
      <div className="teach">
        <h1>No architecture in two of these runs</h1>
        <p className="muted">
          A graph that is logged under the same name is compared node by node: what came, what went, what has another
          shape or size.
        </p>
        <CodeBlock code={PYTHON} what="the Python line" />
      </div>
    );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: several graphs scroll, and keys must be able to
    <section className="cmp-code" tabIndex={0} aria-label="Architecture">
      {comparison.graphs.map((graph) => {
        const change = graph.changes.find((one) => comparison.runs[one.run]?.id === state.against) ?? graph.changes[0];
        const base = comparison.runs[graph.base];
        if (!change || !base) return null;
        return (
          <div key={graph.key} className="cmp-graphs">
            <div className="cmp-graph-head">
              <h2 className="mono">{graph.key}</h2>
              <span>
                <b>{base.name}</b> and
              </span>
              <select
                aria-label={`Compared with ${base.name}`}
                value={comparison.runs[change.run]?.id}
                onChange={(event) => put({ against: event.target.value })}
              >
                {graph.changes.map(({ run }) => (
                  <option key={run} value={comparison.runs[run]?.id}>
                    {comparison.runs[run]?.name}
                  </option>
                ))}
              </select>
              <Tally change={change} />
            </div>
            <Drawn
              reader={reader}
              graph={graph}
              change={change}
              runs={[base.id, comparison.runs[change.run]?.id ?? ""]}
            />
            {change.changes.length > 0 && <Changes changes={change.changes} />}
          </div>
        );
      })}
    </section>
  );
}

function Tally({ change }: { change: GraphChange }) {
  const { added, removed, changed, nodes, parameters } = change;
  const size = `${plural(nodes, "node")}${parameters === null ? "" : `, ${formatNumber(parameters)} parameters`}`;
  if (added + removed + changed + change.edges_added.length + change.edges_removed.length === 0)
    return <span className="muted">the same: {size}</span>;
  return (
    <span className="cmp-tally">
      {added > 0 && <span className="added">+ {formatInteger(added)} added</span>}
      {removed > 0 && <span className="removed">− {formatInteger(removed)} removed</span>}
      {changed > 0 && <span>≠ {formatInteger(changed)} changed</span>}
      <span className="muted">{size}</span>
    </span>
  );
}

interface DrawnProps {
  readonly reader: RecordReader;
  readonly graph: ComparedGraph;
  readonly change: GraphChange;
  readonly runs: readonly [string, string];
}

function Drawn({ reader, graph, change, runs }: DrawnProps) {
  const [a, b] = [graph.records[graph.base] ?? null, graph.records[change.run] ?? null];
  const [read, setRead] = useState<{ readonly of: string; readonly graphs: readonly [GraphData, GraphData] } | null>(
    null,
  );
  const [problem, setProblem] = useState<unknown>(null);
  const of = JSON.stringify([runs, a, b]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `of` says which records of which runs
  useEffect(() => {
    if (a === null || b === null) return;
    let here = true;
    setProblem(null);
    Promise.all([reader.data(runs[0], a), reader.data(runs[1], b)]).then(
      ([before, after]) => here && setRead({ of, graphs: [decodeGraph(before), decodeGraph(after)] }),
      (cause: unknown) => here && setProblem(cause),
    );
    return () => {
      here = false;
    };
  }, [reader, of]);
  const merged = useMemo(
    () => (read?.of === of ? mergeGraphs(read.graphs[0], read.graphs[1], change) : null),
    [read, of, change],
  );
  if (problem !== null) return <Trouble cause={problem} />;
  if (merged === null) return <div className="cmp-graph skeleton" aria-busy="true" />;
  if (merged.nodes.length > MOST_DRAWN)
    return <p className="muted">{plural(merged.nodes.length, "node")} are too many for one drawing: see the list.</p>;
  return <MergedGraph merged={merged} label={`Architecture ${graph.key} of two runs in one drawing`} />;
}

const WORDS = { added: "+ added", removed: "− removed", changed: "≠ changed" } as const;

function Changes({ changes }: { changes: readonly NodeChange[] }) {
  return (
    <table className="cmp-changes">
      <caption className="visually-hidden">Nodes that are not the same</caption>
      <thead>
        <tr>
          <th scope="col">what</th>
          <th scope="col">node</th>
          <th scope="col">operation</th>
          <th scope="col">shape</th>
          <th scope="col" className="number">
            parameters
          </th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ kind, before, after }) => {
          const node = after ?? before;
          return (
            <tr key={`${kind} ${node?.id}`}>
              <td className={kind}>{WORDS[kind]}</td>
              <th scope="row" className="mono">
                {node?.label}
              </th>
              <td>{pair(before?.op, after?.op)}</td>
              <td>{pair(before?.shape?.join("×"), after?.shape?.join("×"))}</td>
              <td className="number">{pair(count(before?.parameters), count(after?.parameters))}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function count(value: number | null | undefined): string | undefined {
  return value === null || value === undefined ? undefined : formatInteger(value);
}

/** One value, or what it was and what it is. */
function pair(before: string | undefined, after: string | undefined): string {
  if (before === undefined || after === undefined || before === after) return after ?? before ?? "";
  return `${before} → ${after}`;
}
