/** What opens above the canvas: a menu at a point, the field of a comment; and what stands on an empty one. */

import { useEffect, useRef, useState } from "react";
import { Dialog } from "../components/dialog.tsx";
import { Menu, type MenuItem } from "../components/menu.tsx";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export function Empty({ onAdd }: { onAdd: () => void }) {
  return (
    <div className="stage-empty">
      <p>
        Drag a component here, double-click, or press <kbd>/</kbd> to add one.
      </p>
      <button type="button" onClick={onAdd}>
        Add a component
      </button>
    </div>
  );
}

export function PointMenu({
  at,
  label,
  items,
  onClose,
}: {
  at: Point;
  label: string;
  items: readonly MenuItem[];
  onClose: () => void;
}) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  return (
    <>
      <span ref={setAnchor} className="menu-point" tabIndex={-1} style={{ left: at.x, top: at.y }} />
      {anchor && <Menu label={label} anchor={anchor} items={items} onClose={onClose} />}
    </>
  );
}

interface NoteProps {
  readonly id: string;
  readonly text: string;
  readonly onSave: (text: string) => void;
  readonly onClose: () => void;
}

export function NoteDialog({ id, text, onSave, onClose }: NoteProps) {
  const [draft, setDraft] = useState(text);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  const save = (): void => {
    if (draft.trim() !== text) onSave(draft.trim());
    onClose();
  };
  return (
    <Dialog title={`Comment on ${id}`} onClose={onClose}>
      <textarea
        ref={field}
        rows={4}
        aria-label={`Comment on ${id}`}
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          save();
        }}
      />
      <p className="dialog-actions">
        <button type="button" className="primary" onClick={save}>
          Save
        </button>
      </p>
    </Dialog>
  );
}
