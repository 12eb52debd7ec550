/** A new panel: lines of runs, a record, a text, html, a picture. */

import { type FormEvent, type ReactNode, useEffect, useState } from "react";
import { createPanel, type PanelKind, uploadImage } from "../../api/boards.ts";
import { listKeys, queryRuns } from "../../api/client.ts";
import { RecordReader } from "../../api/records.ts";
import type { PanelPost } from "../../api/schema.ts";
import type { RunRow } from "../../api/types.ts";
import { Dialog } from "../../components/dialog.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { byImportance } from "../../lib/metrics.ts";
import { useProjects } from "../../state/projects.ts";

interface Props {
  readonly dashboard: string;
  readonly tab: string;
  readonly taken: readonly string[];
  readonly onClose: () => void;
}

const KINDS: readonly (readonly [PanelKind, string])[] = [
  ["series", "Lines of runs"],
  ["record", "Record of a run"],
  ["text", "Text"],
  ["html", "Html"],
  ["image", "Picture"],
];

export function AddDialog({ dashboard, tab, taken, onClose }: Props) {
  const [kind, setKind] = useState<PanelKind>("series");
  const [title, setTitle] = useState("");
  const [value, setValue] = useState<unknown>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setBusy(true);
    save({ dashboard, tab, title, kind, value, name: freeName(title || nameFor(kind, value), taken) }).then(
      onClose,
      (cause: unknown) => {
        setProblem(cause);
        setBusy(false);
      },
    );
  };
  return (
    <Dialog title="Add a panel" onClose={onClose}>
      <form className="board-form" onSubmit={submit}>
        <div className="board-kinds" role="radiogroup" aria-label="Kind of panel">
          {KINDS.map(([name, words]) => (
            <label key={name} className="check">
              <input
                type="radio"
                name="kind"
                checked={kind === name}
                onChange={() => {
                  setKind(name);
                  setValue(null);
                }}
              />
              {words}
            </label>
          ))}
        </div>
        <Field label="Title">
          <input
            type="text"
            value={title}
            placeholder={nameFor(kind, value)}
            onChange={(e) => setTitle(e.target.value)}
          />
        </Field>
        <Value kind={kind} value={value} onValue={setValue} />
        {problem !== null && <Trouble cause={problem} small />}
        <div className="dialog-foot">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="primary" disabled={value === null || busy}>
            Add the panel
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface Wanted {
  readonly dashboard: string;
  readonly tab: string;
  readonly title: string;
  readonly kind: PanelKind;
  readonly value: unknown;
  readonly name: string;
}

function save({ kind, value, title, tab, ...where }: Wanted): Promise<unknown> {
  const labels = { ...(title ? { title } : {}), ...(tab ? { tab } : {}) };
  if (kind === "image") return uploadImage(value as File, { ...where, ...labels });
  const asked: PanelPost = { ...where, ...labels, kind, value };
  return createPanel(asked);
}

function nameFor(kind: PanelKind, value: unknown): string {
  if (kind === "series" && value) return (value as { keys: readonly string[] }).keys.join(", ").slice(0, 80);
  if (kind === "record" && value) return (value as { key: string }).key;
  return kind === "image" && value ? (value as File).name.slice(0, 80) : kind;
}

function freeName(wish: string, taken: readonly string[]): string {
  let name = wish;
  for (let i = 2; taken.includes(name); i++) name = `${wish} ${i}`;
  return name;
}

interface ValueProps {
  readonly kind: PanelKind;
  readonly value: unknown;
  readonly onValue: (value: unknown) => void;
}

function Value({ kind, value, onValue }: ValueProps) {
  if (kind === "series") return <SeriesValue onValue={onValue} />;
  if (kind === "record") return <RecordValue onValue={onValue} />;
  if (kind === "image")
    return (
      <Field label="File">
        <input type="file" accept="image/*" onChange={(e) => onValue(e.target.files?.[0] ?? null)} />
      </Field>
    );
  const words = kind === "html" ? "Html, shown in a sandbox" : "Text";
  return (
    <Field label={words}>
      <textarea rows={6} value={String(value ?? "")} onChange={(e) => onValue(e.target.value || null)} />
    </Field>
  );
}

export function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is what it is given
    <label className="board-field">
      <span>{label}</span>
      {children}
    </label>
  );
}

