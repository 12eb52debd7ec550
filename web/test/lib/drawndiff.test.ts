import { expect, test } from "vitest";
import { drawDiff } from "../../src/lib/drawndiff.ts";
import { describeOps } from "../../src/lib/fixwords.ts";
import { type Report, wholeGraph } from "../../src/lib/graph.ts";
import { orderedNodes, outText } from "../../src/lib/totals.ts";
import { TRAIN, trainValue, withTrain } from "../../src/lib/trainform.ts";

const edge = (from: string, to: string) => ({ from: [from, "out"], to: [to, "in"] }) as const;
const node = (id: string, x = 0) => ({ id, type: "core/dense@1", ui: { x, y: 0 } });

test("two revisions are one picture: what is gone stands where it stood, what was renamed is no news", () => {
  const before = wholeGraph({
    nodes: [node("a"), node("old"), node("gone", 300)],
    edges: [edge("a", "old"), edge("old", "gone")],
  });
  const after = wholeGraph({
    nodes: [node("a"), node("new"), node("came")],
    edges: [edge("a", "new"), edge("new", "came")],
  });
  const drawn = drawDiff(before, after, {
    added: ["came"],
    removed: ["gone"],
    changed: [{ id: "a", params: { units: [10, 20] }, type: null }],
    renamed: [["old", "new"]],
    edges_added: [edge("new", "came")],
    edges_removed: [edge("old", "gone")],
  });
  expect(drawn.graph.nodes.map(({ id }) => id)).toEqual(["a", "new", "came", "gone"]);
  expect(drawn.graph.nodes.at(-1)?.ui).toEqual({ x: 300, y: 0 });
  expect(drawn.marks).toEqual({ new: "changed", a: "changed", came: "added", gone: "removed" });
  expect(drawn.edgeMarks).toEqual({ "new.out came.in": "added", "new.out gone.in": "removed" });
  expect(drawn.graph.edges).toHaveLength(3);
});

test("a fix says what it will change", () => {
  expect(
    describeOps([
      { op: "add", node: { id: "flat", type: "core/flatten@1" } },
      { op: "disconnect", from: ["conv1", "out"], to: ["dense1", "in"] },
      { op: "connect", from: ["conv1", "out"], to: ["flat", "in"] },
      { op: "move", places: { flat: { x: 0, y: 0 } } },
      { op: "set", id: "dense1", params: { units: 10 }, unset: ["activation"] },
      { op: "replace", id: "add1", type: "core/max_pool2d@1" },
      { op: "remove", id: "drop" },
    ]),
  ).toBe(
    "adds flat (flatten), disconnects conv1 from dense1, connects conv1 to flat, units of dense1 becomes 10, activation of dense1 becomes the default and 2 more",
  );
  expect(describeOps([{ op: "replace", id: "add1", type: "acme/mix@2" }])).toBe("makes add1 a acme/mix");
  expect(describeOps([{ op: "document", train: {} }])).toBe("changes train");
});

test("nodes are listed in the order of computation, or by what they cost", () => {
  const cost = (params: number, flops: number) => ({
    shape: [3],
    dtype: "float32",
    text: "3",
    params,
    state: 0,
    flops,
    memory_bytes: 0,
    receptive: null,
    blocked: false,
  });
  const report = { nodes: { b: cost(5, 1), a: cost(1, 9), lost: cost(5, 0) }, order: ["a", "b"] };
  const ids = (by: "order" | "params" | "flops", down: boolean) => orderedNodes(report, by, down).map(({ id }) => id);
  expect(ids("order", false)).toEqual(["a", "b", "lost"]);
  expect(ids("order", true)).toEqual(["lost", "b", "a"]);
  expect(ids("params", true)).toEqual(["b", "lost", "a"]);
  expect(ids("flops", false)).toEqual(["lost", "b", "a"]);
  const outs = ["4", "5"].map((text) => ({ shape: [Number(text)], dtype: "float32", text }));
  const both = { ...report, nodes: { a: { ...cost(0, 0), outs } } } as unknown as Report;
  expect(outText(both, ["a", "state"], ["out", "state"])).toBe("5");
  expect(outText(both, ["a", "gone"], ["out", "state"])).toBe("4");
  expect(outText(both, ["b", "out"], ["out"])).toBe("");
  expect(outText(null, ["a", "out"], ["out"])).toBe("");
});

test("fields of training write only what differs, and keep what they do not know", () => {
  const [loss, type, rate] = TRAIN;
  if (!loss || !type || !rate) throw new Error("no fields");
  const train = { loss: "mse", optimizer: { type: "sgd", momentum: 0.9 }, metrics: ["mae"] };
  expect([loss, type, rate].map((spec) => trainValue(train, spec))).toEqual(["mse", "sgd", 0.001]);
  expect(withTrain(train, rate, 0.1)).toEqual({ ...train, optimizer: { type: "sgd", momentum: 0.9, lr: 0.1 } });
  expect(withTrain(train, loss, "auto")).toEqual({ optimizer: train.optimizer, metrics: ["mae"] });
  expect(withTrain({ optimizer: { type: "sgd" } }, type, "adam")).toEqual({});
  expect(trainValue({ optimizer: "adam" }, type)).toBe("adam");
});
