import { beforeEach, expect, test, vi } from "vitest";
import { Problem } from "../../src/api/client.ts";
import type { Edit, GraphSource } from "../../src/api/graphs.ts";
import { type Graph, type Op, type Report, wholeGraph } from "../../src/lib/graph.ts";
import { applyPatch } from "../../src/lib/graphpatch.ts";
import { GraphStore } from "../../src/state/graph.ts";
import type { Memory } from "../../src/state/graphmemory.ts";

type Hear = (frame: unknown) => void;
const stream = vi.hoisted(() => ({ hear: new Set<Hear>(), reset: new Set<() => void>() }));

// The stream of the tab opens a socket when it is loaded; here the test is the stream.
vi.mock("../../src/state/live.ts", () => ({
  onFrame: (hear: Hear) => {
    stream.hear.add(hear);
    return () => stream.hear.delete(hear);
  },
  onReset: (hear: () => void) => {
    stream.reset.add(hear);
    return () => stream.reset.delete(hear);
  },
  want: () => () => {},
}));

function reportOf(graph: Graph): Report {
  const totals = { params: graph.nodes.length, flops: 0, memory_bytes: 0 };
  return { nodes: {}, issues: [], suggestions: [], totals, order: graph.nodes.map((node) => node.id) };
}

/** A server with one graph that answers as the real one does, at once or when the test lets it. */
class Server implements GraphSource {
  graph = wholeGraph({ name: "net" });
  issues: Report["issues"] = [];
  rev = 1;
  readonly edits: (Edit & { label: string })[] = [];
  /** What happens before an answer: a server that is away, an answer that is lost. */
  before: (what: string) => void = () => {};
  after: (what: string) => void = () => {};
  /** Answers wait for this. */
  held: Promise<void> = Promise.resolve();
  live = true;

  async read() {
    await this.answer("read");
    return { rev: this.rev, graph: this.graph, report: { ...reportOf(this.graph), issues: this.issues } };
  }

  async patch(_: string, rev: number, ops: readonly Op[], label: string, token: string) {
    await this.answer("patch");
    if (rev !== this.rev) throw new Problem("Somebody was first", "", 409);
    this.write(ops, label, token);
    this.after("patch");
    return { rev: this.rev, report: reportOf(this.graph), added: [] };
  }

  async since(_: string, rev: number) {
    await this.answer("since");
    return this.edits.filter((edit) => edit.rev > rev);
  }

  async palette() {
    return { components: [], blocks: [] };
  }

  /** Node `a` becomes node `whole`, and nothing else can be promoted. */
  async subgraph(_: string, __: Graph, id: string): Promise<readonly Op[]> {
    await this.answer("subgraph");
    return [
      { op: "remove", id: "a" },
      { op: "add", node: { id, type: "core/subgraph@1" } },
    ];
  }

  /** Somebody changes the graph. */
  write(ops: readonly Op[] | null, label = "", token = "someone"): void {
    if (ops) this.graph = applyPatch(this.graph, ops).graph;
    this.rev += 1;
    this.edits.push({ rev: this.rev, ops, token, label });
    const frame = { type: "graph", id: "g", deleted: false, ...(this.edits.at(-1) as Edit) };
    if (this.live) for (const hear of stream.hear) hear(frame);
  }

  private async answer(what: string): Promise<void> {
    await this.held;
    this.before(what);
  }
}

class Session implements Memory {
  readonly kept = new Map<string, string>();
  getItem = (name: string) => this.kept.get(name) ?? null;
  setItem = (name: string, text: string) => void this.kept.set(name, text);
  removeItem = (name: string) => void this.kept.delete(name);
}

let server: Server;
let session: Session;

beforeEach(() => {
  server = new Server();
  session = new Session();
  stream.hear.clear();
  stream.reset.clear();
});

/** Let everything that is on its way arrive. */
async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

async function opened(memory: Memory = session): Promise<GraphStore> {
  const store = new GraphStore("p", "g", server, memory);
  store.start();
  await settled();
  return store;
}

