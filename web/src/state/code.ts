/** The code of a graph and the graph of the code: what is typed changes the graph, what changes in the graph is written.
 *
 * What somebody types is never thrown away: while it cannot be read, or the server is away, it stays as it is and is kept
 * in this browser; when the graph changes meanwhile, both changes are made one where they do not touch the same lines, and
 * where they do, one is asked.
 */

import type { Parsed, Written } from "../api/canvases.ts";
import { Problem } from "../api/client.ts";
import { type LineEdit, lineEdit, movedLines, type NodeLines } from "../lib/codelines.ts";
import type { Graph, Issue, Op, Target } from "../lib/graph.ts";
import { merge3 } from "../lib/merge.ts";
import { Store } from "./store.ts";

/** A mistake in the code, at a line and column counted from 1. */
export interface Mistake {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/**
 * `reading`: what was typed is on its way; `mistake`: it is no Python; `offline`: the server does not answer;
 * `apart`: the graph changed in the lines that were typed in; `refused`: the graph does not take what was read.
 */
export type CodeState = "loading" | "same" | "typing" | "reading" | "mistake" | "offline" | "apart" | "refused";

export interface CodeView {
  readonly text: string;
  readonly lines: NodeLines;
  readonly state: CodeState;
  readonly mistake: Mistake | null;
  /** Remarks on what was read last. */
  readonly notes: readonly string[];
  /** What could not be written for this target. */
  readonly missing: readonly Issue[];
  readonly problem: unknown;
  /** Text of the graph as it is now, while both are apart. */
  readonly theirs: string | null;
}

/** What the code needs of its surroundings, so that a test can be the server and the clock. */
export interface CodeWorld {
  write(graph: Graph, target: Target, signal: AbortSignal): Promise<Written>;
  parse(text: string, target: Target, graph: Graph, signal: AbortSignal): Promise<Parsed>;
  apply(ops: readonly Op[]): boolean;
  graph(): Graph | null;
  later(run: () => void, ms: number): number;
  cancel(timer: number): void;
  keep(target: Target, draft: Draft | null): void;
  kept(target: Target): Draft | null;
}

/** What was typed and not read yet, and the text that it began from. */
export interface Draft {
  readonly base: string;
  readonly text: string;
}

const READ_MS = 220;
const WRITE_MS = 60;
const AGAIN_MS = 2500;

const NOTHING: CodeView = {
  text: "",
  lines: {},
  state: "loading",
  mistake: null,
  notes: [],
  missing: [],
  problem: null,
  theirs: null,
};

export class CodeSync {
  readonly view = new Store<CodeView>(NOTHING);
  /** Text that graph and editor agreed on last. */
  private base: string | null = null;
  private target: Target | null = null;
  /** The graph, as far as code depends on it, that `base` is the code of. */
  private written = "";
  private timer: number | null = null;
  private stop = new AbortController();
  private gone = false;

  constructor(private readonly world: CodeWorld) {}

  /** The graph is another, or may be. */
  heard(): void {
    const graph = this.world.graph();
    if (graph === null || this.gone) return;
    if (this.target !== null && graph.target !== this.target) this.leave();
    if (codeKey(graph) !== this.written && this.view.get().state !== "reading") this.soon(() => this.write(), WRITE_MS);
  }

  /** Somebody typed. */
  type(text: string): void {
    const before = this.view.get();
    if (text === before.text) return;
    const lines = movedLines(before.lines, lineEdit(before.text, text));
    const { theirs } = before;
    this.view.set({ ...before, text, lines, state: theirs === null ? "typing" : "apart" });
    this.remember();
    if (theirs === null) this.soon(() => this.read(), READ_MS);
    else if (this.base !== null && merge3(this.base, text, theirs) !== null) this.soon(() => this.write(), READ_MS);
  }

  /** Ask again: the server is back. */
  again(): void {
    if (this.view.get().state === "offline" || this.base === null) this.go();
  }

  /** Of two texts that are apart, let one be it. */
  settle(whose: "mine" | "theirs"): void {
    const view = this.view.get();
    if (view.theirs === null) return;
    this.base = view.theirs;
    const text = whose === "mine" ? view.text : view.theirs;
    const lines = movedLines(view.lines, lineEdit(view.text, text));
    this.view.set({ ...view, text, lines, theirs: null, mistake: null, state: "typing" });
    this.remember();
    this.go();
  }

  destroy(): void {
    this.gone = true;
    this.quiet();
    this.stop.abort();
  }

  private get dirty(): boolean {
    return this.base !== null && this.view.get().text !== this.base;
  }

  /** The other target is another text. What is not read yet waits for its return. */
  private leave(): void {
    this.quiet();
    this.stop.abort();
    this.base = null;
    this.written = "";
    this.view.set(NOTHING);
  }

  private go(): void {
    const graph = this.world.graph();
    const stale = graph !== null && codeKey(graph) !== this.written;
    this.soon(() => (this.dirty && !stale ? this.read() : this.write()), 0);
  }

  private soon(run: () => void, ms: number): void {
    this.quiet();
    this.timer = this.world.later(() => {
      this.timer = null;
      run();
    }, ms);
  }

