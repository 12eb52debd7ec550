/** The graphs of a project or of all, kept current, and the shape of each for its small picture. */

import { type GraphRow, listGraphs, readGraphAt } from "../api/canvases.ts";
import type { Graph } from "../lib/graph.ts";
import { onFrame, onReset, want } from "./live.ts";
import { Store, throttled } from "./store.ts";

export interface GraphList {
  readonly rows: readonly GraphRow[] | null;
  readonly problem: unknown;
}

/** Where the list and the documents come from; tests bring their own. */
export interface GraphsSource {
  list(project: string | null): Promise<readonly GraphRow[]>;
  read(id: string): Promise<{ readonly graph: Graph }>;
}

const AT_ONCE = 3;

export class Graphs {
  readonly list = new Store<GraphList>({ rows: null, problem: null });
  /** Documents that were asked for, by id. */
  readonly shapes = new Store<ReadonlyMap<string, Graph>>(new Map());
  private readonly known = new Map<string, number>();
  private readonly waiting: { readonly id: string; readonly rev: number }[] = [];
  private reading = 0;
  private gone = false;
  private readonly soon = throttled(() => this.read(), 300);
  private readonly leave: (() => void)[];

  constructor(
    readonly project: string | null,
    private readonly source: GraphsSource = { list: listGraphs, read: readGraphAt },
  ) {
    this.leave = [
      onFrame((frame) => {
        if (frame.type === "documents" || (frame.type === "hello" && this.list.get().problem !== null)) this.soon();
      }),
      onReset(() => this.soon()),
      want({ projects: [], runs: {}, documents: ["graph"] }),
    ];
    this.soon();
  }

  /** Read the list again: something was changed here. */
  refresh(): void {
    this.soon();
  }

  /** Read the document of a row that has come into view, once for each revision. */
  look({ id, rev }: Pick<GraphRow, "id" | "rev">): void {
    if (this.known.get(id) === rev) return;
    this.known.set(id, rev);
    this.waiting.push({ id, rev });
    this.next();
  }

  destroy(): void {
    this.gone = true;
    this.soon.cancel();
    for (const stop of this.leave) stop();
  }

  private next(): void {
    while (this.reading < AT_ONCE) {
      const wanted = this.waiting.shift();
      if (!wanted) return;
      this.reading += 1;
      this.source
        .read(wanted.id)
        .then(
          ({ graph }) => this.shapes.update((before) => new Map(before).set(wanted.id, graph)),
          () => this.known.delete(wanted.id), // the list says what is wrong; the picture is tried again with it
        )
        .finally(() => {
          this.reading -= 1;
          if (!this.gone) this.next();
        });
    }
  }

  private read(): void {
    this.source.list(this.project).then(
      (rows) => !this.gone && this.list.set({ rows, problem: null }),
      (problem: unknown) => !this.gone && this.list.update((list) => ({ ...list, problem })),
    );
  }
}
