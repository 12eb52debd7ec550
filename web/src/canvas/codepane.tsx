/** The code of the graph, beside it: both can be edited, and the other follows. */

import "../styles/canvasside.css";
import { useContext, useEffect, useMemo, useRef, useState } from "react";
import { listRevisions, parseCode, type Revision, readGraphAt, writeCode } from "../api/canvases.ts";
import { CopyButton } from "../components/copy.tsx";
import { save } from "../components/save.ts";
import { TARGETS, TargetSwitch } from "../components/target.tsx";
import { Trouble } from "../components/trouble.tsx";
import { lineIn, linesOf, nodeAt } from "../lib/codelines.ts";
import { plural } from "../lib/format.ts";
import type { Issue, Op, Target } from "../lib/graph.ts";
import { CodeSync, type CodeView, type Draft } from "../state/code.ts";
import type { GraphStore } from "../state/graph.ts";
import { onFrame } from "../state/live.ts";
import type { Previews } from "../state/previews.ts";
import { recall, remember } from "../state/remember.ts";
import { useStore } from "../state/store.ts";
import { WriteAnew } from "./anew.tsx";
import type { CodeEditor } from "./editor.ts";
import { revisionLabel } from "./revisions.ts";
import { Shows } from "./stripbox.tsx";

const REST_MS = 4000;

export function CodePane({ store }: { store: GraphStore }) {
  const sync = useSync(store);
  const view = useStore(sync.view);
  const previews = useContext(Shows);
  const { graph } = useStore(store.view);
  const [earlier, setEarlier] = useState<string | null>(null);
  const editor = useRef<CodeEditor | null>(null);
  if (graph === null) return <div className="side-pane" aria-busy="true" />;
  const byHand = graph.source[graph.target] !== undefined;
  // Code by hand has all that its author wrote, whatever is wrong with the graph.
  const locked = view.missing.length > 0 && !byHand;
  return (
    <div className="code-pane">
      <div className="code-bar">
        <TargetSwitch target={graph.target} onChange={(target) => store.setTarget(target)} />
        <Said view={view} onGo={(line, column) => editor.current?.go(line, column)} />
        <span className="code-tools">
          <Compare store={store} target={graph.target} onText={setEarlier} />
          <CopyButton text={view.text} what="the code" />
          <button
            type="button"
            className="small"
            onClick={() => save(new Blob([view.text], { type: "text/x-python" }), `${graph.name}.py`)}
          >
            Download
          </button>
        </span>
        {view.state === "same" && byHand && (
          <p className="code-hand muted">
            By hand: only what nodes change is rewritten. <WriteAnew store={store} graph={graph} text={view.text} />
          </p>
        )}
      </div>
      {view.theirs !== null && (
        <div className="code-apart" role="alert">
          <p>The graph changed in the lines that you typed in. Your text is kept; which is it to be?</p>
          <button type="button" className="small" onClick={() => sync.settle("mine")}>
            Keep my text
          </button>
          <button type="button" className="small" onClick={() => sync.settle("theirs")}>
            Take the graph’s
          </button>
        </div>
      )}
      {view.state === "refused" && view.problem !== null && <Trouble cause={view.problem} />}
      {view.missing.length > 0 && (
        <NotWritten missing={view.missing} locked={locked} onPick={(node) => store.focus(node)} />
      )}
      {previews && <Jumps previews={previews} view={view} editor={editor} />}
      <Editor {...{ store, sync, earlier, editor, locked }} label={`${TARGETS[graph.target]} code`} />
    </div>
  );
}

interface JumpsProps {
  readonly previews: Previews;
  readonly view: CodeView;
  readonly editor: { readonly current: CodeEditor | null };
}

/** Goes to the line of a node that raised something, once there is code to go to. */
function Jumps({ previews, view, editor }: JumpsProps) {
  const jump = useStore(previews.jump);
  useEffect(() => {
    if (jump === null || view.state === "loading") return;
    const line = lineIn(view.text, linesOf(view.lines, [jump.node]), jump.statement);
    if (line === null || editor.current === null) return;
    previews.jump.set(null);
    editor.current.go(line);
  });
  return null;
}

interface NotWrittenProps {
  readonly missing: readonly Issue[];
  readonly locked: boolean;
  readonly onPick: (node: string) => void;
}

/** Code that lacks nodes cannot be edited: to read it back would take them out of the graph. Code by hand has them all. */
function NotWritten({ missing, locked, onPick }: NotWrittenProps) {
  const count = plural(missing.length, "node");
  return (
    <details className="code-missing">
      <summary>
        {locked
          ? `Only to be read: ${count} cannot be written until what is wrong is mended.`
          : `Of ${count} this may show an earlier state, until what is wrong is mended.`}
      </summary>
      <ul>
        {missing.map((issue) => (
          <li key={issue.node + issue.message}>
            <button type="button" className="link key" onClick={() => onPick(issue.node)}>
              {issue.node}
            </button>{" "}
            {issue.message}
          </li>
        ))}
      </ul>
    </details>
  );
}

function useSync(store: GraphStore): CodeSync {
  const sync = useMemo(() => {
    const name = (target: Target): string => `code.${store.id}.${target}`;
    // What is typed in one go is one step to undo.
    let [burst, last] = [0, 0];
    const apply = (ops: readonly Op[]): boolean => {
      const now = performance.now();
      if (now - last > REST_MS) burst += 1;
      last = now;
      return store.apply(ops, "Edit the code", `code ${burst}`);
    };
    return new CodeSync({
      write: (graph, target, signal) => writeCode(graph, target, signal),
      parse: (text, target, graph, signal) => parseCode(text, target, graph, signal),
      apply,
      graph: () => store.view.get().graph,
      later: (run, ms) => window.setTimeout(run, ms),
      cancel: (timer) => window.clearTimeout(timer),
      keep: (target, draft) => remember(name(target), draft ? JSON.stringify(draft) : ""),
      kept: (target) => readDraft(recall(name(target))),
    });
  }, [store]);
  useEffect(() => {
    sync.heard();
    const leave = [
      store.view.subscribe(() => sync.heard()),
      onFrame((frame) => {
        if (frame.type === "hello") sync.again();
      }),
    ];
    return () => {
      for (const stop of leave) stop();
      sync.destroy();
    };
  }, [store, sync]);
  return sync;
}

