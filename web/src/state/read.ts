/** What a page reads once for each question, and again when documents of a kind changed. */

import { useEffect, useRef, useState } from "react";
import { onFrame, onReset, want } from "./live.ts";
import { Store, throttled, useStore } from "./store.ts";

export interface Read<A> {
  /** The last answer, also while another is on its way; `null` before the first. */
  readonly answer: A | null;
  readonly problem: unknown;
  readonly loading: boolean;
  again(): void;
}

/**
 * Ask when the key changes; `null` asks nothing. The answer to another key is not shown in the place of this one's.
 *
 * @param tick Another number asks again, what is shown stays meanwhile.
 */
export function useRead<A>(key: string | null, ask: (signal: AbortSignal) => Promise<A>, tick = 0): Read<A> {
  const [found, setFound] = useState<{ key: string | null; answer: A | null; problem: unknown; done: boolean }>({
    key: null,
    answer: null,
    problem: null,
    done: false,
  });
  const [turn, setTurn] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a tick and a turn ask the same again
  useEffect(() => {
    if (key === null) return;
    const stop = new AbortController();
    setFound((before) =>
      before.key === key ? { ...before, done: false } : { key, answer: null, problem: null, done: false },
    );
    latest.current(stop.signal).then(
      (answer) => !stop.signal.aborted && setFound({ key, answer, problem: null, done: true }),
      (problem: unknown) =>
        !stop.signal.aborted &&
        setFound((before) => ({ key, answer: before.key === key ? before.answer : null, problem, done: true })),
    );
    return () => stop.abort();
  }, [key, tick, turn]);
  const own = found.key === key;
  return {
    answer: own ? found.answer : null,
    problem: own ? found.problem : null,
    loading: key !== null && !(own && found.done),
    again: () => setTurn((n) => n + 1),
  };
}

const LEAST_MS = 300;

/** Counts the changes of documents of some kinds, for as long as it is used, and returns of the server. */
export function useDocumentTick(...kinds: readonly string[]): number {
  const [ticks] = useState(() => new Store(0));
  const named = kinds.join(" ");
  useEffect(() => {
    const soon = throttled(() => ticks.update((n) => n + 1), LEAST_MS);
    const wanted = named.split(" ");
    let away = false;
    const leave = [
      want({ projects: [], runs: {}, documents: wanted }),
      onFrame((frame) => {
        if (frame.type === "documents" && frame.changes.some(({ kind }) => wanted.includes(kind))) soon();
        if (frame.type === "hello" && away) soon();
        if (frame.type === "hello") away = true;
      }),
      onReset(soon),
    ];
    return () => {
      soon.cancel();
      for (const stop of leave) stop();
    };
  }, [named, ticks]);
  return useStore(ticks);
}
