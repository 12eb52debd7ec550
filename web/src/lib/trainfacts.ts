/** How something was trained, in words: one fact for each setting. */

import { formatValue } from "./format.ts";

const WORDS: Readonly<Record<string, string>> = { lr: "learning rate" };

function word(name: string): string {
  return WORDS[name] ?? name.replaceAll("_", " ");
}

/** Settings as names and what they are; the seed is a fact of its own, told elsewhere. */
export function trainFacts(train: Readonly<Record<string, unknown>>): readonly (readonly [string, string])[] {
  return Object.entries(train).flatMap(([name, value]) =>
    name === "seed" ? [] : [[word(name), told(value)] as const],
  );
}

/** `adam, learning rate 0.001`; `accuracy, f1`; `none`. */
function told(value: unknown): string {
  if (value === null) return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.length > 0 ? value.map(told).join(", ") : "none";
  if (typeof value !== "object") return formatValue(value);
  // What kind it is comes first, and goes without a name.
  const { type, ...rest } = value as Record<string, unknown>;
  const parts = Object.entries(rest).flatMap(([name, one]) => (one === null ? [] : [`${word(name)} ${told(one)}`]));
  return [...(type === undefined ? [] : [told(type)]), ...parts].join(", ") || "as usual";
}
