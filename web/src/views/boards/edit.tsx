/** Words of a panel, and its value where that is text. */

import { type FormEvent, useEffect, useState } from "react";
import { type PanelRow, patchPanel, readWhole } from "../../api/boards.ts";
import { Dialog } from "../../components/dialog.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { Field } from "./add.tsx";
import { nameOf } from "./panel.tsx";

const WORDS = new Set(["text", "html", "figure"]);

export function EditDialog({
  panel,
  tabs,
  onClose,
}: {
  panel: PanelRow;
  tabs: readonly string[];
  onClose: () => void;
}) {
  const [title, setTitle] = useState(panel.title);
  const [description, setDescription] = useState(panel.description);
  const [tab, setTab] = useState(panel.tab);
  /** `null` until it was read: what was not seen is not written back. */
  const [text, setText] = useState<string | null>(null);
  const [before, setBefore] = useState<string | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const { id, kind } = panel;
  useEffect(() => {
    if (!WORDS.has(kind)) return;
    readWhole(id).then((whole) => {
      setText(String(whole.value ?? ""));
      setBefore(String(whole.value ?? ""));
    }, setProblem);
  }, [id, kind]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const changes = {
      ...(title.trim() !== panel.title ? { title: title.trim() } : {}),
      ...(description !== panel.description ? { description } : {}),
      ...(tab.trim() !== panel.tab ? { tab: tab.trim() } : {}),
      ...(text !== before ? { value: text } : {}),
    };
    if (Object.keys(changes).length === 0) onClose();
    else patchPanel(id, changes).then(onClose, setProblem);
  };
  return (
    <Dialog title={`Edit ${nameOf(panel)}`} onClose={onClose}>
      <form className="board-form" onSubmit={submit}>
        <Field label="Title">
          <input type="text" value={title} placeholder={panel.name} onChange={(e) => setTitle(e.target.value)} />
        </Field>
        <Field label="Description">
          <textarea rows={2} value={description} onChange={(e) => setDescription(e.target.value)} />
        </Field>
        <Field label="Tab">
          <input type="text" value={tab} list="board-tabs" onChange={(e) => setTab(e.target.value)} />
        </Field>
        <datalist id="board-tabs">
          {tabs.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        {text !== null && (
          <Field label={kind === "text" ? "Text" : "Html"}>
            <textarea rows={8} className="key" value={text} onChange={(e) => setText(e.target.value)} />
          </Field>
        )}
        {problem !== null && <Trouble cause={problem} small />}
        <div className="dialog-foot">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="primary">
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}
