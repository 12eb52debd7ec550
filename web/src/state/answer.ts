/** An answer of the server that is kept current: a better one takes the place of what is shown, never a blank. */

import { Problem } from "../api/client.ts";
import type { Frame } from "../api/types.ts";
import { onFrame, onReset } from "./live.ts";
import { Store } from "./store.ts";

/** Read again at most so often, and never more than a fifth of the time: large questions take long to answer. */
const LEAST_MS = 1500;
const SHARE = 5;

export interface Answered<A> {
  /** The answer to the last question that was answered; `null` before the first. */
  readonly answer: A | null;
  /** Until the question that was asked last is answered. */
  readonly loading: boolean;
  readonly problem: Problem | null;
}

export class LiveAnswer<Q, A> {
  readonly state = new Store<Answered<A>>({ answer: null, loading: true, problem: null });
  private query: Q | null = null;
  private turn = 0;
  private running = false;
  private stale = false;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private ready = 0;
  private readonly leave: (() => void)[];

  /**
   * @param concerns Whether a frame may have changed the answer.
   * @param wish Makes the server tell of what concerns it; returns how to stop.
   */
  constructor(
    private readonly fetch: (query: Q) => Promise<A>,
    concerns: (frame: Frame, query: Q) => boolean,
    wish: () => () => void = () => () => undefined,
  ) {
    this.leave = [
      wish(),
      onFrame((frame) => {
        const back = frame.type === "hello" && this.state.get().problem?.status === 0;
        if (back || (this.query !== null && concerns(frame, this.query))) this.soon();
      }),
      onReset(() => this.soon()),
    ];
  }

  /** Ask another question; `null` waits until there is one. What is shown stays until it is answered. */
  ask(query: Q | null): void {
    if (JSON.stringify(query) === JSON.stringify(this.query)) return;
    this.query = query;
    this.state.update((before) => ({ ...before, loading: query !== null }));
    this.refresh();
  }

  refresh(): void {
    const { query } = this;
    if (query === null) return;
    const turn = ++this.turn;
    const began = performance.now();
    this.running = true;
    this.stale = false;
    this.fetch(query)
      .then(
        (answer) => turn === this.turn && this.show({ answer, loading: false, problem: null }),
        (cause: unknown) => {
          const problem = cause instanceof Problem ? cause : new Problem("Something broke", String(cause), 0);
          if (turn === this.turn) this.show({ answer: this.state.get().answer, loading: false, problem });
        },
      )
      .finally(() => {
        if (turn !== this.turn) return;
        const now = performance.now();
        this.running = false;
        this.ready = now + Math.max(LEAST_MS, SHARE * (now - began));
        if (this.stale) this.soon();
      });
  }

  destroy(): void {
    this.turn += 1;
    this.query = null;
    if (this.timer !== null) clearTimeout(this.timer);
    for (const stop of this.leave) stop();
  }

  private soon(): void {
    if (this.running) this.stale = true;
    if (this.running || this.timer !== null) return;
    const wait = Math.max(0, this.ready - performance.now());
    this.timer = setTimeout(() => {
      this.timer = null;
      this.refresh();
    }, wait);
  }

  /** Nobody is told of an answer that says what is already known. */
  private show(next: Answered<A>): void {
    const before = this.state.get();
    const same = JSON.stringify(before.answer) === JSON.stringify(next.answer);
    this.state.set(same ? { ...next, answer: before.answer } : next);
  }
}
