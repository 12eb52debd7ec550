/** What is wrong with a node, in a sentence below it, with the buttons that mend it. */

import { NodeToolbar, Position } from "@xyflow/react";
import { Keys } from "../components/keys.tsx";
import { withCode } from "../components/trouble.tsx";
import type { Fix, Issue } from "../lib/graph.ts";
import { SIGNS } from "./nodecard.tsx";

interface Props {
  readonly node: string;
  readonly issues: readonly Issue[];
  readonly onFix: (fix: Fix) => void;
  readonly onMore: () => void;
  /** The pointer is over it: it stays. */
  readonly onStay: () => void;
  readonly onLeave: () => void;
}

const SHOWN = 2;
const FIXES = 3;

export function NodeTip({ node, issues, onFix, onMore, onStay, onLeave }: Props) {
  const first = issues.find((issue) => issue.fixes.length > 0)?.fixes[0];
  return (
    <NodeToolbar nodeId={node} isVisible position={Position.Bottom} offset={8} align="start">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the pointer only keeps it open */}
      <div className="node-tip nopan nodrag" onMouseEnter={onStay} onMouseLeave={onLeave}>
        {issues.slice(0, SHOWN).map((issue) => (
          <div
            key={`${issue.code} ${issue.param} ${issue.port} ${issue.message}`}
            className={`tip-issue ${issue.level}`}
          >
            <p>
              <span className={`node-sign ${issue.level}`} aria-hidden="true">
                {SIGNS[issue.level]}
              </span>{" "}
              {withCode(issue.message)}
            </p>
            {issue.fixes.slice(0, FIXES).map((fix) => (
              <button type="button" key={fix.title} className="small" onClick={() => onFix(fix)}>
                {fix.title}
                {fix === first && <Keys keys="Mod+." />}
              </button>
            ))}
          </div>
        ))}
        {issues.length > SHOWN && (
          <button type="button" className="text" onClick={onMore}>
            {issues.length - SHOWN} more
          </button>
        )}
      </div>
    </NodeToolbar>
  );
}
