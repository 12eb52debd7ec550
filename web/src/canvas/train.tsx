/** Training the graph: a few settings and a button; then a strip that says how it goes. */

import "../styles/jobs.css";
import { useEffect, useId, useState } from "react";
import { listDatasets } from "../api/datasets.ts";
import { listJobs, submitJob } from "../api/jobs.ts";
import type { JobPost } from "../api/schema.ts";
import { Dialog } from "../components/dialog.tsx";
import { Link } from "../components/link.tsx";
import { Trouble } from "../components/trouble.tsx";
import type { Graph, Params } from "../lib/graph.ts";
import { TRAIN, trainLabel, trainValue, withTrain } from "../lib/trainform.ts";
import { DATASETS_PATH } from "../lib/url.ts";
import { useRead } from "../state/read.ts";
import { Field } from "./fields.tsx";

interface Props {
  readonly id: string;
  readonly graph: Graph;
  readonly onStarted: () => void;
  readonly onClose: () => void;
}

export function TrainDialog({ id, graph, onStarted, onClose }: Props) {
  const { answer: datasets } = useRead("train datasets", listDatasets);
  const { answer: jobs } = useRead("train slots", () => listJobs());
  const named = typeof graph.data.dataset === "string" ? graph.data.dataset : "";
  const [dataset, setDataset] = useState(named);
  const [train, setTrain] = useState<Params>(graph.train);
  const [name, setName] = useState(graph.name);
  const [device, setDevice] = useState("auto");
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);
  const ids = useId();
  // A loop of the author's own has its own settings, and takes data only where it was written to.
  const own = graph.train.loop === "own";
  const ready = (own || dataset !== "") && !busy;
  useEffect(() => {
    const first = datasets?.[0];
    if (!own && dataset === "" && datasets?.length === 1 && first) setDataset(first.name);
  }, [datasets, dataset, own]);
  const plain = named.replace(/@.*/, "");
  const options = (datasets ?? []).map((row) => row.name).filter((one) => one !== plain);
  const start = (): void => {
    setBusy(true);
    const seed = trainValue(train, SEED);
    const asked: JobPost = {
      kind: "graph",
      graph_id: id,
      name: name.trim() || graph.name,
      ...(dataset === "" ? {} : { dataset }),
      train: train as Record<string, unknown>,
      seed: typeof seed === "number" ? seed : 0,
      device,
    };
    submitJob(asked).then(onStarted, (cause: unknown) => {
      setBusy(false);
      setRefused(cause);
    });
  };
  return (
    <Dialog title={`Train ${graph.name}`} className="train-dialog" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) start();
        }}
      >
        <div className="field">
          <label htmlFor={`${ids}data`}>data</label>
          <select id={`${ids}data`} value={dataset} onChange={(event) => setDataset(event.target.value)}>
            {(own || dataset === "") && <option value="">{own ? "none" : "choose…"}</option>}
            {named !== "" && <option value={named}>{plain}</option>}
            {options.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </div>
        {!own && datasets !== null && datasets.length === 0 && (
          <p className="muted">
            There is no data set yet. <Link to={DATASETS_PATH}>Register one</Link>.
          </p>
        )}
        {own ? (
          <p className="muted">
            This graph is trained by the loop in its own code, which is run as it stands: epochs, batches and the
            optimizer are said there.
          </p>
        ) : (
          <div className="fields">
            {TRAIN.map((spec) => (
              <Field
                key={spec.name}
                spec={{ ...spec, name: trainLabel(spec.name) }}
                value={trainValue(train, spec)}
                onChange={(value) => setTrain(withTrain(train, spec, value))}
              />
            ))}
          </div>
        )}
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
        <div className="field">
          <label htmlFor={`${ids}device`}>device</label>
          <select id={`${ids}device`} value={device} onChange={(event) => setDevice(event.target.value)}>
            <option value="auto">auto</option>
            {(jobs?.slots ?? []).map((slot) => (
              <option key={slot.device} value={slot.device}>
                {slot.device}
              </option>
            ))}
          </select>
        </div>
        {refused !== null && <Trouble cause={refused} small />}
        <div className="dialog-foot">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="primary" disabled={!ready}>
            {busy ? "Starting…" : "Train"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

const SEED = TRAIN.find((spec) => spec.name === "seed") as (typeof TRAIN)[number];
