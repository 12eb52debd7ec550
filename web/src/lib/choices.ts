/** What a field with a list offers, and which of it a text finds. */

import { fuzzy } from "./fuzzy.ts";

export interface Choice {
  readonly value: string;
  readonly text: string;
  /** Stands small at the right. */
  readonly note?: string;
  /** Found by these words too. */
  readonly words?: string;
}

/** A project may have ten thousand keys; typing narrows them down. */
const SHOWN = 60;

/** Choices that hold what is typed, those that begin with it in front. */
export function holding(choices: readonly Choice[], text: string): readonly Choice[] {
  const wanted = text.trim().toLowerCase();
  const starts = (choice: Choice): number => (choice.text.toLowerCase().startsWith(wanted) ? 0 : 1);
  return choices
    .filter((choice) => choice.text.toLowerCase().includes(wanted))
    .sort((a, b) => starts(a) - starts(b))
    .slice(0, SHOWN);
}

/** Choices whose text, or other words that they are known by, have the letters in their order; all without a text. */
export function ranked(choices: readonly Choice[], text: string): readonly Choice[] {
  const wanted = text.trim();
  if (wanted === "") return choices.slice(0, SHOWN);
  return choices
    .flatMap((one) => {
      const [title, words] = [fuzzy(wanted, one.text), fuzzy(wanted, one.words ?? "")];
      const score = Math.max(title ? title.score + 0.4 : -1, words ? words.score : -1);
      return score < 0 ? [] : [{ one, score }];
    })
    .sort((a, b) => b.score - a.score)
    .slice(0, SHOWN)
    .map(({ one }) => one);
}
