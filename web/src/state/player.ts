/** One step for a whole page: where it stands, what plays it, and whether it follows what is logged. */

import { indexAt, moved, nearest } from "../lib/steps.ts";
import { Store } from "./store.ts";

/** Time, so that a test can be the clock. */
export interface PlayerWorld {
  later(run: () => void, ms: number): number;
  cancel(timer: number): void;
}

const BROWSER: PlayerWorld = {
  later: (run, ms) => window.setTimeout(run, ms),
  cancel: (timer) => window.clearTimeout(timer),
};

/** What is still being read is waited for, but not for ever. */
const PATIENCE = 20;
const WAIT_MS = 50;

export class Player {
  /** Every step at which anything on the page was recorded, ascending. */
  readonly steps = new Store<readonly number[]>([]);
  /** `null` follows the newest. */
  readonly at = new Store<number | null>(null);
  readonly playing = new Store(false);
  /** The step that is shown. */
  readonly step = new Store(0);
  /** Steps in a second. */
  speed = 5;
  private timer: number | null = null;
  private waited = 0;

  /**
   * @param busy Whether what is shown now is still on its way: playing waits for it.
   */
  constructor(
    private readonly busy: () => boolean = () => false,
    private readonly world: PlayerWorld = BROWSER,
  ) {}

  /** Whether the newest is shown and what comes will be followed. */
  get live(): boolean {
    return this.at.get() === null;
  }

  setSteps(steps: readonly number[]): void {
    const before = this.steps.get();
    if (steps.length === before.length && steps.every((step, i) => step === before[i])) return;
    this.steps.set(steps);
    this.settle();
  }

  /** Show a step, whether anything was recorded there or not; `null` follows the newest. */
  go(step: number | null): void {
    this.at.set(step);
    this.settle();
  }

  /** Show the existing step that lies closest. */
  snap(step: number): void {
    const found = nearest(this.steps.get(), step);
    if (found !== null) this.go(found);
  }

  /** So many existing steps onwards or back; beyond the last one the newest is followed. */
  move(by: number): void {
    const steps = this.steps.get();
    const next = moved(steps, this.step.get(), by);
    if (next === null) return;
    const beyond = by > 0 && indexAt(steps, this.step.get()) + by >= steps.length;
    this.go(beyond ? null : next);
  }

  first(): void {
    const [first] = this.steps.get();
    if (first !== undefined) this.go(first);
  }

  newest(): void {
    this.go(null);
  }

  toggle(): void {
    if (this.playing.get()) this.pause();
    else this.play();
  }

  /** Play from here; from the beginning when this is the end. */
  play(): void {
    const steps = this.steps.get();
    if (this.playing.get() || steps.length < 2) return;
    if (this.step.get() >= (steps.at(-1) as number)) this.first();
    this.playing.set(true);
    this.next();
  }

  pause(): void {
    if (this.timer !== null) this.world.cancel(this.timer);
    this.timer = null;
    this.playing.set(false);
  }

  destroy(): void {
    this.pause();
  }

  private next(): void {
    this.waited = 0;
    this.timer = this.world.later(() => this.turn(), 1000 / this.speed);
  }

  private turn(): void {
    if (this.busy() && this.waited < PATIENCE) {
      this.waited += 1;
      this.timer = this.world.later(() => this.turn(), WAIT_MS);
      return;
    }
    this.move(1);
    if (this.step.get() >= (this.steps.get().at(-1) ?? 0)) this.pause();
    else this.next();
  }

  private settle(): void {
    this.step.set(this.at.get() ?? this.steps.get().at(-1) ?? 0);
  }
}
