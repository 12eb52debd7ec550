/** All projects: how many runs, what is running, when something last happened. */

import { useEffect } from "react";
import { Age } from "../components/ages.tsx";
import { Link } from "../components/link.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatInteger } from "../lib/format.ts";
import { runsPath } from "../lib/url.ts";
import { useProjects } from "../state/projects.ts";
import { Teach, Ways } from "./teach.tsx";

/** With no more projects than this, the page has room to say how the next one begins. */
const FEW = 5;

export function ProjectsPage() {
  const { rows, problem } = useProjects();
  useEffect(() => {
    document.title = "gnomon";
  }, []);
  if (rows === null) return problem === null ? <Skeleton /> : <Trouble cause={problem} />;
  if (rows.length === 0) return <Teach project={null} />;
  return (
    <div className="projects">
      <h1>Projects</h1>
      <table>
        <thead>
          <tr>
            <th scope="col">Project</th>
            <th scope="col" className="number">
              runs
            </th>
            <th scope="col" className="number">
              running
            </th>
            <th scope="col" className="number">
              last activity
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <th scope="row">
                <Link to={runsPath(row.name)}>{row.name}</Link>
              </th>
              <td className="number">{formatInteger(row.runs)}</td>
              <td className={row.running > 0 ? "number now" : "number muted"}>
                {row.running > 0 && <span className="dot" aria-hidden="true" />}
                {row.running > 0 ? formatInteger(row.running) : "–"}
              </td>
              <td className="number muted">
                <Age at={row.updated} ago />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <details className="ways" open={rows.length <= FEW}>
        <summary>Log from your script</summary>
        <Ways project="my-project" />
      </details>
    </div>
  );
}

function Skeleton() {
  return (
    <div className="projects" aria-busy="true">
      <h1>Projects</h1>
      {[0, 1, 2].map((i) => (
        <div key={i} className="skeleton line" />
      ))}
    </div>
  );
}
