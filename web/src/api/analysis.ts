/** Requests about what runs say together: leaderboards and comparisons. */

import { send } from "./client.ts";
import type {
  CodeDiff,
  CompareQuery,
  Comparison,
  Importance,
  ImportanceQuery,
  Leaderboard,
  LeaderboardQuery,
} from "./schema.ts";

export type {
  BoardColumn,
  CodeDiff,
  ComparedFigure,
  ComparedGraph,
  ComparedMetric,
  ComparedRow,
  ComparedRun,
  CompareQuery,
  Comparison,
  Entry,
  EntryRange,
  EntrySeed,
  GraphChange,
  Importance,
  Leaderboard,
  LeaderboardQuery,
  NodeChange,
  ParameterImportance,
  RankedProtocol,
  TextDiff,
} from "./schema.ts";

async function json<T>(method: string, path: string, body?: unknown): Promise<T> {
  return (await (await send(method, path, body)).json()) as T;
}

export function queryLeaderboard(query: LeaderboardQuery): Promise<Leaderboard> {
  return json("POST", "api/v1/leaderboards", query);
}

export function queryComparison(query: CompareQuery): Promise<Comparison> {
  return json("POST", "api/v1/compare", query);
}

/** The captured code of two runs, line by line. */
export function readCode(a: string, b: string): Promise<CodeDiff> {
  return json("GET", `api/v1/compare/code?${new URLSearchParams({ a, b })}`);
}

export function queryImportance(query: ImportanceQuery): Promise<Importance> {
  return json("POST", "api/v1/importance", query);
}
