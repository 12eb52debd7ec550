/** Registering data: name a file, look at what it holds, say otherwise, keep it. */

import { type DragEvent, type FormEvent, useEffect, useId, useRef, useState } from "react";
import { Problem } from "../api/client.ts";
import { discardUpload, register, upload } from "../api/datasets.ts";
import { Dialog } from "../components/dialog.tsx";
import { useFocus } from "../components/focus.ts";
import { Trouble } from "../components/trouble.tsx";
import { nameFor } from "../lib/dataset.ts";
import { formatBytes, formatInteger } from "../lib/format.ts";
import { freeName } from "../lib/imported.ts";
import { datasetPath } from "../lib/url.ts";
import { Draft } from "../state/draft.ts";
import { navigate } from "../state/router.ts";
import { useStore } from "../state/store.ts";
import { DataForm } from "./dataform.tsx";
import { useOwned } from "./owned.ts";

interface Props {
  /** A file that was dropped on the page. */
  readonly given: File | null;
  /** Names in use. */
  readonly taken: readonly string[];
  readonly onClose: () => void;
}

/** Where the server finds data, what they may be called, and what somebody knows them by. */
interface Place {
  readonly path: string;
  readonly name: string;
  readonly title: string;
  /** It was brought here, and goes again unless it is registered. */
  readonly brought: boolean;
}

export function RegisterDialog({ given, taken, onClose }: Props) {
  const [place, setPlace] = useState<Place | null>(null);
  const unwanted = useUnwanted();
  const choose = (next: Place | null): void => {
    unwanted.discard();
    unwanted.path = next?.brought ? next.path : null;
    setPlace(next);
  };
  return (
    <Dialog title={place === null ? "Register data" : place.title} className="ds-dialog" onClose={onClose}>
      {place === null ? (
        <Where given={given} onPlace={choose} />
      ) : (
        <Looked
          key={place.path}
          path={place.path}
          title={place.title}
          name={freeName(place.name, taken)}
          onRegister={(wanted) => {
            unwanted.path = place.brought && !wanted ? place.path : null;
          }}
          onBack={() => choose(null)}
        />
      )}
    </Dialog>
  );
}

/** What was uploaded and not registered yet: taken away with the dialog, or with the tab. */
function useUnwanted(): { path: string | null; discard(): void } {
  const [held] = useState(() => ({
    path: null as string | null,
    discard(): void {
      // Nobody waits for it: what cannot be taken away now stays.
      if (held.path !== null) void discardUpload(held.path).catch(() => {});
      held.path = null;
    },
  }));
  useEffect(() => {
    const leave = (): void => held.discard();
    window.addEventListener("pagehide", leave);
    return () => {
      window.removeEventListener("pagehide", leave);
      leave();
    };
  }, [held]);
  return held;
}

/** A problem that calls a file by the name it was brought under, not by the server's. */
function inWords(problem: unknown, path: string, title: string): unknown {
  if (!(problem instanceof Problem) || path === title) return problem;
  const { detail, status, field, position, hint, line } = problem;
  return new Problem(problem.title, detail.replaceAll(path, title), status, field, position, hint, line);
}

