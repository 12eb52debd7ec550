/** All dashboards, or those of a project: made, renamed, taken away and brought back. */

import { type FormEvent, useEffect, useState } from "react";
import { deleteDashboard, openDashboard, patchDashboard, restoreDashboard } from "../api/boards.ts";
import { address } from "../api/client.ts";
import { Age } from "../components/ages.tsx";
import { CodeBlock } from "../components/copy.tsx";
import { Editable } from "../components/editable.tsx";
import { Link } from "../components/link.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatInteger } from "../lib/format.ts";
import { dashboardPath } from "../lib/url.ts";
import { BoardNames } from "../state/boards.ts";
import { navigate } from "../state/router.ts";
import { useStore } from "../state/store.ts";
import { type Undo, UndoBar } from "../views/boards/undo.tsx";
import { useOwned } from "./owned.ts";

export function DashboardsPage({ project }: { project: string | null }) {
  const names = useOwned(() => new BoardNames());
  const { rows, problem } = useStore(names.list);
  const [undo, setUndo] = useState<Undo | null>(null);
  const [refused, setRefused] = useState<unknown>(null);
  useEffect(() => {
    document.title = project === null ? "Dashboards · gnomon" : `Dashboards · ${project} · gnomon`;
  }, [project]);
  if (rows === null && problem !== null) return <Trouble cause={problem} />;
  const shown = (rows ?? []).filter((row) => project === null || row.project === project);
  const act = (work: Promise<unknown>): void => {
    work.then(() => setRefused(null), setRefused);
  };
  const remove = (name: string): void => {
    act(deleteDashboard(name));
    setUndo({ words: `Deleted ${name}.`, back: () => act(restoreDashboard(name)) });
  };
  return (
    <div className="projects dashboards" aria-busy={rows === null}>
      <div className="dashboards-head">
        <h1>Dashboards</h1>
        <NewDashboard project={project} onProblem={setRefused} />
      </div>
      {refused !== null && <Trouble cause={refused} small />}
      {rows !== null && shown.length === 0 && <Ways name="default" />}
      {shown.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">Dashboard</th>
              <th scope="col">title</th>
              <th scope="col" className="number">
                panels
              </th>
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
              <tr key={row.name}>
                <th scope="row">
                  <Link to={dashboardPath(row.name)} title={row.name}>
                    {row.name}
                  </Link>
                </th>
                <td>
                  <Editable
                    value={row.title}
                    label={`Title of ${row.name}`}
                    hint="Rename"
                    onSave={(title) => act(patchDashboard(row.name, { title }))}
                  >
                    {row.title || <span className="muted">add a title</span>}
                  </Editable>
                </td>
                <td className="number">{formatInteger(row.count)}</td>
                <td className="number muted">
                  <Age at={row.updated} ago />
                </td>
                <td className="number">
                  <button
                    type="button"
                    className="text"
                    aria-label={`Delete ${row.name}`}
                    onClick={() => remove(row.name)}
                  >
                    delete
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {shown.length > 0 && (
        <details className="ways">
          <summary>Feed a panel from any language</summary>
          <Ways name="default" />
        </details>
      )}
      {undo && <UndoBar undo={undo} onGone={() => setUndo(null)} />}
    </div>
  );
}

function NewDashboard({ project, onProblem }: { project: string | null; onProblem: (cause: unknown) => void }) {
  const [name, setName] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const asked = { name: name.trim(), ...(project === null ? {} : { project }) };
    openDashboard(asked).then((board) => navigate(dashboardPath(board.name)), onProblem);
  };
  return (
    <form className="dashboards-new" onSubmit={submit}>
      <input
        type="text"
        aria-label="Name of the new dashboard"
        placeholder="Name of a new dashboard"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <button type="submit" disabled={name.trim() === ""}>
        Create
      </button>
    </form>
  );
}

/** How a panel comes into being, from any language. */
export function Ways({ name }: { name: string }) {
  const url = address("api/v1/panels");
  const where = name === "default" ? {} : { dashboard: name };
  const data = (fields: object): string => `-d '${JSON.stringify({ ...where, ...fields }).replaceAll("'", "\\u0027")}'`;
  const curl = `curl ${url} \\\n  ${data({ name: "loss", append: { loss: 0.5 } })}`;
  const put = (fields: object): string => `curl -X PUT ${url} \\\n  ${data(fields)}`;
  const more = [
    put({ name: "accuracy", value: 0.93 }),
    put({ name: "note", kind: "html", value: "<h1>hi</h1>" }),
    `curl -F file=@picture.png \\\n  '${url}:upload?${new URLSearchParams({ ...where, name: "picture" })}'`,
  ].join("\n");
  const named = Object.entries({ ...where, name: "loss" }).map((pair) =>
    pair.map((word) => JSON.stringify(word)).join(": "),
  );
  const python = [
    "import requests",
    "for step in range(100):",
    `    point = {${named.join(", ")}, "append": {"loss": 0.9**step}}`,
    `    requests.post(${JSON.stringify(url)}, json=point)`,
  ].join("\n");
  return (
    <div className="board-ways">
      <p className="muted">
        One call makes a panel and feeds it; the same call again adds the next point. Open pages follow by themselves.
      </p>
      <h2>From a shell</h2>
      <CodeBlock code={curl} what="the curl command" />
      <h2>From Python</h2>
      <CodeBlock code={python} what="the Python lines" />
      <h2>A number, html, a picture</h2>
      <CodeBlock code={more} what="the curl commands" />
    </div>
  );
}