function readDraft(text: string | null): Draft | null {
  try {
    const found: unknown = JSON.parse(text || "null");
    const { base, text: typed } = (found ?? {}) as Partial<Draft>;
    return typeof base === "string" && typeof typed === "string" ? { base, text: typed } : null;
  } catch {
    return null;
  }
}

interface EditorProps {
  readonly store: GraphStore;
  readonly sync: CodeSync;
  readonly label: string;
  readonly earlier: string | null;
  readonly locked: boolean;
  readonly editor: { current: CodeEditor | null };
}

/** The editor comes when it is first looked at: it is larger than the rest of the page. */
function Editor({ store, sync, label, earlier, locked, editor }: EditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const [ready, setReady] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const view = useStore(sync.view);
  const { nodes } = useStore(store.selection);
  useEffect(() => {
    let gone = false;
    import("./editor.ts").then(
      (module) => {
        if (gone || !host.current) return;
        editor.current = new module.CodeEditor(host.current, label, {
          type: (text) => sync.type(text),
          cursor: (line) => {
            const node = nodeAt(sync.view.get().lines, line);
            const chosen = store.selection.get().nodes;
            if (node !== null && (chosen.length !== 1 || chosen[0] !== node)) store.select([node]);
          },
        });
        setReady(true);
      },
      (cause: unknown) => setProblem(cause),
    );
    return () => {
      gone = true;
      editor.current?.destroy();
      editor.current = null;
      setReady(false);
    };
  }, [store, sync, label, editor]);
  useEffect(() => {
    if (ready) editor.current?.show(view.text);
  }, [ready, view.text, editor]);
  useEffect(() => {
    if (ready) editor.current?.mark(linesOf(view.lines, nodes));
  }, [ready, view.lines, nodes, editor]);
  useEffect(() => {
    if (ready) editor.current?.tell(view.mistake);
  }, [ready, view.mistake, editor]);
  useEffect(() => {
    if (ready) editor.current?.compare(earlier);
  }, [ready, earlier, editor]);
  const still = locked || view.state === "loading";
  useEffect(() => {
    if (ready) editor.current?.lock(still);
  }, [ready, still, editor]);
  return (
    <>
      {problem !== null && <Trouble cause={problem} />}
      <div
        ref={host}
        className="code-host"
        data-typing
        data-ready={ready || undefined}
        aria-busy={!ready || view.state === "loading"}
      />
    </>
  );
}

interface SaidProps {
  readonly view: CodeView;
  readonly onGo: (line: number, column: number) => void;
}

/** How text and graph stand to each other. */
function Said({ view, onGo }: SaidProps) {
  const { mistake } = view;
  if (view.state === "mistake" && mistake)
    return (
      <p className="code-said bad" role="status">
        <span aria-hidden="true">✕ </span>
        <button type="button" className="link" onClick={() => onGo(mistake.line, mistake.column)}>
          line {mistake.line}
        </button>{" "}
        {mistake.message} <span className="muted">The graph stays as it was.</span>
      </p>
    );
  return (
    <p className="code-said muted" role="status">
      {WORDS[view.state]}
      {view.state === "same" && view.notes.length > 0 && <> · {view.notes.join(" ")}</>}
    </p>
  );
}

const WORDS: Readonly<Record<CodeView["state"], string>> = {
  loading: "Writing the code…",
  same: "In step with the graph",
  typing: "Typing…",
  reading: "Reading…",
  mistake: "This is no Python yet",
  offline: "The server does not answer; what you type is kept in this browser and read when it is back.",
  apart: "Apart from the graph",
  refused: "The graph does not take this; your text is kept.",
};

interface CompareProps {
  readonly store: GraphStore;
  readonly target: Target;
  readonly onText: (text: string | null) => void;
}

/** Shows what differs from the code of an earlier revision. */
function Compare({ store, target, onText }: CompareProps) {
  const [revisions, setRevisions] = useState<readonly Revision[]>([]);
  const [rev, setRev] = useState("");
  const load = (): void => {
    listRevisions(store.id).then(
      (found) => setRevisions(found.revisions.filter((one) => !one.deleted)),
      () => setRevisions([]),
    );
  };
  useEffect(() => {
    if (rev === "") return onText(null);
    let gone = false;
    readGraphAt(store.id, Number(rev))
      .then(({ graph }) => writeCode(graph, target))
      .then(
        ({ text }) => !gone && onText(text),
        () => !gone && setRev(""),
      );
    return () => {
      gone = true;
    };
  }, [store, target, rev, onText]);
  return (
    <select
      aria-label="Compare with a revision"
      className="code-compare"
      value={rev}
      onFocus={load}
      onPointerDown={load}
      onChange={(event) => setRev(event.target.value)}
    >
      <option value="">{rev === "" ? "compare…" : "no comparison"}</option>
      {rev !== "" && !revisions.some((one) => String(one.rev) === rev) && <option value={rev}>revision {rev}</option>}
      {revisions.map((one) => (
        <option key={one.rev} value={one.rev}>
          since {one.rev}: {revisionLabel(one)}
        </option>
      ))}
    </select>
  );
}