function ProjectField({ project, onProject }: { project: string; onProject: (name: string) => void }) {
  const { rows } = useProjects();
  // Points that were appended to panels are runs too, and rarely what another panel is to show.
  const names = (rows ?? []).map((row) => row.name).sort((a, b) => Number(a === "panels") - Number(b === "panels"));
  const first = names[0] ?? "";
  useEffect(() => {
    if (project === "" && first !== "") onProject(first);
  }, [project, first, onProject]);
  return (
    <Field label="Project">
      <select value={project} onChange={(e) => onProject(e.target.value)}>
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </Field>
  );
}

function SeriesValue({ onValue }: { onValue: (value: unknown) => void }) {
  const [project, setProject] = useState("");
  const [keys, setKeys] = useState<readonly string[]>([]);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [where, setWhere] = useState("");
  useEffect(() => {
    setChosen([]);
    if (project === "") return;
    let current = true;
    listKeys(project).then(
      (found) => current && setKeys(byImportance(found.metrics)),
      () => current && setKeys([]),
    );
    return () => {
      current = false;
    };
  }, [project]);
  useEffect(
    () => onValue(chosen.length === 0 ? null : { project, keys: chosen, where }),
    [project, chosen, where, onValue],
  );
  const toggle = (key: string): void =>
    setChosen(chosen.includes(key) ? chosen.filter((one) => one !== key) : [...chosen, key]);
  return (
    <>
      <ProjectField project={project} onProject={setProject} />
      <fieldset className="board-keys">
        <legend>Series</legend>
        {keys.length === 0 && <p className="muted">No numbers were logged in this project yet.</p>}
        {keys.slice(0, 500).map((key) => (
          <label key={key} className="check">
            <input type="checkbox" checked={chosen.includes(key)} onChange={() => toggle(key)} />
            <span className="key">{key}</span>
          </label>
        ))}
      </fieldset>
      <Field label="Runs: the newest 20 that match (all, when empty)">
        <input
          type="text"
          className="key"
          value={where}
          placeholder="config.lr < 0.3"
          onChange={(e) => setWhere(e.target.value)}
        />
      </Field>
    </>
  );
}

function RecordValue({ onValue }: { onValue: (value: unknown) => void }) {
  const [project, setProject] = useState("");
  const [runs, setRuns] = useState<readonly RunRow[]>([]);
  const [run, setRun] = useState("");
  const [keys, setKeys] = useState<readonly string[]>([]);
  const [key, setKey] = useState("");
  useEffect(() => {
    if (project === "") return;
    queryRuns({ project, order: ["-created"], limit: 100 }).then(
      (found) => {
        setRuns(found.runs);
        setRun(found.runs[0]?.id ?? "");
      },
      () => {},
    );
  }, [project]);
  useEffect(() => {
    if (run === "") return;
    new RecordReader().keys(run).then(
      (found) => {
        const names = Object.keys(found).sort();
        setKeys(names);
        setKey(names[0] ?? "");
      },
      () => {},
    );
  }, [run]);
  useEffect(() => onValue(run !== "" && key !== "" ? { run, key } : null), [run, key, onValue]);
  return (
    <>
      <ProjectField project={project} onProject={setProject} />
      <Field label="Run">
        <select value={run} onChange={(e) => setRun(e.target.value)}>
          {runs.map((row) => (
            <option key={row.id} value={row.id}>
              {row.name}
            </option>
          ))}
        </select>
      </Field>
      <Field label="Record">
        <select value={key} onChange={(e) => setKey(e.target.value)}>
          {keys.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </Field>
      {run !== "" && keys.length === 0 && <p className="muted">This run has logged no records yet.</p>}
    </>
  );
}
