/** Which entries of the palette are shown for a question, and in what order. */

import { fuzzy } from "./fuzzy.ts";

export interface Entry {
  /** Stays the same from visit to visit. */
  readonly id: string;
  readonly title: string;
  readonly section: string;
  /** Stands small behind the title. */
  readonly note?: string | undefined;
  /** Found by these words too. */
  readonly words?: string | undefined;
  /** Spelled as in `lib/shortcuts.ts`. */
  readonly keys?: string | undefined;
  /** Address, where it is a place that another tab can open. */
  readonly path?: string | undefined;
  /** Somebody else found it: it is shown though its title may not say why. */
  readonly found?: boolean;
  readonly act: () => void;
}

export interface Ranked {
  readonly entry: Entry;
  /** Places of the letters of the title that were asked for. */
  readonly hits: readonly number[];
}

export interface Part {
  readonly title: string;
  readonly entries: readonly Ranked[];
  /** Entries that fit too and are not shown. */
  readonly more: number;
}

export const RECENT = "Recent";
/** Entries of a section before anything was typed, and after. */
const FEW = 5;
const SOME = 8;
/** What was used lately comes before what fits as well, the last one most. */
const LATELY = 0.25;
/** A word that stands beside the title counts for less than most in it. */
const ASIDE = 1;
const BESIDE = 1.5;
const FOUND = 0.9;
/** Where nothing is asked, what is near comes first; sections that are not named stand behind. */
const FIRST = ["Selected runs", "Go to", "This run", "Runs", "Run table", "Charts", "Media", "Metrics"];

/**
 * Rank entries in sections; the section of the best entry comes first.
 *
 * @param recent Ids that were used, the last one first.
 */
export function ranked(entries: readonly Entry[], question: string, recent: readonly string[]): readonly Part[] {
  return question.trim() === "" ? unasked(entries, recent) : asked(entries, question, recent);
}

function unasked(entries: readonly Entry[], recent: readonly string[]): readonly Part[] {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const lately = recent.flatMap((id) => byId.get(id) ?? []).slice(0, FEW);
  const rest = entries.filter((entry) => !lately.includes(entry));
  const parts = [...grouped(rest, (entry) => entry.section)]
    .map(([title, all]) => part(title, all.map(plain), FEW))
    .sort((a, b) => order(a.title) - order(b.title));
  return lately.length > 0 ? [{ title: RECENT, entries: lately.map(plain), more: 0 }, ...parts] : parts;
}

function order(title: string): number {
  const at = FIRST.indexOf(title);
  return at < 0 ? FIRST.length : at;
}

function plain(entry: Entry): Ranked {
  return { entry, hits: [] };
}

function asked(entries: readonly Entry[], question: string, recent: readonly string[]): readonly Part[] {
  const scored = entries.flatMap((entry) => {
    const match = matched(entry, question);
    if (!match) return [];
    const at = recent.indexOf(entry.id);
    return { entry, hits: match.hits, score: match.score + (at < 0 ? 0 : LATELY * (1 - at / recent.length)) };
  });
  scored.sort((a, b) => b.score - a.score);
  return [...grouped(scored, (one) => one.entry.section)].map(([title, all]) => part(title, all, SOME));
}

function part(title: string, all: readonly Ranked[], most: number): Part {
  return { title, entries: all.slice(0, most), more: Math.max(0, all.length - most) };
}

function grouped<T>(all: readonly T[], sectionOf: (one: T) => string): Map<string, T[]> {
  const sections = new Map<string, T[]>();
  for (const one of all) {
    const section = sections.get(sectionOf(one));
    if (section) section.push(one);
    else sections.set(sectionOf(one), [one]);
  }
  return sections;
}

const asides = new WeakMap<Entry, readonly string[]>();

/** Words that stand beside the title. */
function asideOf(entry: Entry): readonly string[] {
  const found = asides.get(entry);
  if (found) return found;
  const text = [entry.section, entry.note, entry.words].join(" ").toLowerCase();
  const made = text.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  asides.set(entry, made);
  return made;
}

/** Each word is in the title by its letters, or begins a word of what stands beside it. */
function matched(entry: Entry, question: string): { score: number; hits: readonly number[] } | null {
  const title = fuzzy(question, entry.title);
  if (title) return title;
  const aside = asideOf(entry);
  const words = question.toLowerCase().split(/\s+/).filter(Boolean);
  const found = words.map((word) => {
    const inTitle = fuzzy(word, entry.title);
    return inTitle ?? (aside.some((one) => one.startsWith(word)) ? { score: ASIDE, hits: [] } : null);
  });
  if (!found.every((one) => one !== null)) return entry.found ? { score: FOUND, hits: [] } : null;
  const score = found.reduce((sum, one) => sum + one.score, 0) / words.length;
  return { score: Math.min(score, BESIDE), hits: found.flatMap((one) => [...one.hits]) };
}

/** A text in pieces, every other one of letters that were asked for, the first one not. */
export function pieces(text: string, hits: readonly number[]): readonly string[] {
  const found: string[] = [];
  let [piece, marked] = ["", false];
  for (let i = 0; i < text.length; i++) {
    if (hits.includes(i) !== marked) {
      found.push(piece);
      [piece, marked] = ["", !marked];
    }
    piece += text[i];
  }
  return [...found, piece];
}
