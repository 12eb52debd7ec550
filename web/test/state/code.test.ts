import { expect, test } from "vitest";
import { Problem } from "../../src/api/client.ts";
import { type Graph, type Op, type Target, wholeGraph } from "../../src/lib/graph.ts";
import { applyPatch } from "../../src/lib/graphpatch.ts";
import { CodeSync, type CodeWorld, codeKey, type Draft, mistakeOf } from "../../src/state/code.ts";

/** Code of one line for each node: `conv = 16`; what is behind a `#` is kept as source. */
class Lab implements CodeWorld {
  current: Graph | null;
  away = false;
  readonly drafts = new Map<Target, Draft>();
  readonly applied: (readonly Op[])[] = [];
  readonly asked: string[] = [];
  private readonly timers = new Map<number, () => void>();
  private next = 1;
  private readonly answers: (() => void)[] = [];

  constructor(units: Readonly<Record<string, number>>) {
    const nodes = Object.entries(units).map(([id, one]) => ({ id, type: "core/dense@1", params: { units: one } }));
    this.current = wholeGraph({ nodes });
  }

  graph = (): Graph | null => this.current;
  apply = (ops: readonly Op[]): boolean => {
    this.applied.push(ops);
    this.change(ops);
    return true;
  };
  change(ops: readonly Op[]): void {
    if (this.current) this.current = applyPatch(this.current, ops).graph;
  }
  later = (run: () => void): number => {
    this.timers.set(this.next, run);
    return this.next++;
  };
  cancel = (timer: number): void => void this.timers.delete(timer);
  keep = (target: Target, draft: Draft | null): void => {
    if (draft) this.drafts.set(target, draft);
    else this.drafts.delete(target);
  };
  kept = (target: Target): Draft | null => this.drafts.get(target) ?? null;

  write: CodeWorld["write"] = (graph, target, signal) => {
    this.asked.push("write");
    const text = graph.source[target] ?? textOf(graph);
    const lines = Object.fromEntries(graph.nodes.map((node, i) => [node.id, [[i + 1, i + 1]] as const]));
    return this.answer(signal, () => ({
      target,
      text,
      lines,
      missing: [],
      kept: [],
      lost: [],
      by_hand: target in graph.source,
    }));
  };

  parse: CodeWorld["parse"] = (text, target, graph, signal) => {
    this.asked.push("parse");
    return this.answer(signal, () => {
      const bad = text.split("\n").findIndex((line) => line.includes("!"));
      if (bad >= 0) throw new Problem("No Python", `line ${bad + 1}, column 3: a name was expected`, 422);
      const read = new Map(
        text.split("\n").map((line) => {
          const [id = "", units = ""] = line.split(" = ");
          return [id, Number.parseInt(units, 10)] as const;
        }),
      );
      const ops: Op[] = graph.nodes.filter((node) => !read.has(node.id)).map((node) => ({ op: "remove", id: node.id }));
      for (const [id, units] of read) {
        const node = graph.nodes.find((one) => one.id === id);
        if (!node) ops.push({ op: "add", node: { id, type: "core/dense@1", params: { units } } });
        else if (node.params.units !== units) ops.push({ op: "set", id, params: { units } });
      }
      const after = applyPatch(graph, ops).graph;
      if (textOf(after) !== text) ops.push({ op: "document", source: { [target]: text } });
      const lines = Object.fromEntries([...read.keys()].map((id, i) => [id, [[i + 1, i + 1]] as const]));
      return { graph: after, notes: [], ops, lines };
    });
  };

  private answer<T>(signal: AbortSignal, make: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.answers.push(() => {
        if (signal.aborted) return;
        try {
          if (this.away) throw new Problem("The server does not answer", "", 0);
          resolve(make());
        } catch (cause) {
          reject(cause);
        }
      });
    });
  }

  /** Let the clock run until nothing waits; while the server is away only once. */
  async settle(rounds = 12): Promise<void> {
    for (let round = 0; round < (this.away ? 2 : rounds); round++) {
      this.tick();
      await this.serve();
    }
  }

  tick(): void {
    const due = [...this.timers.entries()];
    for (const [timer, run] of due) if (this.timers.delete(timer)) run();
  }

  async serve(): Promise<void> {
    for (const give of this.answers.splice(0)) give();
    for (let i = 0; i < 4; i++) await Promise.resolve();
  }
}

