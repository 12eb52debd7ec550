/** The runs and graphs that name a data set. */

import { type DatasetUse, getUses } from "../api/datasets.ts";
import { Link } from "../components/link.tsx";
import { Trouble } from "../components/trouble.tsx";
import { plural } from "../lib/format.ts";
import { canvasPath, runPath } from "../lib/url.ts";
import { useRead } from "../state/read.ts";

const MOST = 100;

export function UsesPane({ name, tick }: { name: string; tick: number }) {
  const { answer, problem, again } = useRead(name, () => getUses(name), tick);
  if (answer === null) return problem === null ? null : <Trouble cause={problem} onRetry={again} />;
  const { runs, graphs } = answer;
  if (runs.length + graphs.length === 0)
    return (
      <p className="muted ds-none">
        No run and no graph uses it yet. A graph does when it is built from it, or when it is chosen on the canvas; a
        run does when it trains such a graph.
      </p>
    );
  return (
    <div className="ds-beside">
      <Uses title={plural(graphs.length, "graph")} uses={graphs} path={canvasPath} />
      <Uses title={plural(runs.length, "run")} uses={runs} path={runPath} />
    </div>
  );
}

interface UsesProps {
  readonly title: string;
  readonly uses: readonly DatasetUse[];
  readonly path: (project: string, id: string) => string;
}

function Uses({ title, uses, path }: UsesProps) {
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      <ul className="ds-uses">
        {uses.slice(0, MOST).map(({ project, id, name, version, digest }) => (
          <li key={id}>
            <Link to={path(project, id)}>{name}</Link>
            <span className="muted">{project}</span>
            <span className="muted" title={digest}>
              {version === null ? "a version that is gone" : `version ${version}`}
            </span>
          </li>
        ))}
      </ul>
      {uses.length > MOST && <p className="muted">and {uses.length - MOST} more</p>}
    </section>
  );
}
