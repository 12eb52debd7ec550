import { expect, test } from "vitest";
import { type Issue, type Report, wholeGraph } from "../../src/lib/graph.ts";
import { type Measured, stillMeasured, withMeasured } from "../../src/lib/measured.ts";

const SAYS: Measured = {
  node: "code1",
  title: "Say that code1 gives 28×28×1",
  ops: [{ op: "set", id: "code1", params: { shapes: "28 28 1" } }],
  settles: ["hidden"],
};
const OTHER = { title: "Bypass it", ops: [] };

function issue(node: string, level: Issue["level"], fixes: Issue["fixes"] = []): Issue {
  return { node, level, code: "E100", message: "", param: "", port: "", fixes };
}

function report(...issues: Issue[]): Report {
  return {
    nodes: {},
    issues,
    suggestions: [],
    totals: { params: 0, flops: 0, memory_bytes: 0 },
    order: [],
  };
}

test("errors that wait for what a preview measured have it as a fix, once and in front", () => {
  const found = withMeasured(
    report(issue("hidden", "error", [OTHER]), issue("hidden", "tip"), issue("far", "error"), issue("code1", "error")),
    [SAYS],
  );
  const { title, ops } = SAYS;
  expect(found?.issues.map(({ fixes }) => fixes)).toEqual([[{ title, ops }, OTHER], [], [], [{ title, ops }]]);
  expect(withMeasured(found, [SAYS])).toEqual(found);
  const plain = report(issue("hidden", "error"));
  expect([withMeasured(plain, []), withMeasured(null, [SAYS])]).toEqual([plain, null]);
});

test("what was measured holds until the node is asked for again or is gone", () => {
  const graph = wholeGraph({ nodes: ["code1", "hidden"].map((id) => ({ id, type: "core/x@1" })), edges: [] });
  const before = [SAYS];
  expect(stillMeasured(before, [], ["hidden"], graph)).toBe(before);
  expect(stillMeasured(before, [], ["code1"], graph)).toEqual([]);
  expect(stillMeasured([], [SAYS], ["hidden"], graph)).toEqual([SAYS]);
  expect(stillMeasured(before, [], [], { ...graph, nodes: graph.nodes.slice(1) })).toEqual([]);
});
