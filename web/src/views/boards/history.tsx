/** The revisions of one panel: look at any, and bring it back. */

import { useEffect, useState } from "react";
import { type PanelRow, type Revision, readHistory, readRevision } from "../../api/boards.ts";
import { Age } from "../../components/ages.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { formatInteger } from "../../lib/format.ts";
import { formatMoment } from "../../lib/time.ts";
import { PanelBody } from "./body.tsx";
import { nameOf } from "./panel.tsx";

interface Props {
  readonly panel: PanelRow;
  readonly onRestore: (rev: number) => void;
  readonly onClose: () => void;
}

export function HistoryDialog({ panel, onRestore, onClose }: Props) {
  const [rows, setRows] = useState<readonly Revision[] | null>(null);
  const [chosen, setChosen] = useState<Revision | null>(null);
  const [shown, setShown] = useState<PanelRow | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const { id } = panel;
  useEffect(() => {
    readHistory(id).then((found) => {
      setRows(found.revisions);
      setChosen((before) => before ?? found.revisions[0] ?? null);
    }, setProblem);
  }, [id]);
  useEffect(() => {
    if (chosen === null) return;
    let current = true;
    readRevision(id, chosen.rev).then(
      (found) => {
        if (!current) return;
        setShown(found);
        setProblem(null);
      },
      (cause: unknown) => {
        if (!current) return;
        setShown(null);
        setProblem(cause);
      },
    );
    return () => {
      current = false;
    };
  }, [id, chosen]);
  const newest = rows?.[0]?.rev;
  return (
    <Dialog title={`History of ${nameOf(panel)}`} wide onClose={onClose}>
      <div className="board-history">
        <ol className="board-revisions" aria-label="Revisions">
          {(rows ?? []).map((row) => (
            <li key={row.rev}>
              <button type="button" aria-pressed={row.rev === chosen?.rev} onClick={() => setChosen(row)}>
                <b className="number">{formatInteger(row.rev)}</b>
                <span title={formatMoment(row.time)}>{formatMoment(row.time)}</span>
                <span className="muted">
                  <Age at={row.time} ago />
                </span>
              </button>
            </li>
          ))}
        </ol>
        <div className="board-preview">
          {problem !== null && <Trouble cause={problem} small />}
          {shown && (
            <figure className="chart board-panel" aria-label={`Revision ${shown.rev}`}>
              <figcaption>
                <span className="board-title">{nameOf(shown)}</span>
              </figcaption>
              <PanelBody panel={shown} at={shown.kind === "series" ? null : shown.updated} />
            </figure>
          )}
          <div className="dialog-foot">
            <button
              type="button"
              disabled={chosen === null || shown === null || chosen.rev === newest}
              onClick={() => chosen && onRestore(chosen.rev)}
            >
              Restore this revision
            </button>
          </div>
        </div>
      </div>
    </Dialog>
  );
}
