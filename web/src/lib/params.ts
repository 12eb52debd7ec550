/** Parameters of components as a form shows them: text into values and back, what is allowed, what several nodes share. */

import type { Op, ParamSpec, Params } from "./graph.ts";

/** What a field says: a value that the document may hold, or why it may not. */
export type Reading = { readonly value: unknown } | { readonly problem: string };

const MOST_CHARS = 100_000;
const WORDS: Readonly<Record<Exclude<ParamSpec["kind"], "choice">, string>> = {
  int: "a whole number",
  float: "a number",
  bool: "true or false",
  text: "a text",
  code: "a text",
  ints: "a list of whole numbers",
  floats: "a list of numbers",
  graph: "a graph document",
  sizes: "a whole number, or one for each axis",
};
/** How lists are typed. */
const SUCH_AS: Partial<Record<ParamSpec["kind"], string>> = { ints: "28, 28, 1", floats: "0.5, 0.25", sizes: "3, 3" };

/** What a parameter may be, in the words of the server. */
export function expected({ kind, choices, min, max, above, below, nullable }: ParamSpec): string {
  if (kind === "choice") return `one of ${choices.join(", ")}`;
  const between = min !== null && max !== null;
  const limits = [
    between ? `from ${limit(min)} to ${limit(max)}` : null,
    !between && min !== null ? `of at least ${limit(min)}` : null,
    !between && max !== null ? `of at most ${limit(max)}` : null,
    above !== null ? `above ${limit(above)}` : null,
    below !== null ? `below ${limit(below)}` : null,
  ].filter((one) => one !== null);
  const words = [WORDS[kind], limits.join(" and ")].filter((part) => part !== "").join(" ");
  return nullable ? `${words}, or nothing` : words;
}

function limit(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString("en") : String(value);
}

/** Read what somebody typed. */
export function readParam(spec: ParamSpec, text: string): Reading {
  const found = parse(spec, text.trim(), text);
  if (found === undefined) return { problem: refused(spec, text.trim()) };
  return problemOf(spec, found) === null ? { value: found } : { problem: refused(spec, text.trim()) };
}

function refused(spec: ParamSpec, text: string): string {
  const came = text.length > 40 ? `${text.slice(0, 39)}…` : text;
  const example = SUCH_AS[spec.kind];
  const words = example ? `${expected(spec)}, such as ${example}` : expected(spec);
  return `Expected ${words}${came === "" ? "." : `; this is ${came}.`}`;
}

function parse(spec: ParamSpec, text: string, raw: string): unknown {
  if (text === "" && spec.nullable) return null;
  switch (spec.kind) {
    case "int":
    case "float":
      return number(text);
    case "bool":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "choice":
      return text;
    case "text":
    case "code":
      return raw;
    case "ints":
    case "floats":
    case "sizes":
      return list(spec, text);
    case "graph":
      return undefined;
  }
}

