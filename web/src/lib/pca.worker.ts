/** Principal components beside the page, so that large embeddings do not hold it up. */

import { pca, project } from "./pca.ts";

export interface PcaTask {
  readonly rows: Float32Array;
  readonly n: number;
  readonly dim: number;
}

export interface PcaAnswer {
  /** x, y of each row. */
  readonly points: Float64Array;
  readonly explained: Float64Array;
}

export function solve({ rows, n, dim }: PcaTask): PcaAnswer {
  const basis = pca(rows, n, dim, 2);
  const along = project(basis, rows, n, dim);
  const points = new Float64Array(n * 2);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < basis.count; k++) points[2 * i + k] = along[i * basis.count + k] as number;
  }
  return { points, explained: basis.explained };
}

// The same file is the worker and, for small ones, a plain module.
if (typeof WorkerGlobalScope !== "undefined" && self instanceof WorkerGlobalScope) {
  self.addEventListener("message", (event: MessageEvent<PcaTask>) => {
    const answer = solve(event.data);
    self.postMessage(answer, { transfer: [answer.points.buffer, answer.explained.buffer] });
  });
}

declare const WorkerGlobalScope: (new () => Window & typeof globalThis) | undefined;
