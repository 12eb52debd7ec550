/** What the page of data says while there are none: three ways to the first data set. */

import { CodeBlock } from "../components/copy.tsx";

const GET = `gnomon data get mnist              # from its maker, every byte checked
gnomon data get mnist --from DIR   # from files that you have already`;
const REGISTER = `gnomon data register visits.csv --target outcome
gnomon data ls`;
const PYTHON = `from gnomon.models.datasets import load, register

register("visits.csv", name="visits", target="outcome")
data = load("visits@1")
batch = data.batch("train", range(32))`;

export function TeachDatasets() {
  return (
    <div className="teach-data">
      <p className="muted">
        A data set is a file or a folder with a name: what each column holds, which one is to be predicted, how the rows
        are split, what is done to them before a model sees them. It is looked through for what spoils a result, and
        every change makes a version that runs and graphs hold on to.
      </p>
      <h2>From a shell</h2>
      <CodeBlock code={REGISTER} what="the shell commands" />
      <h2>A known one</h2>
      <CodeBlock code={GET} what="the commands that fetch" />
      <h2>From Python</h2>
      <CodeBlock code={PYTHON} what="the Python lines" />
    </div>
  );
}
