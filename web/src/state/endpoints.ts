/** The endpoints there are, kept current by the live stream. */

import { type EndpointRow, type EndpointRows, listEndpoints } from "../api/endpoints.ts";
import { withEndpoint } from "../lib/endpoints.ts";
import { onFrame, onReset, want } from "./live.ts";
import { Store, throttled } from "./store.ts";

export interface EndpointList {
  readonly rows: readonly EndpointRow[] | null;
  readonly problem: unknown;
}

export class Endpoints {
  readonly list = new Store<EndpointList>({ rows: null, problem: null });
  private gone = false;
  /** What was told while the list was on its way. */
  private readonly early = new Map<string, EndpointRow | null>();
  private reading = false;
  private readonly soon = throttled(() => this.read(), 300);
  private readonly leave: (() => void)[];

  constructor(private readonly ask: () => Promise<EndpointRows> = listEndpoints) {
    this.leave = [
      onFrame((frame) => {
        if (frame.type === "endpoint") this.hear(frame.id, frame.endpoint);
        if (frame.type === "hello" && this.list.get().problem !== null) this.soon();
      }),
      onReset(() => this.soon()),
      want({ projects: [], runs: {}, documents: ["endpoint"] }),
    ];
    this.soon();
  }

  hear(name: string, row: EndpointRow | null): void {
    if (this.gone) return;
    if (this.reading) this.early.set(name, row);
    this.list.update((list) => (list.rows === null ? list : { ...list, rows: withEndpoint(list.rows, name, row) }));
  }

  again(): void {
    this.soon();
  }

  destroy(): void {
    this.gone = true;
    this.soon.cancel();
    for (const stop of this.leave) stop();
  }

  private read(): void {
    this.reading = true;
    this.early.clear();
    this.ask()
      .then(
        ({ endpoints }) => {
          if (this.gone) return;
          const rows = [...this.early].reduce<readonly EndpointRow[]>(
            (found, [name, row]) => withEndpoint(found, name, row),
            endpoints,
          );
          this.list.set({ rows, problem: null });
        },
        (problem: unknown) => !this.gone && this.list.update((list) => ({ ...list, problem })),
      )
      .finally(() => {
        this.reading = false;
      });
  }
}
