/** The filter of the run table; a mistake is pointed at under the character where it was found. */

import { useEffect, useState } from "react";
import type { Problem } from "../api/client.ts";
import { withCode } from "./trouble.tsx";

interface Props {
  readonly value: string;
  readonly problem: Problem | null;
  readonly onChange: (where: string) => void;
}

const PAUSE_MS = 250;

export function FilterBox({ value, problem, onChange }: Props) {
  const [text, setText] = useState(value);
  const [scroll, setScroll] = useState(0);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  const wrong = problem !== null && text === value;
  return (
    <div className={wrong ? "filter wrong" : "filter"}>
      <input
        type="text"
        id="filter"
        value={text}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        placeholder="config.lr < 0.3 and metric.val/acc.max > 0.9"
        aria-label="Filter runs"
        aria-invalid={wrong}
        aria-describedby="filter-problem"
        onChange={(event) => setText(event.target.value)}
        onScroll={(event) => setScroll(event.currentTarget.scrollLeft)}
        onKeyDown={(event) => event.key === "Enter" && onChange(text)}
      />
      {text !== "" && (
        <button type="button" className="quiet" aria-label="Clear the filter" onClick={() => onChange("")}>
          ✕
        </button>
      )}
      <div id="filter-problem" className="filter-problem" aria-live="polite">
        {wrong && (
          <>
            {problem.position !== undefined && (
              <div
                className="filter-caret"
                aria-hidden="true"
                data-position={problem.position}
                style={{ marginLeft: -scroll }}
              >
                <span className="filter-space">{text.slice(0, problem.position)}</span>
                <span className="filter-arrow">▲</span>
              </div>
            )}
            <p>{withCode(problem.detail)}</p>
            {problem.hint && <p className="muted">{withCode(problem.hint)}</p>}
          </>
        )}
      </div>
    </div>
  );
}
