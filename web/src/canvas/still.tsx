/** A graph to be looked at: an earlier revision, what changed between two, or what a run trained. */

import { ReactFlowProvider } from "@xyflow/react";
import { type MouseEvent, useMemo, useState } from "react";
import { portsOf } from "../lib/card.ts";
import type { Mark } from "../lib/drawndiff.ts";
import type { Graph, Report } from "../lib/graph.ts";
import type { GraphStore } from "../state/graph.ts";
import { useStore } from "../state/store.ts";
import { GraphFlow } from "./flow.tsx";
import { mostColumns, Placing } from "./places.ts";
import { cards } from "./scene.ts";

interface Props {
  readonly store: Pick<GraphStore, "components">;
  readonly graph: Graph;
  readonly report: Report;
  readonly marks: Readonly<Record<string, Mark>>;
  readonly edgeMarks: Readonly<Record<string, Mark>>;
  /** Cards show what the followed run watched. */
  readonly strips?: boolean;
  readonly selected?: readonly string[];
  /** A card was clicked. */
  readonly onPick?: (node: string) => void;
}

const NONE: readonly string[] = [];

export function StillGraph(props: Props) {
  const { store, graph, report, marks, edgeMarks, strips = false, selected = NONE, onPick } = props;
  const components = useStore(store.components);
  const [placing] = useState(() => new Placing(mostColumns()));
  const sizes = useMemo(() => cards(graph, portsOf(components, report), strips), [graph, components, report, strips]);
  const places = useMemo(() => placing.of(graph, sizes), [placing, graph, sizes]);
  const shown = useMemo(
    () => ({ graph, report, components, places, current: null, marks, edgeMarks, strips }),
    [graph, report, components, places, marks, edgeMarks, strips],
  );
  return (
    <ReactFlowProvider>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: whoever lets cards be picked lists them beside, for the keyboard */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: likewise */}
      <div
        className={onPick ? "stage still picks" : "stage still"}
        onClick={onPick && ((event) => pick(event, onPick))}
      >
        <GraphFlow shown={shown} selected={selected} selectedEdges={NONE} gestures={null} />
      </div>
    </ReactFlowProvider>
  );
}

function pick({ target }: MouseEvent, onPick: (node: string) => void): void {
  const card = target instanceof Element ? target.closest(".react-flow__node-card") : null;
  const id = card?.getAttribute("data-id");
  if (id) onPick(id);
}
