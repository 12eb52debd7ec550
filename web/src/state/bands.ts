/** The mean of groups of runs and the band around it, read for what a chart shows and again when a member changes. */

import { type Bands, type BandsQuery, readBands } from "../api/charts.ts";
import { type Buckets, Trace } from "../lib/trace.ts";
import { onFrame, onReset, want } from "./live.ts";

export interface Group {
  readonly name: string;
  readonly runs: readonly string[];
}

export interface BandAsk {
  readonly key: string;
  readonly groups: readonly Group[];
  readonly interval: "std" | "ci" | "range";
  readonly x: string;
  readonly scale: "linear" | "log";
  readonly px: number;
  readonly zoom: readonly [number, number] | null;
}

export interface GroupBand {
  readonly name: string;
  /** Runs of the group that have the series. */
  readonly n: number;
  readonly trace: Trace;
  /** How it was made, in words. */
  readonly method: string;
}

const RELOAD_MS = 1000;

export class BandFeed {
  bands: readonly GroupBand[] = [];
  problem: unknown = null;
  loading = false;
  private ask: BandAsk | null = null;
  private turn = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private readonly leave: (() => void)[];
  private unwish: (() => void) | null = null;

  constructor(private readonly changed: () => void) {
    this.leave = [
      onFrame((frame) => {
        const { ask } = this;
        if (frame.type !== "points" || !ask || !frame.series[ask.key]) return;
        if (ask.groups.some((group) => group.runs.includes(frame.run))) this.soon();
      }),
      onReset(() => this.load()),
    ];
  }

  show(ask: BandAsk): void {
    if (JSON.stringify(ask) === JSON.stringify(this.ask)) return;
    if (this.ask && (this.ask.key !== ask.key || this.ask.x !== ask.x)) this.bands = [];
    this.ask = ask;
    const before = this.unwish;
    const runs = ask.groups.flatMap((group) => group.runs);
    this.unwish = want({ projects: [], runs: Object.fromEntries(runs.map((run) => [run, [ask.key]])) });
    before?.();
    this.load();
  }

  load(): void {
    const { ask } = this;
    if (!ask) return;
    const turn = ++this.turn;
    this.loading = true;
    requestBands(ask).then(
      (bands) => {
        if (turn !== this.turn) return;
        [this.bands, this.problem, this.loading] = [bands, null, false];
        this.changed();
      },
      (problem: unknown) => {
        if (turn !== this.turn) return;
        [this.problem, this.loading] = [problem, false];
        this.changed();
      },
    );
  }

  destroy(): void {
    this.turn += 1;
    if (this.timer !== null) clearTimeout(this.timer);
    for (const stop of this.leave) stop();
    this.unwish?.();
  }

  private soon(): void {
    if (this.timer !== null) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.load();
    }, RELOAD_MS);
  }
}

/** Read the bands once. */
export async function requestBands(ask: BandAsk): Promise<readonly GroupBand[]> {
  return bandsOf(await readBands(queryOf(ask)));
}

function queryOf({ key, groups, interval, x, scale, px, zoom }: BandAsk): BandsQuery {
  const named = groups.map((group) => ({ name: group.name, runs: [...group.runs] }));
  const query = { key, groups: named, interval, x, scale, px: Math.max(2, px) };
  return zoom ? { ...query, first: zoom[0], last: zoom[1] } : query;
}

/** Bands as traces: the mean is the line, the interval its band; where the runs are too few there is none. */
function bandsOf({ groups }: Bands): GroupBand[] {
  return groups.map(({ name, runs, method, columns }) => {
    const x = Float64Array.from(columns.x);
    const mean = Float64Array.from(columns.mean);
    const edge = (values: readonly (number | null)[]): Float64Array =>
      Float64Array.from(values, (value, i) => value ?? (mean[i] as number));
    const m = x.length;
    const buckets: Buckets = {
      x0: x,
      x1: x,
      lowX: x,
      highX: x,
      low: edge(columns.low),
      high: edge(columns.high),
      mean,
      n: new Uint32Array(m).fill(1),
      bad: new Uint32Array(m),
    };
    const span = [x[0] ?? Number.NaN, x[m - 1] ?? Number.NaN] as const;
    return { name, n: runs.length, method, trace: new Trace(buckets, m, m, span) };
  });
}
