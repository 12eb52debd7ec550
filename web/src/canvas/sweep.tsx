/** Searching over the graph: which settings and parameters, in which ranges, how, and how often. */

import "../styles/sweeps.css";
import { useId, useMemo, useState } from "react";
import { listDatasets } from "../api/datasets.ts";
import type { SweepPost } from "../api/schema.ts";
import { beginSweep } from "../api/sweeps.ts";
import { Dialog } from "../components/dialog.tsx";
import { PickButton } from "../components/pickbutton.tsx";
import { Trouble } from "../components/trouble.tsx";
import type { Components, Graph } from "../lib/graph.ts";
import { type Searchable, searchable } from "../lib/sweeps.ts";
import { sweepPath } from "../lib/url.ts";
import { useRead } from "../state/read.ts";
import { navigate } from "../state/router.ts";

interface Props {
  readonly id: string;
  readonly graph: Graph;
  readonly components: Components;
  readonly onClose: () => void;
}

const FORMS = "A range such as 16..256, log:1e-4..1e-1, with :4 behind it for a grid; or values such as 32,64,128";

export function SweepDialog({ id, graph, components, onClose }: Props) {
  const { answer: datasets } = useRead("sweep datasets", listDatasets);
  const named = typeof graph.data.dataset === "string" ? graph.data.dataset : "";
  const [dataset, setDataset] = useState(named);
  const known = useMemo(() => searchable(graph, components), [graph, components]);
  const [axes, setAxes] = useState<readonly Searchable[]>(() => known.filter((one) => one.usual));
  const [search, setSearch] = useState<"random" | "grid" | "tpe">("random");
  const [trials, setTrials] = useState("12");
  const [seeds, setSeeds] = useState("1");
  const [prune, setPrune] = useState<"" | "median" | "halving">("");
  const [metric, setMetric] = useState("");
  const [name, setName] = useState(`${graph.name} sweep`);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);
  const ids = useId();
  const change = (at: number, values: string): void =>
    setAxes((before) => before.map((axis, i) => (i === at ? { ...axis, values } : axis)));
  const begin = (): void => {
    setBusy(true);
    const asked: SweepPost = {
      kind: "graph",
      graph_id: id,
      name: name.trim() || graph.name,
      dataset: dataset || null,
      space: Object.fromEntries(axes.map((axis) => [axis.name, axis.values])),
      search,
      trials: trials.trim() === "" ? null : Number(trials),
      seeds: Number(seeds) || 1,
      metric: metric.trim() || null,
      pruning: prune === "" ? null : { kind: prune },
    };
    beginSweep(asked).then(
      ({ sweep }) => navigate(sweepPath(sweep.id)),
      (cause: unknown) => {
        setBusy(false);
        setRefused(cause);
      },
    );
  };
  const rest = known.filter((one) => !axes.some((axis) => axis.name === one.name));
  return (
    <Dialog title={`Search over ${graph.name}`} className="sweep-dialog" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (axes.length > 0 && !busy) begin();
        }}
      >
        <ul className="sweep-axes" aria-label="What is searched">
          {axes.map((axis, at) => (
            <li key={axis.name}>
              <label htmlFor={`${ids}${axis.name}`} title={axis.doc}>
                {axis.title}
              </label>
              <input
                id={`${ids}${axis.name}`}
                type="text"
                autoComplete="off"
                spellCheck={false}
                title={FORMS}
                value={axis.values}
                onChange={(event) => change(at, event.target.value)}
              />
              <button
                type="button"
                className="quiet"
                aria-label={`Do not search ${axis.title}`}
                onClick={() => setAxes(axes.filter((one) => one !== axis))}
              >
                ✕
              </button>
            </li>
          ))}
        </ul>
        <PickButton
          label="Setting or parameter to search"
          placeholder="batch_size, hidden.units …"
          choices={rest.map((one) => ({ value: one.name, text: one.title, hint: one.values }))}
          onPick={(wanted) => setAxes([...axes, ...rest.filter((one) => one.name === wanted)])}
        >
          Add a setting or parameter…
        </PickButton>
        <p className="muted">{FORMS}.</p>
        <div className="sweep-how">
          <div className="field">
            <label htmlFor={`${ids}search`}>search</label>
            <select
              id={`${ids}search`}
              value={search}
              onChange={(event) => setSearch(event.target.value as typeof search)}
            >
              <option value="random">at random</option>
              <option value="grid">all combinations</option>
              <option value="tpe">TPE, by what is known</option>
            </select>
          </div>
          <Count
            id={`${ids}trials`}
            label="trials"
            value={trials}
            onChange={setTrials}
            hint={search === "grid" ? "all" : "20"}
          />
          <Count id={`${ids}seeds`} label="seeds each" value={seeds} onChange={setSeeds} hint="1" />
          <div className="field">
            <label htmlFor={`${ids}prune`}>end early</label>
            <select id={`${ids}prune`} value={prune} onChange={(event) => setPrune(event.target.value as typeof prune)}>
              <option value="">never</option>
              <option value="median">worse than the median</option>
              <option value="halving">successive halving</option>
            </select>
          </div>
          <div className="field">
            <label htmlFor={`${ids}metric`}>by</label>
            <input
              id={`${ids}metric`}
              type="text"
              autoComplete="off"
              placeholder="such as val/accuracy"
              value={metric}
              onChange={(event) => setMetric(event.target.value)}
            />
          </div>
          <div className="field">
            <label htmlFor={`${ids}data`}>data</label>
            <select id={`${ids}data`} value={dataset} onChange={(event) => setDataset(event.target.value)}>
              {dataset === "" && <option value="">choose…</option>}
              {named !== "" && <option value={named}>{named.replace(/@.*/, "")}</option>}
              {(datasets ?? [])
                .map((row) => row.name)
                .filter((one) => one !== named.replace(/@.*/, ""))
                .map((one) => (
                  <option key={one} value={one}>
                    {one}
                  </option>
                ))}
            </select>
          </div>
          <div className="field">
            <label htmlFor={`${ids}name`}>name</label>
            <input
              id={`${ids}name`}
              type="text"
              autoComplete="off"
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          </div>
        </div>
        {refused !== null && <Trouble cause={refused} small />}
        <div className="dialog-foot">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="primary" disabled={axes.length === 0 || dataset === "" || busy}>
            {busy ? "Beginning…" : "Begin"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface CountProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly hint: string;
  readonly onChange: (value: string) => void;
}

function Count({ id, label, value, hint, onChange }: CountProps) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="text"
        inputMode="numeric"
        autoComplete="off"
        placeholder={hint}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}
