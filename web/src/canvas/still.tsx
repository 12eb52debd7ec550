/** A graph to be looked at. */

import { GraphSketch } from "../components/sketch.tsx";
import type { Mark } from "../lib/drawndiff.ts";
import type { Graph, Report } from "../lib/graph.ts";
import type { GraphStore } from "../state/graph.ts";

interface Props {
  readonly store: GraphStore;
  readonly graph: Graph;
  readonly report: Report;
  readonly marks: Readonly<Record<string, Mark>>;
  readonly edgeMarks: Readonly<Record<string, Mark>>;
}

export function StillGraph({ graph }: Props) {
  return <GraphSketch graph={graph} />;
}
