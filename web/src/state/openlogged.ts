/** Imported graphs: gone to once they are made, and what is to be known of them until somebody has read it. */

import { type GraphImported, importLogged } from "../api/imports.ts";
import { isPlain } from "../lib/importkind.ts";
import { canvasPath } from "../lib/url.ts";
import { navigate } from "./router.ts";
import { Store } from "./store.ts";

/** The graph that was imported last; `null` once its notes were read. */
export const imported = new Store<GraphImported | null>(null);

/** Go to a graph that was imported; its notes stand above it. */
export function openImported(made: GraphImported, search = ""): void {
  imported.set(made.notes.every(isPlain) && made.error == null ? null : made);
  navigate(`${canvasPath(made.project, made.id)}${search}`);
}

/** Make a graph of the model that a run logged last under a key, and go there; its nodes show what the run watches. */
export async function openLogged(run: string, key: string): Promise<void> {
  openImported(await importLogged(run, key), `?${new URLSearchParams({ run })}`);
}
