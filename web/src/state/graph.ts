/**
 * One graph, kept current: changed here at once and saved behind, followed when others change it, undone and redone.
 *
 * What is shown is the newest revision that is known with the changes on top that are not saved yet. Somebody else's
 * change goes below them: they are applied anew, and one that no longer can be is dropped and told about.
 */

import { Problem } from "../api/client.ts";
import { type Edit, type GraphSource, mayPass, serverGraphs, wasLate } from "../api/graphs.ts";
import type { Frame } from "../api/types.ts";
import type { Components, Fix, Graph, Issue, Op, Report, Target } from "../lib/graph.ts";
import type { Block } from "../lib/graphblock.ts";
import { applyPatch } from "../lib/graphpatch.ts";
import { type Measured, stillMeasured, withMeasured } from "../lib/measured.ts";
import { type Places, settled, withoutPlace } from "../lib/standing.ts";
import { isView, onlyLooks } from "../lib/viewed.ts";
import { type Kept, keep, keptOf, type Memory, type Steps, stepped, type Waiting } from "./graphmemory.ts";
import { onFrame, onReset, want } from "./live.ts";
import { Store, throttled } from "./store.ts";

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

/** What the canvas asks to be shown: a node to centre on, or a field of it to edit. */
export interface Wanted {
  readonly node: string;
  /** A parameter whose field gets the focus; "" is the first. */
  readonly param?: string;
}

const AGAIN_MS = [500, 1000, 2000, 5000];
const REPORT_MS = 150;

export class GraphStore {
  readonly view = new Store<GraphView>({ graph: null, report: null, rev: 0, saved: "saved", problem: null });
  readonly selection = new Store<Selection>({ nodes: [], edges: [] });
  readonly steps = new Store<Steps>({ undo: [], redo: [] });
  /** What `focus` asked for last; the canvas centres on the node. */
  readonly focused = new Store<Wanted | null>(null);
  /** What `edit` asked for last; the inspector puts the focus into the field, then sets `null`. */
  readonly edited = new Store<Wanted | null>(null);
  /** Components by type; empty until they were read. */
  readonly components = new Store<Components>(new Map());
  readonly blocks = new Store<readonly Block[]>([]);
  /** The revision that the server has, without what waits. */
  private base: Graph | null = null;
  /** Where nodes are shown; whoever draws them says so. */
  places: (graph: Graph) => Places = () => new Map();
  private queue: readonly Waiting[] = [];
  private busy = false;
  /** Whether the base changed other than by what is shown already. */
  private moved = false;
  /** What an answer said, until it is shown: together with what else comes of it, for drawing twice takes twice as long. */
  private told: Partial<GraphView> = {};
  /** What a preview measured and the graph does not say. */
  private measured: readonly Measured[] = [];
  /** Revision that somebody told us of. */
  private newest = 0;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private gone = false;
  private count = 0;
  private readonly tab = Math.random().toString(36).slice(2, 12);
  private leave: readonly (() => void)[] = [];
  private readonly lookAgain = throttled(() => void this.readReport(), REPORT_MS);

  constructor(
    readonly project: string,
    readonly id: string,
    private readonly source: GraphSource = serverGraphs,
    private readonly memory: Memory = sessionStorage,
  ) {}

  /**
   * Begin to follow the graph, until `destroy`.
   *
   * Apart from the constructor: React may make a page and throw it away before it was ever shown, and a store that
   * nobody looks at would write its own empty steps over those of the one that is.
   */
  start(): void {
    this.leave = [
      want({ projects: [], runs: {}, documents: [`graph/${this.id}`] }),
      onFrame((frame) => this.hear(frame)),
      onReset(() => this.reload()),
    ];
    this.reload();
    this.readComponents();
  }

  /**
   * Change the document: here at once, then on the server.
   *
   * @param label What the step is called in the history: "Set filters of conv1".
   * @param key Steps of one key that follow one another are undone together: typing in a field.
   * @param exactly The operations say all: nodes without a place are given none.
   * @returns Whether the operations could be applied; why not is told in `view.problem`.
   */
  apply(ops: readonly Op[], label: string, key?: string, exactly = false): boolean {
    if (isView(this.view.get().graph) && !onlyLooks(ops)) {
      const why = "This graph is a view of a file of another tool: it can be looked at and arranged.";
      this.tell(new Problem("Nothing was changed", why, 0));
      return false;
    }
    const whole = exactly ? ops : this.settled(ops);
    const inverse = this.change(whole, label, key);
    if (!inverse) return false;
    this.steps.update((steps) => stepped(steps, { label, key, ops: whole, inverse }));
    this.keep();
    return true;
  }

