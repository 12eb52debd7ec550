/** Principal components, one after another; those that take long are made beside the page. */

import { type PcaAnswer, type PcaTask, solve } from "../../../lib/pca.worker.ts";

/** More numbers than this are worked on beside the page. */
const HERE = 5000 * 64;

export class Solver {
  private worker: Worker | null = null;
  private last: Promise<unknown> = Promise.resolve();

  solve(task: PcaTask): Promise<PcaAnswer> {
    if (task.n * task.dim <= HERE) return Promise.resolve(solve(task));
    // One after another: a worker answers in the order it was asked.
    const answer = this.last.then(() => this.ask(task));
    this.last = answer.catch(() => {});
    return answer;
  }

  destroy(): void {
    this.worker?.terminate();
    this.worker = null;
  }

  private ask(task: PcaTask): Promise<PcaAnswer> {
    this.worker ??= new Worker(new URL("../../../lib/pca.worker.ts", import.meta.url), { type: "module" });
    const { worker } = this;
    return new Promise((resolve, reject) => {
      worker.onmessage = (event: MessageEvent<PcaAnswer>) => resolve(event.data);
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage(task);
    });
  }
}
