/** A patch as git writes it, file by file and line by line. */

export type LineKind = "same" | "added" | "removed" | "head" | "note";

export interface PatchLine {
  readonly kind: LineKind;
  /** Number in the file before, and after; `null` where the line is not in it. */
  readonly before: number | null;
  readonly after: number | null;
  readonly text: string;
}

export interface PatchFile {
  readonly path: string;
  readonly change: "changed" | "new" | "deleted" | "mode";
  readonly added: number;
  readonly removed: number;
  readonly lines: readonly PatchLine[];
}

const HUNK = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)$/;

export function readPatch(patch: string): PatchFile[] {
  const files: PatchFile[] = [];
  let part: string[] = [];
  const close = (): void => {
    if (part.length > 0) files.push(readFile(part));
  };
  const lines = patch.split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (const line of lines) {
    if (line.startsWith("diff --git ")) {
      close();
      part = [];
    }
    part.push(line);
  }
  close();
  return files;
}

function readFile(part: readonly string[]): PatchFile {
  const lines: PatchLine[] = [];
  let [before, after, added, removed] = [0, 0, 0, 0];
  let change: PatchFile["change"] = "mode";
  let inside = false;
  for (const line of part) {
    const hunk = HUNK.exec(line);
    if (hunk) {
      [before, after] = [Number(hunk[1]), Number(hunk[2])];
      inside = true;
      if (change === "mode") change = "changed";
      lines.push({ kind: "head", before: null, after: null, text: line });
    } else if (!inside) {
      if (line.startsWith("new file mode")) change = "new";
      if (line.startsWith("deleted file mode")) change = "deleted";
      if (/^(old|new) mode /.test(line)) lines.push({ kind: "note", before: null, after: null, text: line });
    } else if (line.startsWith("+")) {
      added += 1;
      lines.push({ kind: "added", before: null, after: after++, text: line.slice(1) });
    } else if (line.startsWith("-")) {
      removed += 1;
      lines.push({ kind: "removed", before: before++, after: null, text: line.slice(1) });
    } else if (line.startsWith("\\")) {
      lines.push({ kind: "note", before: null, after: null, text: "no end of line at the end of the file" });
    } else {
      lines.push({ kind: "same", before: before++, after: after++, text: line.slice(1) });
    }
  }
  return { path: pathOf(part[0] ?? ""), change, added, removed, lines };
}

/** The path in the first line: both names are the same, for no renames are captured. */
export function pathOf(head: string): string {
  const both = head.slice("diff --git ".length);
  return unquoted(both.slice(0, (both.length - 1) / 2)).replace(/^a\//, "");
}

/** A name as git quotes it: escapes, and bytes in octal. */
function unquoted(name: string): string {
  if (!name.startsWith('"')) return name;
  const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };
  const bytes: number[] = [];
  for (const [whole, octal, letter] of name.slice(1, -1).matchAll(/\\(\d{3})|\\(.)|[^\\]/gs)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else if (letter !== undefined) bytes.push(escapes[letter] ?? letter.charCodeAt(0));
    else bytes.push(...new TextEncoder().encode(whole));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}
