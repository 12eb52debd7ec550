/** A chart that somebody asked for by name: the grid that has it unfolds it, scrolls there and gives it the focus. */

import { Store } from "./store.ts";

export const revealed = new Store<string | null>(null);

export function reveal(key: string): void {
  // Asking for the same one again must be heard again.
  revealed.set(null);
  revealed.set(key);
}
