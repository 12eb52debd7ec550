/** What an empty page says: three ways to the first value. It comes alive by itself when that arrives. */

import { address } from "../api/client.ts";
import { CodeBlock } from "../components/copy.tsx";

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

export function Teach({ project }: { project: string | null }) {
  return (
    <div className="teach">
      <h1>{project === null ? "Nothing here yet" : `No runs in ${project} yet`}</h1>
      <p className="muted">
        Log a value in any of these ways. This page comes alive with the first one; there is nothing to reload.
      </p>
      <Ways project={project ?? "my-project"} />
      <p className="waiting" role="status">
        <span className="dot" aria-hidden="true" /> waiting for the first value
      </p>
    </div>
  );
}
