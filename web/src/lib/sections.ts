/** Charts in sections: keys that share what stands before the first slash. */

export interface Section {
  readonly name: string;
  readonly keys: readonly string[];
}

/** What a key without a slash belongs to. */
export const LOOSE = "other";

const FIRST = ["val", "valid", "validation", "test", "eval", "train"];
const LAST = ["system", "sys"];
/** Made once: ten thousand keys take a tenth of a second with `localeCompare`. */
const byName = new Intl.Collator("en", { numeric: true }).compare;

/** Group keys by prefix: results first, training next, then the rest by name, the machine last. */
export function sections(keys: Iterable<string>): Section[] {
  const groups = new Map<string, string[]>();
  for (const key of keys) {
    const cut = key.indexOf("/");
    const name = cut > 0 ? key.slice(0, cut) : LOOSE;
    const group = groups.get(name);
    if (group) group.push(key);
    else groups.set(name, [key]);
  }
  return [...groups]
    .map(([name, members]) => ({ name, keys: members.sort(byName) }))
    .sort((a, b) => place(a.name) - place(b.name) || byName(a.name, b.name));
}

/** Sections beside each other under heads of their own, or one line of the panels of a section. */
export type Row =
  | { readonly kind: "head"; readonly name: string; readonly count: number; readonly open: boolean }
  | { readonly kind: "panels"; readonly keys: readonly string[] }
  | { readonly kind: "beside"; readonly sections: readonly Section[] };

/** Lay sections out in rows: those too small for a row share one with their neighbours, in order. */
export function sectionRows(all: readonly Section[], closed: readonly string[], columns: number): Row[] {
  const rows: Row[] = [];
  let beside: Section[] = [];
  const flush = (): void => {
    const [first] = beside;
    if (first && beside.length === 1) rows.push(head(first, true), { kind: "panels", keys: first.keys });
    else if (first) rows.push({ kind: "beside", sections: beside });
    beside = [];
  };
  for (const section of all) {
    const open = !closed.includes(section.name);
    const taken = beside.reduce((sum, one) => sum + one.keys.length, 0);
    if (!open || taken + section.keys.length > columns) flush();
    if (open && section.keys.length < columns) {
      beside.push(section);
      continue;
    }
    rows.push(head(section, open));
    if (!open) continue;
    for (let i = 0; i < section.keys.length; i += columns)
      rows.push({ kind: "panels", keys: section.keys.slice(i, i + columns) });
  }
  flush();
  return rows;
}

function head({ name, keys }: Section, open: boolean): Row {
  return { kind: "head", name, count: keys.length, open };
}

function place(name: string): number {
  const first = FIRST.indexOf(name);
  if (first >= 0) return first;
  return LAST.includes(name) ? 200 : name === LOOSE ? 150 : 100;
}

/** Keys that match a regular expression, or contain the text when it is not one. */
export function matching(keys: readonly string[], pattern: string): string[] {
  if (pattern === "") return [...keys];
  try {
    const expression = new RegExp(pattern, "i");
    return keys.filter((key) => expression.test(key));
  } catch {
    return keys.filter((key) => key.includes(pattern));
  }
}
