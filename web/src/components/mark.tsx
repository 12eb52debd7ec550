/** The state of a run as a shape, with its word for those who do not see shapes. */

import type { RunState } from "../api/types.ts";

const WORDS: Record<RunState, string> = {
  running: "running",
  finished: "finished",
  stopped: "stopped before its end, on purpose",
  failed: "failed",
  killed: "killed",
  lost: "lost: nothing was heard of it for a while",
};

export function StateMark({ state, word = false }: { state: RunState; word?: boolean }) {
  return (
    <span className={`state state-${state}`} title={WORDS[state]}>
      <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
        <Shape state={state} />
      </svg>
      <span className={word ? "state-word" : "visually-hidden"}>{word ? state : WORDS[state]}</span>
    </span>
  );
}

function Shape({ state }: { state: RunState }) {
  if (state === "running") return <circle cx="7" cy="7" r="4.5" fill="currentColor" />;
  if (state === "finished")
    return <path d="M3 7.5 6 10.5 11.2 3.8" fill="none" stroke="currentColor" strokeWidth="1.6" />;
  if (state === "stopped")
    return <rect x="3.6" y="3.6" width="6.8" height="6.8" fill="none" stroke="currentColor" strokeWidth="1.5" />;
  if (state === "lost")
    return (
      <circle cx="7" cy="7" r="4.3" fill="none" stroke="currentColor" strokeWidth="1.4" strokeDasharray="2 1.86" />
    );
  return <path d="m3.4 3.4 7.2 7.2m0-7.2-7.2 7.2" fill="none" stroke="currentColor" strokeWidth="1.7" />;
}
