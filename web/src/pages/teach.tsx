/** What an empty page says: three ways to the first value. It comes alive by itself when that arrives. */

import { address } from "../api/client.ts";
import { CodeBlock } from "../components/copy.tsx";
import { Link } from "../components/link.tsx";
import { canvasesPath, DATASETS_PATH } from "../lib/url.ts";

/** Three ways to log a value, each to copy. */
export function Ways({ project }: { project: string }) {
  const python = `import gnomon\nrun = gnomon.init(project=${JSON.stringify(project)}, config={"lr": 0.1})\nrun.log({"loss": 0.3}, step=1)`;
  const body = JSON.stringify({ project, run: "first", step: 1, loss: 0.3 });
  const curl = `curl ${address("api/v1/ingest")} \\\n  -H 'content-type: application/json' \\\n  -d '${body.replaceAll("'", "\\u0027")}'`;
  return (
    <>
      <h2>From Python</h2>
      <CodeBlock code={python} what="the Python lines" />
      <h2>From any language</h2>
      <CodeBlock code={curl} what="the curl command" />
      <h2>Or watch a demo train</h2>
      <CodeBlock code="gnomon demo" what="the demo command" />
    </>
  );
}

/** What needs no run: a model is drawn, data are looked at. */
function Elsewhere({ project }: { project: string | null }) {
  return (
    <ul className="teach-ways">
      <li>
        <Link to={canvasesPath(project)}>
          <b>Canvas</b>
          <span className="muted">Draw a model: pick a template or your data, and read it as code.</span>
        </Link>
      </li>
      <li>
        <Link to={DATASETS_PATH}>
          <b>Data</b>
          <span className="muted">Look at a file or a folder: types, classes, splits, what to beware of.</span>
        </Link>
      </li>
    </ul>
  );
}

export function Teach({ project }: { project: string | null }) {
  return (
    <div className="teach">
      <h1>{project === null ? "Nothing here yet" : `No runs in ${project} yet`}</h1>
      <p className="muted">
        {project === null ? "Begin with a model or with data, or log" : "Log"} a value in any of these ways: this page
        comes alive with the first one, there is nothing to reload.
      </p>
      <Elsewhere project={project} />
      <Ways project={project ?? "my-project"} />
      <p className="waiting" role="status">
        <span className="dot" aria-hidden="true" /> waiting for the first value
      </p>
    </div>
  );
}
