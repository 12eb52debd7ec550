/** How a graph begins: empty, from a template, or from code or a document that somebody has. */

import { type DragEvent, type RefObject, useEffect, useId, useRef, useState } from "react";
import { type GraphRow, listTemplates, openGraph, parseCode, type Template } from "../api/canvases.ts";
import { GraphSketch } from "../components/sketch.tsx";
import { Tabs, tabId } from "../components/tabs.tsx";
import { TargetSwitch } from "../components/target.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatInteger, formatNumber, plural } from "../lib/format.ts";
import type { Graph, SparseGraph, Target } from "../lib/graph.ts";
import { EMPTY_GRAPH, wholeGraph } from "../lib/graph.ts";
import { freeName, type Imported, nameIn, readImported } from "../lib/imported.ts";
import { canvasPath } from "../lib/url.ts";
import { navigate } from "../state/router.ts";
import { FromData } from "./fromdata.tsx";
import { FromFile } from "./fromfile.tsx";
import { FromRun } from "./fromrun.tsx";
import { ProjectField, useProject } from "./projectfield.tsx";

const WAYS = [
  { name: "template", label: "Templates" },
  { name: "data", label: "From data" },
  { name: "file", label: "From a model" },
  { name: "code", label: "From code or JSON" },
] as const;

type Way = (typeof WAYS)[number]["name"];

const PLACEHOLDERS = {
  template: "as the template is called",
  data: "as the data set is called",
  file: "as the file is called",
  code: "as it is called there",
} as const satisfies Record<Way, string>;

interface Props {
  /** `null` when it is to be chosen. */
  readonly project: string | null;
  /** What there is already: names differ within a project. */
  readonly rows: readonly GraphRow[];
  /** A text that was dropped or pasted, with the name of its file. */
  readonly given: Given | null;
}

export interface Given {
  readonly text: string;
  readonly name: string | null;
  /** What is no text, or is better run than read. */
  readonly file?: File;
}

/** Make a graph and go there. */
export async function begin(
  project: string,
  taken: readonly string[],
  name: string,
  from: { readonly template?: string; readonly graph?: SparseGraph; readonly code?: string; readonly target?: Target },
): Promise<void> {
  const made = await openGraph({ project, name: freeName(name, taken), ...from });
  navigate(canvasPath(project, made.id));
}

/** Names of the graphs of a project. */
export function namesIn(rows: readonly GraphRow[], project: string): readonly string[] {
  return rows.filter((row) => row.project === project).map((row) => row.name);
}

export function Begin({ project: fixed, rows, given }: Props) {
  const [project, typed, setProject] = useProject(fixed);
  const [way, setWay] = useState<Way>("template");
  const [name, setName] = useState("");
  const [target, setTarget] = useState<Target>("torch");
  const [problem, setProblem] = useState<unknown>(null);
  const make = (fallback: string, from: Parameters<typeof begin>[3]): void => {
    begin(project, namesIn(rows, project), name.trim() || fallback, from).catch(setProblem);
  };
  const field = useId();
  const pane = useId();
  const pasted = useRef<HTMLTextAreaElement>(null);
  // What was dropped is shown where it is read.
  useEffect(() => {
    if (given !== null) setWay(given.file ? "file" : "code");
  }, [given]);
  useEffect(() => {
    if (given !== null && way === "code") pasted.current?.focus();
  }, [given, way]);
  return (
    <div className="begin">
      <div className="begin-head">
        {fixed === null && <ProjectField value={typed} onChange={setProject} />}
        <label htmlFor={field}>Name</label>
        <input
          id={field}
          type="text"
          placeholder={PLACEHOLDERS[way]}
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        {(way === "template" || way === "data") && <TargetSwitch target={target} onChange={setTarget} />}
      </div>
      {problem !== null && <Trouble cause={problem} />}
      <Tabs
        label="How the graph begins"
        tabs={WAYS}
        chosen={way}
        onChoose={(next) => setWay(next as Way)}
        controls={pane}
      />
      <div id={pane} role="tabpanel" aria-labelledby={tabId(pane, way)}>
        {way === "data" && <FromData project={project} name={name} target={target} />}
        {way === "file" && (
          <>
            <FromFile project={project} name={name} given={given?.file ?? null} />
            <FromRun project={project} />
          </>
        )}
        {way === "template" && (
          <Gallery
            onEmpty={() => make("model", { graph: { name: "model", target }, target })}
            onPick={(template) => make(template.name, { template: template.name, target })}
          />
        )}
        <FromText
          given={given}
          field={pasted}
          hidden={way !== "code"}
          onMake={(found, fileName) => {
            const fallback = nameIn(found) ?? fileName ?? "model";
            if (found.kind === "code") make(fallback, { code: found.text, target: found.target });
            else if (found.kind === "document") make(fallback, { graph: found.graph });
          }}
        />
      </div>
    </div>
  );
}

interface GalleryProps {
  readonly onEmpty: () => void;
  readonly onPick: (template: Template) => void;
}

