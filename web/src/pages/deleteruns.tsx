/** Asks before runs are deleted for good. */

import { useState } from "react";
import { Dialog } from "../components/dialog.tsx";
import { useFocus } from "../components/focus.ts";
import { formatInteger, plural } from "../lib/format.ts";

interface Props {
  readonly count: number;
  /** Names of the first of them. */
  readonly names: readonly string[];
  readonly onDelete: () => void;
  readonly onClose: () => void;
}

/** More than so many are deleted only when their number is typed. */
const TYPED = 20;

export function DeleteDialog({ count, names, onDelete, onClose }: Props) {
  const keep = useFocus<HTMLButtonElement>();
  const [typed, setTyped] = useState("");
  const words = plural(count, "run");
  const sure = count <= TYPED || typed.replace(/\D/g, "") === String(count);
  return (
    <Dialog title={`Delete ${words}?`} onClose={onClose}>
      <form
        className="name-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!sure) return;
          onClose();
          onDelete();
        }}
      >
        <ul className="deleted-names">
          {names.map((name, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: runs may share a name
            <li key={i}>{name}</li>
          ))}
          {count > names.length && <li className="muted">and {formatInteger(count - names.length)} more</li>}
        </ul>
        <p>
          Their values, media and logs are deleted and the space on disk is freed. This cannot be undone; archiving
          hides runs and keeps them.
        </p>
        {count > TYPED && (
          <label>
            Type {count} to delete them
            <input
              type="text"
              inputMode="numeric"
              autoComplete="off"
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
          </label>
        )}
        <footer>
          <button ref={keep} type="button" onClick={onClose}>
            Keep them
          </button>
          <button type="submit" className="primary danger" disabled={!sure}>
            Delete {words}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
