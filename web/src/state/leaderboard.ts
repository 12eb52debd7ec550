/** The leaderboard of a project, kept current: a better one takes the place of what is shown, never a blank. */

import { type Leaderboard, type LeaderboardQuery, queryLeaderboard } from "../api/analysis.ts";
import { Problem } from "../api/client.ts";
import { onFrame, onReset, want } from "./live.ts";
import { Store } from "./store.ts";

/** Read again at most so often, and never more than a fifth of the time: large projects take long to rank. */
const LEAST_MS = 1500;
const SHARE = 5;

export interface Ranked {
  /** The answer to the last question that was answered; `null` before the first. */
  readonly board: Leaderboard | null;
  /** Until the question on the page is answered. */
  readonly loading: boolean;
  readonly problem: Problem | null;
}

export class Board {
  readonly ranked = new Store<Ranked>({ board: null, loading: true, problem: null });
  private query: LeaderboardQuery | null = null;
  private turn = 0;
  private running = false;
  private stale = false;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private ready = 0;
  private readonly leave: (() => void)[];

  constructor(readonly project: string) {
    this.leave = [
      want({ projects: [project], runs: {} }),
      onFrame((frame) => {
        const mine = frame.type === "runs" && frame.rows.some((row) => row.project === project);
        const back = frame.type === "hello" && this.ranked.get().problem?.status === 0;
        if (mine || back || frame.type === "removed") this.soon();
      }),
      onReset(() => this.soon()),
    ];
  }

  /** Ask another question; `null` waits until there is one. What is shown stays until it is answered. */
  ask(query: LeaderboardQuery | null): void {
    if (JSON.stringify(query) === JSON.stringify(this.query)) return;
    this.query = query;
    this.ranked.update((before) => ({ ...before, loading: query !== null }));
    this.read();
  }

  refresh(): void {
    this.read();
  }

  destroy(): void {
    this.turn += 1;
    if (this.timer !== null) clearTimeout(this.timer);
    for (const stop of this.leave) stop();
  }

  private soon(): void {
    if (this.running) this.stale = true;
    if (this.running || this.timer !== null) return;
    const wait = Math.max(0, this.ready - performance.now());
    this.timer = setTimeout(() => {
      this.timer = null;
      this.read();
    }, wait);
  }

  private read(): void {
    const { query } = this;
    if (query === null) return;
    const turn = ++this.turn;
    const began = performance.now();
    this.running = true;
    this.stale = false;
    queryLeaderboard(query)
      .then(
        (board) => turn === this.turn && this.show({ board, loading: false, problem: null }),
        (cause: unknown) => {
          const problem = cause instanceof Problem ? cause : new Problem("Something broke", String(cause), 0);
          if (turn === this.turn) this.show({ board: this.ranked.get().board, loading: false, problem });
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

  /** Nobody is told of an answer that says what is already known. */
  private show(next: Ranked): void {
    const before = this.ranked.get();
    const same = JSON.stringify(before.board) === JSON.stringify(next.board);
    this.ranked.set(same ? { ...next, board: before.board } : next);
  }
}
