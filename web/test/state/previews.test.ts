import { beforeEach, expect, test, vi } from "vitest";
import { Problem } from "../../src/api/client.ts";
import type { PreviewAnswer, PreviewAsked, PreviewSource } from "../../src/api/previews.ts";
import { type Graph, type Op, wholeGraph } from "../../src/lib/graph.ts";
import { applyPatch } from "../../src/lib/graphpatch.ts";
import type { GraphStore, GraphView } from "../../src/state/graph.ts";
import { Previews } from "../../src/state/previews.ts";
import { Store } from "../../src/state/store.ts";

// The stream of the tab opens a socket when it is loaded.
vi.mock("../../src/state/live.ts", () => ({ onFrame: () => () => {}, onReset: () => () => {}, want: () => () => {} }));

const GRAPH = wholeGraph({
  nodes: ["a", "b", "c"].map((id) => ({ id, type: "core/x@1" })),
  edges: [
    { from: ["a", "out"], to: ["b", "in"] },
    { from: ["b", "out"], to: ["c", "in"] },
  ],
});
const SAMPLE = { dataset: "d@1", part: "train", row: 0, rows: 9, label: {}, inputs: {}, why: "" };

/** A store of a graph of which previews see only what is shown. */
class Shown {
  readonly id = "g";
  readonly view = new Store<GraphView>({ graph: GRAPH, report: null, rev: 1, saved: "saved", problem: null });
  readonly selection = new Store<{ nodes: readonly string[]; edges: readonly string[] }>({ nodes: [], edges: [] });

  /** An edit, on the screen and not saved yet. */
  edit(...ops: readonly Op[]): void {
    this.view.update((view) => ({ ...view, graph: applyPatch(view.graph as Graph, ops).graph, saved: "saving" }));
  }

  /** What was measured, and of which nodes. */
  readonly measured: (readonly [PreviewAnswer["fixes"], readonly string[]])[] = [];

  measure(told: PreviewAnswer["fixes"], asked: readonly string[]): void {
    this.measured.push([told, asked]);
  }

  save(): void {
    this.view.update((view) => ({ ...view, rev: view.rev + 1, saved: "saved" }));
  }
}

/** Answers when the test lets it: the key of a node is what its parameters and those before it were. */
class Worker implements PreviewSource {
  readonly asked: PreviewAsked[] = [];
  missing: Record<string, string> = {};
  troubles: PreviewAnswer["troubles"] = [];
  fixes: PreviewAnswer["fixes"] = [];
  fails: unknown = null;
  /** Of the newest weights. */
  step = 40;
  private open: (() => void)[] = [];

  async show(_: string, asked: PreviewAsked): Promise<PreviewAnswer> {
    this.asked.push(asked);
    const mine = asked.weights ? ` ${asked.weights.run}` : "";
    const key = (id: string): string =>
      `${id} ${asked.sample?.row ?? 0} ${asked.seed} ${id === "a" ? "" : asked.rev}${id === "b" ? mine : ""}`;
    await new Promise<void>((done) => this.open.push(done));
    if (this.fails) throw this.fails;
    const bad = new Set([...Object.keys(this.missing), ...this.troubles.map((one) => one.node)]);
    const nodes = asked.nodes.filter((id) => !bad.has(id));
    return {
      rev: asked.rev ?? 1,
      sample: { ...SAMPLE, row: asked.sample?.row ?? 0 },
      weights: asked.weights ? `${asked.weights.run}@${this.step}` : "random",
      drawn: asked.weights ? asked.nodes.filter((id) => id === "c") : [],
      framework: "torch 2",
      nodes: Object.fromEntries(nodes.map((id) => [id, asked.known[id] === key(id) ? null : previewOf(key(id))])),
      missing: this.missing,
      troubles: this.troubles,
      fixes: this.fixes,
      cached: [],
      took_ms: 1,
    };
  }

  async answer(): Promise<void> {
    await vi.advanceTimersByTimeAsync(100);
    for (const done of this.open.splice(0)) done();
    await vi.advanceTimersByTimeAsync(0);
  }
}

function previewOf(key: string) {
  return { key, shape: [1], dtype: "float32", stats: null, histogram: null, montage: null, values: [0] };
}

const memory = new Map<string, string>();
const kept = {
  recall: (name: string) => memory.get(name) ?? null,
  remember: (name: string, value: string) => void memory.set(name, value),
};

function begun() {
  const [shown, worker] = [new Shown(), new Worker()];
  const previews = new Previews(shown as unknown as GraphStore, worker, kept);
  previews.start();
  const strips = () => ["a", "b", "c"].map((id) => previews.of(id).get());
  return { shown, worker, previews, strips };
}

