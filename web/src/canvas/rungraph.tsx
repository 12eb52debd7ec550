/** The graph that a run trained, to be looked at: its nodes show what was watched and what is wrong. */

import { useEffect, useMemo, useState } from "react";
import { checkGraph } from "../api/canvases.ts";
import { serverGraphs } from "../api/graphs.ts";
import type { RecordReader } from "../api/records.ts";
import type { Components, Graph, Issue, Report, SparseGraph } from "../lib/graph.ts";
import { wholeGraph } from "../lib/graph.ts";
import { Store } from "../state/store.ts";
import { StillGraph } from "./still.tsx";

export interface DrawnGraph {
  readonly graph: Graph;
  readonly report: Report;
  readonly components: Components;
}

const FAR = 2 ** 53 - 1;
const NO_MARKS = {};

/** The document that a run logged, as it can be drawn; `null` until it is read, and where there is none. */
export function useRunGraph(run: string, project: string, reader: RecordReader, has: boolean): DrawnGraph | null {
  const [drawn, setDrawn] = useState<DrawnGraph | null>(null);
  useEffect(() => {
    let gone = false;
    if (has)
      read(run, project, reader).then(
        (found) => gone || setDrawn(found),
        () => undefined,
      );
    return () => {
      gone = true;
    };
  }, [run, project, reader, has]);
  return drawn;
}

async function read(run: string, project: string, reader: RecordReader): Promise<DrawnGraph | null> {
  const record = await reader.at(run, "graph/document", FAR);
  if (record === null) return null;
  const sparse = JSON.parse(new TextDecoder().decode(await reader.data(run, record.id))) as SparseGraph;
  const [report, { components }] = await Promise.all([checkGraph(sparse), serverGraphs.palette(project)]);
  return { graph: wholeGraph(sparse), report, components: new Map(components.map((one) => [one.type, one])) };
}

interface Props {
  readonly drawn: DrawnGraph;
  readonly node: string | null;
  readonly levels: ReadonlyMap<string, "error" | "warning">;
  readonly onPick: (node: string) => void;
}

export function RunGraph({ drawn, node, levels, onPick }: Props) {
  const store = useMemo(() => ({ components: new Store(drawn.components) }), [drawn]);
  const selected = useMemo(() => (node === null ? [] : [node]), [node]);
  const report = useMemo(() => marked(drawn.report, levels), [drawn, levels]);
  return (
    <div className="canvas statistics-graph">
      <StillGraph
        store={store}
        graph={drawn.graph}
        report={report}
        marks={NO_MARKS}
        edgeMarks={NO_MARKS}
        strips
        selected={selected}
        onPick={onPick}
      />
    </div>
  );
}

/** Findings stand where issues of the graph do; what the editor has to say of it is not of interest here. */
function marked(report: Report, levels: ReadonlyMap<string, "error" | "warning">): Report {
  const none = { message: "", param: "", port: "", fixes: [] };
  const issues = [...levels].map(([node, level]): Issue => ({ node, level, code: "health", ...none }));
  return { ...report, issues };
}
