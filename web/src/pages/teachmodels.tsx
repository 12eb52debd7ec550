/** What the page of models says while there is none: three ways to the first version. */

import { CodeBlock } from "../components/copy.tsx";
import { Link } from "../components/link.tsx";
import { JOBS_PATH } from "../lib/url.ts";

const PYTHON = `from gnomon.models.registry import home as registry

registry.register("digits", "model.onnx", metrics={"test/accuracy": 0.97}, aliases=["champion"])
folder = registry.path("digits@champion")`;
const SHELL = `gnomon models register digits model.onnx --metric test/accuracy=0.97
gnomon models register digits --job JOB
gnomon models alias digits champion latest`;

export function TeachModels() {
  return (
    <div className="md-teach">
      <p className="muted">
        A model has versions: their files are copied here and never change, and each keeps where it comes from: run,
        step, data, code. An alias such as champion points at one version, and a gate says what a version must pass
        first.
      </p>
      <h2>From a job</h2>
      <p className="muted">
        Open a finished one among the <Link to={JOBS_PATH}>jobs</Link> and press Register. The page of its run and the
        canvas have the same button.
      </p>
      <h2>From Python</h2>
      <CodeBlock code={PYTHON} what="the Python lines" />
      <h2>From a shell</h2>
      <CodeBlock code={SHELL} what="the shell commands" />
    </div>
  );
}