  /** Do what mends an issue; what it adds is placed here, where it is known how large cards are. */
  mend({ ops, title }: Fix): boolean {
    return this.apply(ops.map(withoutPlace), title);
  }

  /** With places for what is added; operations that cannot be applied are told about where they are. */
  private settled(ops: readonly Op[]): readonly Op[] {
    const { graph } = this.view.get();
    if (!graph) return ops;
    try {
      return settled(graph, this.places(graph), ops);
    } catch {
      return ops;
    }
  }

  undo(): void {
    const { undo, redo } = this.steps.get();
    const step = undo.at(-1);
    if (!step) return;
    const inverse = this.change(step.inverse, `Undo: ${step.label}`);
    const back = inverse ? [...redo, { label: step.label, ops: inverse, inverse: step.inverse }] : redo;
    this.steps.set({ undo: undo.slice(0, -1), redo: back });
    this.keep();
  }

  redo(): void {
    const { undo, redo } = this.steps.get();
    const step = redo.at(-1);
    if (!step) return;
    const inverse = this.change(step.ops, `Redo: ${step.label}`);
    const done = inverse ? [...undo, { label: step.label, ops: step.ops, inverse }] : undo;
    this.steps.set({ undo: done, redo: redo.slice(0, -1) });
    this.keep();
  }

  /** Select nodes, and nothing else. */
  select(nodes: readonly string[], edges: readonly string[] = []): void {
    const had = this.selection.get();
    if (same(had.nodes, nodes) && same(had.edges, edges)) return;
    this.selection.set({ nodes, edges });
  }

  /** Select a node and show it in the middle of the canvas. */
  focus(node: string): void {
    this.select([node]);
    this.focused.set({ node });
  }

  /** Select a node and put the focus into a field of the inspector. */
  edit(node: string, param = ""): void {
    this.select([node]);
    this.edited.set({ node, param });
  }

  issues(node: string): readonly Issue[] {
    return this.view.get().report?.issues.filter((issue) => issue.node === node) ?? [];
  }

  setTarget(target: Target): void {
    if (this.view.get().graph?.target !== target) this.apply([{ op: "document", target }], `Write ${NAMES[target]}`);
  }

  /** Make one node of a group ("promote"), or a group of a subgraph node ("open"); what is shown then is selected. */
  async subgraph(way: "promote" | "open", id: string, place: (ops: readonly Op[]) => readonly Op[]): Promise<void> {
    const { graph } = this.view.get();
    if (!graph) return;
    try {
      const ops = place(await this.source.subgraph(way, graph, id));
      const added = ops.flatMap((op) => (op.op === "add" ? [op.node.id] : []));
      if (this.apply(ops, way === "promote" ? `Make ${id} a component` : `Open ${id}`)) this.select(added);
    } catch (cause) {
      this.tell(cause);
    }
  }

  /** A preview of these nodes was made: it may have measured what nobody could tell. */
  measure(told: readonly Measured[], asked: readonly string[]): void {
    const { graph } = this.view.get();
    const next = graph ? stillMeasured(this.measured, told, asked, graph) : [];
    if (next === this.measured) return;
    this.measured = next;
    void this.readReport();
  }

  /** What could be said of a node because a preview measured it. */
  measuredOf(node: string): readonly Measured[] {
    return this.measured.filter((one) => one.node === node);
  }

  /** Take away what was told of a change that was refused. */
  forgive(): void {
    this.view.update((view) => ({ ...view, problem: null }));
  }

  /** Read everything again. */
  reload(): void {
    if (this.busy) {
      this.newest = Number.POSITIVE_INFINITY;
      return;
    }
    void this.work(() => this.readAll());
  }

  destroy(): void {
    this.gone = true;
    this.lookAgain.cancel();
    if (this.timer !== null) clearTimeout(this.timer);
    for (const stop of this.leave) stop();
  }

  /** How many changes the server does not have yet. */
  get waiting(): number {
    return this.queue.length;
  }

