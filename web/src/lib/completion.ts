/** What a filter box offers: filters used lately while it is empty, else what the server says may stand there. */

/** What may be written instead of the characters `from` up to `to`. */
export interface Completion {
  readonly from: number;
  readonly to: number;
  readonly options: readonly { readonly text: string; readonly kind: string; readonly detail: string }[];
  /** Why the whole filter does not parse, and at which character. */
  readonly problem: { readonly detail: string; readonly position: number } | null;
}

export interface Option {
  readonly text: string;
  readonly kind: string;
  readonly detail: string;
  readonly from: number;
  readonly to: number;
  /** A filter of its own rather than a piece of one. */
  readonly whole: boolean;
}

/** Kinds after which the next piece is begun at once. */
const JOINED = new Set(["statistic"]);

export function optionsOf(text: string, found: Completion | null, recent: readonly string[]): Option[] {
  const lately = { kind: "recent", detail: "used lately", from: 0, to: text.length, whole: true };
  const first = text.trim() === "" ? recent.map((filter) => ({ ...lately, text: filter })) : [];
  const { from = 0, to = 0, options = [] } = found ?? {};
  const typed = text.slice(from, to);
  const rest = options
    // What is written already need not be offered.
    .filter((option) => option.text !== typed || options.length > 1)
    .map((option) => ({ ...option, from, to, whole: false }));
  return [...first, ...rest];
}

/** The text with an option written into it, and where the caret stands then: after one space. */
export function insert(text: string, option: Option): [string, number] {
  const after = text.slice(option.to);
  const gap = JOINED.has(option.kind) || /^\s/.test(after) || option.text.endsWith("(") ? "" : " ";
  const next = text.slice(0, option.from) + option.text + gap + after;
  const skip = gap === "" && /^\s/.test(after) ? 1 : 0;
  return [next, option.from + option.text.length + gap.length + skip];
}
