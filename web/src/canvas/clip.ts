/** Nodes on the clipboard: the system's where the browser gives it, and one of our own that all tabs share. */

import type { Graph, SparseGraph } from "../lib/graph.ts";
import { readPart } from "../lib/graphedit.ts";
import { recall, remember } from "../state/remember.ts";

const NAME = "clip.graph";

/** Keep a part of a graph for menus and for other tabs, and return it as text. */
export function keepPart(part: SparseGraph): string {
  const text = JSON.stringify(part, null, 1);
  remember(NAME, text);
  return text;
}

/** What was copied last here, whatever the system's clipboard holds. */
export function keptPart(): Graph | null {
  return readPart(recall(NAME) ?? "");
}