/** Hold the answers of the server; the returned function lets them go. */
function hold(): () => Promise<void> {
  let go = (): void => {};
  server.held = new Promise((resolve) => {
    go = resolve;
  });
  return async () => {
    go();
    server.held = Promise.resolve();
    await settled();
  };
}

function add(id: string): Op {
  return { op: "add", node: { id, type: "core/dense@1" } };
}

function names(graph: Graph | null): string[] {
  return (graph?.nodes ?? []).map((node) => node.id);
}

const shown = (store: GraphStore): string[] => names(store.view.get().graph);
const away = (): never => {
  throw new Problem("The server does not answer", "", 0);
};

test("a change is shown at once, saved behind, and what the server says of it follows", async () => {
  const store = await opened();
  const release = hold();
  expect(store.apply([add("a")], "Add a")).toBe(true);
  expect([shown(store), store.view.get().saved, names(server.graph)]).toEqual([["a"], "saving", []]);
  await release();
  const { rev, saved, report, graph } = store.view.get();
  expect([rev, saved, report?.totals.params, graph]).toEqual([2, "saved", 1, server.graph]);
});

test("changes are sent one after the other, in their order, with what they are called", async () => {
  const store = await opened();
  const release = hold();
  for (const id of ["a", "b", "c"]) store.apply([add(id)], `Add ${id}`);
  await release();
  expect(server.edits.map((edit) => edit.label)).toEqual(["Add a", "Add b", "Add c"]);
  expect([shown(store), store.view.get().rev]).toEqual([["a", "b", "c"], 4]);
});

test("a change that the document does not allow is told about and not sent", async () => {
  const store = await opened();
  expect(store.apply([{ op: "remove", id: "none" }], "Remove none")).toBe(false);
  expect(String(store.view.get().problem)).toContain("there is no node none");
  expect([server.edits, store.steps.get().undo]).toEqual([[], []]);
  store.apply([add("a")], "Add a");
  expect(store.view.get().problem).toBe(null);
});

test("undo and redo walk through every state to empty and back", async () => {
  const store = await opened();
  store.apply([add("a"), add("b")], "Add");
  store.apply([{ op: "connect", from: ["a", "out"], to: ["b", "in"] }], "Connect");
  store.apply([{ op: "set", id: "a", params: { units: 3 } }], "Set units");
  store.apply([{ op: "remove", id: "a" }], "Remove a");
  const last = store.view.get().graph;
  for (let i = 0; i < 4; i++) store.undo();
  expect([shown(store), store.steps.get().undo.length, store.steps.get().redo.length]).toEqual([[], 0, 4]);
  for (let i = 0; i < 4; i++) store.redo();
  expect([store.view.get().graph, store.steps.get().redo]).toEqual([last, []]);
  store.undo();
  await settled();
  expect(server.graph).toEqual(store.view.get().graph);
  store.apply([add("c")], "Add c");
  expect(store.steps.get().redo).toEqual([]);
});

test("typing in one field is one step, and one revision while the server is busy", async () => {
  const store = await opened();
  store.apply([add("a")], "Add a");
  await settled();
  const release = hold();
  for (const units of [1, 12, 128]) store.apply([{ op: "set", id: "a", params: { units } }], "Set units", "a.units");
  await release();
  expect(server.edits.map((edit) => edit.ops?.length)).toEqual([1, 1, 2]);
  store.undo();
  expect(store.view.get().graph?.nodes[0]?.params).toEqual({});
  store.redo();
  expect(store.view.get().graph?.nodes[0]?.params).toEqual({ units: 128 });
});

test("what others do meanwhile goes below what is not saved yet, and both end up the same", async () => {
  const store = await opened();
  const release = hold();
  store.apply([add("mine")], "Add mine");
  server.write([add("theirs")]);
  await release();
  expect([shown(store), store.view.get().saved, server.graph]).toEqual([
    ["theirs", "mine"],
    "saved",
    store.view.get().graph,
  ]);
  expect(server.edits.map((edit) => edit.rev)).toEqual([2, 3]);
  store.undo();
  expect(shown(store)).toEqual(["theirs"]);
});

