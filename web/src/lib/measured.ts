/** What a preview measured and the graph does not say yet, offered where it would mend something. */

import type { Fix, Graph, Report } from "./graph.ts";

/** A fix that a run of the graph suggests. */
export interface Measured extends Fix {
  /** The node that it is about. */
  readonly node: string;
  /** Nodes behind it whose errors wait for it. */
  readonly settles: readonly string[];
}

/** A report whose errors have these fixes too, in front of the others. */
export function withMeasured(report: Report | null, measured: readonly Measured[]): Report | null {
  if (report === null || measured.length === 0) return report;
  const issues = report.issues.map((issue) => {
    if (issue.level !== "error") return issue;
    const more = measured.filter(
      ({ node, settles, title }) =>
        (node === issue.node || settles.includes(issue.node)) && issue.fixes.every((fix) => fix.title !== title),
    );
    return more.length === 0
      ? issue
      : { ...issue, fixes: [...more.map(({ title, ops }) => ({ title, ops })), ...issue.fixes] };
  });
  return { ...report, issues };
}

/** What is still to be offered after an answer about some nodes: of those the newest word, of others the last. */
export function stillMeasured(
  before: readonly Measured[],
  told: readonly Measured[],
  asked: readonly string[],
  graph: Graph,
): readonly Measured[] {
  const there = new Set(graph.nodes.map((node) => node.id));
  const known = new Set([...asked, ...told.map((one) => one.node)]);
  const next = [...before.filter(({ node }) => !known.has(node)), ...told].filter(({ node }) => there.has(node));
  return JSON.stringify(next) === JSON.stringify(before) ? before : next;
}
