/** All data sets of the home, and the way to another. */

import "../styles/dataform.css";
import "../styles/dataparts.css";
import "../styles/datasets.css";
import { type DragEvent, useEffect, useState } from "react";
import { type DatasetRow, listDatasets } from "../api/datasets.ts";
import { Age } from "../components/ages.tsx";
import { Link } from "../components/link.tsx";
import { Trouble } from "../components/trouble.tsx";
import { kindWords, pictureSource } from "../lib/dataset.ts";
import { formatBytes, formatExact, formatInteger, plural } from "../lib/format.ts";
import { datasetPath } from "../lib/url.ts";
import { useCommands } from "../state/commands.ts";
import { useDocumentTick, useRead } from "../state/read.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { RegisterDialog } from "./register.tsx";
import { TeachDatasets } from "./teachdata.tsx";

/** With more data sets than this, one is looked for by its name. */
const MANY = 8;

export function DatasetsPage() {
  const tick = useDocumentTick("dataset", "graph");
  const { answer: rows, problem, again } = useRead("datasets", listDatasets, tick);
  const { search } = usePlace();
  const [given, setGiven] = useState<File | null>(null);
  const asking = search.get("register") !== null;
  const ask = (on: boolean): void => setSearch({ register: on ? "1" : null }, on);
  const wanted = search.get("q") ?? "";
  useEffect(() => {
    document.title = "Data · gnomon";
  }, []);
  useCommands(() => [
    {
      id: "data:register",
      title: "Register data",
      section: "Data",
      words: "upload file csv folder dataset new",
      act: () => ask(true),
    },
  ]);
  const drop = (event: DragEvent): void => {
    const file = event.dataTransfer.files[0];
    if (!file) return;
    event.preventDefault();
    setGiven(file);
    ask(true);
  };
  if (rows === null && problem !== null) return <Trouble cause={problem} onRetry={again} />;
  const shown = (rows ?? []).filter((row) => row.name.toLowerCase().includes(wanted.trim().toLowerCase()));
  const own = (rows ?? []).filter((row) => !row.packaged).length;
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: files may be dropped anywhere; the dialog takes them by keyboard */}
      <div
        className="projects datasets"
        aria-busy={rows === null}
        onDragOver={(event) => event.preventDefault()}
        onDrop={drop}
      >
        <div className="dashboards-head">
          <h1>Data</h1>
          {rows !== null && rows.length > MANY && (
            <input
              type="search"
              aria-label="Filter data sets"
              placeholder={`Filter ${formatInteger(rows.length)} data sets`}
              value={wanted}
              onChange={(event) => setSearch({ q: event.target.value || null })}
            />
          )}
          <button type="button" className="primary" aria-haspopup="dialog" onClick={() => ask(true)}>
            Register data
          </button>
        </div>
        {rows !== null && own === 0 && (
          <button type="button" className="ds-drop" onClick={() => ask(true)}>
            <b>Drop a file here</b>
            <span className="muted">
              CSV, Parquet, NPZ, IDX, or a zip of pictures; or name a path. You see what is in it before anything is
              kept.
            </span>
          </button>
        )}
        {shown.length > 0 && <List rows={shown} />}
        {rows !== null && rows.length > 0 && shown.length === 0 && (
          <p className="muted ds-none">
            No data set is called “{wanted}”.{" "}
            <button type="button" className="link" onClick={() => setSearch({ q: null })}>
              Show all {formatInteger(rows.length)}
            </button>
          </p>
        )}
        {rows !== null && (
          <details className="ways" open={own === 0}>
            <summary>From a shell or from Python</summary>
            <TeachDatasets />
          </details>
        )}
      </div>
      {asking && (
        <RegisterDialog
          given={given}
          taken={(rows ?? []).map((row) => row.name)}
          onClose={() => {
            setGiven(null);
            ask(false);
          }}
        />
      )}
    </>
  );
}

function List({ rows }: { rows: readonly DatasetRow[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Data set</th>
          <th scope="col">
            <span className="visually-hidden">Samples</span>
          </th>
          <th scope="col" className="number">
            rows
          </th>
          <th scope="col">columns</th>
          <th scope="col" className="number">
            size
          </th>
          <th scope="col" className="number">
            version
          </th>
          <th scope="col">used by</th>
          <th scope="col" className="number">
            last change
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <th scope="row">
              <Link to={datasetPath(row.name)} title={row.path}>
                {row.name}
              </Link>
              <span className="ds-under">
                {row.target.length > 0 ? `predicts ${row.target.join(", ")}` : row.packaged ? "comes with gnomon" : ""}
              </span>
            </th>
            <td className="ds-strip">
              {row.thumbnails.map((image, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: pictures of one version never move
                <img key={i} src={pictureSource(image)} alt="" />
              ))}
            </td>
            <td className="number" title={formatExact(row.rows)}>
              {formatInteger(row.rows)}
            </td>
            <td>{kindWords(row.kinds)}</td>
            <td className="number">{formatBytes(row.size_bytes)}</td>
            <td className="number" title={row.digest}>
              {row.version}
            </td>
            <td>{usedWords(row)}</td>
            <td className="number muted">{row.packaged ? "–" : <Age at={row.updated} ago />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function usedWords({ runs, graphs }: DatasetRow): string {
  const words = [runs > 0 ? plural(runs, "run") : "", graphs > 0 ? plural(graphs, "graph") : ""].filter(Boolean);
  return words.length > 0 ? words.join(", ") : "–";
}
