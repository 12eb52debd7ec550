import { expect, test } from "vitest";
import type { ParamSpec } from "../../src/lib/graph.ts";
import {
  expected,
  labelOf,
  paramValue,
  problemOf,
  rangeOf,
  readParam,
  setParams,
  sharedParams,
  showParam,
  stepped,
} from "../../src/lib/params.ts";

function spec(kind: ParamSpec["kind"], more: Partial<ParamSpec> = {}): ParamSpec {
  return {
    name: "x",
    kind,
    default: 1,
    doc: "",
    min: null,
    max: null,
    above: null,
    below: null,
    choices: [],
    nullable: false,
    role: "",
    ...more,
  };
}

const FILTERS = spec("int", { name: "filters", default: 32, min: 1 });
const RATE = spec("float", { name: "rate", default: 0.5, min: 0, below: 1 });
const KERNEL = spec("sizes", { name: "kernel_size", default: 3, min: 1 });

test("what was typed becomes a value, or says what was expected", () => {
  const read = (one: ParamSpec, text: string): unknown => {
    const found = readParam(one, text);
    return "value" in found ? found.value : found.problem;
  };
  expect(read(FILTERS, " 16 ")).toBe(16);
  expect(read(FILTERS, "1e2")).toBe(100);
  expect(read(FILTERS, "0")).toBe("Expected a whole number of at least 1; this is 0.");
  expect(read(FILTERS, "1.5")).toBe("Expected a whole number of at least 1; this is 1.5.");
  expect(read(FILTERS, "")).toBe("Expected a whole number of at least 1.");
  expect(read(FILTERS, "0x10")).toBe("Expected a whole number of at least 1; this is 0x10.");
  expect(read(RATE, ".25")).toBe(0.25);
  expect(read(RATE, "-0")).toBe(-0);
  expect(read(RATE, "1")).toBe("Expected a number of at least 0 and below 1; this is 1.");
  expect(read(RATE, "1e999")).toBe("Expected a number of at least 0 and below 1; this is 1e999.");
  expect(read(spec("int", { nullable: true }), "")).toBe(null);
  expect(read(KERNEL, "3")).toBe(3);
  expect(read(KERNEL, "(3, 5)")).toEqual([3, 5]);
  expect(read(KERNEL, "3×5×1")).toEqual([3, 5, 1]);
  expect(read(KERNEL, "3, 0")).toBe(
    "Expected a whole number, or one for each axis of at least 1, such as 3, 3; this is 3, 0.",
  );
  expect(read(spec("ints"), "28 28 1")).toEqual([28, 28, 1]);
  expect(read(spec("ints"), "")).toEqual([]);
  expect(read(spec("floats"), "[0.5, .25]")).toEqual([0.5, 0.25]);
  expect(read(spec("text"), " a b ")).toBe(" a b ");
  expect(read(spec("bool"), "yes")).toBe("Expected true or false; this is yes.");
  expect(read(spec("choice", { choices: ["same", "valid"] }), "valid")).toBe("valid");
  expect(read(spec("choice", { choices: ["same", "valid"] }), "full")).toBe(
    "Expected one of same, valid; this is full.",
  );
  expect(read(FILTERS, "9".repeat(60))).toBe(`Expected a whole number of at least 1; this is ${"9".repeat(39)}….`);
});

test("a value shown is read back as the same value", () => {
  const pairs: readonly (readonly [ParamSpec, unknown])[] = [
    [FILTERS, 64],
    [RATE, 1e-7],
    [KERNEL, 5],
    [KERNEL, [3, 5]],
    [spec("ints"), [28, 28, 1]],
    [spec("floats"), [0.485, 0.456]],
    [spec("text"), "a, b"],
    [spec("bool"), false],
    [spec("int", { nullable: true }), null],
  ];
  for (const [one, value] of pairs) {
    expect(readParam(one, showParam(value))).toEqual({ value });
    expect(problemOf(one, value)).toBe(null);
  }
  expect(problemOf(spec("graph"), { nodes: [] })).toBe(null);
  expect(problemOf(FILTERS, "16")).toBe("Expected a whole number of at least 1.");
  expect(expected(spec("int", { nullable: true, max: 3 }))).toBe("a whole number of at most 3, or nothing");
  expect(expected(spec("int", { min: 1, max: 65_536 }))).toBe("a whole number from 1 to 65,536");
  expect(expected(spec("float", { min: 0, above: 0.5, below: 1 }))).toBe(
    "a number of at least 0 and above 0.5 and below 1",
  );
});

test("steps stay within the limits and suit the size of the number", () => {
  expect(stepped(FILTERS, 16, 1)).toBe(17);
  expect(stepped(FILTERS, 16, 1, true)).toBe(26);
  expect(stepped(FILTERS, 5, -1, true)).toBe(1);
  expect(stepped(FILTERS, 1, -1)).toBe(null);
  expect(stepped(RATE, 0.5, 1)).toBe(0.55);
  expect(stepped(RATE, 0, -1)).toBe(null);
  expect(stepped(spec("float"), 0.001, 1)).toBe(0.0011);
  expect(stepped(spec("float"), 0.001, -1)).toBe(0.00099);
  expect(stepped(spec("float"), 0, 1)).toBe(0.1);
  expect(stepped(FILTERS, "16", 1)).toBe(null);
  expect(rangeOf(RATE)).toEqual({ min: 0, max: 1, step: 0.01 });
  expect(rangeOf(FILTERS)).toBe(null);
});

test("defaults are not written into the document", () => {
  const specs = [FILTERS, RATE, KERNEL];
  expect(setParams("c", specs, { filters: 16 })).toEqual({ op: "set", id: "c", params: { filters: 16 } });
  expect(setParams("c", specs, { filters: 32, kernel_size: [3, 3] })).toEqual({
    op: "set",
    id: "c",
    params: { kernel_size: [3, 3] },
    unset: ["filters"],
  });
  expect(paramValue(FILTERS, {})).toBe(32);
  expect(paramValue(spec("int", { name: "toString", default: 7 }), {})).toBe(7);
  expect(labelOf("kernel_size")).toBe("kernel size");
});

test("nodes share the parameters that mean the same, and say where they differ", () => {
  const conv = { params: { filters: 16 }, specs: [FILTERS, KERNEL, RATE] };
  const other = { params: { kernel_size: [3, 3] }, specs: [KERNEL, FILTERS, { ...RATE, below: null }] };
  expect(sharedParams([conv, other])).toEqual([
    { spec: FILTERS, value: undefined, mixed: true },
    { spec: KERNEL, value: undefined, mixed: true },
  ]);
  expect(sharedParams([conv, { ...conv, params: { filters: 16, rate: 0.5 } }]).map(({ value }) => value)).toEqual([
    16, 3, 0.5,
  ]);
  expect(sharedParams([])).toEqual([]);
});
