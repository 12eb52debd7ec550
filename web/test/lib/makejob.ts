/** A job for tests: one that waits, unless something else is said. */

import type { JobRow } from "../../src/api/schema.ts";

export function job(some: Partial<JobRow>): JobRow {
  return {
    id: some.name ?? "j",
    kind: "graph",
    name: "j",
    project: "p",
    state: "queued",
    since: 0,
    created: 0,
    began: null,
    ended: null,
    device: "auto",
    on: "",
    priority: 0,
    place: 1,
    attempt: 1,
    restarts: 0,
    runs: [],
    dataset: null,
    graph: null,
    sweep: null,
    command: "",
    step: null,
    steps: null,
    epoch: null,
    epochs: null,
    loss: null,
    share: null,
    left_s: null,
    checkpoint: null,
    error: null,
    can: ["stop"],
    told: 0,
    ...some,
  };
}
