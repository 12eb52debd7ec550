/** Own components: a Python file each, written here, run in workers, and kept in versions that graphs name. */

import "../styles/own.css";
import { useCallback, useEffect, useRef, useState } from "react";
import { Problem } from "../api/client.ts";
import { deleteOwn, describeOwn, firstOwn, listOwn, type Own, type OwnList, readOwn, saveOwn } from "../api/own.ts";
import { Age } from "../components/ages.tsx";
import { Dialog } from "../components/dialog.tsx";
import { Trouble } from "../components/trouble.tsx";
import { plural } from "../lib/format.ts";
import type { GraphGroup } from "../lib/graph.ts";
import type { GraphStore } from "../state/graph.ts";
import { recall, remember } from "../state/remember.ts";
import type { CodeEditor } from "./editor.ts";

const REST_MS = 700;

interface ButtonProps {
  readonly store: GraphStore;
  readonly groups: readonly GraphGroup[];
}

/** The way to them, below the palette. */
export function OwnButton({ store, groups }: ButtonProps) {
  const [open, setOpen] = useState(false);
  return (
    <div className="shelf-foot">
      <button type="button" className="small" onClick={() => setOpen(true)}>
        Own components…
      </button>
      {open && <OwnDialog store={store} groups={groups} onClose={() => setOpen(false)} />}
    </div>
  );
}

/** What is written at: a component that is kept, or one that is new. */
interface Draft {
  /** `null` for one that is new. */
  readonly own: Own | null;
  readonly text: string;
  /** Where what is typed is kept until it is saved; "" keeps it nowhere. */
  readonly kept: string;
  /** Which one it is of all that were begun. */
  readonly turn: number;
}

type Verdict =
  | { readonly state: "looking" | "unknown" }
  | { readonly state: "good"; readonly title: string; readonly ports: string }
  | { readonly state: "bad"; readonly problem: unknown };

function OwnDialog({ store, groups, onClose }: ButtonProps & { readonly onClose: () => void }) {
  const { project } = store;
  const [list, setList] = useState<OwnList | null>(null);
  const [draft, setDraft] = useState<Draft | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const read = useCallback(async () => {
    try {
      setList(await listOwn(project));
    } catch (cause) {
      setProblem(cause);
    }
  }, [project]);
  useEffect(() => void read(), [read]);
  const begin = async (make: () => Promise<Omit<Draft, "turn">>): Promise<void> => {
    setProblem(null);
    try {
      const made = await make();
      setDraft((before) => ({ ...made, turn: (before?.turn ?? 0) + 1 }));
    } catch (cause) {
      setProblem(cause);
    }
  };
  const fresh = (group: string | null) =>
    begin(async () => ({
      own: null,
      kept: group === null ? draftName(project, "") : "",
      text:
        (group === null ? recall(draftName(project, "")) : null) ||
        (await firstOwn(project, group === null ? null : { graph: store.id, group })),
    }));
  const show = (name: string, version: number | null = null) =>
    begin(async () => {
      const own = await readOwn(project, name, version);
      const kept = version === null || version === own.versions[0]?.version ? draftName(project, name) : "";
      return { own, kept, text: (kept && recall(kept)) || own.source };
    });
  const saved = (own: Own): void => {
    if (draft?.kept) remember(draft.kept, "");
    void begin(async () => ({ own, kept: draftName(project, own.name), text: own.source }));
    store.relook();
    void read();
  };
  const gone = async (own: Own): Promise<void> => {
    await deleteOwn(project, own.name);
    remember(draftName(project, own.name), "");
    setDraft(null);
    store.relook();
    void read();
  };
  return (
    <Dialog title="Own components" wide className="own-dialog" onClose={onClose}>
      {problem !== null && <Trouble cause={problem} />}
      {list && !list.allow_code && (
        <p className="notice" role="status">
          <b>They can be read, and neither changed nor asked.</b> {list.why_not}
        </p>
      )}
      <div className="own-body">
        <nav className="own-list" aria-label="Own components">
          {list?.components.map((row) => (
            <button
              key={row.name}
              type="button"
              className="own-item"
              aria-current={draft?.own?.name === row.name}
              onClick={() => void show(row.name)}
            >
              <span className="own-item-title">{row.title}</span>
              <span className="muted number">v{row.version}</span>
            </button>
          ))}
          {list?.components.length === 0 && <p className="muted">None in {project} yet.</p>}
          <div className="own-new">
            <button type="button" className="small" disabled={!list?.allow_code} onClick={() => void fresh(null)}>
              New component
            </button>
            {groups.map((group) => (
              <button
                key={group.id}
                type="button"
                className="link"
                disabled={!list?.allow_code}
                onClick={() => void fresh(group.id)}
              >
                From the group {group.title || group.id}
              </button>
            ))}
          </div>
        </nav>
        {draft ? (
          <OwnEditor
            key={draft.turn}
            project={project}
            draft={draft}
            allowed={list?.allow_code ?? false}
            onVersion={(version) => draft.own && void show(draft.own.name, version)}
            onSaved={saved}
            onDelete={gone}
          />
        ) : (
          <div className="own-teach muted">
            <p>
              A component is one class in a Python file: its fields are the form, <code>infer</code> says what comes
              out, <code>torch</code> and <code>keras</code> write its code.
            </p>
            <p>
              Each time you save, a new version is made. Graphs keep the version that they were made with until you take
              the newer one.
            </p>
          </div>
        )}
      </div>
    </Dialog>
  );
}

interface EditorProps {
  readonly project: string;
  readonly draft: Draft;
  readonly allowed: boolean;
  readonly onVersion: (version: number) => void;
  readonly onSaved: (own: Own) => void;
  readonly onDelete: (own: Own) => Promise<void>;
}

