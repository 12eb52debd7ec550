/** What may be written at a place of a filter, as the server knows it; and the filters that were used lately. */

import { completeFilter } from "../api/table.ts";
import type { Completion } from "../lib/completion.ts";
import { recall, remember } from "./remember.ts";
import { Store } from "./store.ts";

const RECENT = 8;
const PAUSE_MS = 60;

export class Completer {
  /** The answer to the last question; `null` while there is none. */
  readonly found = new Store<Completion | null>(null);
  private timer: ReturnType<typeof setTimeout> | null = null;
  private running: AbortController | null = null;

  constructor(readonly project: string) {}

  /** Ask what may stand at a character; earlier questions are no longer answered. */
  ask(text: string, at: number): void {
    this.cancel();
    this.timer = setTimeout(() => this.read(text, at), PAUSE_MS);
  }

  cancel(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.running?.abort();
    this.found.set(null);
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
    this.cancel();
  }

  private read(text: string, at: number): void {
    const running = new AbortController();
    this.running = running;
    completeFilter(this.project, text, at, running.signal).then(
      (answer) => running.signal.aborted || this.found.set(answer),
      // Without completion a filter can still be written.
      () => undefined,
    );
  }
}
