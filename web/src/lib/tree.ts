/** Plain data as rows of a tree, of which only the open part exists; and what changed from one to another. */

export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };
export type Mark = "added" | "removed" | "changed";

export interface TreeRow {
  /** Keys from the root, each escaped: unique, and the same for as long as the place is the same. */
  readonly path: string;
  readonly depth: number;
  /** Key or index in its parent; empty at the root. */
  readonly name: string;
  readonly value: Plain;
  /** How many members it has; `null` when it is no container. */
  readonly size: number | null;
  readonly open: boolean;
  readonly mark: Mark | null;
  /** What stood there before, of a changed value. */
  readonly before?: Plain;
}

export type Marks = ReadonlyMap<string, { readonly mark: Mark; readonly before?: Plain }>;

/** Place of a member: a slash and the key, in which slashes and tildes are escaped (as in RFC 6901). */
export function join(path: string, key: string | number): string {
  return `${path}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

export function isContainer(value: Plain | undefined): value is readonly Plain[] | { readonly [key: string]: Plain } {
  return typeof value === "object" && value !== null;
}

function members(value: Plain): [string | number, Plain][] {
  if (Array.isArray(value)) return value.map((one, i) => [i, one as Plain]);
  return isContainer(value) ? Object.entries(value) : [];
}

/**
 * The rows of what is open, at most `most` of them.
 *
 * @param open Paths that are open; the root always is.
 */
export function rowsOf(
  value: Plain,
  open: ReadonlySet<string>,
  marks: Marks = new Map(),
  gone: ReadonlyMap<string, readonly (readonly [string, Plain])[]> = new Map(),
  most = 2000,
): { readonly rows: TreeRow[]; readonly more: boolean } {
  const rows: TreeRow[] = [];
  let more = false;
  const visit = (path: string, name: string, at: Plain, depth: number, forced: Mark | null): void => {
    if (rows.length >= most) {
      more = true;
      return;
    }
    const size = isContainer(at) ? members(at).length : null;
    const opened = size !== null && size > 0 && (path === "" || open.has(path));
    const found = marks.get(path);
    const mark = forced ?? found?.mark ?? null;
    const row = { path, depth, name, value: at, size, open: opened, mark };
    rows.push(found && "before" in found ? { ...row, before: found.before as Plain } : row);
    if (!opened) return;
    for (const [key, member] of members(at)) visit(join(path, key), String(key), member, depth + 1, forced);
    for (const [key, member] of gone.get(path) ?? []) visit(join(path, key), key, member, depth + 1, "removed");
  };
  visit("", "", value, 0, null);
  return { rows, more };
}

export interface TreeDiff {
  readonly marks: Marks;
  /** Members that are no longer there, by the path of their parent. */
  readonly gone: ReadonlyMap<string, readonly (readonly [string, Plain])[]>;
  /** How many places were added, removed and changed. */
  readonly counts: Readonly<Record<Mark, number>>;
}

/** Compare two values place by place; lists by index. */
export function compare(before: Plain, after: Plain): TreeDiff {
  const marks = new Map<string, { mark: Mark; before?: Plain }>();
  const gone = new Map<string, (readonly [string, Plain])[]>();
  const counts = { added: 0, removed: 0, changed: 0 };
  const visit = (path: string, a: Plain, b: Plain): void => {
    const both = isContainer(a) && isContainer(b) && Array.isArray(a) === Array.isArray(b);
    if (!both) {
      if (Object.is(a, b) || a === b) return;
      counts.changed++;
      marks.set(path, { mark: "changed", before: a });
      return;
    }
    const old = new Map(members(a).map(([key, value]) => [String(key), value]));
    for (const [key, value] of members(b)) {
      const name = String(key);
      if (old.has(name)) visit(join(path, name), old.get(name) as Plain, value);
      else {
        counts.added++;
        marks.set(join(path, name), { mark: "added" });
      }
      old.delete(name);
    }
    if (old.size === 0) return;
    counts.removed += old.size;
    gone.set(path, [...old]);
  };
  visit("", before, after);
  return { marks, gone, counts };
}

/** Paths of the containers that lead to each of these places. */
export function parentsOf(paths: Iterable<string>): Set<string> {
  const out = new Set<string>();
  for (const path of paths)
    for (let cut = path.lastIndexOf("/"); cut > 0; cut = path.lastIndexOf("/", cut - 1)) out.add(path.slice(0, cut));
  return out;
}

/** Places whose key or value contains the text, whatever its case; at most `most`. */
export function search(value: Plain, text: string, most = 500): string[] {
  const wanted = text.toLowerCase();
  const out: string[] = [];
  const visit = (path: string, name: string, at: Plain): void => {
    if (out.length >= most) return;
    const own = isContainer(at) ? "" : String(at);
    if (path !== "" && (name.toLowerCase().includes(wanted) || own.toLowerCase().includes(wanted))) out.push(path);
    for (const [key, member] of members(at)) visit(join(path, key), String(key), member);
  };
  if (wanted !== "") visit("", "", value);
  return out;
}
