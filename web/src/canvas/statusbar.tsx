/** What the graph comes to: its issues, sizes, how long the check took, and how large it is drawn. */

import { formatBytes, formatExact, formatNumber, plural } from "../lib/format.ts";
import type { Level, Report } from "../lib/graph.ts";
import { SIGNS } from "./nodecard.tsx";

interface Props {
  readonly report: Report | null;
  readonly zoom: number;
  readonly onIssues: () => void;
  readonly onFit: () => void;
}

const LEVELS: readonly (readonly [Level, string])[] = [
  ["error", "error"],
  ["warning", "warning"],
  ["tip", "tip"],
];

export function StatusBar({ report, zoom, onIssues, onFit }: Props) {
  const totals = report?.totals;
  const issues = report?.issues ?? [];
  return (
    <footer className="canvas-foot">
      <span role="status" className="canvas-issues">
        {report && issues.length === 0 && <span className="good-word">✓ no issues</span>}
        {LEVELS.map(([level, word]) => {
          const count = issues.filter((issue) => issue.level === level).length;
          return count === 0 ? null : (
            <button key={level} type="button" className={`text foot-issues ${level}`} onClick={onIssues}>
              <span aria-hidden="true">{SIGNS[level]}</span> {plural(count, word)}
            </button>
          );
        })}
      </span>
      {totals && (
        <>
          <span title={formatExact(totals.params)}>
            <b>{formatNumber(totals.params)}</b> parameters
          </span>
          <span title={`${formatExact(totals.flops)} for one sample, a multiply-add counted as two`}>
            <b>{formatNumber(totals.flops, 3)}</b> FLOP
          </span>
          <span title="What all nodes give, for one sample">
            <b>{formatBytes(totals.memory_bytes)}</b> activations
          </span>
        </>
      )}
      <span className="grow" />
      {report?.took_us !== undefined && (
        <span className="foot-took" title="Shapes, counts and all checks, on the server">
          checked in {formatNumber(report.took_us / 1000, 2)} ms
        </span>
      )}
      <button type="button" className="text" title="Show the whole graph (0)" onClick={onFit}>
        {Math.round(zoom * 100)} %
      </button>
    </footer>
  );
}
