/** Runs side by side, read again when one of them changes; and the code of two of them. */

import { useEffect, useState } from "react";
import { type CodeDiff, type CompareQuery, type Comparison, queryComparison, readCode } from "../api/analysis.ts";
import { LiveAnswer } from "./answer.ts";
import { want } from "./live.ts";

export function followComparison(project: string): LiveAnswer<CompareQuery, Comparison> {
  return new LiveAnswer(
    queryComparison,
    (frame, { runs }) => frame.type === "runs" && frame.rows.some((row) => runs.includes(row.id)),
    () => want({ projects: [project], runs: {} }),
  );
}

export interface CodeRead {
  readonly code: CodeDiff | null;
  readonly problem: unknown;
}

/** What differs in the code of two runs; `null` while it is read. */
export function useCode(a: string, b: string): CodeRead {
  const [read, setRead] = useState<CodeRead & { readonly of: string }>({ of: "", code: null, problem: null });
  const of = `${a} ${b}`;
  useEffect(() => {
    let here = true;
    readCode(a, b).then(
      (code) => here && setRead({ of: `${a} ${b}`, code, problem: null }),
      (problem: unknown) => here && setRead({ of: `${a} ${b}`, code: null, problem }),
    );
    return () => {
      here = false;
    };
  }, [a, b]);
  return read.of === of ? read : { code: null, problem: null };
}
