/** The smallest store that React can follow. */

import { useSyncExternalStore } from "react";

export class Store<T> {
  private readonly hearers = new Set<() => void>();

  constructor(private value: T) {}

  get = (): T => this.value;

  set(next: T): void {
    if (Object.is(next, this.value)) return;
    this.value = next;
    for (const hear of [...this.hearers]) hear();
  }

  update(change: (value: T) => T): void {
    this.set(change(this.value));
  }

  subscribe = (hear: () => void): (() => void) => {
    this.hearers.add(hear);
    return () => this.hearers.delete(hear);
  };
}

export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}

/** Runs `work` at once, then at most every `ms`, and once more at the end when it was asked meanwhile. */
export function throttled(work: () => void, ms: number): { (): void; cancel(): void } {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let again = false;
  const turn = (): void => {
    timer = null;
    if (!again) return;
    again = false;
    ask();
  };
  const ask = (): void => {
    if (timer !== null) {
      again = true;
      return;
    }
    timer = setTimeout(turn, ms);
    work();
  };
  ask.cancel = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    again = false;
  };
  return ask;
}