function textOf(graph: Graph): string {
  return graph.nodes.map((node) => `${node.id} = ${String(node.params.units)}`).join("\n");
}

async function begun(units: Readonly<Record<string, number>>): Promise<{ lab: Lab; code: CodeSync }> {
  const lab = new Lab(units);
  const code = new CodeSync(lab);
  code.heard();
  await lab.settle();
  return { lab, code };
}

test("the code of the graph is shown, and follows it", async () => {
  const { lab, code } = await begun({ a: 1, b: 2 });
  expect(code.view.get()).toMatchObject({ text: "a = 1\nb = 2", state: "same", lines: { a: [[1, 1]], b: [[2, 2]] } });
  lab.change([{ op: "set", id: "b", params: { units: 3 } }]);
  code.heard();
  await lab.settle();
  expect(code.view.get().text).toBe("a = 1\nb = 3");
  const asked = lab.asked.length;
  lab.change([{ op: "move", places: { a: { x: 5, y: 5 } } }]);
  code.heard();
  await lab.settle();
  expect(lab.asked.length).toBe(asked);
  expect(lab.applied).toEqual([]);
});

test("what is typed changes the graph once typing rests, and stays as it was typed", async () => {
  const { lab, code } = await begun({ a: 1, b: 2 });
  code.type("a = 1\nb = 2 # t");
  code.type("a = 7\nb = 2 # two");
  expect(code.view.get().state).toBe("typing");
  expect(lab.drafts.get("torch")).toEqual({ base: "a = 1\nb = 2", text: "a = 7\nb = 2 # two" });
  await lab.settle();
  expect(lab.asked.filter((one) => one === "parse")).toHaveLength(1);
  expect(lab.applied).toEqual([
    [
      { op: "set", id: "a", params: { units: 7 } },
      { op: "document", source: { torch: "a = 7\nb = 2 # two" } },
    ],
  ]);
  expect(code.view.get()).toMatchObject({ text: "a = 7\nb = 2 # two", state: "same" });
  expect(lab.drafts.size).toBe(0);
});

test("a mistake is told with its line, the graph stays, and what comes next is read", async () => {
  const { lab, code } = await begun({ a: 1, b: 2 });
  code.type("a = 1\nb = !");
  await lab.settle();
  expect(code.view.get()).toMatchObject({
    text: "a = 1\nb = !",
    state: "mistake",
    mistake: { line: 2, column: 3, message: "a name was expected" },
  });
  expect(lab.applied).toEqual([]);
  code.type("a = 1\nb = 4");
  await lab.settle();
  expect(code.view.get()).toMatchObject({ state: "same", mistake: null });
  expect(lab.current && textOf(lab.current)).toBe("a = 1\nb = 4");
});

test("what the graph gains while somebody types is not taken for something deleted", async () => {
  const { lab, code } = await begun({ a: 1, b: 2, c: 3 });
  code.type("a = 9\nb = 2\nc = 3");
  lab.change([{ op: "add", node: { id: "d", type: "core/dense@1", params: { units: 4 } } }]);
  code.heard();
  await lab.settle();
  expect(code.view.get()).toMatchObject({ text: "a = 9\nb = 2\nc = 3\nd = 4", state: "same" });
  expect(lab.current && textOf(lab.current)).toBe("a = 9\nb = 2\nc = 3\nd = 4");
});

test("a change that comes while the text is read is merged, and the answer is not applied to another graph", async () => {
  const { lab, code } = await begun({ a: 1, b: 2, c: 3 });
  code.type("a = 9\nb = 2\nc = 3");
  lab.tick();
  lab.change([{ op: "set", id: "c", params: { units: 30 } }]);
  code.heard();
  await lab.settle();
  expect(lab.current && textOf(lab.current)).toBe("a = 9\nb = 2\nc = 30");
  expect(code.view.get()).toMatchObject({ text: "a = 9\nb = 2\nc = 30", state: "same" });
});

