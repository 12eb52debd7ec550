/** The data of a graph: which data set, and which of its columns goes to which input and output. */

import { useId } from "react";
import { listDatasets } from "../api/datasets.ts";
import { Link } from "../components/link.tsx";
import { Trouble } from "../components/trouble.tsx";
import type { Column } from "../lib/dataset.ts";
import { plural } from "../lib/format.ts";
import type { Components, Graph, GraphNode } from "../lib/graph.ts";
import { boundOf, columnsOf, endOf, readRef, withColumns } from "../lib/graphdata.ts";
import { DATASETS_PATH, datasetPath } from "../lib/url.ts";
import type { GraphStore } from "../state/graph.ts";
import { useDocumentTick, useRead } from "../state/read.ts";
import { useStore } from "../state/store.ts";
import { useBound } from "./nodedata.tsx";

export function GraphData({ store, graph }: { store: GraphStore; graph: Graph }) {
  const components = useStore(store.components);
  const bound = boundOf(graph.data);
  const { name } = readRef(bound.dataset);
  const tick = useDocumentTick("dataset");
  const { answer: rows } = useRead("datasets", listDatasets, tick);
  const { answer: data, problem, again } = useBound(bound.dataset);
  const present = rows?.find((row) => row.name === name);
  const id = useId();
  const choose = (next: string): void => {
    const row = rows?.find((one) => one.name === next);
    const { dataset: _, inputs: __, outputs: ___, ...rest } = graph.data;
    // Columns of one data set mean nothing in another.
    const kept = next === name ? graph.data : rest;
    const data = row ? { ...kept, dataset: `${row.name}@${row.digest}` } : rest;
    store.apply([{ op: "document", data }], row ? `Use ${row.name}` : "Use no data set");
  };
  const nodes = graph.nodes.filter((node) => endOf(components.get(node.type)) !== null);
  return (
    <details className="side-section" open>
      <summary>Data</summary>
      <div className="field">
        <label htmlFor={id}>data set</label>
        <select id={id} value={name} onChange={(event) => choose(event.target.value)}>
          <option value="">none</option>
          {name !== "" && !present && <option value={name}>{name}</option>}
          {(rows ?? []).map((row) => (
            <option key={row.name} value={row.name}>
              {row.name}
            </option>
          ))}
        </select>
      </div>
      {bound.dataset === "" && rows !== null && (
        <p className="muted graph-data-words">
          {plural(rows.length, "data set")} here; register your own under{" "}
          <Link to={DATASETS_PATH} className="link">
            Data
          </Link>
          .
        </p>
      )}
      {problem !== null && <Trouble cause={problem} onRetry={again} small />}
      {data !== null && (
        <>
          <p className="muted graph-data-words">
            <Link to={datasetPath(data.name, { version: data.digest })} className="link">
              version {data.version}
            </Link>
            {present && present.digest !== data.digest && (
              <>
                , and there is version {present.version}:{" "}
                <button type="button" className="link" onClick={() => choose(name)}>
                  use it
                </button>
              </>
            )}
          </p>
          {nodes.map((node) => (
            <End
              key={node.id}
              node={node}
              components={components}
              columns={data.columns}
              chosen={columnsOf(bound, node.id)}
              onChoose={(side, columns) =>
                store.apply(
                  [{ op: "document", data: withColumns(graph.data, side, node.id, columns) }],
                  columns.length > 0 ? `Lead ${columns.join(", ")} to ${node.id}` : `Lead nothing to ${node.id}`,
                  `columns ${node.id}`,
                )
              }
            />
          ))}
          {nodes.length === 0 && <p className="muted">There is no input and no output yet.</p>}
        </>
      )}
    </details>
  );
}

interface EndProps {
  readonly node: GraphNode;
  readonly components: Components;
  readonly columns: readonly Column[];
  readonly chosen: readonly string[];
  readonly onChoose: (side: "inputs" | "outputs", columns: readonly string[]) => void;
}

/** A node and its column; one that takes numbers takes several. */
function End({ node, components, columns, chosen, onChoose }: EndProps) {
  const id = useId();
  const side = endOf(components.get(node.type)) ?? "inputs";
  const many = node.type.startsWith("core/numeric_input@");
  const numbers = columns.filter(({ kind }) => kind === "number");
  const flip = (name: string): void => {
    const next = new Set(chosen);
    if (!next.delete(name)) next.add(name);
    onChoose(
      side,
      columns.map((column) => column.name).filter((one) => next.has(one)),
    );
  };
  if (many)
    return (
      <details className="field graph-data-many">
        <summary>
          <span className="key">{node.id}</span>
          <span>{chosen.length > 0 ? chosen.join(", ") : <span className="muted">by its name</span>}</span>
        </summary>
        <fieldset aria-label={`Columns of ${node.id}`}>
          {numbers.map(({ name }) => (
            <label key={name} className="ds-check">
              <input type="checkbox" checked={chosen.includes(name)} onChange={() => flip(name)} /> {name}
            </label>
          ))}
        </fieldset>
      </details>
    );
  const [only = ""] = chosen;
  return (
    <div className="field">
      <label htmlFor={id} className="key">
        {node.id}
      </label>
      <select
        id={id}
        value={only}
        aria-label={`Column of ${node.id}`}
        onChange={(event) => onChoose(side, event.target.value === "" ? [] : [event.target.value])}
      >
        <option value="">by its name</option>
        {only !== "" && !columns.some(({ name }) => name === only) && <option value={only}>{only} (gone)</option>}
        {columns.map(({ name, kind }) => (
          <option key={name} value={name}>
            {name} ({kind})
          </option>
        ))}
      </select>
    </div>
  );
}
