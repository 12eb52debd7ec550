/** Data that are about to be registered or changed: what is said of them, and what the server finds in them then. */

import { look } from "../api/datasets.ts";
import type { Changes, Profile } from "../lib/dataset.ts";
import { Store } from "./store.ts";

export interface DraftState {
  readonly changes: Changes;
  /** As the server last saw them; `null` until it did once. */
  readonly profile: Profile | null;
  /** What is shown is not what was said last: the server is looking. */
  readonly busy: boolean;
  readonly problem: unknown;
}

type Look = typeof look;

const PAUSE_MS = 150;

export class Draft {
  readonly state: Store<DraftState>;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private stop: AbortController | null = null;

  /** @param name Of a data set that is changed; a new one has none yet. */
  constructor(
    readonly path: string,
    readonly name: string | null,
    changes: Changes = {},
    private readonly ask: Look = look,
  ) {
    this.state = new Store<DraftState>({ changes, profile: null, busy: true, problem: null });
    this.read();
  }

  /** Say something else; what was not mentioned stays as it was said. */
  say(changes: Changes): void {
    this.state.update((before) => ({ ...before, changes: { ...before.changes, ...changes }, busy: true }));
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.read(), PAUSE_MS);
  }

  /** Ask again: the server was away, or a file has come. */
  retry(): void {
    this.state.update((before) => ({ ...before, busy: true }));
    this.read();
  }

  destroy(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.stop?.abort();
  }

  private read(): void {
    this.stop?.abort();
    const stop = new AbortController();
    this.stop = stop;
    const { changes } = this.state.get();
    const where = { path: this.path, ...(this.name === null ? {} : { name: this.name }) };
    this.ask(where, changes, stop.signal).then(
      (profile) => !stop.signal.aborted && this.show({ profile, problem: null }),
      (problem: unknown) => !stop.signal.aborted && this.show({ problem }),
    );
  }

  private show(found: Partial<DraftState>): void {
    this.state.update((before) => ({ ...before, ...found, busy: false }));
  }
}
