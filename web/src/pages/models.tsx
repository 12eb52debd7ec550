/** The registry: all models of the home, and what their newest versions are worth. */

import "../styles/models.css";
import { useEffect } from "react";
import { listModels, type ModelRow } from "../api/models.ts";
import { Age } from "../components/ages.tsx";
import { Link } from "../components/link.tsx";
import { RegisterModelDialog, type Registrable } from "../components/registerdialog.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatBytes, formatExact, formatInteger, formatNumber } from "../lib/format.ts";
import { telling } from "../lib/models.ts";
import { ENDPOINTS_PATH, modelPath } from "../lib/url.ts";
import { useDocumentTick, useRead } from "../state/read.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { TeachModels } from "./teachmodels.tsx";

/** With more models than this, one is looked for by its name. */
const MANY = 8;

export function ModelsPage() {
  const tick = useDocumentTick("model");
  const { answer: rows, problem, again } = useRead("models", listModels, tick);
  const { search } = usePlace();
  const wanted = search.get("q") ?? "";
  const given = givenOf(search);
  useEffect(() => {
    document.title = "Models · gnomon";
  }, []);
  if (rows === null && problem !== null) return <Trouble cause={problem} onRetry={again} />;
  const all = rows ?? [];
  const shown = all.filter((row) => fits(row, wanted));
  return (
    <div className="projects models" aria-busy={rows === null}>
      <div className="dashboards-head">
        <h1>Models</h1>
        <Link to={ENDPOINTS_PATH}>Endpoints</Link>
        {(all.length > MANY || wanted !== "") && (
          <input
            type="search"
            aria-label="Filter models"
            placeholder={`Filter ${formatInteger(all.length)} models`}
            value={wanted}
            onChange={(event) => setSearch({ q: event.target.value || null })}
          />
        )}
      </div>
      {shown.length > 0 && <List rows={shown} />}
      {all.length > 0 && shown.length === 0 && (
        <p className="muted md-none">
          No model fits “{wanted}”.{" "}
          <button type="button" className="link" onClick={() => setSearch({ q: null })}>
            Show all {formatInteger(all.length)}
          </button>
        </p>
      )}
      {rows !== null &&
        (all.length === 0 ? (
          <TeachModels />
        ) : (
          <details className="ways">
            <summary>How to register another</summary>
            <TeachModels />
          </details>
        ))}
      {given !== null && (
        <RegisterModelDialog what={given} onClose={() => setSearch({ register: null, key: null, step: null })} />
      )}
    </div>
  );
}

/** The file of a run that the address asks to register. */
function givenOf(search: URLSearchParams): Registrable | null {
  const [run, key, step] = ["register", "key", "step"].map((name) => search.get(name));
  if (!run || !key || !step || !/^\d+$/.test(step)) return null;
  return { run, keys: [key], step: Number(step), name: key.split("/").at(-1) ?? key };
}

/** Every word of the filter occurs in the name, the text, the tags, the aliases or the format. */
function fits(row: ModelRow, wanted: string): boolean {
  const parts = [row.name, row.text, ...row.tags, ...Object.keys(row.aliases), row.latest?.format ?? ""];
  const text = parts.join(" ").toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function List({ rows }: { rows: readonly ModelRow[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Model</th>
          <th scope="col" className="number">
            versions
          </th>
          <th scope="col">aliases</th>
          <th scope="col">newest version</th>
          <th scope="col">format</th>
          <th scope="col" className="number">
            size
          </th>
          <th scope="col" className="number">
            last change
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <th scope="row">
              <Link to={modelPath(row.name)}>{row.name}</Link>
              <span className="md-under" title={row.text}>
                {row.text || row.tags.join(", ")}
              </span>
            </th>
            <td className="number">{formatInteger(row.versions)}</td>
            <td>
              <Aliases aliases={row.aliases} />
            </td>
            <td>
              <Telling row={row} />
            </td>
            <td>{row.latest?.format ?? "–"}</td>
            <td className="number">{formatBytes(row.size_bytes)}</td>
            <td className="number muted">
              <Age at={row.us / 1e6} ago />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Aliases({ aliases }: { aliases: ModelRow["aliases"] }) {
  const names = Object.entries(aliases).sort(([a], [b]) => (a < b ? -1 : 1));
  if (names.length === 0) return <span className="muted">–</span>;
  return (
    <ul className="md-aliases">
      {names.map(([alias, version]) => (
        <li key={alias} className="md-alias" title={`${alias} is version ${version}`}>
          {alias} <span className="md-at">{version}</span>
        </li>
      ))}
    </ul>
  );
}

function Telling({ row }: { row: ModelRow }) {
  const found = telling(row.latest?.metrics ?? {});
  if (found.length === 0) return <span className="muted">no figures</span>;
  return (
    <span className="md-telling">
      {found.map(([name, value]) => (
        <span key={name}>
          <span className="muted">{name}</span> <span title={formatExact(value)}>{formatNumber(value)}</span>
        </span>
      ))}
    </span>
  );
}
