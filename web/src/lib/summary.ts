/** What the values of a column are like, gathered as they arrive: how they are written follows from it. */

import { emptySpread, type Spread, stretch, wireNumber } from "./format.ts";

/** So many values tell how wide a column must be. */
const SAMPLE = 200;

export class Summary {
  /** Whether every value is a number. */
  numeric = true;
  /** The first values that are there. */
  readonly sample: unknown[] = [];
  readonly spread: Spread = emptySpread();

  add(values: readonly unknown[]): void {
    for (const value of values) {
      if (value === null || value === undefined) continue;
      if (this.sample.length < SAMPLE) this.sample.push(value);
      const number = wireNumber(value);
      if (number === null) this.numeric = false;
      else stretch(this.spread, number);
    }
  }

  /** Characters of the longest value as it is written. */
  longest(write: (value: unknown) => string): number {
    return Math.max(0, ...this.sample.map((value) => write(value).length));
  }
}
