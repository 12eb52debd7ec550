/** A graph of what a run logged, made and gone to. */

import { importLogged } from "../api/imports.ts";
import { canvasPath } from "../lib/url.ts";
import { navigate } from "./router.ts";

/** Make a graph of the model that a run logged last under a key, and go there; its nodes show what the run watches. */
export async function openLogged(run: string, key: string): Promise<void> {
  const made = await importLogged(run, key);
  navigate(`${canvasPath(made.project, made.id)}?${new URLSearchParams({ run })}`);
}
