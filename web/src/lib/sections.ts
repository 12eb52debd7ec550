/** Charts in sections: keys that share what stands before the first slash. */

export interface Section {
  readonly name: string;
  readonly keys: readonly string[];
}

/** What a key without a slash belongs to. */
const LOOSE = "other";

const FIRST = ["pinned", "custom", "val", "valid", "validation", "train", "test", "eval"];
const LAST = ["system", "sys"];
/** Made once: ten thousand keys take a tenth of a second with `localeCompare`. */
const byName = new Intl.Collator("en", { numeric: true }).compare;

/** The section of a key: what stands before its first slash. */
export function sectionOf(key: string): string {
  const cut = key.indexOf("/");
  return cut > 0 ? key.slice(0, cut) : LOOSE;
}

/**
 * Group keys: results first, training next, then the rest by name, the machine last.
 *
 * @param place Section of a key.
 * @param rank What comes first within a section; names decide among equals.
 */
export function sections(
  keys: Iterable<string>,
  place: (key: string) => string = sectionOf,
  rank: ((key: string) => number) | null = null,
): Section[] {
  const groups = new Map<string, string[]>();
  for (const key of keys) {
    const name = place(key);
    const group = groups.get(name);
    if (group) group.push(key);
    else groups.set(name, [key]);
  }
  const ranked = (a: string, b: string): number => {
    const [first, second] = [rank?.(a) ?? 0, rank?.(b) ?? 0];
    return first === second ? byName(a, b) : first - second;
  };
  return [...groups]
    .map(([name, members]) => ({ name, keys: members.sort(rank ? ranked : byName) }))
    .sort((a, b) => placeOf(a.name) - placeOf(b.name) || byName(a.name, b.name));
}

/** What an evaluation says of single classes: `test/recall/cat`, not `test/recall` and no deeper names. */
const OF_A_CLASS = /^[^/]+\/[^/]+\/[^/]+$/;
const PER_CLASS = " per class";

/** Charts that stand in a section of their own, and sections that are folded, before anybody chooses. */
export interface Folding {
  readonly closed: readonly string[];
  /** Keys of figures of single classes: they are many, and less is to be read from them than from those beside them. */
  readonly apart: ReadonlySet<string>;
}

/** The section of what stands apart. */
export function apartSection(key: string): string {
  return sectionOf(key) + PER_CLASS;
}

/** Where a browser remembers that somebody opened such a section: "open". */
export const APART = "charts.per-class";

/** The same with the sections of what stands apart open. */
export function unfolded({ closed, apart }: Folding): Folding {
  const names = new Set([...apart].map(apartSection));
  return { closed: closed.filter((name) => !names.has(name)), apart };
}

/** A section with more charts than this, each of a single point, is folded until somebody opens it. */
const MANY = 6;

/**
 * Sections to fold before anybody chooses: what an evaluation leaves, dozens of single points, is better read in a table.
 *
 * @param counts The most points that any shown run has, by key.
 */
export function foldedSections(counts: ReadonlyMap<string, number>): Folding {
  const isSingle = (key: string): boolean => (counts.get(key) ?? 0) <= 1;
  const classes = sections([...counts.keys()].filter((key) => OF_A_CLASS.test(key) && isSingle(key)));
  const apart = new Set(classes.filter(({ keys }) => keys.length > MANY).flatMap(({ keys }) => keys));
  const rest = sections([...counts.keys()].filter((key) => !apart.has(key)));
  const single = rest.filter(({ keys }) => keys.length > MANY && keys.every(isSingle));
  if (rest.length === 0) return { closed: [], apart: new Set() };
  const names = new Set([...apart].map(apartSection));
  return { closed: [...names, ...(single.length < rest.length ? single.map(({ name }) => name) : [])], apart };
}

/** Sections beside each other under heads of their own, or one line of the panels of a section. */
export type Row =
  | { readonly kind: "head"; readonly name: string; readonly count: number; readonly open: boolean }
  | { readonly kind: "panels"; readonly keys: readonly string[] }
  | { readonly kind: "beside"; readonly sections: readonly Section[] };

/** Lay sections out in rows: those too small for a row share one with their neighbours, in order. */
export function sectionRows(
  all: readonly Section[],
  closed: readonly string[],
  columns: number,
  span: (key: string) => number = () => 1,
): Row[] {
  const rows: Row[] = [];
  let beside: Section[] = [];
  let taken = 0;
  const flush = (): void => {
    const [first] = beside;
    if (first && beside.length === 1) rows.push(head(first, true), { kind: "panels", keys: first.keys });
    else if (first) rows.push({ kind: "beside", sections: beside });
    beside = [];
    taken = 0;
  };
  for (const section of all) {
    const open = !closed.includes(section.name);
    const width = section.keys.length > columns ? columns : widthOf(section.keys, columns, span);
    if (!open || taken + width > columns) flush();
    if (open && width < columns) {
      beside.push(section);
      taken += width;
      continue;
    }
    rows.push(head(section, open));
    if (open) rows.push(...panelRows(section.keys, columns, span));
  }
  flush();
  return rows;
}

/** Columns that panels beside each other take. */
export function widthOf(keys: readonly string[], columns: number, span: (key: string) => number): number {
  return keys.reduce((sum, key) => sum + Math.min(columns, span(key)), 0);
}

function panelRows(keys: readonly string[], columns: number, span: (key: string) => number): Row[] {
  const rows: Row[] = [];
  let row: string[] = [];
  let taken = 0;
  for (const key of keys) {
    const width = Math.min(columns, span(key));
    if (taken + width > columns) {
      rows.push({ kind: "panels", keys: row });
      [row, taken] = [[], 0];
    }
    row.push(key);
    taken += width;
  }
  if (row.length > 0) rows.push({ kind: "panels", keys: row });
  return rows;
}

function head({ name, keys }: Section, open: boolean): Row {
  return { kind: "head", name, count: keys.length, open };
}

function placeOf(name: string): number {
  if (name.endsWith(PER_CLASS)) return placeOf(name.slice(0, -PER_CLASS.length)) + 0.5;
  const first = FIRST.indexOf(name);
  if (first >= 0) return first;
  return LAST.includes(name) ? 200 : name === LOOSE ? 150 : 100;
}

/** Keys that match a regular expression, or contain the text when it is not one. */
export function matching(keys: readonly string[], pattern: string): string[] {
  return pattern === "" ? [...keys] : keys.filter(matcher(pattern));
}

/** Tells whether a text matches a regular expression, or contains it when it is not one. */
export function matcher(pattern: string): (text: string) => boolean {
  if (pattern === "") return () => true;
  if (patternProblem(pattern) !== null) return (text) => text.includes(pattern);
  const expression = new RegExp(pattern, "i");
  return (text) => expression.test(text);
}

/** Why a text is not a regular expression; `null` when it is one. */
export function patternProblem(pattern: string): string | null {
  try {
    new RegExp(pattern, "i");
    return null;
  } catch (cause) {
    return cause instanceof SyntaxError ? cause.message.replace(/^Invalid regular expression: /, "") : String(cause);
  }
}
