/** Letting a model answer over HTTP: which version, and under what name. */

import "../styles/models.css";
import { type FormEvent, useId, useState } from "react";
import { type EndpointRow, makeEndpoint } from "../api/endpoints.ts";
import { listModels } from "../api/models.ts";
import { Dialog } from "../components/dialog.tsx";
import { Trouble } from "../components/trouble.tsx";
import { isModelName } from "../lib/models.ts";
import { useRead } from "../state/read.ts";

interface Props {
  /** `name@ref` of what is to be served; without, a model is chosen. */
  readonly refs?: readonly string[];
  readonly onMade: (row: EndpointRow) => void;
  readonly onClose: () => void;
}

export function ServeDialog({ refs, onMade, onClose }: Props) {
  const { answer: models } = useRead(refs ? null : "serve models", listModels);
  const known =
    refs ??
    (models ?? []).flatMap((row) =>
      row.latest === null ? [] : [...Object.keys(row.aliases), "latest"].map((alias) => `${row.name}@${alias}`),
    );
  const [picked, setPicked] = useState<string | null>(null);
  const [called, setCalled] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);
  const id = useId();
  const ref = picked ?? known[0] ?? "";
  const [model = "", which = ""] = ref.split("@");
  const name = called ?? model;
  const follows = Number.isNaN(Number(which));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (busy || ref === "" || !isModelName(name)) return;
    setBusy(true);
    makeEndpoint({ model: ref, name }).then(onMade, (cause: unknown) => {
      setBusy(false);
      setRefused(cause);
    });
  };
  return (
    <Dialog title="Serve a model" className="md-dialog" onClose={onClose}>
      <form className="md-form" onSubmit={submit}>
        <label htmlFor={`${id}ref`}>version</label>
        <select id={`${id}ref`} value={ref} onChange={(event) => setPicked(event.target.value)}>
          {known.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
        <label htmlFor={`${id}name`}>endpoint</label>
        <input
          id={`${id}name`}
          type="text"
          autoComplete="off"
          spellCheck={false}
          value={name}
          aria-invalid={!isModelName(name)}
          onChange={(event) => setCalled(event.target.value.trim())}
        />
        <p className="muted md-wide">
          {models !== null && known.length === 0 && !refs ? (
            "No model is registered yet. Register one first: on a job, a run, or by `gnomon models register`."
          ) : (
            <>
              It will answer at <code>/serve/{name || "…"}/predict</code>.{" "}
              {follows
                ? `When ${which} points at another version, that one answers, and no request fails.`
                : `It stays with version ${which}.`}
            </>
          )}
        </p>
        {refused !== null && (
          <div className="md-wide">
            <Trouble cause={refused} small />
          </div>
        )}
        <div className="dialog-foot md-wide">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="primary" disabled={busy || ref === "" || !isModelName(name)}>
            Serve
          </button>
        </div>
      </form>
    </Dialog>
  );
}
