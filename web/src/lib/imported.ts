/** What somebody pasted or dropped: a document of a graph or code, for which framework, and what to call it. */

import type { SparseGraph, Target } from "./graph.ts";

export type Imported =
  | { readonly kind: "document"; readonly graph: SparseGraph }
  | { readonly kind: "code"; readonly text: string; readonly target: Target }
  | { readonly kind: "nothing" }
  | { readonly kind: "refused"; readonly why: string };

/** Read a text as what it looks like. */
export function readImported(text: string): Imported {
  const trimmed = text.trim();
  if (trimmed === "") return { kind: "nothing" };
  if (!trimmed.startsWith("{")) return { kind: "code", text, target: targetOf(text) };
  try {
    return readDocument(JSON.parse(trimmed));
  } catch (cause) {
    return { kind: "refused", why: `This begins like JSON and is none: ${(cause as Error).message}` };
  }
}

/** A document by itself, or inside what the server answers for a graph. */
function readDocument(found: unknown): Imported {
  const inner = isMap(found) && isMap(found.graph) ? found.graph : found;
  if (!isMap(inner) || !String(inner.format ?? "graph/1").startsWith("graph/") || !isList(inner.nodes))
    return { kind: "refused", why: "This is JSON, but no graph: expected nodes and edges of the format graph/1." };
  const edges = inner.edges ?? [];
  const whole =
    isList(edges) &&
    inner.nodes.every((node) => isMap(node) && typeof node.id === "string" && typeof node.type === "string") &&
    edges.every((edge) => isMap(edge) && isList(edge.from) && isList(edge.to));
  if (!whole) return { kind: "refused", why: "Expected nodes with id and type, and edges with from and to." };
  return { kind: "document", graph: inner as SparseGraph };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** The framework that code imports; PyTorch when it says nothing. */
export function targetOf(code: string): Target {
  return /^\s*(import|from)\s+(keras|tensorflow)\b/m.test(code) ? "keras" : "torch";
}

/** What the text calls itself: the name of the document, or of the first class. */
export function nameIn(found: Imported): string | null {
  if (found.kind === "document") return found.graph.name ?? null;
  if (found.kind !== "code") return null;
  const name = /^class\s+(\w+)/m.exec(found.text)?.[1];
  return name ? dashed(name) : null;
}

/** `MnistCnn` becomes `mnist-cnn`. */
function dashed(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replaceAll("_", "-")
    .toLowerCase();
}

/** The name itself when nobody has it, or with the first number that is free. */
export function freeName(name: string, taken: Iterable<string>): string {
  const names = new Set(taken);
  if (!names.has(name)) return name;
  const stem = name.replace(/-\d+$/, "");
  let number = 2;
  while (names.has(`${stem}-${number}`)) number++;
  return `${stem}-${number}`;
}
