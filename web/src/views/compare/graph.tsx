/** Two architectures in one drawing: nodes that came, went and changed, each with a sign beside its colour. */

import { useMemo } from "react";
import { formatNumber } from "../../lib/format.ts";
import { layOut } from "../../lib/layers.ts";
import type { GraphNode } from "../../lib/payload.ts";
import type { Mark, Merged, MergedNode } from "./merge.ts";

const NODE = { width: 184, height: 42 };
const AIR = 12;
/** Characters that fit into a node. */
const FITS = 25;
/** How far an edge bows that would run through the nodes between its ends. */
const DIP = 34;
const SIGNS: Readonly<Record<Mark, string>> = { same: "", added: "+ ", removed: "− ", changed: "≠ " };

/** Larger graphs are told as a list alone. */
export const MOST_DRAWN = 400;

export function MergedGraph({ merged, label }: { merged: Merged; label: string }) {
  const laid = useMemo(
    () =>
      layOut(
        merged.nodes.map(({ id }) => ({ id, ...NODE })),
        merged.edges.map(({ from, to }) => [from, to] as const),
      ),
    [merged],
  );
  const [width, height] = [laid.width + 2 * AIR, laid.height + DIP + 2 * AIR];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a large graph scrolls, and keys must be able to
    <section className="cmp-graph" tabIndex={0} aria-label={label}>
      <svg width={width} height={height} viewBox={`${-AIR} ${-AIR} ${width} ${height}`} role="img" aria-label={label}>
        {merged.edges.map(({ from, to, mark }) => {
          const [a, b] = [laid.at.get(from), laid.at.get(to)];
          if (!a || !b) return null;
          const [x0, y0, x1, y1] = [a.x + NODE.width, a.y + NODE.height / 2, b.x, b.y + NODE.height / 2];
          const far = Math.abs(b.layer - a.layer) > 1;
          const bend = far ? 40 : Math.max(20, Math.abs(x1 - x0) / 2);
          const dip = far && Math.abs(y1 - y0) < NODE.height ? DIP + NODE.height / 2 : 0;
          return (
            <g key={`${from}\n${to}`} className={`edge ${mark}`}>
              <path d={`M${x0} ${y0}C${x0 + bend} ${y0 + dip} ${x1 - bend} ${y1 + dip} ${x1} ${y1}`} />
              <path className="tip" d={`M${x1} ${y1}l-6 -3.5v7z`} />
            </g>
          );
        })}
        {merged.nodes.map((node) => {
          const at = laid.at.get(node.id);
          return at && <Node key={node.id} node={node} x={at.x} y={at.y} />;
        })}
      </svg>
    </section>
  );
}

function Node({ node, x, y }: { node: MergedNode; x: number; y: number }) {
  const facts = node.before ? changeOf(node.before, node) : factsOf(node);
  return (
    <g className={`node ${node.mark}`} transform={`translate(${x} ${y})`}>
      <title>{`${SIGNS[node.mark]}${node.label}\n${facts}`}</title>
      <rect width={NODE.width} height={NODE.height} rx="5" />
      <text x="9" y="18" className="label">
        {cut(`${SIGNS[node.mark]}${node.label}`)}
      </text>
      <text x="9" y="33">
        {cut(facts, FITS + 3)}
      </text>
    </g>
  );
}

function factsOf({ op, label, shape, parameters }: GraphNode): string {
  return [op === label ? "" : op, shape, parameters > 0 ? formatNumber(parameters, 3) : ""].filter(Boolean).join(" · ");
}

/** What is not the same: `Dense · 48 → 24 · 3.12 k → 1.56 k`. */
export function changeOf(before: GraphNode, after: GraphNode): string {
  const pair = (a: string, b: string): string => (a === b ? a : `${a || "–"} → ${b || "–"}`);
  const counts = (value: number): string => (value > 0 ? formatNumber(value, 3) : "");
  return [
    pair(before.op, after.op),
    pair(before.shape, after.shape),
    pair(counts(before.parameters), counts(after.parameters)),
  ]
    .filter(Boolean)
    .join(" · ");
}

function cut(text: string, most = FITS): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
