/** Everything that is wrong with the graph or could be better: with the reason, the field, and what mends it. */

import "../styles/canvasside.css";
import { useState } from "react";
import { describeOps } from "../lib/fixwords.ts";
import type { Issue, Level } from "../lib/graph.ts";
import { labelOf } from "../lib/params.ts";
import { whyOf } from "../state/checks.ts";
import type { GraphStore } from "../state/graph.ts";
import { useStore } from "../state/store.ts";

export const LEVELS: readonly { readonly level: Level; readonly mark: string; readonly many: string }[] = [
  { level: "error", mark: "✕", many: "errors" },
  { level: "warning", mark: "▲", many: "warnings" },
  { level: "tip", mark: "●", many: "tips" },
];

/** Errors first, then in the order in which they were told. */
export function sortedIssues(issues: readonly Issue[]): readonly Issue[] {
  const rank = (issue: Issue): number => LEVELS.findIndex(({ level }) => level === issue.level);
  return [...issues].sort((a, b) => rank(a) - rank(b));
}

export function Issues({ store }: { store: GraphStore }) {
  const { report } = useStore(store.view);
  const [hidden, setHidden] = useState<ReadonlySet<Level>>(new Set());
  if (report === null) return <div className="side-pane" aria-busy="true" />;
  const all = sortedIssues(report.issues);
  const shown = all.filter((issue) => !hidden.has(issue.level));
  const toggle = (level: Level): void => {
    const next = new Set(hidden);
    if (!next.delete(level)) next.add(level);
    setHidden(next);
  };
  return (
    <div className="side-pane issues">
      <fieldset className="issue-levels">
        <legend className="visually-hidden">Show</legend>
        {LEVELS.map(({ level, mark, many }) => {
          const count = all.filter((issue) => issue.level === level).length;
          return (
            <button
              key={level}
              type="button"
              className={`toggle level-${level}`}
              aria-pressed={!hidden.has(level)}
              disabled={count === 0}
              onClick={() => toggle(level)}
            >
              <span aria-hidden="true">{mark}</span> {count} {count === 1 ? many.slice(0, -1) : many}
            </button>
          );
        })}
      </fieldset>
      {all.length === 0 && (
        <p className="issues-none">
          <span className="good" aria-hidden="true">
            ✓
          </span>{" "}
          Nothing is wrong, and nothing comes to mind that would be better.
        </p>
      )}
      {all.length > 0 && shown.length === 0 && <p className="muted">All of them are hidden by the buttons above.</p>}
      <ul aria-label="Issues">
        {shown.map((issue, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two of the same text may stand at one node
          <Row key={`${issue.code} ${issue.node} ${issue.message} ${i}`} store={store} issue={issue} />
        ))}
      </ul>
    </div>
  );
}

function Row({ store, issue }: { store: GraphStore; issue: Issue }) {
  const [why, setWhy] = useState<string | null>(null);
  const level = LEVELS.find((one) => one.level === issue.level);
  const where = [issue.node || "graph", issue.param && labelOf(issue.param), issue.port].filter(Boolean).join(" · ");
  const go = (): void => {
    if (issue.node === "") store.select([]);
    else if (issue.param) store.edit(issue.node, issue.param);
    else store.focus(issue.node);
  };
  const tell = (): void => {
    if (why !== null) setWhy(null);
    else whyOf(issue.code).then(setWhy);
  };
  return (
    <li className={`issue level-${issue.level}`}>
      <div className="issue-head">
        <span className="issue-mark" role="img" aria-label={issue.level}>
          {level?.mark}
        </span>
        <button type="button" className="text key issue-where" title="Show it on the canvas" onClick={go}>
          {where}
        </button>
        <button
          type="button"
          className="link issue-code"
          aria-expanded={why !== null}
          aria-label={`Why ${issue.code}`}
          onClick={tell}
        >
          why · {issue.code}
        </button>
      </div>
      <p className="issue-words">{issue.message}</p>
      {why !== null && <p className="issue-why muted">{why}</p>}
      {issue.fixes.length > 0 && (
        <ul className="fixes" aria-label={`What would mend ${issue.code} of ${issue.node || "the graph"}`}>
          {issue.fixes.map((fix) => (
            <li key={fix.title}>
              <button type="button" className="small" onClick={() => store.mend(fix)}>
                {fix.title}
              </button>
              <span className="muted">{describeOps(fix.ops)}</span>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
