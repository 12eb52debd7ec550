/** What the palette reaches beyond the page: runs, metrics, dashboards and saved views, read when it opens. */

import { type DashboardRow, listDashboards } from "../api/boards.ts";
import { type GraphRow, listGraphs } from "../api/canvases.ts";
import { listKeys } from "../api/client.ts";
import { type DatasetRow, listDatasets } from "../api/datasets.ts";
import { listModels, type ModelRow } from "../api/models.ts";
import { findRuns } from "../api/search.ts";
import { listViews, type ViewRow } from "../api/table.ts";
import type { RunRow } from "../api/types.ts";
import { recall, remember } from "./remember.ts";
import { Store } from "./store.ts";

export interface Reached {
  readonly boards: readonly DashboardRow[];
  readonly graphs: readonly GraphRow[];
  readonly datasets: readonly DatasetRow[];
  readonly models: readonly ModelRow[];
  readonly views: readonly ViewRow[];
  readonly metrics: readonly string[];
  readonly runs: readonly RunRow[];
  /** Runs that fit, shown or not. */
  readonly matched: number;
  /** Whether the runs are those of an earlier text, and better ones are on their way. */
  readonly searching: boolean;
  readonly problem: unknown;
}

const NOTHING: Reached = {
  boards: [],
  graphs: [],
  datasets: [],
  models: [],
  views: [],
  metrics: [],
  runs: [],
  matched: 0,
  searching: true,
  problem: null,
};
/** After the last letter; the first answer comes at once. */
const PAUSE_MS = 90;
const MOST_RUNS = 30;
const MOST_CHARS = 200;

/** What was read last for a project, shown until it was read again. */
const kept = new Map<string, Reached>();

export class Reach {
  readonly found: Store<Reached>;
  private readonly name: string;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stop = new AbortController();
  private gone = false;

  constructor(private readonly project: string | null) {
    this.name = project ?? "";
    this.found = new Store({ ...(kept.get(this.name) ?? NOTHING), searching: true, problem: null });
    this.read(listDashboards(), (boards) => ({ boards }));
    this.read(listGraphs(project), (graphs) => ({ graphs }));
    this.read(listDatasets(), (datasets) => ({ datasets }));
    this.read(listModels(), (models) => ({ models }));
    if (project !== null) {
      this.read(listKeys(project), ({ metrics }) => ({ metrics }));
      this.read(listViews(project, "runs"), (views) => ({ views }));
    }
    this.ask("");
  }

  /** Look for runs; of several questions in a row the last one alone is asked. */
  search(text: string): void {
    clearTimeout(this.timer);
    this.found.update((found) => ({ ...found, searching: true }));
    this.timer = setTimeout(() => this.ask(text), PAUSE_MS);
  }

  destroy(): void {
    this.gone = true;
    clearTimeout(this.timer);
    this.stop.abort();
  }

  private ask(text: string): void {
    this.stop.abort();
    this.stop = new AbortController();
    const { signal } = this.stop;
    findRuns(text.trim().slice(0, MOST_CHARS), this.project, MOST_RUNS, signal).then(
      ({ runs, matched }) => !signal.aborted && this.put({ runs, matched, searching: false, problem: null }),
      (problem: unknown) => !signal.aborted && this.put({ runs: [], matched: 0, searching: false, problem }),
    );
  }

  private read<T>(answer: Promise<T>, part: (value: T) => Partial<Reached>): void {
    answer.then(
      (value) => this.put(part(value)),
      () => {
        // The search of runs asks the same server and says what is wrong.
      },
    );
  }

  private put(part: Partial<Reached>): void {
    if (this.gone) return;
    this.found.update((found) => ({ ...found, ...part }));
    kept.set(this.name, { ...this.found.get(), runs: [], matched: 0 });
  }
}

/** Something that was chosen in the palette: a place that is gone to again, or an action of a page. */
export interface Recent {
  readonly id: string;
  readonly title: string;
  readonly section: string;
  readonly path?: string | undefined;
  readonly note?: string | undefined;
}

const MOST_RECENT = 12;

export function readRecent(): readonly Recent[] {
  try {
    const list: unknown = JSON.parse(recall("recent") ?? "[]");
    return Array.isArray(list) ? list.filter(isRecent) : [];
  } catch {
    return [];
  }
}

function isRecent(one: unknown): one is Recent {
  const has = (name: string): boolean => typeof (one as Record<string, unknown>)[name] === "string";
  return typeof one === "object" && one !== null && has("id") && has("title") && has("section");
}

export function noteRecent({ id, title, section, path, note }: Recent): void {
  const rest = readRecent().filter((one) => one.id !== id);
  remember("recent", JSON.stringify([{ id, title, section, path, note }, ...rest].slice(0, MOST_RECENT)));
}