beforeEach(() => {
  vi.useFakeTimers();
  memory.clear();
  return () => vi.useRealTimers();
});

test("nodes in sight are asked for, once, and the selected one though it is out of sight", async () => {
  const { shown, worker, previews, strips } = begun();
  await vi.advanceTimersByTimeAsync(100);
  expect(worker.asked).toEqual([]);
  previews.look(["a", "b"]);
  await worker.answer();
  previews.look(["a", "b", "gone"]);
  await worker.answer();
  expect(worker.asked.map(({ nodes, known, rev, sample }) => ({ nodes, known, rev, sample }))).toEqual([
    { nodes: ["a", "b"], known: {}, rev: 1, sample: null },
  ]);
  expect(strips().map(({ preview, stale }) => [preview?.key, stale])).toEqual([
    ["a 0 0 ", false],
    ["b 0 0 1", false],
    [undefined, true],
  ]);
  shown.selection.set({ nodes: ["c"], edges: [] });
  await worker.answer();
  expect(worker.asked.at(-1)?.nodes).toEqual(["c"]);
});

test("an edit asks for the node and those behind it when it is saved; meanwhile they are stale, and others are left alone", async () => {
  const { shown, worker, previews, strips } = begun();
  previews.look(["a", "b", "c"]);
  await worker.answer();
  const before = strips();
  shown.edit({ op: "set", id: "b", params: { n: 2 } });
  await vi.advanceTimersByTimeAsync(1000);
  expect(worker.asked).toHaveLength(1);
  expect(strips().map(({ preview, stale }) => [preview?.key, stale])).toEqual([
    ["a 0 0 ", false],
    ["b 0 0 1", true],
    ["c 0 0 1", true],
  ]);
  shown.save();
  await worker.answer();
  expect(worker.asked.at(-1)).toMatchObject({ nodes: ["b", "c"], rev: 2, known: { b: "b 0 0 1", c: "c 0 0 1" } });
  expect(strips()[0]).toBe(before[0]);
  expect(strips().map(({ preview, stale }) => [preview?.key, stale])).toEqual([
    ["a 0 0 ", false],
    ["b 0 0 2", false],
    ["c 0 0 2", false],
  ]);
});

test("what changes while an answer is on its way stays stale and is asked for after it", async () => {
  const { shown, worker, previews, strips } = begun();
  previews.look(["a", "b", "c"]);
  await vi.advanceTimersByTimeAsync(100);
  shown.edit({ op: "set", id: "c", params: { n: 2 } });
  shown.save();
  await worker.answer();
  expect(strips().map(({ stale }) => stale)).toEqual([false, false, true]);
  await worker.answer();
  expect(worker.asked.map(({ nodes }) => nodes)).toEqual([["a", "b", "c"], ["c"]]);
  expect(strips()[2]).toMatchObject({ stale: false, preview: { key: "c 0 0 2" } });
});

test("another sample asks for everything in sight; what stays the same keeps its picture", async () => {
  const { worker, previews, strips } = begun();
  previews.look(["a", "b"]);
  await worker.answer();
  const [first] = strips();
  previews.choose({ dataset: "", part: "train", row: 4 });
  await worker.answer();
  expect(worker.asked.at(-1)).toMatchObject({ nodes: ["a", "b"], sample: { part: "train", row: 4 } });
  expect(previews.view.get().sample?.row).toBe(4);
  previews.choose(null);
  await worker.answer();
  previews.choose(null);
  await worker.answer();
  expect(worker.asked.at(-1)?.known).toEqual({ a: "a 0 0 ", b: "b 0 0 1" });
  expect(strips()[0]?.preview).toEqual(first?.preview);
  previews.draw(3);
  await worker.answer();
  expect(strips()[1]?.preview?.key).toBe("b 0 3 1");
});

test("what a node raised stands on it, and why others have nothing", async () => {
  const { worker, previews, strips } = begun();
  const trouble = { node: "b", message: "ValueError: no", file: "node", line: 2, trace: "" };
  worker.troubles = [trouble];
  worker.missing = { c: "it waits for b" };
  previews.look(["a", "b", "c"]);
  await worker.answer();
  expect(strips().map(({ preview, trouble: one, missing }) => [preview !== null, one, missing])).toEqual([
    [true, null, ""],
    [false, trouble, ""],
    [false, null, "it waits for b"],
  ]);
});

test("what cannot be is told, and asked for again after a change or when somebody says so, not by itself", async () => {
  const { shown, worker, previews } = begun();
  worker.fails = new Problem("No framework", "torch is not installed", 501);
  previews.look(["a"]);
  await worker.answer();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([worker.asked.length, previews.view.get().problem]).toEqual([1, worker.fails]);
  worker.fails = null;
  previews.again();
  await worker.answer();
  expect([worker.asked.length, previews.view.get().problem]).toEqual([2, null]);
  worker.fails = new Problem("too late", "", 409);
  shown.edit({ op: "document", target: "keras" });
  shown.save();
  await worker.answer();
  worker.fails = null;
  await worker.answer();
  expect([worker.asked.length, previews.view.get().problem]).toEqual([4, null]);
});

