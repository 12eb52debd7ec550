/** What all charts of a page share: the cursor, the highlighted run, a zoom in the making. */

import type { ChartState } from "../lib/url.ts";
import { Store } from "./store.ts";

export interface Cursor {
  readonly x: number;
  /** Chart under the pointer or the focus: the one that shows the values. */
  readonly chart: string;
}

export class Linked {
  readonly cursor = new Store<Cursor | null>(null);
  readonly hover = new Store<string | null>(null);
  /** Chart that keys such as `f` act on. */
  readonly active = new Store<string | null>(null);
  /** Where a drag or a wheel has come to; the address hears of it when it settles. */
  readonly zoom = new Store<ChartState["zoom"]>(null);
}
