/** What may be written at a place of a filter, as the server knows it; and the filters that were used lately. */

import { completeFilter } from "../api/table.ts";
import type { Completion } from "../lib/completion.ts";
import { recall, remember } from "./remember.ts";
import { Store } from "./store.ts";

const RECENT = 8;
const PAUSE_MS = 60;

export interface Answer {
  /** The text that was asked about. */
  readonly text: string;
  /** `null` when the server did not say. */
  readonly completion: Completion | null;
}

export class Completer {
  /** The answer to the last question; `null` while there is none. */
  readonly found = new Store<Answer | null>(null);
  private timer: ReturnType<typeof setTimeout> | null = null;
  private running: AbortController | null = null;

  constructor(readonly project: string) {}

  /** Ask what may stand at a character; earlier questions are no longer answered. */
  ask(text: string, at: number): void {
    this.stop();
    this.timer = setTimeout(() => this.read(text, at), PAUSE_MS);
  }

  /** Filters that were used lately, the last in front. */
  recent(): string[] {
    try {
      const kept: unknown = JSON.parse(recall(`filters.${this.project}`) ?? "[]");
      return Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : [];
    } catch {
      return [];
    }
  }

  keep(filter: string): void {
    const text = filter.trim();
    if (text === "") return;
    const others = this.recent().filter((one) => one !== text);
    remember(`filters.${this.project}`, JSON.stringify([text, ...others].slice(0, RECENT)));
  }

  destroy(): void {
    this.stop();
  }

  private stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.running?.abort();
  }

  private read(text: string, at: number): void {
    const running = new AbortController();
    this.running = running;
    completeFilter(this.project, text, at, running.signal).then(
      (completion) => running.signal.aborted || this.found.set({ text, completion }),
      // Without completion a filter can still be written.
      () => running.signal.aborted || this.found.set({ text, completion: null }),
    );
  }
}
