/** The state of a job as a shape, with its word. */

import type { JobState } from "../lib/jobs.ts";

const WORDS: Readonly<Record<JobState, string>> = {
  queued: "waits for its turn",
  starting: "starting",
  running: "running",
  paused: "paused: it keeps its memory and its slot",
  stopping: "stopping",
  parked: "parked: saved, and its slot is free",
  finished: "finished",
  stopped: "stopped",
  failed: "failed",
  lost: "lost: its supervisor is gone without a word",
};

export function JobMark({ state, word = false }: { state: JobState; word?: boolean }) {
  return (
    <span className={`state job-state-${state}`} title={WORDS[state]}>
      <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
        <Shape state={state} />
      </svg>
      <span className={word ? "state-word" : "visually-hidden"}>{state}</span>
    </span>
  );
}

function Shape({ state }: { state: JobState }) {
  const line = { fill: "none", stroke: "currentColor", strokeWidth: 1.6 } as const;
  switch (state) {
    case "running":
      return <circle cx="7" cy="7" r="4.5" fill="currentColor" />;
    case "finished":
      return <path d="M3 7.5 6 10.5 11.2 3.8" {...line} />;
    case "paused":
      return <path d="M5 3.2v7.6M9 3.2v7.6" {...line} strokeWidth={2} />;
    case "parked":
      return <path d="M3.4 3.4h7.2v7.2H3.4zM5.8 9V5h1.6a1.2 1.2 0 0 1 0 2.4H5.8" {...line} strokeWidth={1.2} />;
    case "queued":
      return <circle cx="7" cy="7" r="4.3" {...line} strokeWidth={1.4} />;
    case "starting":
    case "stopping":
      return <path d="M7 2.7a4.3 4.3 0 1 1-4.3 4.3" {...line} />;
    case "stopped":
      return <path d="M3.8 3.8h6.4v6.4H3.8z" fill="currentColor" />;
    case "lost":
      return <circle cx="7" cy="7" r="4.3" {...line} strokeWidth={1.4} strokeDasharray="2 1.86" />;
    case "failed":
      return <path d="m3.4 3.4 7.2 7.2m0-7.2-7.2 7.2" {...line} strokeWidth={1.7} />;
  }
}
