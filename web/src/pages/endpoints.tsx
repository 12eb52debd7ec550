/** Endpoints: models that answer over HTTP, each in a process of its own. */

import "../styles/models.css";
import "../styles/endpoints.css";
import { useEffect, useState } from "react";
import type { EndpointRow } from "../api/endpoints.ts";
import { CodeBlock } from "../components/copy.tsx";
import { Link } from "../components/link.tsx";
import { Trouble } from "../components/trouble.tsx";
import { milliseconds, minute } from "../lib/endpoints.ts";
import { formatInteger, formatNumber, plural } from "../lib/format.ts";
import { endpointPath, MODELS_PATH, modelPath } from "../lib/url.ts";
import { Endpoints } from "../state/endpoints.ts";
import { navigate } from "../state/router.ts";
import { useStore } from "../state/store.ts";
import { EndpointMark } from "./endpointmark.tsx";
import { useOwned } from "./owned.ts";
import { ServeDialog } from "./servedialog.tsx";

export function EndpointsPage() {
  const endpoints = useOwned(() => new Endpoints());
  const { rows, problem } = useStore(endpoints.list);
  const [serving, setServing] = useState(false);
  useEffect(() => {
    document.title = "Endpoints · gnomon";
  }, []);
  if (rows === null && problem !== null) return <Trouble cause={problem} onRetry={() => endpoints.again()} />;
  return (
    <div className="projects models endpoints" aria-busy={rows === null}>
      <p className="md-up">
        <Link to={MODELS_PATH}>Models</Link>
      </p>
      <div className="dashboards-head">
        <h1>Endpoints</h1>
        <button type="button" className="primary" aria-haspopup="dialog" onClick={() => setServing(true)}>
          Serve a model…
        </button>
      </div>
      {rows !== null && rows.length > 0 && <List rows={rows} />}
      {rows !== null && rows.length === 0 && <Teach />}
      {rows !== null && (
        <p className="muted ep-digits">
          Every server also has a small network that knows digits:{" "}
          <Link to={endpointPath("mlp")} className="ep-plain ep-link">
            draw one
          </Link>
          .
        </p>
      )}
      {serving && (
        <ServeDialog
          onClose={() => setServing(false)}
          onMade={({ name }) => navigate(endpointPath(name, { tab: "try" }))}
        />
      )}
    </div>
  );
}

function List({ rows }: { rows: readonly EndpointRow[] }) {
  return (
    <section className="scroll-x" aria-label="Endpoints">
      <table>
        <thead>
          <tr>
            <th scope="col">Endpoint</th>
            <th scope="col">what answers</th>
            <th scope="col">last minute</th>
            <th scope="col" className="number">
              requests
            </th>
            <th scope="col" className="number">
              p50 ms
            </th>
            <th scope="col" className="number">
              p95 ms
            </th>
            <th scope="col" className="number">
              errors
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Line key={row.name} row={row} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Line({ row }: { row: EndpointRow }) {
  const model = row.versions.find(({ role }) => role === "model");
  const bad = row.refused + row.failed;
  const [name = ""] = row.model.split("@");
  return (
    <tr>
      <th scope="row">
        <EndpointMark state={row.state} /> <Link to={endpointPath(row.name)}>{row.name}</Link>
        <span className="md-under mono">/serve/{row.name}/predict</span>
      </th>
      <td>
        <Link to={modelPath(name)} className="ep-plain">
          {row.model}
        </Link>
        <span className="md-under">
          {[
            model && model.version !== row.model && `version ${model.version.split("@")[1]}`,
            row.canary && `${Math.round(row.canary.share * 100)} % ${row.canary.ref}`,
            row.shadow && `shadow ${row.shadow}`,
          ]
            .filter(Boolean)
            .join(" · ")}
        </span>
      </td>
      <td title={`${formatNumber(row.rate, 2)} requests a second`}>
        {row.state === "running" ? (
          <svg className="ep-minute" viewBox="0 0 120 22" width="120" height="22" aria-hidden="true">
            <path d={minute(row.recent, 120, 22)} />
          </svg>
        ) : (
          <span className={row.state === "failed" ? "bad" : "muted"}>{row.state}</span>
        )}
      </td>
      <td className="number">{formatInteger(row.requests)}</td>
      <td className="number">{milliseconds(model?.p50_ms ?? null)}</td>
      <td className="number">{milliseconds(model?.p95_ms ?? null)}</td>
      <td className={bad > 0 ? "number bad" : "number"} title={bad > 0 ? plural(bad, "request") : ""}>
        {formatInteger(bad)}
      </td>
    </tr>
  );
}

function Teach() {
  return (
    <div className="md-teach">
      <p className="muted">
        An endpoint lets a version of a model answer at an address of this server, in a process of its own. What an
        alias stands for can change while it answers, and a canary can take a share.
      </p>
      <CodeBlock code="gnomon endpoints create digits@champion" what="the command" />
      <p className="muted">Or without a server, in the foreground:</p>
      <CodeBlock code="gnomon serve digits@champion --follow" what="the command for the foreground" />
    </div>
  );
}
