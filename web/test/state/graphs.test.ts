import { expect, test, vi } from "vitest";
import type { GraphRow } from "../../src/api/canvases.ts";
import { EMPTY_GRAPH, type Graph } from "../../src/lib/graph.ts";
import { Graphs, type GraphsSource } from "../../src/state/graphs.ts";

// The stream of the tab opens a socket when it is loaded.
vi.mock("../../src/state/live.ts", () => ({
  onFrame: () => () => undefined,
  onReset: () => () => undefined,
  want: () => () => undefined,
}));

const row = (id: string, rev = 1) => ({ id, rev }) as GraphRow;

class Lab implements GraphsSource {
  rows: readonly GraphRow[] | Error = [row("a")];
  readonly asked: string[] = [];
  private readonly answers: (() => void)[] = [];

  list = (): Promise<readonly GraphRow[]> =>
    this.rows instanceof Error ? Promise.reject(this.rows) : Promise.resolve(this.rows);

  read = (id: string): Promise<{ graph: Graph }> => {
    this.asked.push(id);
    return new Promise((resolve, reject) => {
      this.answers.push(() =>
        id === "bad" ? reject(new Error("gone")) : resolve({ graph: { ...EMPTY_GRAPH, name: id } }),
      );
    });
  };

  /** Answer what was asked longest ago. */
  async answer(): Promise<void> {
    this.answers.shift()?.();
    await rest();
  }
}

async function rest(): Promise<void> {
  for (let i = 0; i < 6; i++) await Promise.resolve();
}

test("the list is read at once, and kept while the server is away", async () => {
  const lab = new Lab();
  const graphs = new Graphs("p", lab);
  expect(graphs.list.get()).toEqual({ rows: null, problem: null });
  await rest();
  expect(graphs.list.get()).toEqual({ rows: [row("a")], problem: null });
  graphs.destroy();
  lab.rows = new Error("away");
  const other = new Graphs("p", lab);
  await rest();
  expect(other.list.get()).toEqual({ rows: null, problem: lab.rows });
  other.destroy();
});

test("documents of rows in view are read once for each revision, three at a time", async () => {
  const lab = new Lab();
  const graphs = new Graphs("p", lab);
  for (const id of ["a", "b", "c", "d", "a"]) graphs.look(row(id));
  expect(lab.asked).toEqual(["a", "b", "c"]);
  await lab.answer();
  expect(lab.asked).toEqual(["a", "b", "c", "d"]);
  for (let i = 0; i < 3; i++) await lab.answer();
  expect([...graphs.shapes.get()].map(([id, { name }]) => [id, name])).toEqual([
    ["a", "a"],
    ["b", "b"],
    ["c", "c"],
    ["d", "d"],
  ]);
  graphs.look(row("a", 2));
  expect(lab.asked.at(-1)).toBe("a");
  graphs.destroy();
});

test("a document that could not be read is asked for again with the next look", async () => {
  const lab = new Lab();
  const graphs = new Graphs("p", lab);
  graphs.look(row("bad"));
  await lab.answer();
  graphs.look(row("bad"));
  expect(lab.asked).toEqual(["bad", "bad"]);
  expect(graphs.shapes.get().size).toBe(0);
  graphs.destroy();
});
