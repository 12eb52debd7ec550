/** A graph from a file of another tool: PyTorch source, a saved Keras model, ONNX. */

import "../styles/imports.css";
import { type DragEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { importFile } from "../api/imports.ts";
import { readWorkers } from "../api/workers.ts";
import { Trouble } from "../components/trouble.tsx";
import { formatBytes } from "../lib/format.ts";
import { ACCEPTED, fileKind, isInput, kindWords } from "../lib/importkind.ts";
import { openImported } from "../state/openlogged.ts";

interface Props {
  readonly project: string;
  /** What the graph is to be called; after its file when empty. */
  readonly name: string;
  /** What was dropped somewhere else. */
  readonly given: File | null;
}

export function FromFile({ project, name, given }: Props) {
  const [file, setFile] = useState<File | null>(given);
  const [over, setOver] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (given) setFile(given);
  }, [given]);
  const take = (event: DragEvent): void => {
    setOver(false);
    const dropped = event.dataTransfer.files[0];
    if (!dropped) return;
    event.preventDefault();
    event.stopPropagation();
    setFile(dropped);
  };
  return (
    <section
      className={over ? "from-file over" : "from-file"}
      aria-label="From a file"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={take}
    >
      <h2>From a file</h2>
      <input
        ref={picker}
        type="file"
        hidden
        accept={ACCEPTED}
        aria-label="File of a model"
        onChange={(event) => {
          setFile(event.target.files?.[0] ?? null);
          event.target.value = "";
        }}
      />
      {file === null ? (
        <div className="from-file-row">
          <button type="button" onClick={() => picker.current?.click()}>
            Choose a file
          </button>
          <p className="muted">
            or drop it here: PyTorch source <code>.py</code>, a Keras model <code>.keras</code> or its{" "}
            <code>.json</code>, <code>.onnx</code> to look at
          </p>
        </div>
      ) : (
        <Chosen key={`${file.name} ${file.size} ${file.lastModified}`} {...{ project, name, file }}>
          <button type="button" className="link" onClick={() => picker.current?.click()}>
            another file
          </button>
        </Chosen>
      )}
    </section>
  );
}

function Chosen({ project, name, file, children }: Omit<Props, "given"> & { file: File; children: ReactNode }) {
  const [object, setObject] = useState("");
  const [input, setInput] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);
  const kind = fileKind(file.name);
  const runs = kind === "torch";
  const start = (): void => {
    stop.current = new AbortController();
    setBusy(true);
    setProblem(null);
    importFile(file, { project, name: name.trim(), object, input }, stop.current.signal)
      .then(
        (found) => openImported(found),
        (cause: unknown) => stop.current?.signal.aborted || setProblem(cause),
      )
      .finally(() => setBusy(false));
  };
  return (
    <form
      className="from-file-form"
      aria-busy={busy}
      onSubmit={(event) => {
        event.preventDefault();
        start();
      }}
    >
      <p className="from-file-row">
        <b>{file.name}</b>
        <span className="muted">
          {kind === null ? "not a file that is read" : kindWords(file.name)} · {formatBytes(file.size)}
        </span>
        {children}
      </p>
      {runs && <PythonFields {...{ object, input }} onObject={setObject} onInput={setInput} />}
      {problem !== null && <Trouble cause={problem} />}
      <div className="from-file-row">
        <button type="submit" className="primary" disabled={busy || kind === null || !isInput(input)}>
          {busy ? "Importing …" : "Import"}
        </button>
        {busy && (
          <button type="button" className="link" onClick={() => stop.current?.abort()}>
            stop
          </button>
        )}
      </div>
    </form>
  );
}

interface FieldsProps {
  readonly object: string;
  readonly input: string;
  readonly onObject: (text: string) => void;
  readonly onInput: (text: string) => void;
}

function PythonFields({ object, input, onObject, onInput }: FieldsProps) {
  const [model, shape, hint] = [useId(), useId(), useId()];
  const [whyNot, setWhyNot] = useState<string | null>(null);
  useEffect(() => {
    readWorkers().then(
      (found) => setWhyNot(found.allow_code ? "" : found.why_not),
      () => setWhyNot(null),
    );
  }, []);
  const bad = !isInput(input);
  return (
    <div className="from-file-fields">
      <label htmlFor={model}>Model</label>
      <input
        id={model}
        type="text"
        className="mono"
        spellCheck={false}
        autoComplete="off"
        placeholder="Net(classes=10)"
        value={object}
        onChange={(event) => onObject(event.target.value)}
      />
      <label htmlFor={shape}>Input</label>
      <input
        id={shape}
        type="text"
        className="mono"
        spellCheck={false}
        autoComplete="off"
        placeholder="3x224x224"
        aria-invalid={bad}
        aria-describedby={hint}
        value={input}
        onChange={(event) => onInput(event.target.value)}
      />
      <p id={hint} className={bad ? "bad" : "muted"}>
        {bad
          ? "Axes without the batch, such as 3x224x224 or 128:int64; several inputs with commas."
          : "Both may stay empty: the file's last module is made, and usual sizes are tried."}
      </p>
      {whyNot !== null && (
        <p className="muted">
          {whyNot === ""
            ? "PyTorch code is run once in a process of its own, to follow what it computes. Keras code is read."
            : `The code is read and not run. ${whyNot}`}
        </p>
      )}
    </div>
  );
}
