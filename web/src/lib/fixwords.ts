/** What a change will do, in words: shown before it is made. */

import type { Op } from "./graph.ts";
import { labelOf, showParam } from "./params.ts";

const MOST_WORDS = 4;

/** One phrase for each operation, the first few of them. */
export function describeOps(ops: readonly Op[]): string {
  const words = ops.map(describeOp).filter((text) => text !== "");
  const shown = words.slice(0, MOST_WORDS).join(", ");
  return words.length > MOST_WORDS ? `${shown} and ${words.length - MOST_WORDS} more` : shown;
}

function describeOp(op: Op): string {
  switch (op.op) {
    case "add":
      return `adds ${op.node.id} (${shortType(op.node.type)})`;
    case "remove":
      return `removes ${op.id}`;
    case "set":
      return describeSet(op.id, op.params ?? {}, op.unset ?? []);
    case "rename":
      return `renames ${op.id} to ${op.to}`;
    case "replace":
      return `makes ${op.id} a ${shortType(op.type)}`;
    case "connect":
      return `connects ${op.from[0]} to ${op.to[0]}`;
    case "disconnect":
      return `disconnects ${op.from[0]} from ${op.to[0]}`;
    case "note":
      return `writes a note at ${op.id}`;
    case "group":
      return `groups ${(op.group.nodes ?? []).join(", ")}`;
    case "ungroup":
      return `takes ${op.id} apart`;
    case "document":
      return `changes ${Object.keys(op)
        .filter((name) => name !== "op")
        .join(", ")}`;
    case "move":
      return "";
  }
}

function describeSet(id: string, params: Readonly<Record<string, unknown>>, unset: readonly string[]): string {
  const parts = [
    ...Object.entries(params).map(([name, value]) => `${labelOf(name)} of ${id} becomes ${showParam(value) || "none"}`),
    ...unset.map((name) => `${labelOf(name)} of ${id} becomes the default`),
  ];
  return parts.join(", ");
}

/** `core/max_pool2d@1` as people say it. */
function shortType(type: string): string {
  return type
    .replace(/^core\//, "")
    .replace(/@\d+$/, "")
    .replaceAll("_", " ");
}