test("a change of others is shown when it is heard of, and gaps are filled by asking", async () => {
  const store = await opened();
  server.write([add("a")]);
  await settled();
  expect([shown(store), store.view.get().rev]).toEqual([["a"], 2]);
  server.live = false;
  server.write([add("b")]);
  server.live = true;
  server.write([add("c")]);
  await settled();
  expect([shown(store), store.view.get().rev]).toEqual([["a", "b", "c"], 4]);
});

test("a revision that came without operations makes the graph be read anew", async () => {
  const store = await opened();
  store.apply([add("a")], "Add a");
  await settled();
  server.graph = wholeGraph({ name: "restored" });
  server.write(null);
  await settled();
  expect([store.view.get().graph?.name, store.view.get().rev]).toEqual(["restored", 3]);
});

test("a change that others made impossible is dropped and told about", async () => {
  const store = await opened();
  store.apply([add("a")], "Add a");
  await settled();
  const release = hold();
  store.apply([{ op: "note", id: "a", text: "mine" }], "Note");
  server.write([{ op: "remove", id: "a" }]);
  await release();
  expect([shown(store), store.view.get().saved]).toEqual([[], "saved"]);
  expect(String(store.view.get().problem)).toContain("there is no node a");
});

test("a change whose answer was lost is known again and not made twice", async () => {
  vi.useFakeTimers();
  const store = await opened();
  server.live = false;
  server.after = away;
  store.apply([{ op: "add", node: { id: "a", type: "core/dense@1" } }], "Add a");
  await settled();
  expect([store.view.get().saved, names(server.graph)]).toEqual(["offline", ["a"]]);
  server.after = () => {};
  await vi.advanceTimersByTimeAsync(600);
  await settled();
  expect([shown(store), store.view.get().saved, server.edits.length]).toEqual([["a"], "saved", 1]);
  expect(store.view.get().problem).toBe(null);
  vi.useRealTimers();
});

test("without a server changes wait, and are sent when it is heard of again", async () => {
  const store = await opened();
  server.before = away;
  store.apply([add("a")], "Add a");
  store.apply([add("b")], "Add b");
  await settled();
  expect([shown(store), store.view.get().saved, store.waiting]).toEqual([["a", "b"], "offline", 2]);
  server.before = () => {};
  for (const hear of stream.hear) hear({ type: "hello" });
  await settled();
  expect([names(server.graph), store.view.get().saved, store.waiting]).toEqual([["a", "b"], "saved", 0]);
});

test("a change that the server refuses is taken back here", async () => {
  const store = await opened();
  store.apply([add("a")], "Add a");
  await settled();
  server.before = (what) => {
    if (what === "patch") throw new Problem("Not so", "note: too long", 422);
  };
  store.apply([{ op: "note", id: "a", text: "x" }], "Note");
  await settled();
  const { graph, saved, problem } = store.view.get();
  expect([graph?.nodes[0]?.note, saved, (problem as Problem).detail]).toEqual(["", "saved", "note: too long"]);
  expect(store.steps.get().undo.map((step) => step.label)).toEqual(["Add a"]);
});

test("a reload keeps the steps, and what was not saved is saved after it", async () => {
  const store = await opened();
  store.apply([add("a")], "Add a");
  store.apply([add("b")], "Add b");
  await settled();
  store.undo();
  await settled();
  server.before = (what) => what === "patch" && away();
  store.apply([add("c")], "Add c");
  await settled();
  store.destroy();
  server.before = () => {};
  const again = await opened();
  expect([shown(again), names(server.graph), again.view.get().saved]).toEqual([["a", "c"], ["a", "c"], "saved"]);
  again.undo();
  again.undo();
  expect([shown(again), again.steps.get().redo.length]).toEqual([[], 2]);
});

test("what was saved although the page was left before the answer is not done again", async () => {
  const store = await opened();
  server.live = false;
  server.after = away;
  store.apply([add("a")], "Add a");
  await settled();
  store.destroy();
  server.after = () => {};
  const again = await opened();
  expect([shown(again), server.edits.length, again.view.get().problem]).toEqual([["a"], 1, null]);
});

