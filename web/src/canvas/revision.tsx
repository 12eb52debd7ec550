/** A revision, or the difference of two, drawn in a window: nothing can be changed in it, and the old one brought back. */

import { useEffect, useState } from "react";
import { type Difference, type GraphAt, type Revision, readDifference, readGraphAt } from "../api/canvases.ts";
import { Dialog } from "../components/dialog.tsx";
import { Trouble } from "../components/trouble.tsx";
import { type DrawnDiff, drawDiff, type Mark } from "../lib/drawndiff.ts";
import { formatNumber, plural } from "../lib/format.ts";
import { type Components, edgeKey, type Graph } from "../lib/graph.ts";
import { labelOf, showParam } from "../lib/params.ts";
import type { GraphStore } from "../state/graph.ts";
import { useStore } from "../state/store.ts";
import { type Looked, revisionLabel } from "./revisions.ts";
import { StillGraph } from "./still.tsx";

interface Props {
  readonly store: GraphStore;
  readonly looked: Looked;
  readonly present: number;
  /** What can be compared, newest first. */
  readonly revisions: readonly Revision[];
  readonly onRestore: (rev: number) => void;
  readonly onLook: (looked: Looked) => void;
  readonly onClose: () => void;
}

interface Shown {
  readonly at: GraphAt;
  readonly drawn: DrawnDiff | null;
  readonly differs: Difference | null;
}

export function RevisionDialog({ store, looked, present, revisions, onRestore, onLook, onClose }: Props) {
  const { rev, since } = looked;
  const [shown, setShown] = useState<Shown | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const components = useStore(store.components);
  useEffect(() => {
    let gone = false;
    setProblem(null);
    read(store.id, rev, since).then(
      (found) => !gone && setShown(found),
      (cause: unknown) => !gone && setProblem(cause),
    );
    return () => {
      gone = true;
    };
  }, [store, rev, since]);
  /** Of two the one that is not the present, of two old ones the later. */
  const older = since !== null && rev === present ? since : rev;
  const title = since === null ? `Revision ${rev}` : `From revision ${since} to ${rev}`;
  return (
    <Dialog title={title} wide className="revision-dialog" onClose={onClose}>
      {problem !== null && <Trouble cause={problem} />}
      {shown && (
        <div className="revision-body">
          <div className="revision-canvas">
            <StillGraph
              key={`${since} ${rev}`}
              store={store}
              graph={shown.drawn?.graph ?? shown.at.graph}
              report={shown.at.report}
              marks={shown.drawn?.marks ?? {}}
              edgeMarks={shown.drawn?.edgeMarks ?? {}}
            />
          </div>
          <aside className="revision-side" aria-label={since === null ? "This revision" : "Changes"}>
            {shown.differs === null ? (
              <p>
                {plural(shown.at.graph.nodes.length, "node")}, {formatNumber(shown.at.report.totals.params)} parameters
              </p>
            ) : (
              <Changes differs={shown.differs} defaults={defaultsIn(shown.at.graph, components)} />
            )}
          </aside>
        </div>
      )}
      <footer>
        {since !== null ? (
          <span className="revision-pick">
            <Pick label="From" chosen={since} among={revisions} onPick={(one) => onLook({ rev, since: one })} />
            <Pick label="to" chosen={rev} among={revisions} onPick={(one) => onLook({ rev: one, since })} />
          </span>
        ) : (
          <span className="muted">It can be looked at, and not changed.</span>
        )}
        {older !== present && (
          <button type="button" className="small" onClick={() => onRestore(older)}>
            Restore revision {older}
          </button>
        )}
      </footer>
    </Dialog>
  );
}

interface PickProps {
  readonly label: string;
  readonly chosen: number;
  readonly among: readonly Revision[];
  readonly onPick: (rev: number) => void;
}

function Pick({ label, chosen, among, onPick }: PickProps) {
  return (
    <label>
      {label}{" "}
      <select value={chosen} onChange={(event) => onPick(Number(event.target.value))}>
        {!among.some((one) => one.rev === chosen) && <option value={chosen}>{chosen}</option>}
        {among.map((one) => (
          <option key={one.rev} value={one.rev}>
            {one.rev} {revisionLabel(one)}
          </option>
        ))}
      </select>
    </label>
  );
}

async function read(id: string, rev: number, since: number | null): Promise<Shown> {
  if (since === null) return { at: await readGraphAt(id, rev), drawn: null, differs: null };
  const [before, at, differs] = await Promise.all([
    readGraphAt(id, since),
    readGraphAt(id, rev),
    readDifference(id, since, rev),
  ]);
  return { at, differs, drawn: drawDiff(before.graph, at.graph, differs) };
}

/** What a parameter is when the document does not say. */
function defaultsIn(graph: Graph, components: Components): (node: string, param: string) => unknown {
  return (node, param) => {
    const type = graph.nodes.find((one) => one.id === node)?.type ?? "";
    return components.get(type)?.params.find((one) => one.name === param)?.default;
  };
}

function told(value: unknown): string {
  return showParam(value) || "none";
}

const SIGNS: Readonly<Record<Mark, string>> = { added: "+", removed: "−", changed: "~" };

/** The changes as words, for those who do not see the picture and for those who want numbers. */
function Changes({ differs, defaults }: { differs: Difference; defaults: (node: string, param: string) => unknown }) {
  const { added, removed, changed, renamed, edges_added, edges_removed } = differs;
  const count =
    added.length + removed.length + changed.length + renamed.length + edges_added.length + edges_removed.length;
  if (count === 0) return <p className="muted">Nothing that computes differs: only places, notes or settings.</p>;
  return (
    <ul className="changes" aria-label="What changed">
      {renamed.map(([from, to]) => (
        <Change key={`renamed ${from}`} mark="changed" what={`${from} is called ${to}`} />
      ))}
      {changed.map(({ id, params, type }) => (
        <li key={id} className="change changed">
          <span className="change-sign" aria-hidden="true">
            {SIGNS.changed}
          </span>
          <span>
            <b className="key">{id}</b>
            {type && <> is a {String(type[1])} now</>}
            {Object.entries(params).map(([name, [from, to]]) => (
              <span key={name} className="change-param">
                {labelOf(name)} <del>{told(from ?? defaults(id, name))}</del>{" "}
                <ins>{told(to ?? defaults(id, name))}</ins>
              </span>
            ))}
          </span>
        </li>
      ))}
      {added.map((id) => (
        <Change key={`added ${id}`} mark="added" what={`${id} came`} />
      ))}
      {removed.map((id) => (
        <Change key={`removed ${id}`} mark="removed" what={`${id} went`} />
      ))}
      {edges_added.map((edge) => (
        <Change key={edgeKey(edge)} mark="added" what={`${edge.from[0]} → ${edge.to[0]}`} />
      ))}
      {edges_removed.map((edge) => (
        <Change key={edgeKey(edge)} mark="removed" what={`${edge.from[0]} → ${edge.to[0]}`} />
      ))}
    </ul>
  );
}

function Change({ mark, what }: { mark: Mark; what: string }) {
  return (
    <li className={`change ${mark}`}>
      <span className="change-sign" role="img" aria-label={mark}>
        {SIGNS[mark]}
      </span>
      <span className="key">{what}</span>
    </li>
  );
}
