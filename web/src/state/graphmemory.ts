/** What a tab remembers of a graph across a reload: steps to undo and redo, and changes that the server does not have. */

import type { Op } from "../lib/graph.ts";

export interface Step {
  readonly label: string;
  /** What was done. */
  readonly ops: readonly Op[];
  /** What takes it back. */
  readonly inverse: readonly Op[];
  readonly key?: string | undefined;
}

export interface Steps {
  readonly undo: readonly Step[];
  readonly redo: readonly Step[];
}

/** A change that the server does not have yet. */
export interface Waiting {
  readonly ops: readonly Op[];
  readonly label: string;
  readonly key?: string | undefined;
  /** Its own name, by which it is known again. */
  readonly token: string;
}

export interface Kept extends Steps {
  readonly rev: number;
  readonly queue: readonly Waiting[];
}

/** Where a tab remembers things; tests bring their own. */
export type Memory = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const MOST_STEPS = 200;
const MOST_CHARS = 1_000_000;

/** Steps after one more was done; those of one key that follow one another are one. */
export function stepped({ undo }: Steps, step: Step): Steps {
  const last = undo.at(-1);
  const joined = step.key !== undefined && last?.key === step.key;
  const made = joined
    ? { ...step, ops: [...last.ops, ...step.ops], inverse: [...step.inverse, ...last.inverse] }
    : step;
  return { undo: [...(joined ? undo.slice(0, -1) : undo), made].slice(-MOST_STEPS), redo: [] };
}

export function keptOf(memory: Memory, graph: string): Kept | null {
  try {
    return JSON.parse(memory.getItem(nameOf(graph)) ?? "null") as Kept | null;
  } catch {
    return null;
  }
}

/** Where there is little room the newest steps are kept; where there is none, undo lasts as long as the page. */
export function keep(memory: Memory, graph: string, kept: Kept): void {
  const { undo } = kept;
  let text = JSON.stringify(kept);
  for (let n = undo.length >> 1; text.length > MOST_CHARS && n > 0; n >>= 1)
    text = JSON.stringify({ ...kept, undo: undo.slice(-n), redo: [] });
  try {
    memory.setItem(nameOf(graph), text);
  } catch {
    memory.removeItem(nameOf(graph));
  }
}

function nameOf(graph: string): string {
  return `gnomon.graph.${graph}`;
}
