/** Deleting a model or a version of it: what goes; and why not, when an alias still points there. */

import { useState } from "react";
import { deleteModel, deleteVersion, type ModelDetail } from "../api/models.ts";
import { Dialog } from "../components/dialog.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatBytes, plural } from "../lib/format.ts";
import { MODELS_PATH } from "../lib/url.ts";
import { navigate, setSearch } from "../state/router.ts";

interface VersionProps {
  readonly model: ModelDetail;
  readonly version: number;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

export function DeleteVersionDialog({ model, version, onDone, onClose }: VersionProps) {
  const size = model.versions.find((one) => one.number === version)?.size_bytes ?? 0;
  return (
    <Ask
      title={`Delete version ${version} of ${model.name}?`}
      ask={() => deleteVersion(model.name, version)}
      onDone={() => {
        setSearch({ version: null, compare: null });
        onDone();
      }}
      onClose={onClose}
    >
      Its files ({formatBytes(size)}) go with it, and its number is never given again. The run that it comes from stays.
      This cannot be undone.
    </Ask>
  );
}

export function DeleteModelDialog({ model, onClose }: { model: ModelDetail; onClose: () => void }) {
  return (
    <Ask
      title={`Delete ${model.name}?`}
      ask={() => deleteModel(model.name)}
      onDone={() => navigate(MODELS_PATH)}
      onClose={onClose}
    >
      All of it goes: {plural(model.versions.length, "version")} with their files, gates and tests. Runs and jobs stay.
      This cannot be undone.
    </Ask>
  );
}

interface AskProps {
  readonly title: string;
  readonly ask: () => Promise<unknown>;
  readonly onDone: () => void;
  readonly onClose: () => void;
  readonly children: React.ReactNode;
}

/** A question before something goes. */
export function Ask({ title, ask, onDone, onClose, children }: AskProps) {
  const [refused, setRefused] = useState<unknown>(null);
  return (
    <Dialog title={title} className="md-dialog" onClose={onClose}>
      <p>{children}</p>
      {refused !== null && <Trouble cause={refused} small />}
      <div className="dialog-foot">
        <button type="button" onClick={onClose}>
          Keep
        </button>
        <button
          type="button"
          className="danger"
          onClick={() => {
            ask().then(onDone, setRefused);
          }}
        >
          Delete
        </button>
      </div>
    </Dialog>
  );
}
