/** One graph, kept current: changed here at once and saved behind, followed when others change it, undone and redone. */

import type { Components, Graph, Issue, Op, Report, Target } from "../lib/graph.ts";
import type { Store } from "./store.ts";

/** `offline`: the server does not answer, changes wait and are tried again. */
export type Saved = "saved" | "saving" | "offline";

export interface GraphView {
  /** With all changes made here, saved or not; `null` until it was read. */
  readonly graph: Graph | null;
  /** Of the newest revision that the server has told about: nodes added since have none. */
  readonly report: Report | null;
  /** Revision that the server has; 0 until it was read. */
  readonly rev: number;
  readonly saved: Saved;
  /** Why the graph cannot be read or a change was refused. */
  readonly problem: unknown;
}

export interface Selection {
  readonly nodes: readonly string[];
  /** Keys of edges (`edgeKey`). */
  readonly edges: readonly string[];
}

export interface Step {
  readonly label: string;
  /** What was done. */
  readonly ops: readonly Op[];
  /** What takes it back. */
  readonly inverse: readonly Op[];
  readonly key?: string;
}

export interface Steps {
  readonly undo: readonly Step[];
  readonly redo: readonly Step[];
}

/** What the canvas asks to be shown: a node to centre on, or a field of it to edit. */
export interface Wanted {
  readonly node: string;
  /** A parameter whose field gets the focus; "" is the first. */
  readonly param?: string;
}

export interface GraphStore {
  readonly id: string;
  readonly project: string;
  readonly view: Store<GraphView>;
  readonly selection: Store<Selection>;
  readonly steps: Store<Steps>;
  /** What `focus` asked for last; the canvas centres on the node. */
  readonly focused: Store<Wanted | null>;
  /** What `edit` asked for last; the inspector puts the focus into the field, then sets `null`. */
  readonly edited: Store<Wanted | null>;
  /** Components by type; empty until they were read. */
  readonly components: Store<Components>;

  /**
   * Change the document: here at once, then on the server.
   *
   * @param label What the step is called in the history: "Set filters of conv1".
   * @param key Steps of one key that follow one another are undone together: typing in a field.
   * @returns Whether the operations could be applied; why not is told in `view.problem`.
   */
  apply(ops: readonly Op[], label: string, key?: string): boolean;
  undo(): void;
  redo(): void;
  /** Select nodes, and nothing else. */
  select(nodes: readonly string[], edges?: readonly string[]): void;
  /** Select a node and show it in the middle of the canvas. */
  focus(node: string): void;
  /** Select a node and put the focus into a field of the inspector. */
  edit(node: string, param?: string): void;
  issues(node: string): readonly Issue[];
  setTarget(target: Target): void;
  /** Read everything again. */
  reload(): void;
  destroy(): void;
}
