/** What the page of jobs says while there is none. */

import { CodeBlock } from "../components/copy.tsx";
import { Link } from "../components/link.tsx";
import { canvasesPath } from "../lib/url.ts";

export function TeachJobs() {
  return (
    <div className="jobs-teach">
      <p>
        A job is work that this machine does for you, one at a time on each device: a graph that is trained, or a
        script. You can pause it, park it and go on later, and it goes on while the server is down. A worker that is
        killed begins again at its last checkpoint.
      </p>
      <h2>Train a graph</h2>
      <p className="muted">
        Open one on the <Link to={canvasesPath(null)}>canvas</Link> and press Train.
      </p>
      <h2>Run a script</h2>
      <CodeBlock code="gnomon jobs submit --name first -- python train.py --lr 0.1" what="the command" />
      <p className="muted">Runs that it begins with gnomon.init belong to the job. It appears here at once.</p>
    </div>
  );
}
