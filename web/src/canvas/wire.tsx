/** A wire from an output to an input; one that leads back goes round between the rows. */

import { BaseEdge, EdgeLabelRenderer, type EdgeProps, getBezierPath, Position } from "@xyflow/react";
import { createContext, memo, useContext, useSyncExternalStore } from "react";
import { wirePath } from "../lib/wirepath.ts";
import { Store } from "../state/store.ts";
import type { WireEdge } from "./scene.ts";

/** The wire under the pointer; each wire hears only of itself. */
export const HoveredWire = createContext(new Store<string | null>(null));

export const Wire = memo(function Wire(props: EdgeProps<WireEdge>) {
  const { id, sourceX, sourceY, targetX, targetY, data, selected } = props;
  const pointed = useContext(HoveredWire);
  const hovered = useSyncExternalStore(pointed.subscribe, () => pointed.get() === id);
  const [path, x, y] =
    targetX >= sourceX + 12
      ? getBezierPath({
          sourceX,
          sourceY,
          targetX,
          targetY,
          sourcePosition: Position.Right,
          targetPosition: Position.Left,
          curvature: 0.3,
        })
      : wirePath(sourceX, sourceY, targetX, targetY);
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
