/** The state of an endpoint as a shape, with its word. */

import { type EndpointState, STATE_WORDS } from "../lib/endpoints.ts";

export function EndpointMark({ state, word = false }: { state: EndpointState; word?: boolean }) {
  const line = { fill: "none", stroke: "currentColor", strokeWidth: 1.6 } as const;
  return (
    <span className={`state ep-state-${state}`} title={STATE_WORDS[state]}>
      <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
        {state === "running" ? (
          <circle cx="7" cy="7" r="4.5" fill="currentColor" />
        ) : state === "failed" ? (
          <path d="m3.4 3.4 7.2 7.2m0-7.2-7.2 7.2" {...line} />
        ) : state === "stopped" ? (
          <path d="M3.8 3.8h6.4v6.4H3.8z" fill="currentColor" />
        ) : (
          <path d="M7 2.7a4.3 4.3 0 1 1-4.3 4.3" {...line} />
        )}
      </svg>
      <span className={word ? "state-word" : "visually-hidden"}>{state}</span>
    </span>
  );
}
