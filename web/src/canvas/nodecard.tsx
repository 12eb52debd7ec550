/** One node: name, component, shape, parameters; its ports, and what is wrong with it. */

import { Handle, type NodeProps, Position } from "@xyflow/react";
import { memo } from "react";
import type { Card, Spot } from "../lib/card.ts";
import { formatBytes, formatExact, formatIn, formatInteger, formatNumber, plural } from "../lib/format.ts";
import type { Issue, Level } from "../lib/graph.ts";
import { useFar } from "./distance.tsx";
import { CardStrip } from "./livestrip.tsx";
import { type BlockNode, type CardNode, type Costs, worst } from "./scene.ts";

export const SIGNS: Readonly<Record<Level, string>> = { error: "✕", warning: "▲", tip: "●" };
const WORDS: Readonly<Record<Level, string>> = { error: "error", warning: "warning", tip: "tip" };

export const NodeCard = memo(function NodeCard({ data }: NodeProps<CardNode>) {
  const { node, title, report, issues, card, missing, mark, data: source, strip } = data;
  const level = worst(issues);
  const look = `node-card ${level ?? ""} ${report?.blocked ? "blocked" : ""} ${mark ?? ""}`;
  if (useFar()) return <Far look={look} name={node.id} />;
  return (
    <div className={look}>
      <div className="node-head">
        <b title={node.id}>{node.id}</b>
        <span className={missing ? "node-op missing" : "node-op"} title={source ? `${title}: ${source}` : title}>
          {missing ? "not installed" : source || title}
        </span>
      </div>
      <div className="node-line">
        <span>{shapeOf(data)}</span>
        <span className="node-params" title={report ? `${formatInteger(report.params)} parameters` : undefined}>
          {level && (
            <span className={`node-sign ${level}`} title={plural(issues.length, "issue", "issues")}>
              <span aria-hidden="true">{SIGNS[level]}</span>
              <span className="visually-hidden">{WORDS[level]}</span>
            </span>
          )}
          {report && report.params > 0 ? formatNumber(report.params) : ""}
        </span>
      </div>
      <Cost costs={report?.blocked ? undefined : report} />
      {strip && <CardStrip node={node.id} />}
      {node.note !== "" && (
        <div className="node-note" title={node.note}>
          {node.note}
        </div>
      )}
      <Ports card={card} issues={issues} />
    </div>
  );
});

/** A card from afar: its name as large as it goes. */
function Far({ look, name }: { look: string; name: string }) {
  return <div className={`${look} far`}>{name}</div>;
}

/** What one sample costs here: operations, and what they leave. The line keeps its place where nothing is known. */
function Cost({ costs }: { costs: Costs | undefined }) {
  const { flops, memory_bytes: bytes } = costs ?? { flops: 0, memory_bytes: 0 };
  return (
    <div className="node-line node-cost">
      <span title={flops > 0 ? `${formatExact(flops)} operations for one sample` : undefined}>
        {flops > 0 ? formatIn(flops, "FLOP") : ""}
      </span>
      <span title="What one sample leaves here">{bytes > 0 ? formatBytes(bytes) : ""}</span>
    </div>
  );
}

function shapeOf({ report, node, issues }: CardNode["data"]): string {
  if (report === undefined) return node.type === "" ? "" : "…";
  if (report.blocked) return "waits";
  if (report.text !== "") return report.text;
  return worst(issues) === "error" ? "no shape" : "?";
}

export const GroupBlock = memo(function GroupBlock({ data }: NodeProps<BlockNode>) {
  const { group, costs, level, card } = data;
  const look = `node-card block ${level ?? ""}`;
  if (useFar()) return <Far look={look} name={group.title || group.id} />;
  return (
    <div className={look}>
      <div className="node-head">
        <b title={group.title || group.id}>{group.title || group.id}</b>
        <span className="node-op">group</span>
      </div>
      <div className="node-line">
        <span>
          {plural(group.nodes.length, "node", "nodes")}
          {group.repeat > 1 && ` ×${group.repeat}`}
        </span>
        <span className="node-params">
          {level && <span className={`node-sign ${level}`}>{SIGNS[level]}</span>}
          {costs.params > 0 ? formatNumber(costs.params) : ""}
        </span>
      </div>
      <Cost costs={costs} />
      <Ports card={card} issues={[]} />
    </div>
  );
});

function Ports({ card, issues }: { card: Card; issues: readonly Issue[] }) {
  const bad = (spot: Spot): boolean =>
    spot.strange || issues.some((issue) => issue.port === spot.name && issue.level === "error");
  return (
    <>
      {card.inputs.map((spot) => (
        <Handle
          key={spot.name}
          id={spot.name}
          type="target"
          position={Position.Left}
          className={`port ${spot.joined ? "joined" : ""} ${bad(spot) ? "bad" : ""}`}
          style={{ top: spot.y }}
          title={spot.doc ? `${spot.name}: ${spot.doc}` : spot.name}
        />
      ))}
      {card.outputs.map((spot) => (
        <Handle
          key={spot.name}
          id={spot.name}
          type="source"
          position={Position.Right}
          className={`port ${spot.joined ? "joined" : ""} ${spot.strange ? "bad" : ""}`}
          style={{ top: spot.y }}
          title={spot.doc ? `${spot.name}: ${spot.doc}` : spot.name}
        />
      ))}
    </>
  );
}