  /** Apply operations to what is shown and put them into the queue; returns what takes them back. */
  private change(ops: readonly Op[], label: string, key?: string): readonly Op[] | null {
    const { graph } = this.view.get();
    if (!graph || ops.length === 0) return null;
    try {
      const done = applyPatch(graph, ops);
      this.put(ops, label, key);
      this.follow(ops);
      this.view.update((view) => ({ ...view, graph: done.graph, saved: this.state(), problem: null }));
      void this.work(() => this.send());
      return done.inverse;
    } catch (cause) {
      this.view.update((view) => ({ ...view, problem: cause }));
      return null;
    }
  }

  private put(ops: readonly Op[], label: string, key: string | undefined): void {
    const last = this.queue.length > 1 || !this.busy ? this.queue.at(-1) : undefined;
    if (last && key !== undefined && last.key === key) {
      const joined = { ...last, label, ops: [...last.ops, ...ops] };
      this.queue = [...this.queue.slice(0, -1), joined];
      return;
    }
    this.count += 1;
    this.queue = [...this.queue, { ops, label, key, token: `${this.tab}:${this.count}` }];
  }

  /** What is selected stays selected under its new name. */
  private follow(ops: readonly Op[]): void {
    for (const op of ops)
      if (op.op === "rename") {
        const { nodes, edges } = this.selection.get();
        this.select(
          nodes.map((id) => (id === op.id ? op.to : id)),
          edges,
        );
      }
  }

  private state(): Saved {
    if (this.failures > 0) return "offline";
    return this.queue.length > 0 ? "saving" : "saved";
  }

  /** Do one thing after the other with the server; what was asked for meanwhile comes after it. */
  private async work(turn: () => Promise<void>): Promise<void> {
    if (this.busy || this.gone) return;
    this.busy = true;
    try {
      await turn();
      this.failures = 0;
    } catch (cause) {
      this.failed(cause);
    }
    this.busy = false;
    if (this.gone) return;
    this.publish();
    const { rev } = this.view.get();
    if (this.failures > 0 || this.base === null) return;
    if (this.newest === Number.POSITIVE_INFINITY) void this.work(() => this.readAll());
    else if (this.newest > rev) void this.work(() => this.catchUp());
    else if (this.queue.length > 0) void this.work(() => this.send());
  }

