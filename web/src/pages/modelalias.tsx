/** Letting an alias point at a version: what its gates say is told before and after, and can be overruled. */

import { type FormEvent, useId, useState } from "react";
import { Problem } from "../api/client.ts";
import { type ModelDetail, pointAlias, removeAlias } from "../api/models.ts";
import { Dialog } from "../components/dialog.tsx";
import { Trouble } from "../components/trouble.tsx";
import { isAlias } from "../lib/models.ts";
import { JudgementList } from "./modelgates.tsx";

export interface AliasWish {
  /** Empty: it is still to be named. */
  readonly alias: string;
  /** `null`: the newest that the alias does not point at. */
  readonly version: number | null;
}

interface Props {
  readonly model: ModelDetail;
  readonly wish: AliasWish;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

export function AliasDialog({ model, wish, onDone, onClose }: Props) {
  const [alias, setAlias] = useState(wish.alias);
  const [version, setVersion] = useState(
    wish.version ??
      model.versions.find((one) => one.number !== model.aliases[wish.alias])?.number ??
      model.aliases[wish.alias] ??
      1,
  );
  const [refused, setRefused] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const id = useId();
  const now = model.aliases[alias];
  const judgements = model.judgements.filter((one) => one.gate.alias === alias && one.version === version);
  const held = refused instanceof Problem && refused.status === 409;
  const point = (force: boolean): void => {
    setBusy(true);
    pointAlias(model.name, alias, version, force).then(onDone, (cause: unknown) => {
      setBusy(false);
      setRefused(cause);
    });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isAlias(alias) && !busy) point(false);
  };
  return (
    <Dialog
      title={wish.alias in model.aliases ? `Move ${wish.alias}` : "Set an alias"}
      className="md-dialog"
      onClose={onClose}
    >
      <form className="md-form" onSubmit={submit}>
        <label htmlFor={`${id}alias`}>alias</label>
        <input
          id={`${id}alias`}
          type="text"
          list={`${id}aliases`}
          autoComplete="off"
          spellCheck={false}
          value={alias}
          placeholder="champion"
          aria-invalid={alias !== "" && !isAlias(alias)}
          onChange={(event) => {
            setAlias(event.target.value.trim());
            setRefused(null);
          }}
        />
        <datalist id={`${id}aliases`}>
          {[...new Set([...Object.keys(model.aliases), ...model.gates.map((gate) => gate.alias)])].map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
        <label htmlFor={`${id}version`}>version</label>
        <select
          id={`${id}version`}
          value={version}
          onChange={(event) => {
            setVersion(Number(event.target.value));
            setRefused(null);
          }}
        >
          {model.versions.map(({ number, aliases, note }) => (
            <option key={number} value={number}>
              {[`${number}${aliases.length > 0 ? ` (${aliases.join(", ")})` : ""}`, note.slice(0, 60)]
                .filter(Boolean)
                .join(" · ")}
            </option>
          ))}
        </select>
        <p className="muted md-wide">
          {alias !== "" && !isAlias(alias)
            ? "An alias is a word such as champion: a–z, 0–9, _ and -, not latest."
            : now === undefined
              ? `${model.name}@${alias || "alias"} will be version ${version}.`
              : now === version
                ? `${alias} points at version ${now} already.`
                : `${alias} points at version ${now} now. Whatever uses ${model.name}@${alias} gets version ${version}.`}
        </p>
        {judgements.length > 0 && (
          <div className="md-wide">
            <JudgementList judgements={judgements} />
          </div>
        )}
        {refused !== null && (
          <div className="md-wide">
            <Trouble cause={refused} small />
          </div>
        )}
        <div className="dialog-foot md-wide">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          {held ? (
            <button type="button" className="primary danger" disabled={busy} onClick={() => point(true)}>
              Point {alias} at version {version} all the same
            </button>
          ) : (
            <button type="submit" className="primary" disabled={!isAlias(alias) || busy || now === version}>
              {now === undefined ? "Set" : "Move"}
            </button>
          )}
        </div>
      </form>
    </Dialog>
  );
}

interface RemoveProps {
  readonly model: ModelDetail;
  readonly alias: string;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

export function RemoveAliasDialog({ model, alias, onDone, onClose }: RemoveProps) {
  const [refused, setRefused] = useState<unknown>(null);
  return (
    <Dialog title={`Remove ${alias}?`} className="md-dialog" onClose={onClose}>
      <p>
        It points at version {model.aliases[alias]}, which stays. Whatever asks for{" "}
        <code>
          {model.name}@{alias}
        </code>{" "}
        finds nothing then.
      </p>
      {refused !== null && <Trouble cause={refused} small />}
      <div className="dialog-foot">
        <button type="button" onClick={onClose}>
          Keep
        </button>
        <button
          type="button"
          className="danger"
          onClick={() => {
            removeAlias(model.name, alias).then(onDone, setRefused);
          }}
        >
          Remove
        </button>
      </div>
    </Dialog>
  );
}
