import { describe, expect, it } from "vitest";
import type { Finding } from "../../src/api/health.ts";
import { curvesOf, foundLater, levelsOf, nodesOf, samplesOf } from "../../src/lib/health.ts";
import { byNode, moduleOf, type Variable } from "../../src/lib/watched.ts";

function variable(what: Variable["what"], path: string, node: string): Variable {
  return { key: `net/${what}/${path}`, model: "net", what, path, node, step: 3, low: 0, high: 1, counts: [1] };
}

const finding = (node: string, level: Finding["level"]): Finding => ({ node, level }) as Finding;

describe("what a node is called that no graph names", () => {
  it("is the module of its variables, as their keys spell it", () => {
    const first = [variable("weights", "0.weight", "n0"), variable("activations", "0", "n0")];
    expect(moduleOf("n0", first)).toBe("0");
    expect(moduleOf("dense", [variable("gradients", "Dense/kernel", "dense")])).toBe("Dense");
    expect(moduleOf("scale", [variable("weights", "scale", "scale")])).toBe("scale");
  });

  it("is the node where two modules share it, and where nothing was watched of it", () => {
    expect(moduleOf("a_b", [variable("activations", "a.b", "a_b"), variable("activations", "a_b", "a_b")])).toBe("a_b");
    expect(moduleOf("out", [])).toBe("out");
  });
});

describe("what was found, by node", () => {
  it("the worst level of a node counts, and what is about no node marks none", () => {
    const found = [finding("a", "warning"), finding("a", "error"), finding("b", "warning"), finding("", "error")];
    expect([...levelsOf(found)]).toEqual([
      ["a", "error"],
      ["b", "warning"],
    ]);
    expect([...levelsOf([...found].reverse())].sort()).toEqual([
      ["a", "error"],
      ["b", "warning"],
    ]);
  });

  it("nodes stand in the order of the graph, those it does not know behind it as people count", () => {
    const nodes = byNode(["n10", "n2", "b", "a"].map((node) => variable("activations", node, node)));
    expect(nodesOf(nodes, ["b", "x", "a"])).toEqual(["b", "a", "n2", "n10"]);
    expect(nodesOf(nodes, null)).toEqual(["a", "b", "n2", "n10"]);
    expect(nodesOf(new Map(), ["in", "mid", "out"], ["samples/in", "outputs/out"])).toEqual(["in", "out"]);
  });
});

it("what is found now and was not then is told apart by what it is about, not by its values", () => {
  const one = { code: "dead", model: "m", what: "activations", path: "a", metric: "share", value: 0.6 } as Finding;
  const other = { ...one, path: "b" };
  expect(foundLater([one], [{ ...one, value: 0.7, title: "more" }, other])).toEqual([other]);
});

describe("what is drawn of a node", () => {
  it("shares of its activations, and gradient to weight where both are known", () => {
    const variables = [
      variable("activations", "fc", "fc"),
      variable("weights", "fc.weight", "fc"),
      variable("gradients", "fc.weight", "fc"),
      variable("gradients", "fc.odd`name", "fc"),
    ];
    expect(curvesOf(variables)).toEqual([
      { name: "dead units", key: "net/activations/fc/dead", share: true },
      { name: "saturated outputs", key: "net/activations/fc/saturated", share: true },
      { name: "gradient to weight", expression: "`net/gradients/fc.weight/norm` / `net/weights/fc.weight/norm`" },
    ]);
  });

  it("records of samples that bear its name", () => {
    const keys = ["filters/conv1", "samples/conv1", "samples/conv10", "outputs/conv1", "model/weights/conv1", "conv1"];
    expect(samplesOf("conv1", keys)).toEqual(["filters/conv1", "outputs/conv1", "samples/conv1"]);
  });
});
