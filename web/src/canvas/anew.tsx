/** Code by hand, written anew from the nodes: what stands in no node goes, so somebody is asked first. */

import { useState } from "react";
import { writeCode } from "../api/canvases.ts";
import { Dialog } from "../components/dialog.tsx";
import { Trouble } from "../components/trouble.tsx";
import { lostLines } from "../lib/codelines.ts";
import { plural } from "../lib/format.ts";
import type { Graph } from "../lib/graph.ts";
import type { GraphStore } from "../state/graph.ts";

/** `text`: the code as it is. */
export function WriteAnew({ store, graph, text }: { store: GraphStore; graph: Graph; text: string }) {
  const [lost, setLost] = useState<readonly string[] | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const { [graph.target]: _, ...source } = graph.source;
  const write = (): void => {
    setLost(null);
    store.apply([{ op: "document", source }], "Write the code anew");
  };
  const ask = (): void => {
    setProblem(null);
    writeCode({ ...graph, source }, graph.target).then((written) => {
      const lines = lostLines(text, written.text);
      if (lines.length === 0) write();
      else setLost(lines);
    }, setProblem);
  };
  return (
    <>
      <button type="button" className="link" onClick={ask}>
        write it anew
      </button>
      {problem !== null && <Trouble cause={problem} small />}
      {lost !== null && (
        <Dialog title="Write the code anew?" className="code-anew" onClose={() => setLost(null)}>
          <p>
            It is written from the nodes alone. {plural(lost.length, "line")} of yours{" "}
            {lost.length === 1 ? "goes" : "go"}, until you undo it:
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys must be able to */}
          <pre tabIndex={0}>{lost.join("\n")}</pre>
          <p className="dialog-actions">
            <button type="button" onClick={() => setLost(null)}>
              Keep it
            </button>
            <button type="button" className="primary" onClick={write}>
              Write it anew
            </button>
          </p>
        </Dialog>
      )}
    </>
  );
}
