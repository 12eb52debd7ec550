/** A graph that begins with data: which, and then the first model of it. */

import "../styles/dataform.css";
import "../styles/dataparts.css";
import { useState } from "react";
import { type DatasetRow, getDataset, listDatasets } from "../api/datasets.ts";
import { Link } from "../components/link.tsx";
import { Trouble } from "../components/trouble.tsx";
import { kindWords, pictureSource } from "../lib/dataset.ts";
import { formatInteger } from "../lib/format.ts";
import type { Target } from "../lib/graph.ts";
import { DATASETS_PATH } from "../lib/url.ts";
import { useDocumentTick, useRead } from "../state/read.ts";
import { BuildModel } from "./buildmodel.tsx";

interface Props {
  readonly project: string;
  readonly name: string;
  readonly target: Target;
}

export function FromData({ project, name, target }: Props) {
  const tick = useDocumentTick("dataset");
  const { answer: rows, problem, again } = useRead("datasets", listDatasets, tick);
  const [chosen, setChosen] = useState<string | null>(null);
  const found = useRead(chosen, () => getDataset(chosen ?? ""));
  if (rows === null) return problem === null ? null : <Trouble cause={problem} onRetry={again} />;
  if (chosen !== null)
    return (
      <div className="from-data">
        <p>
          <b>{chosen}</b>{" "}
          <button type="button" className="link" onClick={() => setChosen(null)}>
            Other data
          </button>
        </p>
        {found.problem !== null && <Trouble cause={found.problem} onRetry={found.again} />}
        {found.answer && <BuildModel data={found.answer} project={project} name={name} target={target} />}
      </div>
    );
  return (
    <>
      <ul className="gallery data-gallery" aria-label="Data sets">
        {rows.map((row) => (
          <Card key={row.name} row={row} onPick={() => setChosen(row.name)} />
        ))}
      </ul>
      <p className="muted ds-none">
        Other data are registered under{" "}
        <Link to={`${DATASETS_PATH}?register=1`} className="link">
          Data
        </Link>
        .
      </p>
    </>
  );
}

function Card({ row, onPick }: { row: DatasetRow; onPick: () => void }) {
  return (
    <li>
      <button type="button" className="card" onClick={onPick}>
        {row.thumbnails.length > 0 && (
          <span className="ds-strip">
            {row.thumbnails.map((image, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: pictures of one version never move
              <img key={i} src={pictureSource(image)} alt="" />
            ))}
          </span>
        )}
        <span className="card-title">{row.name}</span>
        <span className="card-text">
          {formatInteger(row.rows)} rows: {kindWords(row.kinds)}
        </span>
        <span className="card-size muted">
          {row.target.length > 0 ? `predicts ${row.target.join(", ")}` : "no target yet"}
        </span>
      </button>
    </li>
  );
}
