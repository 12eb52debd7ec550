/** Revisions as people know them. */

import type { Revision } from "../api/canvases.ts";

/** What is looked at: one revision, or what changed since an earlier one. */
export interface Looked {
  readonly rev: number;
  readonly since: number | null;
}

/** What a revision is called: what somebody called it, or else what it did. */
export function revisionLabel(row: Revision): string {
  if (row.deleted) return "Deleted";
  return row.label || row.changed || (row.rev === 1 ? "Created" : `Revision ${row.rev}`);
}
