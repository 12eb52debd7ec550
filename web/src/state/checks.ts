/** Why each check is made, read once when somebody asks. */

import { send } from "../api/client.ts";

interface CheckRow {
  readonly code: string;
  readonly title: string;
  readonly level: string;
  readonly why: string;
}

let asked: Promise<ReadonlyMap<string, CheckRow>> | null = null;

async function read(): Promise<ReadonlyMap<string, CheckRow>> {
  const { checks } = (await (await send("GET", "api/v1/checks")).json()) as { checks: readonly CheckRow[] };
  return new Map(checks.map((row) => [row.code, row]));
}

/** The text of a check; a sentence of ours where there is none. */
export async function whyOf(code: string): Promise<string> {
  asked ??= read();
  try {
    const row = (await asked).get(code);
    return row ? row.why : `${code} is told by the component itself: its inputs or parameters do not go together.`;
  } catch {
    asked = null;
    return "The server does not answer just now; ask again.";
  }
}
