/** The graphs of a project, or all: made, renamed, copied, taken away and brought back. */

import "../styles/canvases.css";
import { type DragEvent, useEffect, useRef, useState } from "react";
import { deleteGraph, type GraphRow, readGraphAt, renameGraph, restoreGraph, writeCode } from "../api/canvases.ts";
import { Age } from "../components/ages.tsx";
import { Dialog } from "../components/dialog.tsx";
import { useFocus } from "../components/focus.ts";
import { Link } from "../components/link.tsx";
import { MenuButton } from "../components/menubutton.tsx";
import { save } from "../components/save.ts";
import { GraphSketch } from "../components/sketch.tsx";
import { TARGETS } from "../components/target.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatExact, formatInteger, formatNumber } from "../lib/format.ts";
import type { Graph } from "../lib/graph.ts";
import { canvasesPath, canvasPath } from "../lib/url.ts";
import { useCommands } from "../state/commands.ts";
import { Graphs } from "../state/graphs.ts";
import { navigate, setSearch, usePlace } from "../state/router.ts";
import { useStore } from "../state/store.ts";
import { type Undo, UndoBar } from "../views/boards/undo.tsx";
import { Begin, begin, type Given, namesIn, readGiven } from "./begin.tsx";
import { useOwned } from "./owned.ts";

/** With more graphs than this, one is looked for by its name. */
const MANY = 8;

export function CanvasesPage({ project }: { project: string | null }) {
  const graphs = useOwned(() => new Graphs(project));
  const { rows, problem } = useStore(graphs.list);
  const shapes = useStore(graphs.shapes);
  const [undo, setUndo] = useState<Undo | null>(null);
  const [refused, setRefused] = useState<unknown>(null);
  const [asking, setAsking] = useState(false);
  const [given, setGiven] = useState<Given | null>(null);
  const wanted = usePlace().search.get("q") ?? "";
  const setWanted = (text: string): void => setSearch({ q: text || null });
  const shown = (rows ?? []).filter((row) => fits(row, wanted));
  useEffect(() => {
    document.title = project === null ? "Canvas · gnomon" : `Canvas · ${project} · gnomon`;
  }, [project]);
  const act = (work: Promise<unknown>): void => {
    work.then(() => setRefused(null), setRefused).finally(() => graphs.refresh());
  };
  const remove = (row: GraphRow): void => {
    act(deleteGraph(row.id));
    setUndo({ words: `Deleted ${row.name}.`, back: () => act(restoreGraph(row.id)) });
  };
  useCommands(() => [
    {
      id: "graph:new",
      title: "New graph",
      section: "Canvas",
      words: "template code import empty model",
      act: () => setAsking(true),
    },
  ]);
  if (rows === null && problem !== null) return <Trouble cause={problem} />;
  const drop = (event: DragEvent): void => {
    const file = event.dataTransfer.files[0];
    if (!file) return;
    event.preventDefault();
    readGiven(file).then((one) => {
      setGiven(one);
      setAsking(true);
    }, setRefused);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: files may be dropped anywhere; the dialog takes them by keyboard
    <div
      className="projects canvases"
      aria-busy={rows === null}
      onDragOver={(event) => event.preventDefault()}
      onDrop={drop}
    >
      <div className="dashboards-head">
        <h1>Canvas</h1>
        {rows !== null && rows.length > MANY && (
          <input
            type="search"
            aria-label="Filter graphs"
            placeholder={`Filter ${formatInteger(rows.length)} graphs`}
            value={wanted}
            onChange={(event) => setWanted(event.target.value)}
          />
        )}
        {rows !== null && rows.length > 0 && (
          <button type="button" className="primary" aria-haspopup="dialog" onClick={() => setAsking(true)}>
            New graph
          </button>
        )}
      </div>
      {refused !== null && <Trouble cause={refused} />}
      {rows !== null && rows.length === 0 && (
        <>
          <p className="canvases-teach">
            A graph is a model you can see, edit and read as code. Pick one to begin with: shapes, parameters and
            mistakes show at every keystroke, and a PyTorch module or Keras model stands beside it that you can edit as
            well.
          </p>
          <Begin project={project} rows={rows} given={given} />
        </>
      )}
      {rows !== null && rows.length > 0 && shown.length === 0 && (
        <p className="muted canvases-none">
          No graph is called “{wanted}”.{" "}
          <button type="button" className="link" onClick={() => setWanted("")}>
            Show all {formatInteger(rows.length)}
          </button>
        </p>
      )}
      {shown.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">
                <span className="visually-hidden">Picture</span>
              </th>
              <th scope="col">Graph</th>
              <th scope="col" className="number">
                nodes
              </th>
              <th scope="col" className="number">
                parameters
              </th>
              <th scope="col">target</th>
              <th scope="col" className="number">
                last change
              </th>
              <th scope="col">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <Row
                key={row.id}
                row={row}
                among={project === null}
                shape={shapes.get(row.id) ?? null}
                onSeen={() => graphs.look(row)}
                onRename={(name) => act(renameGraph(row.id, row.rev, name))}
                onDuplicate={() => act(duplicate(row, namesIn(rows ?? [], row.project)))}
                onSave={(kind) => act(download(row, kind))}
                onDelete={() => remove(row)}
              />
            ))}
          </tbody>
        </table>
      )}
      {asking && (
        <Dialog title="New graph" className="begin-dialog" onClose={() => setAsking(false)}>
          <Begin project={project} rows={rows ?? []} given={given} />
        </Dialog>
      )}
      {undo && <UndoBar undo={undo} onGone={() => setUndo(null)} />}
    </div>
  );
}

