/** The graph's own settings, shown when nothing is selected: its name, how it is to be trained, what it costs. */

import { useEffect, useId, useState } from "react";
import { formatBytes, formatExact, formatNumber, formatValue, plural } from "../lib/format.ts";
import type { Graph, Report } from "../lib/graph.ts";
import { labelOf } from "../lib/params.ts";
import { TRAIN, trainLabel, trainValue, withTrain } from "../lib/trainform.ts";
import type { GraphStore } from "../state/graph.ts";
import { Fact, Field } from "./fields.tsx";
import { GraphData } from "./graphdata.tsx";
import { Totals } from "./totals.tsx";

interface Props {
  readonly store: GraphStore;
  readonly graph: Graph;
  readonly report: Report | null;
}

export function GraphForm({ store, graph, report }: Props) {
  return (
    <>
      <GraphName
        name={graph.name}
        onChange={(name) => store.apply([{ op: "document", name }], `Rename the graph to ${name}`)}
      />
      {report && (
        <section className="facts" aria-label="The whole graph">
          <dl>
            <Fact name="size">
              {plural(graph.nodes.length, "node")}, {plural(graph.edges.length, "edge")}
            </Fact>
            <Fact name="parameters" title={formatExact(report.totals.params)}>
              {formatNumber(report.totals.params)}
            </Fact>
            <Fact name="FLOPs" title={`${formatExact(report.totals.flops)} for one sample`}>
              {formatNumber(report.totals.flops, 3)}
            </Fact>
            <Fact name="memory" title="Of all that one sample leaves on its way">
              {formatBytes(report.totals.memory_bytes)}
            </Fact>
          </dl>
        </section>
      )}
      <GraphData store={store} graph={graph} />
      <details className="side-section" open>
        <summary>Training</summary>
        <form className="fields" aria-label="Training" onSubmit={(event) => event.preventDefault()}>
          {TRAIN.map((spec) => (
            <Field
              key={spec.name}
              spec={{ ...spec, name: trainLabel(spec.name) }}
              value={trainValue(graph.train, spec)}
              issues={(report?.issues ?? []).filter((issue) => issue.node === "" && issue.param === spec.name)}
              onChange={(value) =>
                store.apply(
                  [{ op: "document", train: withTrain(graph.train, spec, value) }],
                  `Set ${labelOf(trainLabel(spec.name))} of training`,
                  `train ${spec.name}`,
                )
              }
            />
          ))}
        </form>
        <OtherTraining graph={graph} />
      </details>
      {report && report.order.length > 0 && (
        <details className="side-section" open>
          <summary>Layers</summary>
          <Totals report={report} onPick={(id) => store.focus(id)} />
        </details>
      )}
    </>
  );
}

/** What the form has no field for is shown, and stays. */
function OtherTraining({ graph }: { graph: Graph }) {
  const known = new Set(TRAIN.map((spec) => spec.name.split(".")[0]));
  const rest = Object.entries(graph.train).filter(([name]) => !known.has(name));
  if (rest.length === 0) return null;
  return (
    <dl className="plain-facts">
      {rest.map(([name, value]) => (
        <Fact key={name} name={labelOf(name)}>
          {Array.isArray(value) ? value.map(formatValue).join(", ") : formatValue(value)}
        </Fact>
      ))}
    </dl>
  );
}

function GraphName({ name, onChange }: { name: string; onChange: (name: string) => void }) {
  const [text, setText] = useState(name);
  const id = useId();
  useEffect(() => setText(name), [name]);
  const keep = (): void => {
    const next = text.trim();
    if (next !== "" && next !== name) onChange(next);
    else setText(name);
  };
  return (
    <div className="field">
      <label htmlFor={id}>name</label>
      <input
        id={id}
        type="text"
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={keep}
        onKeyDown={(event) => {
          if (event.key === "Enter") keep();
          if (event.key === "Escape") setText(name);
        }}
      />
    </div>
  );
}
