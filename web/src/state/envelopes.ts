/** Asks for envelopes of many series in few requests: what charts want in the same moment goes together. */

import { readEnvelopes } from "../api/client.ts";
import type { WindowQuery } from "../api/types.ts";
import type { LineSpec } from "../lib/arrangement.ts";
import { Trace } from "../lib/trace.ts";

export interface Answer {
  readonly trace: Trace;
  /** Points that an expression left out because another series has none at their step. */
  readonly missed: number;
}

interface Wanted {
  readonly run: string;
  readonly line: LineSpec;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (cause: unknown) => void;
}

/** More than this in one answer delays the first chart. */
const SERIES_PER_REQUEST = 96;
const REQUESTS_AT_ONCE = 4;

const gathering = new Map<string, { window: WindowQuery; wanted: Wanted[] }>();
const waiting: (() => Promise<void>)[] = [];
let active = 0;

/** Read the trace of one series or expression; an empty one when the run has no such series. */
export async function requestTrace(run: string, key: string, window: WindowQuery): Promise<Trace> {
  return (await requestLine(run, { key }, window)).trace;
}

/** Read a line of a chart, with what it left out. */
export function requestLine(run: string, line: LineSpec, window: WindowQuery): Promise<Answer> {
  return new Promise((resolve, reject) => {
    if (gathering.size === 0) setTimeout(flush, 0);
    // An expression that is refused takes no chart of another one with it.
    const name = JSON.stringify([window, line.expression ?? ""]);
    const group = gathering.get(name) ?? { window, wanted: [] };
    group.wanted.push({ run, line, resolve, reject });
    gathering.set(name, group);
  });
}

function flush(): void {
  for (const { window, wanted } of gathering.values()) {
    for (let i = 0; i < wanted.length; i += SERIES_PER_REQUEST) {
      const part = wanted.slice(i, i + SERIES_PER_REQUEST);
      waiting.push(() => answer(part, window));
    }
  }
  gathering.clear();
  pump();
}

function pump(): void {
  while (active < REQUESTS_AT_ONCE) {
    const next = waiting.shift();
    if (!next) return;
    active += 1;
    next().finally(() => {
      active -= 1;
      pump();
    });
  }
}

async function answer(wanted: readonly Wanted[], window: WindowQuery): Promise<void> {
  try {
    const series = wanted.map(({ run, line }) =>
      line.expression ? { run, expression: line.expression } : { run, key: line.key ?? "" },
    );
    const found = await readEnvelopes(series, window);
    for (const [i, one] of wanted.entries()) one.resolve(found[i] ?? { trace: Trace.empty(), missed: 0 });
  } catch (cause) {
    for (const one of wanted) one.reject(cause);
  }
}
