/** Code by hand, written anew from the nodes: what stands in no node goes, so somebody is asked first. */

import { useState } from "react";
import { type Written, writeCode } from "../api/canvases.ts";
import { Dialog } from "../components/dialog.tsx";
import { Trouble } from "../components/trouble.tsx";
import { lostLines } from "../lib/codelines.ts";
import { plural } from "../lib/format.ts";
import type { Graph } from "../lib/graph.ts";
import type { GraphStore } from "../state/graph.ts";

/** What it would be, and which lines it would not have any more. */
interface Anew {
  readonly written: Written;
  readonly lost: readonly string[];
}

/** `text`: the code as it is. */
export function WriteAnew({ store, graph, text }: { store: GraphStore; graph: Graph; text: string }) {
  const [asked, setAsked] = useState<Anew | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const { target } = graph;
  const write = ({ written }: Anew): void => {
    setAsked(null);
    const { [target]: _, ...others } = graph.source;
    // Training loops are nobody's nodes: they stay, and so does that the file is by hand.
    const source = written.kept.length > 0 ? { ...others, [target]: written.text } : others;
    store.apply([{ op: "document", source }], "Write the code anew");
  };
  const ask = (): void => {
    setProblem(null);
    writeCode(graph, target, null, true).then((written) => {
      const found = { written, lost: lostLines(text, written.text) };
      if (found.lost.length === 0) write(found);
      else setAsked(found);
    }, setProblem);
  };
  return (
    <>
      <button type="button" className="link" onClick={ask}>
        write it anew
      </button>
      {problem !== null && <Trouble cause={problem} small />}
      {asked !== null && (
        <Dialog title="Write the code anew?" className="code-anew" onClose={() => setAsked(null)}>
          <p>
            {asked.written.kept.length > 0
              ? `The model is written from the nodes; ${asked.written.kept.join(", ")} of yours stay.`
              : "It is written from the nodes alone."}{" "}
            {plural(asked.lost.length, "line")} of yours {asked.lost.length === 1 ? "goes" : "go"}, until you undo it:
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys must be able to */}
          <pre tabIndex={0}>{asked.lost.join("\n")}</pre>
          <p className="dialog-actions">
            <button type="button" onClick={() => setAsked(null)}>
              Keep it
            </button>
            <button type="button" className="primary" onClick={() => write(asked)}>
              Write it anew
            </button>
          </p>
        </Dialog>
      )}
    </>
  );
}