function number(text: string): number | undefined {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/** Numbers with commas, spaces or × between them, in brackets or not; one number of `sizes` stands for all axes. */
function list(spec: ParamSpec, text: string): unknown {
  const parts = text
    .replace(/^[[(]\s*|\s*[\])]$/g, "")
    .split(/\s*[,×x;]\s*|\s+/)
    .filter((part) => part !== "");
  const numbers = parts.map(number);
  if (numbers.some((one) => one === undefined)) return undefined;
  if (spec.kind !== "sizes") return numbers;
  return numbers.length === 0 ? undefined : numbers.length === 1 ? numbers[0] : numbers;
}

/** Why a value may not be one of this parameter; `null` when it may. */
export function problemOf(spec: ParamSpec, value: unknown): string | null {
  if (value === null && spec.nullable) return null;
  return ofKind(spec, value) && inRange(spec, value) ? null : `Expected ${expected(spec)}.`;
}

function ofKind(spec: ParamSpec, value: unknown): boolean {
  switch (spec.kind) {
    case "bool":
      return typeof value === "boolean";
    case "int":
      return Number.isSafeInteger(value);
    case "float":
      return typeof value === "number" && Number.isFinite(value);
    case "choice":
      return spec.choices.includes(value as string);
    case "text":
    case "code":
      return typeof value === "string" && value.length <= MOST_CHARS;
    case "ints":
      return Array.isArray(value) && value.every(Number.isSafeInteger);
    case "floats":
      return Array.isArray(value) && value.every((one) => typeof one === "number" && Number.isFinite(one));
    case "graph":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "sizes":
      return (
        Number.isSafeInteger(value) || (Array.isArray(value) && value.length > 0 && value.every(Number.isSafeInteger))
      );
  }
}

function inRange({ min, max, above, below }: ParamSpec, value: unknown): boolean {
  const each = Array.isArray(value) ? value : [value];
  return each.every(
    (one) =>
      typeof one !== "number" ||
      ((min === null || one >= min) &&
        (max === null || one <= max) &&
        (above === null || one > above) &&
        (below === null || one < below)),
  );
}

/** A value as a field shows it. */
export function showParam(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(showParam).join(", ");
  return typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The value one step up or down, within the limits; `null` when there is nowhere to go. */
export function stepped(spec: ParamSpec, value: unknown, direction: 1 | -1, large = false): number | null {
  if (typeof value !== "number") return null;
  const step = stepOf(spec, value, direction) * (large ? 10 : 1);
  let next = tidy(spec.kind === "int" ? Math.round(value + direction * step) : value + direction * step);
  if (spec.max !== null) next = Math.min(next, spec.max);
  if (spec.min !== null) next = Math.max(next, spec.min);
  return next !== value && problemOf(spec, next) === null ? next : null;
}

/** A twentieth of a range that has two ends; else a tenth of the number's own size: 0.001 goes to 0.0011. */
function stepOf(spec: ParamSpec, value: number, direction: 1 | -1): number {
  if (spec.kind === "int") return 1;
  const [low, high] = [spec.min ?? spec.above, spec.max ?? spec.below];
  if (low !== null && high !== null) return (high - low) / 20;
  if (value === 0) return 0.1;
  const size = 10 ** Math.floor(Math.log10(Math.abs(value)) - 1 + 1e-9);
  // From 1 down it goes in hundredths: 0.99, and not 0.9.
  return direction * value < 0 && Math.abs(value) === size * 10 ? size / 10 : size;
}

/** Without the dust of binary fractions. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

/** Whether a slider helps: for shares, where every place of it is a sensible value. */
export function rangeOf(spec: ParamSpec): { readonly min: number; readonly max: number; readonly step: number } | null {
  const [min, max] = [spec.min ?? spec.above, spec.max ?? spec.below];
  if (min === null || max === null || spec.kind !== "float" || max - min > 1) return null;
  return { min, max, step: tidy((max - min) / 100) };
}

/** Whether two values of the document are the same. */
export function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** What a node's parameter is, said or by default. */
export function paramValue(spec: ParamSpec, params: Params): unknown {
  return Object.hasOwn(params, spec.name) ? params[spec.name] : spec.default;
}

/** The change that gives parameters of a node these values; defaults are not written down. */
export function setParams(id: string, specs: readonly ParamSpec[], values: Readonly<Record<string, unknown>>): Op {
  const isDefault = (name: string): boolean => {
    const spec = specs.find((one) => one.name === name);
    return spec !== undefined && same(values[name], spec.default);
  };
  const names = Object.keys(values);
  const unset = names.filter(isDefault);
  const params = Object.fromEntries(names.filter((name) => !isDefault(name)).map((name) => [name, values[name]]));
  return unset.length > 0 ? { op: "set", id, params, unset } : { op: "set", id, params };
}

/** A parameter that several nodes have, and its value when it is one. */
export interface SharedParam {
  readonly spec: ParamSpec;
  /** `undefined` when the nodes differ. */
  readonly value: unknown;
  readonly mixed: boolean;
}

interface Held {
  readonly params: Params;
  readonly specs: readonly ParamSpec[];
}

/** The parameters that all nodes have by name, kind and range, in the order of the first. */
export function sharedParams(nodes: readonly Held[]): readonly SharedParam[] {
  const [first, ...rest] = nodes;
  if (!first) return [];
  return first.specs.flatMap((spec) => {
    const others = rest.map((node) => node.specs.find((one) => alike(one, spec)));
    if (others.some((one) => one === undefined)) return [];
    const value = paramValue(spec, first.params);
    const mixed = rest.some((node, i) => !same(paramValue(others[i] as ParamSpec, node.params), value));
    return [{ spec, value: mixed ? undefined : value, mixed }];
  });
}

function alike(a: ParamSpec, b: ParamSpec): boolean {
  const range = (one: ParamSpec): unknown => [
    one.name,
    one.kind,
    one.min,
    one.max,
    one.above,
    one.below,
    one.choices,
    one.nullable,
  ];
  return same(range(a), range(b));
}

/** `kernel_size` as a label says it: "kernel size". */
export function labelOf(name: string): string {
  return name.replaceAll("_", " ");
}