/** A file that is brought here, or a path where the server finds one. */
function Where({ given, onPlace }: Pick<Props, "given"> & { onPlace: (place: Place) => void }) {
  const field = useFocus<HTMLInputElement>();
  const [path, setPath] = useState("");
  const [over, setOver] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const [share, setShare] = useState<{ file: File; part: number } | null>(null);
  const stop = useRef<AbortController | null>(null);
  const id = useId();
  const bring = (file: File): void => {
    stop.current?.abort();
    const own = new AbortController();
    stop.current = own;
    setProblem(null);
    setShare({ file, part: 0 });
    upload(file, (part) => setShare({ file, part }), own.signal).then(
      (found) => onPlace({ path: found.path, name: nameFor(file.name), title: file.name, brought: true }),
      (cause: unknown) => {
        if (own.signal.aborted) return;
        setShare(null);
        setProblem(cause);
      },
    );
  };
  const first = useRef(given);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was dropped on the page is brought once
  useEffect(() => {
    if (first.current !== null) bring(first.current);
    first.current = null;
    return () => stop.current?.abort();
  }, []);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    setOver(false);
    const item = event.dataTransfer.items[0];
    if (item?.webkitGetAsEntry()?.isDirectory) setProblem(new Error("A folder comes as a zip, or by its path below."));
    else if (event.dataTransfer.files[0]) bring(event.dataTransfer.files[0]);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (path.trim() !== "")
      onPlace({ path: path.trim(), name: nameFor(path.trim()), title: path.trim(), brought: false });
  };
  return (
    <div className="ds-where">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a file may be dropped; the button inside takes it by keyboard */}
      <div
        className={over ? "ds-dropzone over" : "ds-dropzone"}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        {share === null ? (
          <>
            <label className="ds-choose">
              Choose a file
              <input
                type="file"
                className="visually-hidden"
                onChange={(event) => event.target.files?.[0] && bring(event.target.files[0])}
              />
            </label>
            <p className="muted">
              or drop it here: csv, tsv, parquet, npz, npy; a folder of pictures or IDX files as a zip. It is copied to
              the home of this server.
            </p>
          </>
        ) : (
          <p role="status">
            {share.file.name}, {formatBytes(share.file.size)}: {Math.round(100 * share.part)} %{" "}
            <button
              type="button"
              className="small"
              onClick={() => {
                stop.current?.abort();
                setShare(null);
              }}
            >
              Stop
            </button>
            <progress value={share.part} max={1} aria-label={`Upload of ${share.file.name}`} />
          </p>
        )}
      </div>
      <form className="ds-path" onSubmit={submit}>
        <label htmlFor={id}>or a path on the machine of the server: it stays where it is</label>
        <span>
          <input
            id={id}
            ref={field}
            type="text"
            className="mono"
            placeholder="/data/visits.csv"
            autoComplete="off"
            spellCheck={false}
            value={path}
            onChange={(event) => setPath(event.target.value)}
          />
          <button type="submit" disabled={path.trim() === ""}>
            Look
          </button>
        </span>
      </form>
      {problem !== null && <Trouble cause={problem} />}
    </div>
  );
}

interface LookedProps {
  readonly path: string;
  /** What somebody knows it by. */
  readonly title: string;
  readonly name: string;
  /** Asked to keep it, or refused. */
  readonly onRegister: (wanted: boolean) => void;
  readonly onBack: () => void;
}

/** What is there, and what it will be called. */
function Looked({ path, title, name: proposed, onRegister, onBack }: LookedProps) {
  const draft = useOwned(() => new Draft(path, null));
  const { profile, busy, problem, changes } = useStore(draft.state);
  const [name, setName] = useState(proposed);
  const [note, setNote] = useState("");
  const [refused, setRefused] = useState<unknown>(null);
  const [saving, setSaving] = useState(false);
  const ids = [useId(), useId()] as const;
  if (profile === null)
    return problem === null ? (
      <p className="muted ds-looking" role="status">
        Reading {title} …
      </p>
    ) : (
      <>
        <Trouble cause={inWords(problem, path, title)} onRetry={() => draft.retry()} />
        <p>
          <button type="button" onClick={onBack}>
            Choose another
          </button>
        </p>
      </>
    );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setSaving(true);
    onRegister(true);
    register(name.trim(), path, changes, note.trim()).then(
      (made) => navigate(datasetPath(made.name)),
      (cause: unknown) => {
        setSaving(false);
        setRefused(cause);
        onRegister(false);
      },
    );
  };
  return (
    <form className="ds-looked" onSubmit={submit}>
      <p className="ds-facts">
        <span>{formatInteger(profile.rows)} rows</span>
        <span>{formatBytes(profile.size_bytes)}</span>
      </p>
      {profile.notes.map((one) => (
        <p key={one} className="muted ds-told">
          {one}
        </p>
      ))}
      <DataForm draft={draft} profile={profile} busy={busy} problem={inWords(problem, path, title)} />
      <footer className="ds-foot">
        {refused !== null && <Trouble cause={inWords(refused, path, title)} small />}
        <label htmlFor={ids[0]}>Name</label>
        <input
          id={ids[0]}
          type="text"
          autoComplete="off"
          spellCheck={false}
          maxLength={64}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <label htmlFor={ids[1]}>Note</label>
        <input
          id={ids[1]}
          type="text"
          className="ds-note"
          autoComplete="off"
          placeholder="where it comes from, what it is for"
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
        <button type="button" onClick={onBack}>
          Back
        </button>
        <button type="submit" className="primary" disabled={saving || busy || problem !== null || name.trim() === ""}>
          {saving ? "Registering …" : "Register"}
        </button>
      </footer>
    </form>
  );
}
