/** All wires from afar: one path for each look that a wire has. */

import { ViewportPortal } from "@xyflow/react";
import { useMemo } from "react";
import { useFar } from "./distance.tsx";
import type { AnyNode, Scene, WireEdge } from "./scene.ts";
import { wayOf } from "./wire.tsx";

export function FarWires({ scene }: { scene: Scene }) {
  const far = useFar();
  const paths = useMemo(() => (far ? pathsOf(scene) : []), [far, scene]);
  if (!far) return null;
  return (
    <ViewportPortal>
      <svg className="far-wires" aria-hidden="true">
        {paths.map(([look, path]) => (
          <path key={look} className={look} d={path} />
        ))}
      </svg>
    </ViewportPortal>
  );
}

/** Paths of all wires by their classes. */
export function pathsOf({ nodes, edges }: Scene): readonly (readonly [string, string])[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const found = new Map<string, string[]>();
  for (const edge of edges) {
    const ends = endsOf(edge, byId);
    if (!ends) continue;
    const look = `wire ${edge.data?.bad ? "bad" : ""} ${edge.data?.mark ?? ""} ${edge.selected ? "chosen" : ""}`;
    const list = found.get(look);
    const [path] = wayOf(ends, edge.data?.lane ?? null);
    if (list) list.push(path);
    else found.set(look, [path]);
  }
  return [...found].map(([look, list]) => [look, list.join("")]);
}

function endsOf(edge: WireEdge, nodes: ReadonlyMap<string, AnyNode>) {
  const [from, to] = [nodes.get(edge.source), nodes.get(edge.target)];
  if (!from || !to || from.type === "frame" || to.type === "frame") return null;
  const { card } = from.data;
  const out = card.outputs.find((spot) => spot.name === edge.sourceHandle);
  const into = to.data.card.inputs.find((spot) => spot.name === edge.targetHandle);
  return {
    sourceX: from.position.x + card.width,
    sourceY: from.position.y + (out?.y ?? card.height / 2),
    targetX: to.position.x,
    targetY: to.position.y + (into?.y ?? to.data.card.height / 2),
  };
}
