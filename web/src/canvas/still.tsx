/** A graph to be looked at: an earlier revision, or what changed between two. */

import { ReactFlowProvider } from "@xyflow/react";
import { useMemo, useState } from "react";
import { portsOf } from "../lib/card.ts";
import type { Mark } from "../lib/drawndiff.ts";
import type { Graph, Report } from "../lib/graph.ts";
import type { GraphStore } from "../state/graph.ts";
import { useStore } from "../state/store.ts";
import { GraphFlow } from "./flow.tsx";
import { mostColumns, Placing } from "./places.ts";
import { cards } from "./scene.ts";

interface Props {
  readonly store: GraphStore;
  readonly graph: Graph;
  readonly report: Report;
  readonly marks: Readonly<Record<string, Mark>>;
  readonly edgeMarks: Readonly<Record<string, Mark>>;
}

const NONE: readonly string[] = [];

export function StillGraph({ store, graph, report, marks, edgeMarks }: Props) {
  const components = useStore(store.components);
  const [placing] = useState(() => new Placing(mostColumns()));
  const sizes = useMemo(() => cards(graph, portsOf(components, report)), [graph, components, report]);
  const places = useMemo(() => placing.of(graph, sizes), [placing, graph, sizes]);
  const shown = useMemo(
    () => ({ graph, report, components, places, current: null, marks, edgeMarks }),
    [graph, report, components, places, marks, edgeMarks],
  );
  return (
    <ReactFlowProvider>
      <div className="stage still">
        <GraphFlow shown={shown} selected={NONE} selectedEdges={NONE} gestures={null} />
      </div>
    </ReactFlowProvider>
  );
}
