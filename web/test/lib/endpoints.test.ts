import { describe, expect, it } from "vitest";
import type { EndpointRow } from "../../src/api/schema.ts";
import {
  answering,
  callsOf,
  likelihood,
  minute,
  rowOf,
  type Served,
  saidBy,
  sheetOf,
  splitOf,
  takenOf,
  withEndpoint,
} from "../../src/lib/endpoints.ts";
import { readRoute } from "../../src/lib/url.ts";

function row(name: string, changes: Partial<EndpointRow> = {}): EndpointRow {
  const base = {
    model: "digits@champion",
    canary: null,
    shadow: "",
    log: {},
    state: "running",
    versions: [],
    recent: [],
  };
  return { ...base, name, ...changes } as unknown as EndpointRow;
}

function version(role: string, drawn: number, requests = drawn) {
  return { version: `digits@${role === "model" ? 1 : 2}`, role, drawn, requests, refused: 1, failed: 0 };
}

function served(takes: object, shape: readonly (number | null)[] = [8, 8, 1]): Served {
  return { name: "e", model: { version: "e@1", takes, signature: { inputs: [{ name: "x", shape }] } } } as Served;
}

const TABLE = served({
  age: { type: ["number", "null"] },
  town: { enum: ["Bern", "Ulm", null] },
  said: { type: ["string", "null"] },
  at: { type: ["string", "null"], description: "A time such as 2026-11-21T14:02." },
});
const PICTURE = served({ image: { anyOf: [{ type: "string" }, { type: "array" }] } }, [8, 6, 3]);

describe("endpoints", () => {
  it("stay in the order of their names when one changes, is made or is gone", () => {
    const rows = [row("a"), row("c")];
    expect(withEndpoint(rows, "b", row("b")).map((one) => one.name)).toEqual(["a", "b", "c"]);
    expect(withEndpoint(rows, "c", row("c", { state: "stopped" }))[1]?.state).toBe("stopped");
    expect(withEndpoint(rows, "a", null).map((one) => one.name)).toEqual(["c"]);
  });

  it("say which version answers under a name, which answers a share, and which is compared", () => {
    const canary = { ref: "digits@2", share: 0.1 };
    const versions = [version("model", 0), version("canary", 0)];
    const changes = { canary, shadow: "digits@latest", versions } as unknown as Partial<EndpointRow>;
    expect(answering(row("a", changes))).toEqual([
      { role: "model", ref: "digits@champion", version: "digits@1", words: "" },
      { role: "canary", ref: "digits@2", version: "digits@2", words: "answers 10 %" },
      { role: "shadow", ref: "digits@latest", version: "", words: "is asked and compared" },
    ]);
    expect(answering(row("a"))).toEqual([{ role: "model", ref: "digits@champion", version: "", words: "" }]);
  });

  it("give classes three decimals, and do not call little nothing", () => {
    expect([0.9999, 0.5, 0.001, 0.0009, 1e-12, 0].map(likelihood)).toEqual([
      "1.000",
      "0.500",
      "0.001",
      "< 0.001",
      "< 0.001",
      "0.000",
    ]);
  });

  it("have a split with what chance makes of it", () => {
    const canary = { ref: "digits@2", share: 0.1 };
    const versions = [version("model", 90), version("canary", 10)];
    const split = splitOf(row("a", { canary, versions } as unknown as Partial<EndpointRow>));
    expect(split).toMatchObject({ canary: 10, all: 100, asked: 0.1 });
    // Wilson's interval of 10 of 100 is 5.5 % to 17.4 %.
    expect(split?.low).toBeCloseTo(0.0552, 3);
    expect(split?.high).toBeCloseTo(0.1744, 3);
    const none = [version("model", 0), version("canary", 0)];
    expect(splitOf(row("a", { canary, versions: none } as unknown as Partial<EndpointRow>))).toMatchObject({
      low: 0,
      high: 1,
    });
    expect(splitOf(row("a"))).toBeNull();
  });

  it("draw the last minute as high as its place", () => {
    expect(minute([0, 2, 1], 30, 11)).toBe("M10.0 11v-10.0h8.0V11zM20.0 11v-5.0h8.0V11z");
    expect(minute([0, 0], 30, 11)).toBe("");
  });

  it("have pages of their own", () => {
    expect(readRoute("endpoints")).toEqual({ page: "endpoints" });
    expect(readRoute("endpoints/a%20b")).toEqual({ page: "endpoint", name: "a b" });
  });
});

describe("what an endpoint takes", () => {
  it("is told from its schemas", () => {
    expect(takenOf(TABLE)).toEqual([
      { name: "age", kind: "number" },
      { name: "town", kind: "class", classes: ["Bern", "Ulm", null] },
      { name: "said", kind: "text" },
      { name: "at", kind: "time" },
    ]);
    expect(takenOf(PICTURE)).toEqual([{ name: "image", kind: "picture" }]);
  });

  it("can be drawn when it is one picture, or a square row of numbers", () => {
    expect(sheetOf(PICTURE)).toEqual({ height: 8, width: 6, channels: 3 });
    expect(sheetOf(served({ x: { type: "array" } }, [784]))).toEqual({ height: 28, width: 28, channels: 1 });
    expect(sheetOf(served({ x: { type: "array" } }, [5]))).toBeNull();
    expect(sheetOf(TABLE)).toBeNull();
  });

  it("is made of what stands in fields", () => {
    const fields = { age: " 31.5 ", town: "Ulm", said: "", at: "2026-11-21" };
    expect(rowOf(takenOf(TABLE), fields)).toEqual({ age: 31.5, town: "Ulm", said: null, at: "2026-11-21" });
    expect(rowOf([{ name: "age", kind: "number" }], { age: "old" })).toEqual({ age: "old" });
    expect(rowOf([{ name: "x", kind: "array" }], { x: "1, 2  3" })).toEqual({ x: [1, 2, 3] });
    expect(rowOf([{ name: "x", kind: "array" }], { x: "[[1], [2" })).toEqual({ x: "[[1], [2" });
  });

  it("stands in lines that can be copied", () => {
    const calls = callsOf(TABLE, "http://h/serve/e/predict");
    expect(calls.map(({ name }) => name)).toEqual(["curl", "Python", "JavaScript"]);
    expect(calls[0]?.code).toContain('{"rows":[{"age":1.5,"town":"Bern"');
    expect(callsOf(PICTURE, "u")[0]?.code).toContain("--data-binary @picture.png");
  });
});

describe("an answer", () => {
  it("has bars in the order of their names, however likely each is", () => {
    const predictions = [10, 2, 1].map((label) => ({ label, confidence: label / 13 }));
    expect(saidBy({ label: 10, predictions })[0]).toMatchObject({ label: "10", output: "" });
    expect(saidBy({ label: 10, predictions })[0]?.bars.map(({ label }) => label)).toEqual(["1", "2", "10"]);
  });

  it("of several outputs or labels says each, of several rows the first", () => {
    const said = saidBy({ outputs: { a: { value: 1.5 }, b: { labels: [], predictions: [] } } });
    expect(said.map(({ output, label, value }) => [output, label, value])).toEqual([
      ["a", "", 1.5],
      ["b", "none", undefined],
    ]);
    expect(saidBy({ results: [{ value: [1, 2] }, { value: [3] }] }).map(({ value }) => value)).toEqual([[1, 2]]);
  });
});
