/** A graph as a small picture beside its name. */

import { useMemo } from "react";
import type { Graph } from "../lib/graph.ts";
import { BOX, sketchOf } from "../lib/sketch.ts";

const MARGIN = 4;
/** Boxes of a graph with few nodes are not blown up. */
const LEAST = { width: 150, height: 56 } as const;

interface Props {
  readonly graph: Pick<Graph, "nodes" | "edges"> | null;
}

export function GraphSketch({ graph }: Props) {
  const sketch = useMemo(() => (graph ? sketchOf(graph) : null), [graph]);
  if (sketch === null) return <span className="graph-sketch" aria-hidden="true" />;
  const [width, height] = [Math.max(LEAST.width, sketch.width), Math.max(LEAST.height, sketch.height)];
  const [left, top] = [(sketch.width - width) / 2 - MARGIN, (sketch.height - height) / 2 - MARGIN];
  return (
    <svg
      className="graph-sketch"
      viewBox={`${left} ${top} ${width + 2 * MARGIN} ${height + 2 * MARGIN}`}
      aria-hidden="true"
      preserveAspectRatio="xMidYMid meet"
    >
      {sketch.lines.map((line) => (
        <path key={line} d={line} className="sketch-line" />
      ))}
      {sketch.boxes.map(({ id, x, y, kind }) => (
        <rect key={id} x={x} y={y} width={BOX.width} height={BOX.height} rx="3" className={`sketch-box ${kind}`} />
      ))}
      {sketch.boxes.length === 0 && (
        <rect x="0" y="0" width={BOX.width} height={BOX.height} rx="3" className="sketch-box empty" />
      )}
    </svg>
  );
}
