/** The columns that this browser shows for a project when the address says nothing. */

import type { Layout } from "../lib/layout.ts";
import { readLayout, writeLayout } from "../lib/tablestate.ts";
import { recall, remember } from "./remember.ts";

function name(project: string): string {
  return `columns.${project}`;
}

export function recallLayout(project: string): Layout | null {
  return readLayout(new URLSearchParams(recall(name(project)) ?? ""));
}

export function rememberLayout(project: string, layout: Layout | null): void {
  const said = Object.entries(writeLayout(layout)).filter((entry): entry is [string, string] => entry[1] !== null);
  remember(name(project), new URLSearchParams(said).toString());
}