function OwnEditor({ project, draft, allowed, onVersion, onSaved, onDelete }: EditorProps) {
  const { own } = draft;
  const newest = own?.versions[0]?.version ?? 0;
  const isOld = own !== null && own.version !== newest;
  const [text, setText] = useState(draft.text);
  const [verdict, setVerdict] = useState<Verdict>({ state: "unknown" });
  const [busy, setBusy] = useState(false);
  const type = (next: string): void => {
    setText(next);
    if (draft.kept) remember(draft.kept, next === own?.source ? "" : next);
  };
  useEffect(() => {
    if (!allowed) return;
    const stop = new AbortController();
    const timer = window.setTimeout(() => {
      setVerdict({ state: "looking" });
      describeOwn(project, text, stop.signal).then(
        (found) => {
          const ports = `${found.inputs.map((port) => port.name).join(", ")} → ${found.outputs.map((port) => port.name).join(", ")}`;
          setVerdict({ state: "good", title: found.title, ports });
        },
        (cause: unknown) => !stop.signal.aborted && setVerdict({ state: "bad", problem: cause }),
      );
    }, REST_MS);
    return () => {
      window.clearTimeout(timer);
      stop.abort();
    };
  }, [project, text, allowed]);
  const save = async (): Promise<void> => {
    setBusy(true);
    try {
      onSaved(await saveOwn(project, own ? { source: text, name: own.name, follows: newest } : { source: text }));
    } catch (cause) {
      setVerdict({ state: "bad", problem: cause });
    } finally {
      setBusy(false);
    }
  };
  const changed = own === null || text !== own.source || isOld;
  return (
    <section className="own-editor" aria-label={own ? own.name : "New component"}>
      <div className="own-head">
        {own ? (
          <>
            <span className="mono">{own.type}</span>
            <select
              aria-label="Version"
              value={own.version}
              onChange={(event) => onVersion(Number(event.target.value))}
            >
              {own.versions.map((each) => (
                <option key={each.version} value={each.version}>
                  Version {each.version}
                </option>
              ))}
            </select>
            <span className="muted">
              <Age at={own.updated} ago />
            </span>
          </>
        ) : (
          <span className="muted">Not saved yet; it is called after its class.</span>
        )}
        <span className="grow" />
        <Said verdict={verdict} />
      </div>
      <OwnCode
        text={text}
        allowed={allowed && !isOld}
        line={verdict.state === "bad" && verdict.problem instanceof Problem ? verdict.problem : null}
        onType={type}
      />
      {verdict.state === "bad" && <Refused cause={verdict.problem} />}
      <footer className="own-foot">
        <span className="muted">{own ? usedBy(own, newest) : ""}</span>
        <span className="grow" />
        {own && (
          <button type="button" className="small" disabled={busy} onClick={() => void onDelete(own)}>
            Take out of the palette
          </button>
        )}
        <button type="button" className="primary" disabled={busy || !allowed || !changed} onClick={() => void save()}>
          {own ? `Save as version ${newest + 1}` : "Save"}
        </button>
      </footer>
    </section>
  );
}

/** Which graphs use a component, and how many of them an older version. */
function usedBy(own: Own, newest: number): string {
  if (own.used.length === 0) return "No graph uses it yet.";
  const older = own.used.filter((use) => use.versions.some((version) => version < newest));
  const head = `${plural(own.used.length, "graph uses", "graphs use")} it`;
  if (older.length === 0) return `${head}.`;
  return `${head}; with an older version: ${older.map((use) => use.name).join(", ")}. There, Issues offer the newer one.`;
}

function Said({ verdict }: { readonly verdict: Verdict }) {
  if (verdict.state === "looking") return <span className="muted">Looking…</span>;
  if (verdict.state === "good")
    return (
      <span className="own-good">
        ✓ {verdict.title}: {verdict.ports}
      </span>
    );
  return null;
}

/** What is wrong with the file, in a line; where it is, is marked in the editor. */
function Refused({ cause }: { readonly cause: unknown }) {
  const problem = cause instanceof Problem ? cause : new Problem("Something broke", String(cause), 0);
  return (
    <p className="own-bad" role="alert">
      <b>✕ {problem.line === undefined ? problem.title : `Line ${problem.line}`}</b> {problem.detail}
    </p>
  );
}

interface CodeProps {
  readonly text: string;
  readonly allowed: boolean;
  readonly line: Problem | null;
  readonly onType: (text: string) => void;
}

/** The editor comes when it is first looked at. */
function OwnCode({ text, allowed, line, onType }: CodeProps) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<CodeEditor | null>(null);
  const [ready, setReady] = useState(false);
  const heard = useRef(onType);
  heard.current = onType;
  useEffect(() => {
    let gone = false;
    void import("./editor.ts").then((module) => {
      if (gone || !host.current) return;
      editor.current = new module.CodeEditor(host.current, "Python of the component", {
        type: (next) => heard.current(next),
        cursor: () => undefined,
      });
      setReady(true);
    });
    return () => {
      gone = true;
      editor.current?.destroy();
      editor.current = null;
    };
  }, []);
  useEffect(() => {
    if (ready) editor.current?.show(text);
  }, [ready, text]);
  useEffect(() => {
    if (ready) editor.current?.lock(!allowed);
  }, [ready, allowed]);
  useEffect(() => {
    const at = line?.line;
    if (ready) editor.current?.tell(at === undefined ? null : { line: at, column: 1, message: line?.detail ?? "" });
  }, [ready, line]);
  return <div ref={host} className="code-host own-code" data-typing data-ready={ready || undefined} />;
}

function draftName(project: string, name: string): string {
  return `own.${project}.${name}`;
}
