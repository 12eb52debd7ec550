/** Names in use in a project: config keys, metrics, and which config keys tell its runs apart. */

import { listKeys, queryRuns } from "../api/client.ts";
import { completeFilter } from "../api/table.ts";
import { configColumn, parseColumn } from "../lib/metrics.ts";
import { isSystem } from "../lib/system.ts";
import { onFrame, onReset } from "./live.ts";
import { Store, throttled } from "./store.ts";

export interface Keys {
  readonly config: readonly string[];
  readonly metrics: readonly string[];
  /** Config keys with more than one value among the newest runs. */
  readonly differing: readonly string[];
}

const REFRESH_MS = 3000;
/** Config keys and runs that are compared to find what differs. */
const COMPARED_KEYS = 64;
const COMPARED_RUNS = 200;

export class ProjectKeys {
  readonly keys = new Store<Keys | null>(null);
  private readonly leave: (() => void)[];
  private readonly refresh = throttled(() => void this.read(), REFRESH_MS);

  constructor(readonly project: string) {
    this.leave = [
      onFrame((frame) => {
        if (frame.type === "runs" && frame.rows.some((row) => row.project === project)) this.refresh();
      }),
      onReset(() => void this.read()),
    ];
    this.refresh();
  }

  /** Tags in use, as they are now. */
  async tags(): Promise<string[]> {
    const { options } = await completeFilter(this.project, "tag.", 4, new AbortController().signal);
    return options.map(({ text }) => parseColumn(text).key);
  }

  destroy(): void {
    this.refresh.cancel();
    for (const stop of this.leave) stop();
  }

  private async read(): Promise<void> {
    try {
      const { config, metrics: all } = await listKeys(this.project);
      const metrics = all.filter((key) => !isSystem(key));
      const differing = await this.differing(config.slice(0, COMPARED_KEYS));
      const next = { config, metrics, differing };
      if (JSON.stringify(next) !== JSON.stringify(this.keys.get())) this.keys.set(next);
    } catch {
      // The table says what is wrong; without names it shows its fixed columns.
      this.keys.update((keys) => keys ?? { config: [], metrics: [], differing: [] });
    }
  }

  private async differing(config: readonly string[]): Promise<string[]> {
    if (config.length === 0) return [];
    const columns = config.map(configColumn);
    const answer = await queryRuns({ project: this.project, columns, order: ["-created"], limit: COMPARED_RUNS });
    return config.filter((_, i) => {
      const values = new Set((answer.columns[columns[i] as string] ?? []).map((value) => JSON.stringify(value)));
      return values.size > 1;
    });
  }
}
