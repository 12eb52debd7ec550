/**
 * Previews of one graph: asked for the nodes in sight, again only where an edit or another sample may have changed them.
 *
 * What was shown stays until the answer is there, marked as stale. One request is on its way at a time.
 */

import { Problem } from "../api/client.ts";
import { wasLate } from "../api/graphs.ts";
import {
  type PreviewAnswer,
  type PreviewSample,
  type PreviewSource,
  type PreviewTrouble,
  type SampleAsked,
  serverPreviews,
} from "../api/previews.ts";
import type { Graph } from "../lib/graph.ts";
import { changedBy, type NodePreview } from "../lib/preview.ts";
import type { GraphStore } from "./graph.ts";
import { recall, remember } from "./remember.ts";
import { Store } from "./store.ts";

/** What is known of one node. */
export interface Strip {
  readonly preview: NodePreview | null;
  /** The answer is awaited: it may be another. */
  readonly stale: boolean;
  readonly trouble: PreviewTrouble | null;
  /** Why there is nothing to show. */
  readonly missing: string;
  /** Its weights are drawn: the run whose weights were asked for has none that fit. */
  readonly drawn: boolean;
}

export interface PreviewsView {
  /** Whether they are shown on this canvas. */
  readonly on: boolean;
  /** The sample that was shown last. */
  readonly sample: PreviewSample | null;
  /** The one that is wanted; `null` is the first of the data that the graph names. */
  readonly asked: SampleAsked | null;
  /** Draws weights, and the sample where none is at hand. */
  readonly seed: number;
  readonly busy: boolean;
  /** The run whose weights are wanted; `null` draws them. */
  readonly run: string | null;
  /** The step of it that is wanted; `null` is the newest. */
  readonly at: number | null;
  /** What the run is called, where that was said. */
  readonly name: string;
  /** Step of the run at which the weights were kept that were shown last; `null` of drawn ones, nothing yet `undefined`. */
  readonly step: number | null | undefined;
  /** Why the weights of the run cannot be had; "" when they can. */
  readonly without: string;
  /** Why nothing can be shown. */
  readonly problem: unknown;
  /** What ran it, as `torch 2.13.0`. */
  readonly framework: string;
  readonly tookMs: number;
  readonly troubles: readonly PreviewTrouble[];
}

/** A statement of a node, as its code says it; "" is the whole of it. */
export interface Jump {
  readonly node: string;
  readonly statement: string;
}

/** Where a canvas remembers whether previews are shown; tests bring their own. */
export interface Remembering {
  recall(name: string): string | null;
  remember(name: string, value: string): void;
}

const SOON_MS = 30;
const AGAIN_MS = 2000;
const UNKNOWN: Strip = { preview: null, stale: true, trouble: null, missing: "", drawn: false };

export class Previews {
  readonly view: Store<PreviewsView>;
  /** A statement of a node that is to be shown in the code; whoever shows it sets `null`. */
  readonly jump = new Store<Jump | null>(null);
  private readonly strips = new Map<string, Store<Strip>>();
  private sight: readonly string[] = [];
  private drawn: Graph | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private gone = false;
  /** What changed since the request on its way was made. */
  private since: Set<string> | null = null;
  private leave: readonly (() => void)[] = [];
  private readonly by = Math.random().toString(36).slice(2, 12);

  constructor(
    private readonly graphs: GraphStore,
    private readonly source: PreviewSource = serverPreviews,
    private readonly memory: Remembering = { recall, remember },
  ) {
    const chosen = keptWeights(memory.recall(`canvas.weights.${graphs.id}`));
    const kept = memory.recall(`canvas.previews.${graphs.id}`) ?? memory.recall("canvas.previews");
    this.view = new Store<PreviewsView>({
      on: kept !== "off",
      sample: null,
      asked: null,
      seed: 0,
      busy: false,
      ...chosen,
      step: chosen.run === null ? null : undefined,
      without: "",
      problem: null,
      framework: "",
      tookMs: 0,
      troubles: [],
    });
  }

  /** Id of the graph. */
  get graph(): string {
    return this.graphs.id;
  }

  start(): void {
    this.gone = false;
    this.leave = [
      this.graphs.view.subscribe(() => this.heard()),
      this.graphs.selection.subscribe(() => this.soon(SOON_MS)),
    ];
    this.heard();
  }

  destroy(): void {
    this.gone = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    for (const stop of this.leave) stop();
  }

  /** What is known of a node; each hears only of itself. */
  of(id: string): Store<Strip> {
    const known = this.strips.get(id);
    if (known) return known;
    const made = new Store(UNKNOWN);
    this.strips.set(id, made);
    return made;
  }

  /** These nodes are in sight. */
  look(ids: readonly string[]): void {
    this.sight = ids;
    this.soon(SOON_MS);
  }

  turn(on: boolean): void {
    this.memory.remember(`canvas.previews.${this.graphs.id}`, on ? "on" : "off");
    this.view.update((view) => ({ ...view, on, problem: null }));
    this.soon(0);
  }

  /** Show another sample of the data. */
  choose(asked: SampleAsked | null): void {
    this.anew({ asked });
  }

  /** Draw other weights, and another sample where it is made up. */
  draw(seed: number): void {
    this.anew({ seed });
  }

  /** Take the weights of a run, at a step or the newest, or draw them. */
  weigh(run: string | null, at: number | null = null, name = ""): void {
    const had = this.view.get();
    if (run !== had.run || at !== had.at) this.anew({ run, at, name, without: "", step: undefined });
  }