function Gallery({ onEmpty, onPick }: GalleryProps) {
  const [templates, setTemplates] = useState<readonly Template[] | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  useEffect(() => {
    listTemplates().then(setTemplates, setProblem);
  }, []);
  return (
    <>
      {problem !== null && <Trouble cause={problem} />}
      <ul className="gallery" aria-label="Templates" aria-busy={templates === null && problem === null}>
        <Card
          title="Empty"
          text="A blank canvas: add components from the palette."
          graph={EMPTY_GRAPH}
          onPick={onEmpty}
        />
        {(templates ?? []).map((one) => (
          <Card
            key={one.name}
            title={one.title}
            text={one.text}
            data={one.data}
            size={`${plural(one.nodes, "node")} · ${formatNumber(one.params, 3)} parameters`}
            graph={one.graph}
            onPick={() => onPick(one)}
          />
        ))}
      </ul>
    </>
  );
}

interface CardProps {
  readonly title: string;
  readonly text: string;
  readonly data?: string;
  readonly size?: string;
  readonly graph: Graph;
  readonly onPick: () => void;
}

function Card({ title, text, data, size, graph, onPick }: CardProps) {
  return (
    <li>
      <button type="button" className="card" onClick={onPick}>
        <GraphSketch graph={graph} />
        <span className="card-title">{title}</span>
        <span className="card-text">{text}</span>
        {data && (
          <span className="card-data">
            <span className="muted">data</span> {data}
          </span>
        )}
        {size && <span className="card-size muted">{size}</span>}
      </button>
    </li>
  );
}

const PAUSE_MS = 250;

interface FromTextProps {
  readonly given: Given | null;
  readonly field: RefObject<HTMLTextAreaElement | null>;
  readonly hidden: boolean;
  readonly onMake: (found: Imported, fileName: string | null) => void;
}

/** What was typed stays while another way is looked at. */
function FromText({ given, field, hidden, onMake }: FromTextProps) {
  const [text, setText] = useState(given?.text ?? "");
  const [fileName, setFileName] = useState(given?.name ?? null);
  const [over, setOver] = useState(false);
  const [chosen, setChosen] = useState<Target | null>(null);
  useEffect(() => {
    if (given === null) return;
    setText(given.text);
    setFileName(given.name);
  }, [given]);
  const read = readImported(text);
  const found: Imported = read.kind === "code" && chosen !== null ? { ...read, target: chosen } : read;
  const seen = useSeen(found);
  const take = (event: DragEvent): void => {
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (!file) return;
    event.preventDefault();
    event.stopPropagation();
    readGiven(file).then((one) => {
      setText(one.text);
      setFileName(one.name);
    });
  };
  return (
    <section
      hidden={hidden}
      className={over ? "from-text over" : "from-text"}
      aria-label="From code or a document"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={take}
    >
      <p className="muted">
        Paste the source of a PyTorch module or a Keras model, or the JSON of a graph; or drop a <code>.py</code> or{" "}
        <code>.json</code> file here. Code is read, never run; statements nobody knows become Code nodes.
      </p>
      <textarea
        ref={field}
        rows={12}
        spellCheck={false}
        aria-label="Code or JSON of a graph"
        placeholder={"class Net(nn.Module):\n    def __init__(self):\n        …"}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {text !== "" && (
        <div className="from-seen">
          {seen.graph && <GraphSketch graph={seen.graph} />}
          <div className="from-words" role="status">
            {seen.graph && <p>{sizeOf(seen.graph)}</p>}
            {seen.notes.map((note) => (
              <p key={note} className="muted">
                {note}
              </p>
            ))}
            {seen.problem !== null && <Trouble cause={seen.problem} />}
            {found.kind === "refused" && <p className="bad">{found.why}</p>}
          </div>
          {found.kind === "code" && <TargetSwitch target={found.target} onChange={setChosen} />}
          <button type="button" disabled={seen.graph === null} onClick={() => onMake(found, fileName)}>
            Create from {found.kind === "document" ? "the document" : "the code"}
          </button>
        </div>
      )}
    </section>
  );
}

function sizeOf(graph: Graph): string {
  const code = graph.nodes.filter((node) => node.type.startsWith("core/code@")).length;
  const words = `${plural(graph.nodes.length, "node")}, ${plural(graph.edges.length, "edge")}`;
  return code > 0 ? `${words}; ${formatInteger(code)} kept as code` : words;
}

interface Seen {
  readonly graph: Graph | null;
  readonly notes: readonly string[];
  readonly problem: unknown;
}

const UNSEEN: Seen = { graph: null, notes: [], problem: null };

/** What would come of it: documents are drawn as they are, code is read by the server. */
function useSeen(found: Imported): Seen {
  const [seen, setSeen] = useState<Seen>(UNSEEN);
  const key = JSON.stringify(found);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says all of it
  useEffect(() => {
    if (found.kind === "document") setSeen({ ...UNSEEN, graph: wholeGraph(found.graph) });
    else if (found.kind !== "code") setSeen(UNSEEN);
    if (found.kind !== "code") return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      parseCode(found.text, found.target, null, stop.signal).then(
        ({ graph, notes }) => !stop.signal.aborted && setSeen({ graph, notes, problem: null }),
        (problem: unknown) => !stop.signal.aborted && setSeen({ ...UNSEEN, problem }),
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [key]);
  return seen;
}

/** The text of a file, and its name without the ending; of a saved model, the file itself. */
export async function readGiven(file: File): Promise<Given> {
  if (/\.(keras|onnx)$/i.test(file.name)) return { text: "", name: null, file };
  return { text: await file.text(), name: file.name.replace(/\.\w+$/, "") || null };
}
