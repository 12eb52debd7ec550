/** Layouts of embeddings that the server computes: which there are, how far one is, and the places of its points. */

import { readLines } from "../lib/lines.ts";
import { decodeNpy, type NdArray } from "../lib/npy.ts";
import { Problem, send } from "./client.ts";
import type { ProjectionLine, ProjectionMethod, ProjectionMethods } from "./types.ts";

export type { ProjectionLine, ProjectionMethod };

/** What this needs of its surroundings, so that a test can be the server. */
export type Send = typeof send;

const KEPT = 200;

export class Layouts {
  private readonly kept = new Map<string, NdArray>();
  private last: Promise<unknown> = Promise.resolve();
  private known: Promise<readonly ProjectionMethod[]> | null = null;

  constructor(private readonly ask: Send = send) {}

  /** The ways that the server has what it needs for. */
  methods(): Promise<readonly ProjectionMethod[]> {
    this.known ??= this.list().catch((cause: unknown) => {
      this.known = null;
      throw cause;
    });
    return this.known;
  }

  /**
   * A place for each vector of a record.
   *
   * One at a time: the server works on one at a time too, and a browser has few connections. What nobody wants any more
   * (`signal`) is given up here and there.
   */
  get(
    run: string,
    record: number,
    method: string,
    hear: (line: ProjectionLine) => void,
    signal: AbortSignal,
  ): Promise<NdArray> {
    const path = `api/v1/runs/${encodeURIComponent(run)}/records/${record}/projection?method=${method}`;
    const known = this.kept.get(path);
    if (known) return Promise.resolve(known);
    const answer = this.last.then(() => this.bring(path, hear, signal));
    this.last = answer.catch(() => {});
    return answer;
  }

  private async list(): Promise<readonly ProjectionMethod[]> {
    const answer = (await (await this.ask("GET", "api/v1/projections")).json()) as ProjectionMethods;
    return answer.methods.filter(({ missing }) => !missing);
  }

  private async bring(path: string, hear: (line: ProjectionLine) => void, signal: AbortSignal): Promise<NdArray> {
    signal.throwIfAborted();
    const { body } = await this.ask("GET", path, undefined, "application/x-ndjson", signal);
    if (!body) throw new Error("The answer has no body.");
    for await (const text of readLines(body)) {
      const line = JSON.parse(text) as ProjectionLine;
      if (line.problem) throw asProblem(line.problem);
      hear(line);
    }
    const answer = await this.ask("GET", path, undefined, "application/x-npy", signal);
    const places = decodeNpy(await answer.arrayBuffer());
    this.kept.set(path, places);
    for (const old of this.kept.keys()) if (this.kept.size > KEPT) this.kept.delete(old);
    return places;
  }
}

function asProblem({ title, detail, status, hint }: NonNullable<ProjectionLine["problem"]>): Problem {
  return new Problem(title, detail, status, undefined, undefined, hint ?? undefined);
}

/** The layouts of this tab. */
export const layouts = new Layouts();