  private failed(cause: unknown): void {
    if (this.base !== null && !mayPass(cause)) {
      this.failures = 0;
      this.tell(cause);
      return;
    }
    if (this.base === null || !this.queue.length) this.tell(cause);
    if (!mayPass(cause)) return;
    this.failures += 1;
    const wait = AGAIN_MS[Math.min(this.failures, AGAIN_MS.length) - 1] as number;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.again(), wait);
  }

  private again(): void {
    void this.work(() => (this.base === null ? this.readAll() : this.queue.length > 0 ? this.send() : this.catchUp()));
  }

  private tell(problem: unknown): void {
    this.view.update((view) => ({ ...view, problem }));
  }

  private async readAll(): Promise<void> {
    this.newest = 0;
    this.moved = true;
    const first = this.base === null;
    const kept = first ? keptOf(this.memory, this.id) : null;
    const found = await this.source.read(this.id).catch((cause: unknown) => {
      // A graph that was deleted meanwhile is not shown any more.
      if (!mayPass(cause)) this.base = null;
      throw cause;
    });
    if (kept && kept.queue.length > 0) await this.resume(kept);
    this.base = found.graph;
    if (kept) this.steps.set({ undo: kept.undo, redo: kept.redo });
    this.view.update((view) => ({ ...view, rev: found.rev, report: this.reported(found.report), problem: null }));
  }

  /** Take up what was not saved when the page was left, but for what arrived all the same. */
  private async resume({ rev, queue }: Kept): Promise<void> {
    const arrived = new Set((await this.source.since(this.id, rev)).map((edit) => edit.token));
    this.queue = [...queue.filter((one) => !arrived.has(one.token)), ...this.queue];
  }

  /** Send the change that waits longest. */
  private async send(): Promise<void> {
    const [next] = this.queue;
    const { rev } = this.view.get();
    if (!next || !this.base) return;
    try {
      const done = await this.source.patch(this.id, rev, next.ops, next.label, next.token);
      this.base = applyPatch(applyPatch(this.base, next.ops).graph, done.added).graph;
      this.moved = done.added.length > 0;
      this.queue = this.queue.slice(1);
      this.told = { rev: done.rev, report: this.reported(done.report) };
    } catch (cause) {
      if (wasLate(cause)) return this.catchUp();
      if (mayPass(cause)) throw cause;
      this.queue = this.queue.slice(1);
      this.moved = true;
      // Nothing was done since: what was refused is the newest step.
      if (this.queue.length === 0) this.steps.update(({ undo }) => ({ undo: undo.slice(0, -1), redo: [] }));
      throw cause;
    }
  }

  /** Take in what others did since the revision that we have. */
  private async catchUp(): Promise<void> {
    const edits = await this.source.since(this.id, this.view.get().rev);
    if (this.take(edits)) this.lookAgain();
    else await this.readAll();
  }

  /** Put edits below what waits; `false` when the graph must be read anew. */
  private take(edits: readonly Edit[]): boolean {
    this.moved = true;
    for (const { rev, ops, token } of edits) {
      const known = this.view.get().rev;
      if (rev <= known) continue;
      if (ops === null || rev !== known + 1 || !this.base) return false;
      this.base = applyPatch(this.base, ops).graph;
      this.queue = this.queue.filter((one) => one.token !== token);
      this.view.update((view) => ({ ...view, rev }));
    }
    return true;
  }

  /** Show where we are; when the ground moved, the base with what waits on top. */
  private publish(): void {
    const graph = this.moved ? this.rebased() : this.view.get().graph;
    const told = this.told;
    [this.moved, this.told] = [false, {}];
    this.view.update((view) => ({ ...view, ...told, graph, saved: this.state() }));
    if (graph) this.unselect(graph);
    if (this.base) this.keep();
  }

  /** The base with what waits on top; a change that cannot be applied any more is dropped and told about. */
  private rebased(): Graph | null {
    let graph = this.base;
    const left: Waiting[] = [];
    for (const one of this.queue) {
      try {
        if (graph) graph = applyPatch(graph, one.ops).graph;
        left.push(one);
      } catch (cause) {
        this.tell(cause);
      }
    }
    this.queue = left;
    return graph;
  }

  /** What is gone is not selected. */
  private unselect(graph: Graph): void {
    const { nodes, edges } = this.selection.get();
    if (nodes.length === 0) return;
    const there = new Set(graph.nodes.map((node) => node.id));
    if (!nodes.every((id) => there.has(id)))
      this.select(
        nodes.filter((id) => there.has(id)),
        edges,
      );
  }

  private hear(frame: Frame): void {
    // The stream is there again: what waits is sent at once.
    if (frame.type === "hello" && this.failures > 0) this.again();
    if (frame.type !== "graph" || frame.id !== this.id) return;
    if (frame.deleted) this.reload();
    else this.heard(frame as unknown as Edit);
  }

  /** Somebody made a revision: this tab, whose answer is on its way, or another. */
  private heard(edit: Edit): void {
    this.newest = Math.max(this.newest, edit.rev);
    const { rev } = this.view.get();
    if (this.busy || this.base === null || edit.rev <= rev) return;
    if (edit.rev === rev + 1 && this.take([edit])) {
      this.publish();
      this.lookAgain();
    } else void this.work(() => this.catchUp());
  }

  /** Others' changes come without what the server makes of them. */
  private async readReport(): Promise<void> {
    try {
      const { rev, report } = await this.source.read(this.id);
      if (rev >= this.view.get().rev) this.view.update((view) => ({ ...view, report: this.reported(report) }));
    } catch {
      // The next answer brings one.
    }
  }

  private reported(report: Report | null): Report | null {
    return withMeasured(report, this.measured);
  }

  /** Own components were changed: read what there is, and what is known of the graph by now. */
  relook(): void {
    this.readComponents();
    void this.readReport();
  }

  private readComponents(): void {
    this.source.palette(this.project).then(
      ({ components, blocks }) => {
        this.components.set(new Map(components.map((one) => [one.type, one])));
        this.blocks.set(blocks);
      },
      () => {
        if (!this.gone) setTimeout(() => !this.gone && this.readComponents(), AGAIN_MS[1]);
      },
    );
  }

  private keep(): void {
    keep(this.memory, this.id, { rev: this.view.get().rev, queue: this.queue, ...this.steps.get() });
  }
}

const NAMES: Record<Target, string> = { torch: "PyTorch", keras: "Keras" };

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}
