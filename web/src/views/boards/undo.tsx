/** What was just taken away, and the way back, for a while. */

import { useEffect } from "react";

export interface Undo {
  readonly words: string;
  readonly back: () => void;
}

const STAYS_MS = 12_000;

export function UndoBar({ undo, onGone }: { undo: Undo; onGone: () => void }) {
  useEffect(() => {
    const timer = setTimeout(onGone, STAYS_MS);
    return () => clearTimeout(timer);
  }, [onGone]);
  return (
    <div className="undo" role="status">
      <span>{undo.words}</span>
      <button
        type="button"
        className="small"
        onClick={() => {
          undo.back();
          onGone();
        }}
      >
        Undo
      </button>
      <button type="button" className="quiet" aria-label="Dismiss" onClick={onGone}>
        ✕
      </button>
    </div>
  );
}
