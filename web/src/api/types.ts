/** What the server answers, as `docs/reference/http.md` says it. */

export type RunState = "running" | "finished" | "failed" | "killed" | "lost";

/** A number, or the word for one that JSON cannot hold. */
export type WireNumber = number | "NaN" | "Infinity" | "-Infinity" | null;

export interface ProjectRow {
  readonly name: string;
  readonly runs: number;
  readonly running: number;
  readonly created: number;
  readonly updated: number;
}

export interface RunRow {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly state: RunState;
  readonly created: number;
  readonly updated: number;
  readonly finished: number | null;
  readonly group: string | null;
  readonly tags: readonly string[];
  readonly notes: string;
  readonly dropped: number;
  readonly last_step: number | null;
}

export interface RunDetail extends RunRow {
  readonly config: Readonly<Record<string, unknown>>;
  readonly summary: Readonly<Record<string, WireNumber>>;
  readonly error: string | null;
  readonly rewinds: readonly { readonly time: number; readonly step: number }[];
  readonly meta: Readonly<Record<string, unknown>>;
}

export interface RunsAnswer {
  readonly total: number;
  readonly matched: number;
  readonly runs: readonly RunRow[];
  readonly columns: Readonly<Record<string, readonly unknown[]>>;
}

export interface SeriesRow {
  readonly key: string;
  readonly n: number;
  readonly bad: number;
  readonly last: WireNumber;
  readonly last_step: number;
  readonly last_time: number;
  readonly low: WireNumber;
  readonly low_step: number;
  readonly high: WireNumber;
  readonly high_step: number;
  readonly mean: WireNumber;
}

export interface SeriesAnswer {
  readonly total: number;
  readonly series: readonly SeriesRow[];
}

export interface PointsAnswer {
  readonly step: readonly number[];
  readonly time: readonly number[];
  readonly value: readonly WireNumber[];
  readonly more: boolean;
}

export interface KeysAnswer {
  readonly config: readonly string[];
  readonly metrics: readonly string[];
}

/** Which part of an axis, on how many pixels. */
export interface WindowQuery {
  readonly px: number;
  readonly first?: number;
  readonly last?: number;
  readonly x: string;
  readonly scale: "linear" | "log";
}

/** What a tab wants to hear of. */
export interface Wish {
  readonly projects: readonly string[] | "*";
  readonly runs: Readonly<Record<string, readonly string[] | "*">>;
}

export interface LivePoints {
  readonly step: readonly number[];
  readonly time: readonly number[];
  readonly value: readonly WireNumber[];
  readonly total: number;
  readonly thinned: boolean;
}

export type Frame =
  | { readonly type: "hello"; readonly cursor: string; readonly version: string }
  | { readonly type: "runs"; readonly cursor: string; readonly rows: readonly RunRow[] }
  | { readonly type: "removed"; readonly cursor: string; readonly runs: readonly string[] }
  | { readonly type: "points"; readonly cursor: string; readonly run: string; readonly series: Readonly<Record<string, LivePoints>> }
  | { readonly type: "reset"; readonly cursor: string };
