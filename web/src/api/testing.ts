/** Tests of versions: run, listed, read row by row; a version tried on an input, and checkpoints on a row. */

import type { Method, Score, TestKind, TestReport, TestRow, Tried } from "../lib/testing.ts";
import { send } from "./client.ts";
import type * as wire from "./schema.ts";

/** What has a default is always sent all the same. */
type Whole<T> = T extends object ? { readonly [K in keyof T]-?: Whole<T[K]> } : T;

/** The newest outcome of a test of a version. */
export interface VersionTest {
  readonly test: string;
  readonly kind: TestKind;
  readonly version: number;
  readonly us: number;
  readonly figures: Readonly<Record<string, number | null>>;
  readonly report: TestReport;
}

export interface RunningTest {
  readonly test: string;
  readonly kind: TestKind;
  readonly since_us: number;
  readonly progress: number;
  readonly text: string;
}

export interface VersionTests {
  readonly tests: readonly VersionTest[];
  readonly running: readonly RunningTest[];
}

/** What is to be tested; what is left out the server chooses. */
export interface TestWish {
  readonly test: TestKind;
  readonly dataset?: string;
  readonly part?: string;
  readonly rows?: number;
}

export interface TestRowsQuery {
  readonly output?: string;
  readonly actual?: string;
  readonly predicted?: string;
  readonly order?: "row" | "confident_wrong" | "confident_right" | "unsure" | "loss" | "least_loss";
  readonly first?: number;
  readonly limit?: number;
}

export interface TestRowsPage {
  readonly total: number;
  readonly columns: readonly string[];
  readonly rows: readonly TestRow[];
}

/** A row of registered data: its place in the part. */
export interface SampleRow {
  readonly row: number;
  readonly part?: string;
  readonly dataset?: string;
}

/** An input of one of these forms. */
export type Input =
  | { readonly row: SampleRow }
  | { readonly image: string; readonly invert?: boolean }
  | { readonly values: Readonly<Record<string, string | number | null>> };

export interface Explain {
  readonly saliency: Method;
  readonly class?: string;
}

export interface CheckpointCurve {
  readonly id: string;
  readonly name: string;
  readonly job: string;
  readonly project: string;
  readonly steps: readonly number[];
  readonly scores: readonly {
    readonly output: string;
    readonly label: string;
    readonly values: readonly Score["score"][];
  }[];
  readonly why: string;
}

export interface Checkpoints {
  readonly dataset: string;
  readonly part: string;
  readonly row: number;
  readonly rows: number;
  readonly cells: Tried["cells"];
  readonly truth: Readonly<Record<string, string>>;
  readonly curves: readonly CheckpointCurve[];
}

function path(name: string, ref: string): string {
  return `api/v1/models/${encodeURIComponent(name)}/versions/${encodeURIComponent(ref)}`;
}

async function json<T>(method: string, where: string, body?: unknown, signal: AbortSignal | null = null): Promise<T> {
  return (await (await send(method, where, body, "application/json", signal)).json()) as T;
}

export function listTests(name: string, ref: string, signal: AbortSignal | null = null): Promise<VersionTests> {
  return json<Whole<wire.VersionTests>>("GET", `${path(name, ref)}/tests`, undefined, signal);
}

/** Answers when the test is done; `listTests` tells meanwhile how far it is. */
export function runTest(name: string, ref: string, wish: TestWish): Promise<VersionTest> {
  return json<Whole<wire.VersionTest>>("POST", `${path(name, ref)}/tests`, wish);
}

/** Delete a test, or stop one that is being made. */
export async function deleteTest(name: string, ref: string, test: string): Promise<void> {
  await send("DELETE", `${path(name, ref)}/tests/${encodeURIComponent(test)}`);
}

export function getTest(name: string, ref: string, test: string): Promise<VersionTest> {
  return json<Whole<wire.VersionTest>>("GET", `${path(name, ref)}/tests/${encodeURIComponent(test)}`);
}

export function testRows(
  name: string,
  ref: string,
  test: string,
  query: TestRowsQuery,
  signal: AbortSignal | null = null,
): Promise<TestRowsPage> {
  const given = Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]));
  const where = `${path(name, ref)}/tests/${encodeURIComponent(test)}/rows?${new URLSearchParams(given)}`;
  return json<Whole<wire.TestRows>>("GET", where, undefined, signal);
}

export function tryVersion(
  name: string,
  ref: string,
  input: Input,
  explain: Explain,
  signal: AbortSignal | null = null,
): Promise<Tried> {
  return json<Whole<wire.Tried>>("POST", `${path(name, ref)}:try`, { ...input, ...explain }, signal);
}

export function askCheckpoints(
  row: SampleRow,
  jobs: readonly string[],
  versions: readonly string[],
  signal: AbortSignal | null = null,
): Promise<Checkpoints> {
  return json<Whole<wire.Checkpoints>>("POST", "api/v1/tests:checkpoints", { row, jobs, versions }, signal);
}