test("when both change one line, the text is kept and somebody is asked", async () => {
  for (const whose of ["mine", "theirs"] as const) {
    const { lab, code } = await begun({ a: 1, b: 2 });
    code.type("a = 9\nb = 2");
    lab.change([{ op: "set", id: "a", params: { units: 5 } }]);
    code.heard();
    await lab.settle();
    expect(code.view.get()).toMatchObject({ text: "a = 9\nb = 2", state: "apart", theirs: "a = 5\nb = 2" });
    lab.change([{ op: "set", id: "b", params: { units: 6 } }]);
    code.heard();
    code.type("a = 99\nb = 2");
    await lab.settle();
    expect(code.view.get()).toMatchObject({ text: "a = 99\nb = 2", state: "apart", theirs: "a = 5\nb = 6" });
    expect(lab.applied).toEqual([]);
    code.settle(whose);
    await lab.settle();
    const text = whose === "mine" ? "a = 99\nb = 2" : "a = 5\nb = 6";
    expect(code.view.get()).toMatchObject({ text, state: "same", theirs: null });
    expect(lab.current && textOf(lab.current)).toBe(text);
  }
});

test("the question goes away with the line that raised it", async () => {
  const { lab, code } = await begun({ a: 1, b: 2, c: 3 });
  code.type("a = 9\nb = 2\nc = 33");
  lab.change([{ op: "set", id: "a", params: { units: 5 } }]);
  code.heard();
  await lab.settle();
  expect(code.view.get().state).toBe("apart");
  code.type("a = 1\nb = 2\nc = 33");
  await lab.settle();
  expect(code.view.get()).toMatchObject({ text: "a = 5\nb = 2\nc = 33", state: "same", theirs: null });
  expect(lab.current && textOf(lab.current)).toBe("a = 5\nb = 2\nc = 33");
});

test("while the server is away what is typed is kept, also over a reload, and read when it is back", async () => {
  const { lab, code } = await begun({ a: 1, b: 2 });
  lab.away = true;
  code.type("a = 9\nb = 2");
  await lab.settle();
  expect(code.view.get()).toMatchObject({ text: "a = 9\nb = 2", state: "offline" });
  code.destroy();
  lab.change([{ op: "set", id: "b", params: { units: 4 } }]);
  lab.away = false;
  const again = new CodeSync(lab);
  again.heard();
  await lab.settle();
  expect(again.view.get()).toMatchObject({ text: "a = 9\nb = 4", state: "same" });
  expect(lab.current && textOf(lab.current)).toBe("a = 9\nb = 4");
  expect(lab.drafts.size).toBe(0);
});

test("the server being back is noticed at once", async () => {
  const { lab, code } = await begun({ a: 1 });
  lab.away = true;
  code.type("a = 2");
  await lab.settle();
  lab.away = false;
  code.again();
  await lab.settle();
  expect(code.view.get().state).toBe("same");
  expect(lab.applied).toHaveLength(1);
});

test("the other target is another text; what was typed in the first waits for its return", async () => {
  const { lab, code } = await begun({ a: 1 });
  code.type("a = !");
  await lab.settle();
  lab.change([{ op: "document", target: "keras" }]);
  code.heard();
  await lab.settle();
  expect(code.view.get()).toMatchObject({ text: "a = 1", state: "same" });
  lab.change([{ op: "document", target: "torch" }]);
  code.heard();
  await lab.settle();
  expect(code.view.get()).toMatchObject({ text: "a = !", state: "mistake" });
});

test("typing that ends where it began changes nothing", async () => {
  const { lab, code } = await begun({ a: 1 });
  code.type("a = 12");
  code.type("a = 1");
  await lab.settle();
  expect(code.view.get().state).toBe("same");
  expect(lab.asked).not.toContain("parse");
  expect(lab.drafts.size).toBe(0);
});

test("only problems with a line are mistakes, and places are none of the code", () => {
  expect(mistakeOf(new Problem("x", "line 3: bad", 422))).toEqual({ line: 3, column: 1, message: "bad" });
  expect(mistakeOf(new Problem("x", "line 3: bad", 500))).toBe(null);
  expect(mistakeOf(new Problem("x", "too long", 413))).toBe(null);
  expect(mistakeOf(new Error("line 3"))).toBe(null);
  const node = { id: "a", type: "core/dense@1" };
  const [plain, placed] = [node, { ...node, ui: { x: 1, y: 2 }, note: "n" }].map((one) => wholeGraph({ nodes: [one] }));
  expect(codeKey(plain as Graph)).toBe(codeKey(placed as Graph));
});