test("two tabs that change one graph at once end up with the same graph", async () => {
  const [one, two] = [await opened(), await opened(new Session())];
  const release = hold();
  for (let i = 0; i < 5; i++) {
    one.apply([add(`a${i}`)], "");
    two.apply([add(`b${i}`)], "");
  }
  await release();
  await settled();
  await settled();
  expect(names(server.graph).sort()).toEqual(["a0", "a1", "a2", "a3", "a4", "b0", "b1", "b2", "b3", "b4"]);
  expect([one.view.get().graph, two.view.get().graph]).toEqual([server.graph, server.graph]);
  expect([one.view.get().saved, two.view.get().saved]).toEqual(["saved", "saved"]);
});

test("what is selected follows its name and goes with its node", async () => {
  const store = await opened();
  store.apply([add("a"), add("b")], "Add");
  store.select(["a", "b"]);
  store.apply([{ op: "rename", id: "a", to: "first" }], "Rename");
  expect(store.selection.get().nodes).toEqual(["first", "b"]);
  store.apply([{ op: "remove", id: "b" }], "Remove");
  await settled();
  expect(store.selection.get().nodes).toEqual(["first"]);
});

test("a graph that is not there is told about", async () => {
  server.before = () => {
    throw new Problem("Not found", "There is no graph g.", 404);
  };
  const store = await opened();
  expect([store.view.get().graph, (store.view.get().problem as Problem).status]).toEqual([null, 404]);
});

test("a group becomes a node in one step, is selected, and one undo takes it back; what is refused is told", async () => {
  const store = await opened();
  store.apply([add("a"), { op: "group", group: { id: "whole", nodes: ["a"] } }], "Group a");
  await settled();
  await store.subgraph("promote", "whole", (ops) => ops);
  expect([shown(store), store.selection.get().nodes]).toEqual([["whole"], ["whole"]]);
  expect(store.steps.get().undo.map((step) => step.label)).toEqual(["Group a", "Make whole a component"]);
  store.undo();
  expect(shown(store)).toEqual(["a"]);
  server.before = away;
  await store.subgraph("open", "whole", (ops) => ops);
  expect(store.view.get().problem).toBeInstanceOf(Problem);
});

test("what mends an issue is placed where cards are drawn, beside those that nobody placed", async () => {
  const store = await opened();
  store.apply([add("a"), add("b"), { op: "connect", from: ["a", "out"], to: ["b", "in"] }], "Begin");
  store.places = () => new Map(["a", "b"].map((id, i) => [id, { x: 224 * i, y: 0 }]));
  const ops: readonly Op[] = [
    { op: "add", node: { id: "flat", type: "core/flatten@1", ui: { x: 112, y: 0 } } },
    { op: "disconnect", from: ["a", "out"], to: ["b", "in"] },
    { op: "connect", from: ["a", "out"], to: ["flat", "in"] },
    { op: "connect", from: ["flat", "out"], to: ["b", "in"] },
  ];
  store.mend({ title: "Put a Flatten in front", ops });
  const places = () => Object.fromEntries(store.view.get().graph?.nodes.map(({ id, ui }) => [id, ui?.x ?? null]) ?? []);
  expect(places()).toEqual({ a: 0, flat: 224, b: 448 });
  store.undo();
  expect(places()).toEqual({ a: null, b: null });
  await settled();
  expect(server.graph).toEqual(store.view.get().graph);
});

test("what a preview measured stands among the fixes of what waits for it, until it is said", async () => {
  const node = { op: "add", node: { id: "code1", type: "core/code@1" } } as const;
  server.graph = applyPatch(server.graph, [node]).graph;
  server.issues = [{ node: "code1", level: "error", code: "E206", message: "", param: "", port: "", fixes: [] }];
  const store = await opened();
  const says = { node: "code1", title: "Say that code1 gives 7×7×1", ops: [], settles: [] };
  store.measure([says], ["code1"]);
  await settled();
  const titles = () => store.issues("code1").flatMap(({ fixes }) => fixes.map(({ title }) => title));
  expect([titles(), store.measuredOf("code1")]).toEqual([[says.title], [says]]);
  store.measure([], ["code1"]);
  await settled();
  expect([titles(), store.measuredOf("code1")]).toEqual([[], []]);
});
