/** Keys and palette commands of the canvas. */

import type { RefObject } from "react";
import type { Fix, Graph, GraphGroup, Issue } from "../lib/graph.ts";
import type { ShortcutId } from "../lib/shortcuts.ts";
import { type Command, useCommands } from "../state/commands.ts";
import type { GraphStore } from "../state/graph.ts";
import type { SubgraphAction } from "./subgraph.ts";

export interface Actions {
  readonly store: GraphStore;
  readonly graph: Graph;
  /** The node in focus. */
  readonly node: string | null;
  readonly selected: readonly string[];
  readonly groups: readonly GraphGroup[];
  /** What makes one node of what is selected, or several of one. */
  readonly subgraph: SubgraphAction | null;
  readonly issues: readonly Issue[];
  readonly add: () => void;
  readonly connect: () => void;
  readonly disconnect: () => void;
  readonly note: () => void;
  readonly fix: (fix: Fix) => void;
  readonly remove: () => void;
  readonly arrange: () => void;
  readonly all: () => void;
  readonly duplicate: () => void;
  readonly group: () => void;
  readonly ungroup: () => void;
  readonly fold: () => void;
  readonly fit: () => void;
  readonly zoom: (by: number) => void;
}

const CLOSER = 1.25;

export function useCanvasKeys(root: RefObject<HTMLElement | null>, actions: Actions): void {
  useCommands(() => {
    const active = document.activeElement;
    // In the panels beside the canvas, and in windows above it, the keys of nodes mean nothing.
    const inside = active === document.body || root.current?.contains(active) === true;
    const above = document.querySelector("dialog:modal") !== null;
    return [...everywhere(actions), ...(inside || above ? onNodes(actions) : [])];
  });
}

function command(shortcut: ShortcutId, title: string, act: () => unknown, words = ""): Command {
  return { id: shortcut, title, section: "Canvas", shortcut, words, act: () => void act() };
}

function everywhere({ add, arrange, fit, zoom, store }: Actions): readonly Command[] {
  const { undo, redo } = store.steps.get();
  const [back, again] = [undo.at(-1), redo.at(-1)];
  return [
    command("canvas.add", "Add a component", add, "new node layer insert"),
    command("canvas.arrange", "Arrange the graph", arrange, "layout tidy"),
    command("canvas.fit", "Show the whole graph", fit, "zoom fit"),
    command("canvas.in", "Closer", () => zoom(CLOSER), "zoom in"),
    command("canvas.out", "Farther", () => zoom(1 / CLOSER), "zoom out"),
    ...(back ? [command("canvas.undo", `Undo: ${back.label}`, () => store.undo())] : []),
    ...(again ? [command("canvas.redo", `Redo: ${again.label}`, () => store.redo())] : []),
  ];
}

function onNodes(actions: Actions): readonly Command[] {
  const { node, selected, groups, subgraph, issues, store } = actions;
  const wires = store.selection.get().edges.length;
  const fix = issues.find((issue) => issue.fixes.length > 0)?.fixes[0];
  const many = selected.length > 0;
  return [
    command("canvas.all", "Select all nodes", actions.all),
    ...(node === null
      ? []
      : [
          command("canvas.connect", `Connect ${node} to…`, actions.connect, "wire edge"),
          command("canvas.disconnect", `Disconnect ${node} from…`, actions.disconnect, "wire edge cut"),
          command("canvas.note", `Comment on ${node}`, actions.note, "note"),
        ]),
    ...(fix ? [command("canvas.fix", `Fix: ${fix.title}`, () => actions.fix(fix), "mend issue")] : []),
    ...(many || wires > 0 ? [command("canvas.delete", "Delete the selection", actions.remove, "remove")] : []),
    ...(many
      ? [
          command("canvas.duplicate", "Duplicate the selection", actions.duplicate, "copy"),
          command("canvas.group", "Group the selection", actions.group, "block"),
        ]
      : []),
    ...(groups.length > 0
      ? [
          command("canvas.ungroup", "Take the group apart", actions.ungroup, "ungroup"),
          command(
            "canvas.fold",
            groups[0]?.collapsed ? "Unfold the group" : "Fold the group",
            actions.fold,
            "collapse",
          ),
        ]
      : []),
    ...(subgraph ? [subgraphCommand(subgraph)] : []),
  ];
}

function subgraphCommand({ title, act }: SubgraphAction): Command {
  return { id: `canvas.${title}`, title, section: "Canvas", words: "subgraph promote block", act: () => void act() };
}
