/** The tab's live connection, and who wants to hear what. */

import { gate } from "../api/gate.ts";
import { browserLive, type LiveState } from "../api/live.ts";
import type { Frame, Wish } from "../api/types.ts";
import { Store, useStore } from "./store.ts";

const connection = browserLive();
const wishes = new Map<symbol, Wish>();
const state = new Store<LiveState>(connection.state);
let due = false;
/** Whether the stream began before anything was read. */
let whole = false;
/** How long the first requests wait for the stream. */
const PATIENCE_MS = 400;

connection.listen(() => {
  if (!gate.isOpen) whole = true;
  gate.open();
});
connection.onState(() => ["reconnecting", "stopped"].includes(connection.state) && gate.open());
connection.onState(() => state.set(connection.state));
window.addEventListener("online", () => connection.retry());
document.addEventListener("visibilitychange", () => document.hidden || connection.retry());

export function connect(): void {
  connection.connect();
  window.setTimeout(() => gate.open(), PATIENCE_MS);
}

export function useLiveState(): LiveState {
  return useStore(state);
}

export function onFrame(hear: (frame: Frame) => void): () => void {
  return connection.listen(hear);
}

/** Hear when what was read so far may be incomplete: the stream began after it, or was too old to go on. */
export function onReset(hear: () => void): () => void {
  let begun = connection.cursor !== null;
  return connection.listen((frame) => {
    if (frame.type === "reset" || (frame.type === "hello" && !begun && !whole)) hear();
    begun = true;
  });
}

/** Add a wish. Returns how to take it back. */
export function want(wish: Wish): () => void {
  const name = Symbol("wish");
  wishes.set(name, wish);
  tell();
  return () => {
    wishes.delete(name);
    tell();
  };
}

/** Charts come and go by the dozen: one message says it all. */
function tell(): void {
  if (due) return;
  due = true;
  queueMicrotask(() => {
    due = false;
    connection.watch(together([...wishes.values()]));
  });
}

function together(all: readonly Wish[]): Wish {
  const projects = new Set<string>();
  const documents = new Set<string>();
  const runs: Record<string, Set<string> | "*"> = {};
  let every = false;
  for (const wish of all) {
    for (const kind of wish.documents ?? []) documents.add(kind);
    if (wish.projects === "*") every = true;
    else for (const project of wish.projects) projects.add(project);
    for (const [run, keys] of Object.entries(wish.runs)) {
      const known = runs[run];
      if (keys === "*" || known === "*") runs[run] = "*";
      else runs[run] = new Set([...(known ?? []), ...keys]);
    }
  }
  const lists = Object.entries(runs).map(([run, keys]) => [run, keys === "*" ? keys : [...keys].sort()] as const);
  const named = documents.size > 0 ? { documents: [...documents].sort() } : {};
  return {
    ...named,
    projects: every ? "*" : [...projects].sort(),
    runs: Object.fromEntries(lists.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
