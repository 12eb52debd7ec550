/** How the graph came to be: its revisions, any of them looked at, compared and brought back. */

import "../styles/canvasside.css";
import { useCallback, useEffect, useState } from "react";
import { listRevisions, type Revision, readGraphAt } from "../api/canvases.ts";
import { Age } from "../components/ages.tsx";
import { Trouble } from "../components/trouble.tsx";
import { opsBetween } from "../lib/graphbetween.ts";
import type { GraphStore } from "../state/graph.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { useStore } from "../state/store.ts";
import { RevisionDialog } from "./revision.tsx";
import { type Looked, revisionLabel } from "./revisions.ts";

export function History({ store }: { store: GraphStore }) {
  const { rev, saved } = useStore(store.view);
  const { rows, more, problem, older } = useRevisions(store.id, rev);
  const { search } = usePlace();
  const [looked, setLooked] = useState<Looked | null>(() => askedFor(search));
  /** Done with looking: a link to a revision opens it once. */
  const leave = (): void => {
    setLooked(null);
    if (search.has("rev")) setSearch({ rev: null });
  };
  const [refused, setRefused] = useState<unknown>(null);
  const restore = (to: number): void => {
    leave();
    bringBack(store, to).then(
      () => setRefused(null),
      (cause: unknown) => setRefused(cause),
    );
  };
  return (
    <div className="side-pane history" aria-busy={rows === null}>
      {(problem ?? refused) !== null && <Trouble cause={problem ?? refused} />}
      <ol aria-label="Revisions, newest first">
        {(rows ?? []).map((row) => (
          <li key={row.rev} className={row.rev === rev ? "revision present" : "revision"}>
            <div className="revision-head">
              <span className="revision-number">{row.rev}</span>
              <span className="revision-label">{revisionLabel(row)}</span>
            </div>
            <div className="revision-below muted">
              {row.rev === rev && <span className="now">{saved === "saved" ? "now" : "now, being saved"}</span>}
              <Age at={row.time} ago />
              {row.by && <span className="revision-by">{row.by}</span>}
              {row.label !== "" && row.changed !== "" && row.changed !== row.label && <span>{row.changed}</span>}
            </div>
            {!row.deleted && (
              <div className="revision-ways">
                <button
                  type="button"
                  className="link"
                  aria-label={`Look at revision ${row.rev}`}
                  onClick={() => setLooked({ rev: row.rev, since: null })}
                >
                  look
                </button>
                {row.rev > 1 && (
                  <button
                    type="button"
                    className="link"
                    aria-label={`What changed in revision ${row.rev}`}
                    onClick={() => setLooked({ rev: row.rev, since: row.rev - 1 })}
                  >
                    what changed
                  </button>
                )}
                {row.rev !== rev && (
                  <>
                    <button
                      type="button"
                      className="link"
                      aria-label={`What changed since revision ${row.rev}`}
                      onClick={() => setLooked({ rev, since: row.rev })}
                    >
                      since then
                    </button>
                    <button
                      type="button"
                      className="link"
                      aria-label={`Restore revision ${row.rev}`}
                      onClick={() => restore(row.rev)}
                    >
                      restore
                    </button>
                  </>
                )}
              </div>
            )}
          </li>
        ))}
      </ol>
      {more && (
        <button type="button" className="small" onClick={older}>
          Older revisions
        </button>
      )}
      {looked && (
        <RevisionDialog
          store={store}
          looked={looked}
          present={rev}
          revisions={(rows ?? []).filter((row) => !row.deleted)}
          onRestore={restore}
          onLook={setLooked}
          onClose={leave}
        />
      )}
    </div>
  );
}

/** The revision that a link names, such as the one that a run was trained from. */
function askedFor(search: URLSearchParams): Looked | null {
  const rev = Number(search.get("rev"));
  return Number.isInteger(rev) && rev > 0 ? { rev, since: null } : null;
}

/** An earlier revision comes back as a step like any other: it makes a new revision, and can be undone. */
async function bringBack(store: GraphStore, rev: number): Promise<void> {
  const old = await readGraphAt(store.id, rev);
  const { graph } = store.view.get();
  const ops = graph ? opsBetween(graph, old.graph) : [];
  if (ops.length > 0) store.apply(ops, `Restore revision ${rev}`, undefined, true);
}

interface Revisions {
  readonly rows: readonly Revision[] | null;
  readonly more: boolean;
  readonly problem: unknown;
  readonly older: () => void;
}

/** The newest page is read again with every revision; older ones never change. */
function useRevisions(id: string, rev: number): Revisions {
  const [found, setFound] = useState<Omit<Revisions, "older">>({ rows: null, more: false, problem: null });
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each revision
  useEffect(() => {
    let gone = false;
    listRevisions(id).then(
      ({ revisions, more }) => {
        if (gone) return;
        const last = revisions.at(-1)?.rev ?? 0;
        setFound((before) => {
          const kept = (before.rows ?? []).filter((row) => row.rev < last);
          return { rows: [...revisions, ...kept], more: kept.length > 0 ? before.more : more, problem: null };
        });
      },
      (problem: unknown) => !gone && setFound((before) => ({ ...before, problem })),
    );
    return () => {
      gone = true;
    };
  }, [id, rev]);
  const last = found.rows?.at(-1)?.rev ?? null;
  const older = useCallback(() => {
    if (last === null) return;
    listRevisions(id, last).then(
      ({ revisions, more }) => setFound(({ rows }) => ({ rows: [...(rows ?? []), ...revisions], more, problem: null })),
      (problem: unknown) => setFound((before) => ({ ...before, problem })),
    );
  }, [id, last]);
  return { ...found, older };
}
