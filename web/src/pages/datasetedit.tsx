/** Changing what is said of a data set: the next version, with a note that says why. */

import { type FormEvent, useId, useState } from "react";
import { type Dataset, patchDataset } from "../api/datasets.ts";
import { Dialog } from "../components/dialog.tsx";
import { Trouble } from "../components/trouble.tsx";
import type { Changes, Split } from "../lib/dataset.ts";
import { Draft } from "../state/draft.ts";
import { useStore } from "../state/store.ts";
import { DataForm } from "./dataform.tsx";
import { useOwned } from "./owned.ts";

interface Props {
  readonly data: Dataset;
  /** A split to begin with instead of its own. */
  readonly split?: Partial<Split>;
  readonly onClose: () => void;
}

export function EditDialog({ data, split, onClose }: Props) {
  const [begun] = useState(() => changesOf(data));
  const draft = useOwned(() => new Draft(data.path, data.name, { ...begun, split: { ...data.split, ...split } }));
  const { profile, busy, problem, changes } = useStore(draft.state);
  const [note, setNote] = useState("");
  const [refused, setRefused] = useState<unknown>(null);
  const id = useId();
  const same = JSON.stringify(changes) === JSON.stringify(begun);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    patchDataset(data.name, data.rev, { ...changes, note: note.trim() }).then(onClose, setRefused);
  };
  return (
    <Dialog title={`Change ${data.name}`} className="ds-dialog" onClose={onClose}>
      <form className="ds-looked" onSubmit={submit}>
        {profile === null ? (
          problem === null ? (
            <p className="muted ds-looking" role="status">
              Reading {data.path} …
            </p>
          ) : (
            <Trouble cause={problem} onRetry={() => draft.retry()} />
          )
        ) : (
          <DataForm draft={draft} profile={profile} busy={busy} problem={problem} />
        )}
        <footer className="ds-foot">
          {refused !== null && <Trouble cause={refused} small />}
          <label htmlFor={id}>Why</label>
          <input
            id={id}
            type="text"
            className="ds-note"
            autoComplete="off"
            placeholder="what this version is for"
            value={note}
            onChange={(event) => setNote(event.target.value)}
          />
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="primary" disabled={same || busy || problem !== null || profile === null}>
            Save as version {data.version + 1}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function changesOf({ columns, target, inputs, split, transforms }: Dataset): Changes {
  const said = columns.filter((column) => column.said).map(({ name, kind }) => [name, kind] as const);
  return { types: Object.fromEntries(said), target, inputs, split, transforms };
}
