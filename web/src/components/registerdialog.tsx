/** Registering what a job trained, or a file that a run logged, as a version of a model. */

import "../styles/models.css";
import { type FormEvent, useId, useState } from "react";
import { Problem } from "../api/client.ts";
import { listModels, type ModelVersion, pointAlias, registerVersion, type Source } from "../api/models.ts";
import { isAlias, isModelName, modelNameFor } from "../lib/models.ts";
import { modelPath } from "../lib/url.ts";
import { useRead } from "../state/read.ts";
import { navigate } from "../state/router.ts";
import { Dialog } from "./dialog.tsx";
import { Trouble } from "./trouble.tsx";

/** What is registered: a job's checkpoint is chosen in the dialog. */
export type Registrable =
  | { readonly job: string; readonly name: string }
  /** The files of a key, or all below it; of the newest step when none is said. */
  | { readonly run: string; readonly keys: readonly string[]; readonly step?: number; readonly name: string };

export function RegisterModelDialog({ what, onClose }: { what: Registrable; onClose: () => void }) {
  const { answer: models } = useRead("register models", listModels);
  const [name, setName] = useState(() => modelNameFor(what.name));
  const [checkpoint, setCheckpoint] = useState<"best" | "last">("best");
  const [key, setKey] = useState("keys" in what ? (what.keys[0] ?? "") : "");
  const [note, setNote] = useState("");
  const [alias, setAlias] = useState("");
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);
  /** It is registered, and its alias was refused. */
  const [made, setMade] = useState<ModelVersion | null>(null);
  const id = useId();
  const known = models?.find((row) => row.name === name);
  const isGood = isModelName(name) && (alias === "" || isAlias(alias));
  const open = (version: ModelVersion): void => navigate(modelPath(name, { version: String(version.number) }));
  const refuse = (cause: unknown): void => {
    setBusy(false);
    setRefused(cause);
  };
  const point = (version: ModelVersion, force: boolean): void => {
    pointAlias(name, alias, version.number, force).then(
      () => open(version),
      (cause: unknown) => {
        setMade(version);
        refuse(cause);
      },
    );
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!isGood || busy || made !== null) return;
    setBusy(true);
    registerVersion(name, sourceOf(what, checkpoint, key), note.trim()).then(
      (version) => (alias === "" ? open(version) : point(version, false)),
      refuse,
    );
  };
  return (
    <Dialog title="Register a model" className="md-dialog" onClose={onClose}>
      <form className="md-form" onSubmit={submit}>
        <fieldset disabled={made !== null}>
          <label htmlFor={`${id}name`}>model</label>
          <input
            id={`${id}name`}
            type="text"
            list={`${id}names`}
            autoComplete="off"
            spellCheck={false}
            value={name}
            aria-invalid={!isModelName(name)}
            aria-describedby={`${id}next`}
            onChange={(event) => setName(event.target.value.trim())}
          />
          <datalist id={`${id}names`}>
            {(models ?? []).map((row) => (
              <option key={row.name} value={row.name} />
            ))}
          </datalist>
          <p id={`${id}next`} className="muted md-wide">
            {!isModelName(name)
              ? "Letters, digits and . _ -, at most 64."
              : known
                ? `The next version of ${name}, which has ${known.versions}.`
                : `${name} is new: this will be its version 1.`}
          </p>
          {"job" in what && (
            <>
              <label htmlFor={`${id}checkpoint`}>checkpoint</label>
              <select
                id={`${id}checkpoint`}
                value={checkpoint}
                onChange={(event) => setCheckpoint(event.target.value as "best" | "last")}
              >
                <option value="best">best in validation</option>
                <option value="last">last</option>
              </select>
            </>
          )}
          {"keys" in what && what.keys.length > 1 && (
            <>
              <label htmlFor={`${id}key`}>files</label>
              <select id={`${id}key`} value={key} onChange={(event) => setKey(event.target.value)}>
                {what.keys.map((one) => (
                  <option key={one}>{one}</option>
                ))}
              </select>
            </>
          )}
          <label htmlFor={`${id}alias`}>alias</label>
          <input
            id={`${id}alias`}
            type="text"
            list={`${id}aliases`}
            autoComplete="off"
            spellCheck={false}
            placeholder="none"
            value={alias}
            aria-invalid={alias !== "" && !isAlias(alias)}
            onChange={(event) => setAlias(event.target.value.trim())}
          />
          <datalist id={`${id}aliases`}>
            {[...new Set(["champion", ...Object.keys(known?.aliases ?? {})])].map((one) => (
              <option key={one} value={one} />
            ))}
          </datalist>
          <label htmlFor={`${id}note`}>note</label>
          <textarea id={`${id}note`} rows={2} value={note} onChange={(event) => setNote(event.target.value)} />
        </fieldset>
        {made !== null && (
          <p role="status">
            Version {made.number} of {name} is registered. {alias} does not point at it:
          </p>
        )}
        {refused !== null && <Trouble cause={refused} small />}
        <div className="dialog-foot">
          {made === null ? (
            <>
              <button type="button" onClick={onClose}>
                Cancel
              </button>
              <button type="submit" className="primary" disabled={!isGood || busy}>
                {busy ? "Copying its files…" : "Register"}
              </button>
            </>
          ) : (
            <>
              {refused instanceof Problem && refused.status === 409 && (
                <button type="button" className="danger" onClick={() => point(made, true)}>
                  Point {alias} at it all the same
                </button>
              )}
              <button type="button" className="primary" onClick={() => open(made)}>
                See the model
              </button>
            </>
          )}
        </div>
      </form>
    </Dialog>
  );
}

function sourceOf(what: Registrable, checkpoint: "best" | "last", key: string): Source {
  if ("job" in what) return { job: { job: what.job, checkpoint } };
  return { run: { run: what.run, key, ...(what.step === undefined ? {} : { step: what.step }) } };
}