test("a server that is away is asked again in a while", async () => {
  const { worker, previews } = begun();
  worker.fails = new Problem("away", "", 0);
  previews.look(["a"]);
  await worker.answer();
  worker.fails = null;
  await vi.advanceTimersByTimeAsync(2500);
  await worker.answer();
  expect([worker.asked.length, previews.view.get().problem]).toEqual([2, null]);
});

test("whether previews are shown is remembered for each canvas, and nothing is asked for while they are not", async () => {
  const { worker, previews } = begun();
  previews.turn(false);
  previews.look(["a"]);
  await vi.advanceTimersByTimeAsync(1000);
  expect([worker.asked.length, memory.get("canvas.previews.g")]).toEqual([0, "off"]);
  expect(begun().previews.view.get().on).toBe(false);
  previews.turn(true);
  await worker.answer();
  expect(worker.asked).toHaveLength(1);
  memory.set("canvas.previews", "off");
  memory.delete("canvas.previews.g");
  expect(begun().previews.view.get().on).toBe(false);
  previews.destroy();
});

test("the weights of a run are taken, again when it has others, and what has none of them says so", async () => {
  const { worker, previews, strips } = begun();
  const whose = () => {
    const { run, step, without, problem } = previews.view.get();
    return { run, step, without, problem };
  };
  previews.look(["a", "b", "c"]);
  await worker.answer();
  expect([whose(), worker.asked.at(-1)?.weights]).toEqual([
    { run: null, step: null, without: "", problem: null },
    null,
  ]);
  previews.weigh("r");
  expect(whose().step).toBeUndefined();
  await worker.answer();
  expect(whose()).toEqual({ run: "r", step: 40, without: "", problem: null });
  expect(strips().map(({ preview, drawn }) => [preview?.key, drawn])).toEqual([
    ["a 0 0 ", false],
    ["b 0 0 1 r", false],
    ["c 0 0 1", true],
  ]);
  worker.step = 80;
  previews.reweigh();
  await worker.answer();
  expect([whose().step, worker.asked.length]).toEqual([80, 3]);
  previews.weigh(null);
  await worker.answer();
  expect([whose().step, strips().map(({ drawn }) => drawn)]).toEqual([null, [false, false, false]]);
  previews.reweigh();
  await worker.answer();
  expect(worker.asked.length).toBe(4);
});

test("a run without weights is shown with drawn ones, and asked again once it may have some", async () => {
  const { worker, previews } = begun();
  previews.look(["a"]);
  previews.weigh("r");
  worker.fails = new Problem("Not found", "weights.run: no checkpoint yet.", 404);
  await worker.answer();
  expect(previews.view.get()).toMatchObject({ without: "weights.run: no checkpoint yet.", problem: null });
  worker.fails = null;
  await worker.answer();
  expect(worker.asked.map(({ weights }) => weights?.run ?? null)).toEqual(["r", null]);
  expect(previews.view.get()).toMatchObject({ step: null, run: "r" });
  previews.reweigh();
  await worker.answer();
  expect(previews.view.get()).toMatchObject({ step: 40, without: "" });
});

test("weights that were chosen are taken when the graph is opened again, at their step and under their name", async () => {
  const first = begun();
  first.previews.chooseWeights("r", 20, "calm-heron-2");
  first.previews.destroy();
  const { worker, previews } = begun();
  previews.look(["a"]);
  await worker.answer();
  expect(worker.asked[0]?.weights).toEqual({ run: "r", step: 20 });
  expect(previews.view.get()).toMatchObject({ run: "r", at: 20, name: "calm-heron-2" });
  // A run that is looked at comes first, and goes again.
  previews.weigh("other");
  expect(previews.view.get()).toMatchObject({ run: "other", at: null, name: "" });
  previews.weighAsChosen();
  expect(previews.view.get()).toMatchObject({ run: "r", at: 20 });
  previews.chooseWeights(null, null, "");
  expect(begun().previews.view.get()).toMatchObject({ run: null, at: null });
});

test("what a preview measured is told to the graph with the nodes that were asked for", async () => {
  const { worker, previews, shown } = begun();
  worker.fixes = [{ node: "b", title: "Say that b gives 1", ops: [], settles: ["c"] }];
  previews.look(["a", "b"]);
  await worker.answer();
  expect(shown.measured).toEqual([[worker.fixes, ["a", "b"]]]);
});