  private quiet(): void {
    if (this.timer !== null) this.world.cancel(this.timer);
    this.timer = null;
  }

  private begin(): AbortSignal {
    this.stop.abort();
    this.stop = new AbortController();
    return this.stop.signal;
  }

  /** Fetch the code of the graph as it is. */
  private write(): void {
    const graph = this.world.graph();
    if (graph === null) return;
    const signal = this.begin();
    const key = codeKey(graph);
    this.world.write(graph, graph.target, signal).then(
      (written) => !signal.aborted && this.wrote(written, graph.target, key),
      (problem: unknown) => !signal.aborted && this.failed(problem),
    );
  }

  private wrote(written: Written, target: Target, key: string): void {
    const view = this.view.get();
    const first = this.base === null;
    const draft = first ? this.world.kept(target) : null;
    const base = draft ? draft.base : this.base;
    const mine = draft ? draft.text : view.text;
    this.target = target;
    this.written = key;
    const told = { missing: written.missing, problem: null };
    const merged = base === null || mine === base ? written.text : merge3(base, mine, written.text);
    if (merged === null) {
      this.base = base;
      const lines = movedLines(written.lines, lineEdit(written.text, mine));
      this.view.set({ ...view, ...told, text: mine, lines, state: "apart", theirs: written.text });
      return;
    }
    this.base = written.text;
    const same = merged === written.text;
    const lines = same ? written.lines : movedLines(written.lines, lineEdit(written.text, merged));
    this.view.set({
      ...view,
      ...told,
      text: merged,
      lines,
      mistake: null,
      theirs: null,
      notes: same ? view.notes : [],
      state: same ? "same" : "typing",
    });
    this.remember();
    if (!same) this.soon(() => this.read(), 0);
    else this.heard();
  }

  /** Read what was typed as a graph. */
  private read(): void {
    const graph = this.world.graph();
    if (graph === null || !this.dirty) {
      this.inStep();
      return;
    }
    // What the graph gained meanwhile would look like something taken out of the text: both are made one first.
    if (codeKey(graph) !== this.written) {
      this.write();
      return;
    }
    const signal = this.begin();
    const { text } = this.view.get();
    this.view.update((view) => ({ ...view, state: "reading" }));
    this.world.parse(text, graph.target, graph, signal).then(
      (parsed) => !signal.aborted && this.parsed(parsed, text, graph),
      (problem: unknown) => !signal.aborted && this.failed(problem),
    );
  }

  private parsed(parsed: Parsed, text: string, asked: Graph): void {
    const graph = this.world.graph();
    if (graph === null || codeKey(graph) !== codeKey(asked)) {
      this.write();
      return;
    }
    if (parsed.ops.length > 0 && !this.world.apply(parsed.ops)) {
      this.view.update((view) => ({ ...view, state: "refused" }));
      return;
    }
    this.base = text;
    this.written = codeKey(this.world.graph() ?? graph);
    const view = this.view.get();
    const edit: LineEdit = lineEdit(text, view.text);
    // What is known from before and was moved along is better than nothing.
    const lines = Object.keys(parsed.lines).length > 0 ? movedLines(parsed.lines, edit) : view.lines;
    this.view.set({ ...view, lines, notes: parsed.notes, mistake: null, problem: null, state: "same" });
    this.remember();
    if (view.text !== text) this.soon(() => this.read(), READ_MS);
  }

  private inStep(): void {
    this.view.update((view) => ({ ...view, mistake: null, state: view.state === "loading" ? "loading" : "same" }));
    this.remember();
    this.heard();
  }

  private failed(problem: unknown): void {
    const mistake = mistakeOf(problem);
    if (mistake) {
      this.view.update((view) => ({ ...view, mistake, problem: null, state: "mistake" }));
      this.heard();
      return;
    }
    const away = problem instanceof Problem && (problem.status === 0 || problem.status >= 502);
    this.view.update((view) => ({ ...view, problem, state: away ? "offline" : "refused" }));
    if (away) this.soon(() => this.go(), AGAIN_MS);
  }

  private remember(): void {
    const { text } = this.view.get();
    const { base, target } = this;
    if (target !== null) this.world.keep(target, base !== null && text !== base ? { base, text } : null);
  }
}

/** The part of a graph that its code shows; where nodes are drawn is none of it. */
export function codeKey(graph: Graph): string {
  const { name, target, nodes, edges, groups, source } = graph;
  return JSON.stringify([
    name,
    target,
    nodes.map((node) => [node.id, node.type, node.params]),
    edges.map((edge) => [edge.from, edge.to]),
    groups.map((group) => [group.id, group.nodes, group.repeat]),
    source[target] ?? null,
  ]);
}

/** The place of a mistake that the server found in code; `null` when it is about something else. */
export function mistakeOf(problem: unknown): Mistake | null {
  if (!(problem instanceof Problem) || problem.status < 400 || problem.status >= 500) return null;
  const place = /line (\d+)(?:,? col(?:umn)? (\d+))?/.exec(problem.detail);
  if (!place) return null;
  return {
    line: Number(place[1]),
    column: Number(place[2] ?? 1),
    message: problem.detail.replace(/^line \d+(,? col(umn)? \d+)?: /, ""),
  };
}
