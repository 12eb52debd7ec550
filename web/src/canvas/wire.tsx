/** A wire from an output to an input; one that leads back goes round between the rows. */

import { BaseEdge, EdgeLabelRenderer, type EdgeProps, getBezierPath, Position } from "@xyflow/react";
import { createContext, memo, useContext, useSyncExternalStore } from "react";
import { lanePath, wirePath } from "../lib/wirepath.ts";
import { Store } from "../state/store.ts";
import type { WireEdge } from "./scene.ts";

/** The wire under the pointer; each wire hears only of itself. */
export const HoveredWire = createContext(new Store<string | null>(null));

export const Wire = memo(function Wire(props: EdgeProps<WireEdge>) {
  const { id, data, selected } = props;
  const pointed = useContext(HoveredWire);
  const hovered = useSyncExternalStore(pointed.subscribe, () => pointed.get() === id);
  const [path, x, y] = wayOf(props, data?.lane ?? null);
  const text = data?.text ?? "";
  return (
    <>
      <BaseEdge path={path} className={`wire ${data?.bad ? "bad" : ""} ${data?.mark ?? ""}`} interactionWidth={16} />
      {(hovered || selected) && text !== "" && (
        <EdgeLabelRenderer>
          <div className="wire-label" style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}>
            {text}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
});

type Ends = Pick<EdgeProps, "sourceX" | "sourceY" | "targetX" | "targetY">;

/** SVG path of a wire, and where its middle is. */
export function wayOf({ sourceX, sourceY, targetX, targetY }: Ends, lane: number | null) {
  if (targetX < sourceX + 12) return wirePath(sourceX, sourceY, targetX, targetY);
  if (lane !== null) return lanePath(sourceX, sourceY, targetX, targetY, lane);
  const [sourcePosition, targetPosition] = [Position.Right, Position.Left];
  return getBezierPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, curvature: 0.3 });
}