/** Every word of the filter occurs in the name, the project or the target. */
function fits(row: GraphRow, wanted: string): boolean {
  const text = `${row.name} ${row.project} ${TARGETS[row.target]}`.toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

interface RowProps {
  readonly row: GraphRow;
  /** It stands among graphs of other projects. */
  readonly among: boolean;
  readonly shape: Graph | null;
  readonly onSeen: () => void;
  readonly onRename: (name: string) => void;
  readonly onDuplicate: () => void;
  readonly onSave: (kind: "json" | "py") => void;
  readonly onDelete: () => void;
}

function Row({ row, among, shape, onSeen, onRename, onDuplicate, onSave, onDelete }: RowProps) {
  const element = useSeenRow(row.rev, onSeen);
  const [naming, setNaming] = useState(false);
  const path = canvasPath(row.project, row.id);
  return (
    <tr ref={element}>
      <td className="canvases-picture">
        <Link to={path} tabIndex={-1} aria-hidden="true">
          <GraphSketch graph={shape} />
        </Link>
      </td>
      <th scope="row">
        {naming ? (
          <NewName
            name={row.name}
            onDone={(name) => {
              setNaming(false);
              if (name !== null) onRename(name);
            }}
          />
        ) : (
          <Link to={path} title={row.name}>
            {row.name}
          </Link>
        )}
        {among && (
          <Link to={canvasesPath(row.project)} className="canvases-project" title={`All graphs of ${row.project}`}>
            {row.project}
          </Link>
        )}
      </th>
      <td className="number">{formatInteger(row.nodes)}</td>
      <td className="number" title={formatExact(row.params)}>
        {formatNumber(row.params, 3)}
      </td>
      <td>{TARGETS[row.target]}</td>
      <td className="number muted">
        <Age at={row.updated} ago />
      </td>
      <td className="number">
        <MenuButton
          label={`Actions of ${row.name}`}
          className="quiet"
          items={() => [
            { label: "Open", act: () => navigate(path) },
            { label: "Rename", act: () => setNaming(true) },
            { label: "Duplicate", act: onDuplicate },
            { label: "Download as JSON", act: () => onSave("json") },
            { label: "Download as Python", act: () => onSave("py") },
            "line",
            { label: "Delete", danger: true, act: onDelete },
          ]}
        >
          <span className="visually-hidden">Actions of {row.name}</span>
          <span aria-hidden="true">⋯</span>
        </MenuButton>
      </td>
    </tr>
  );
}

/** Enter keeps the new name, Escape the old one. */
function NewName({ name, onDone }: { name: string; onDone: (name: string | null) => void }) {
  const field = useFocus<HTMLInputElement>();
  const [text, setText] = useState(name);
  const keep = (): void => onDone(text.trim() !== "" && text.trim() !== name ? text.trim() : null);
  return (
    <input
      ref={field}
      type="text"
      aria-label={`New name of ${name}`}
      autoComplete="off"
      value={text}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setText(event.target.value)}
      onBlur={keep}
      onKeyDown={(event) => {
        if (event.key === "Enter") keep();
        if (event.key === "Escape") onDone(null);
      }}
    />
  );
}

/** Says once for each revision that the row has come into view. */
function useSeenRow(rev: number, onSeen: () => void) {
  const element = useRef<HTMLTableRowElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each revision
  useEffect(() => {
    const row = element.current;
    if (!row) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) onSeen();
    });
    observer.observe(row);
    return () => observer.disconnect();
  }, [rev]);
  return element;
}

async function duplicate(row: GraphRow, taken: readonly string[]): Promise<void> {
  const { graph } = await readGraphAt(row.id);
  await begin(row.project, taken, row.name, { graph });
}

async function download(row: GraphRow, kind: "json" | "py"): Promise<void> {
  const { graph } = await readGraphAt(row.id);
  if (kind === "json")
    return save(new Blob([`${JSON.stringify(graph, null, 2)}\n`], { type: "application/json" }), `${row.name}.json`);
  const { text } = await writeCode(graph, graph.target);
  save(new Blob([text], { type: "text/x-python" }), `${row.name}.py`);
}
