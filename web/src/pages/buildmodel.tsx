/** A first model of data: what it would be, each choice with its reason, and each of them refusable. */

import "../styles/canvases.css";
import { type FormEvent, useEffect, useId, useMemo, useState } from "react";
import { listGraphs, openGraph } from "../api/canvases.ts";
import { buildGraph, type Dataset } from "../api/datasets.ts";
import { Dialog } from "../components/dialog.tsx";
import { GraphSketch } from "../components/sketch.tsx";
import { TargetSwitch } from "../components/target.tsx";
import { Trouble } from "../components/trouble.tsx";
import { roleOf } from "../lib/dataset.ts";
import { formatNumber, formatValue, plural } from "../lib/format.ts";
import type { Graph, Target } from "../lib/graph.ts";
import { type Reason, reasonKey, refuse } from "../lib/graphdata.ts";
import { applyPatch } from "../lib/graphpatch.ts";
import { freeName } from "../lib/imported.ts";
import { labelOf } from "../lib/params.ts";
import { canvasPath } from "../lib/url.ts";
import { useRead } from "../state/read.ts";
import { navigate } from "../state/router.ts";
import { ProjectField, useProject } from "./projectfield.tsx";

export type Source = Pick<Dataset, "name" | "digest" | "columns" | "inputs" | "target">;

export function BuildDialog({ data, onClose }: { data: Source; onClose: () => void }) {
  const [project, typed, setProject] = useProject(null);
  const [name, setName] = useState("");
  const [target, setTarget] = useState<Target>("torch");
  const id = useId();
  return (
    <Dialog title={`A model of ${data.name}`} className="ds-dialog build-dialog" onClose={onClose}>
      <div className="begin-head">
        <ProjectField value={typed} onChange={setProject} />
        <label htmlFor={id}>Name</label>
        <input
          id={id}
          type="text"
          autoComplete="off"
          placeholder={data.name}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <TargetSwitch target={target} onChange={setTarget} />
      </div>
      <BuildModel data={data} project={project} name={name} target={target} />
    </Dialog>
  );
}

interface Props {
  readonly data: Source;
  readonly project: string;
  /** What it is called; empty takes the name of the data. */
  readonly name: string;
  readonly target: Target;
}

export function BuildModel({ data, project, name, target }: Props) {
  const targets = data.columns.filter(
    ({ name: one, kind }) =>
      roleOf(one, data) !== "out" && (kind === "category" || kind === "number" || kind === "mask"),
  );
  const [wanted, setWanted] = useState<string>(data.target[0] ?? targets.at(-1)?.name ?? "");
  const [refused, setRefused] = useState<ReadonlySet<string>>(new Set());
  const [problem, setProblem] = useState<unknown>(null);
  const ref = `${data.name}@${data.digest}`;
  const {
    answer: built,
    problem: unbuilt,
    loading,
  } = useRead(wanted === "" ? null : `${ref} ${wanted}`, (signal) =>
    buildGraph({ dataset: ref, target: wanted }, signal),
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: another target makes another model
  useEffect(() => setRefused(new Set()), [wanted, ref]);
  const graph = useMemo(() => (built ? without(built.graph, built.reasons, refused) : null), [built, refused]);
  const id = useId();
  const flip = (reason: Reason): void =>
    setRefused((before) => {
      const next = new Set(before);
      if (!next.delete(reasonKey(reason))) next.add(reasonKey(reason));
      return next;
    });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (graph !== null) create(project, name.trim() || data.name, { ...graph, target }).catch(setProblem);
  };
  return (
    <form className="build-model" onSubmit={submit}>
      <div className="ds-split">
        <label htmlFor={`${id}-target`}>predicts</label>
        <select id={`${id}-target`} value={wanted} onChange={(event) => setWanted(event.target.value)}>
          {targets.map((column) => (
            <option key={column.name} value={column.name}>
              {column.name} ({column.kind})
            </option>
          ))}
        </select>
      </div>
      {targets.length === 0 && (
        <p className="muted">
          A first model predicts a category, a number or a mask, and there is no such column. Change the kind of one, or
          begin with a template.
        </p>
      )}
      {unbuilt !== null && <Trouble cause={unbuilt} />}
      {problem !== null && <Trouble cause={problem} />}
      {built !== null && graph !== null && (
        <div className="build-found" aria-busy={loading}>
          <div className="build-sketch">
            <GraphSketch graph={graph} />
            <p className="muted">
              {plural(graph.nodes.length, "node")}
              {refused.size === 0 && `, ${formatNumber(built.params, 3)} parameters`}
            </p>
          </div>
          <Reasons reasons={built.reasons} refused={refused} onFlip={flip} />
          {Object.keys(built.left_out).length > 0 && (
            <section aria-label="Columns that are left out">
              <h3>Left out</h3>
              <ul className="build-out">
                {Object.entries(built.left_out).map(([column, why]) => (
                  <li key={column}>
                    <code>{column}</code> {why}
                  </li>
                ))}
              </ul>
            </section>
          )}
        </div>
      )}
      <footer className="ds-foot">
        <span className="muted">
          {refused.size > 0
            ? `${plural(refused.size, "choice")} refused: the defaults stand there instead.`
            : "All of it can be changed on the canvas too."}
        </span>
        <button type="submit" className="primary" disabled={graph === null || loading || project === ""}>
          Create the graph
        </button>
      </footer>
    </form>
  );
}

function Reasons({
  reasons,
  refused,
  onFlip,
}: {
  reasons: readonly Reason[];
  refused: ReadonlySet<string>;
  onFlip: (reason: Reason) => void;
}) {
  return (
    <section aria-label="Why it is so">
      <h3>Why it is so</h3>
      <ul className="build-reasons">
        {reasons.map((reason) => {
          const off = refused.has(reasonKey(reason));
          const what = reason.param === "" ? reason.node : `${labelOf(reason.param)} of ${reason.node}`;
          return (
            <li key={reasonKey(reason)} className={off ? "off" : undefined}>
              <span className="build-what">
                <b className="key">{reason.node}</b>
                {reason.param !== "" && (
                  <>
                    {" "}
                    {labelOf(reason.param)} <b>{formatValue(reason.value)}</b>
                  </>
                )}
              </span>
              <span className="build-why">{reason.why}</span>
              <button type="button" className="small" onClick={() => onFlip(reason)}>
                {off ? "take" : "refuse"}
                <span className="visually-hidden"> {what}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** The graph after choices were refused, one after another. */
function without(graph: Graph, reasons: readonly Reason[], refused: ReadonlySet<string>): Graph {
  return reasons
    .filter((reason) => refused.has(reasonKey(reason)))
    .reduce((now, reason) => applyPatch(now, refuse(now, reason)).graph, graph);
}

async function create(project: string, name: string, graph: Graph): Promise<void> {
  const taken = (await listGraphs(project)).map((row) => row.name);
  const made = await openGraph({ project, name: freeName(name, taken), graph });
  navigate(canvasPath(project, made.id));
}