  /** Take them, also when the page is opened again. */
  chooseWeights(run: string | null, at: number | null, name: string): void {
    this.memory.remember(`canvas.weights.${this.graphs.id}`, run === null ? "" : JSON.stringify({ run, at, name }));
    this.weigh(run, at, name);
  }

  /** Take the weights that were chosen here last. */
  weighAsChosen(): void {
    const { run, at, name } = keptWeights(this.memory.recall(`canvas.weights.${this.graphs.id}`));
    this.weigh(run, at, name);
  }

  /** The run may have other weights by now. */
  reweigh(): void {
    if (this.view.get().run !== null) this.anew({ without: "" });
  }

  /** Try again what failed. */
  again(): void {
    this.view.update((view) => ({ ...view, problem: null }));
    this.soon(0);
  }

  private anew(change: Partial<PreviewsView>): void {
    this.view.update((view) => ({ ...view, ...change, problem: null }));
    this.mark(this.strips.keys());
    this.soon(0);
  }

  private mark(ids: Iterable<string>): void {
    for (const id of ids) {
      this.since?.add(id);
      this.strips.get(id)?.update((strip) => (strip.stale ? strip : { ...strip, stale: true }));
    }
  }

  private heard(): void {
    const { graph } = this.graphs.view.get();
    if (graph !== null && graph !== this.drawn) {
      const changed = this.drawn === null ? graph.nodes.map((node) => node.id) : changedBy(this.drawn, graph);
      const moved = this.drawn === null || this.drawn.data !== graph.data || this.drawn.target !== graph.target;
      this.drawn = graph;
      this.mark(changed);
      // What could not be run may be mended, as may what stopped everything.
      if (moved || [...changed].length > 0) this.view.update((view) => ({ ...view, problem: null }));
    }
    this.soon(SOON_MS);
  }

  private soon(ms: number): void {
    if (this.timer !== null || this.gone) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.ask();
    }, ms);
  }

  /** Nodes in sight, or selected, of which it is not known what they are now. */
  private wanted(graph: Graph): readonly string[] {
    const there = new Set(graph.nodes.map((node) => node.id));
    const { nodes } = this.graphs.selection.get();
    const seen = new Set([...this.sight, ...(nodes.length === 1 ? nodes : [])]);
    return [...seen].filter((id) => there.has(id) && this.of(id).get().stale);
  }

  private async ask(): Promise<void> {
    const { graph, rev, saved } = this.graphs.view.get();
    const { on, busy, problem, asked, seed, run, at, without } = this.view.get();
    if (!on || busy || problem !== null || graph === null || rev === 0 || saved !== "saved") return;
    const nodes = this.wanted(graph);
    if (nodes.length === 0) return;
    this.since = new Set();
    this.view.update((view) => ({ ...view, busy: true }));
    try {
      const known = Object.fromEntries(
        nodes.flatMap((id) => {
          const key = this.of(id).get().preview?.key;
          return key === undefined ? [] : [[id, key]];
        }),
      );
      const weights = run === null || without !== "" ? null : { run, step: at };
      const wanted = { nodes, sample: asked, rev, known, seed, weights, by: this.by };
      this.take(nodes, await this.source.show(this.graphs.id, wanted));
    } catch (cause) {
      // Random weights show more than a message does.
      if (run !== null && without === "" && lacksWeights(cause))
        this.view.update((view) => (view.run === run ? { ...view, without: cause.message } : view));
      else this.failed(cause);
    }
    this.since = null;
    this.view.update((view) => ({ ...view, busy: false }));
    this.soon(0);
  }

  private take(asked: readonly string[], answer: PreviewAnswer): void {
    for (const id of asked) {
      const strip = this.of(id);
      const stale = this.since?.has(id) ?? false;
      const found = answer.nodes[id];
      const trouble = answer.troubles.find((one) => one.node === id) ?? null;
      const preview = found === undefined ? null : (found ?? strip.get().preview);
      const drawn = answer.drawn.includes(id);
      strip.set({ preview, stale, trouble, missing: answer.missing[id] ?? "", drawn });
    }
    this.graphs.measure(answer.fixes, asked);
    const { sample, framework, took_ms: tookMs, troubles, weights } = answer;
    const step = weights === "random" ? null : Number(weights.slice(weights.lastIndexOf("@") + 1));
    this.view.update((view) => ({ ...view, sample, framework, tookMs, troubles, step }));
  }

  private failed(problem: unknown): void {
    if (wasLate(problem)) return;
    if (isAway(problem)) setTimeout(() => !this.gone && this.again(), AGAIN_MS);
    this.view.update((view) => ({ ...view, problem }));
  }
}

/** No job trained the run, it kept no weights yet, or it was deleted: what is asked without weights says what else is wrong. */
function lacksWeights(problem: unknown): problem is Problem {
  return problem instanceof Problem && problem.status === 404;
}

type Weights = Pick<PreviewsView, "run" | "at" | "name">;

function keptWeights(text: string | null): Weights {
  try {
    const { run, at, name } = JSON.parse(text || "{}") as Partial<Record<string, unknown>>;
    if (typeof run === "string" && typeof name === "string")
      return { run, at: typeof at === "number" ? at : null, name };
  } catch {
    // What nobody can read was never chosen.
  }
  return { run: null, at: null, name: "" };
}

/** The server does not answer: it is asked again. What a worker died of it would die of again. */
function isAway(problem: unknown): boolean {
  return problem instanceof Problem && (problem.status === 0 || problem.status === 429);
}
