/** The time of day, for ages that tick: once a second, and only while someone looks. */

import { useSyncExternalStore } from "react";

const hearers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;
let now = Date.now() / 1000;

function tick(): void {
  now = Date.now() / 1000;
  for (const hear of hearers) hear();
}

function subscribe(hear: () => void): () => void {
  if (hearers.size === 0) {
    now = Date.now() / 1000;
    timer = setInterval(tick, 1000);
  }
  hearers.add(hear);
  return () => {
    hearers.delete(hear);
    if (hearers.size === 0 && timer !== null) clearInterval(timer);
  };
}

/** UTC seconds; a component that shows `shown(now)` renders again only when that text changes. */
export function useNow<T>(shown: (now: number) => T): T {
  return useSyncExternalStore(subscribe, () => shown(now));
}
