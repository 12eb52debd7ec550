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
  /** How far the lines of charts reach that share a y axis, by chart. */
  readonly reach = new Store<ReadonlyMap<string, ReadonlyMap<string, readonly [number, number]>>>(new Map());
  /** Where a drag or a wheel has come to; the address hears of it when it settles. */
  readonly zoom = new Store<ChartState["zoom"]>(null);
}

/** Which part of a picture is shown: its centre in shares of width and height, and how far it is magnified. */
export interface Lens {
  readonly x: number;
  readonly y: number;
  /** 1 shows the whole picture. */
  readonly zoom: number;
}

/** A place in a picture, in shares of its width and height. */
export interface Spot {
  readonly x: number;
  readonly y: number;
  /** Which picture of a batch. */
  readonly index: number;
  /** Key of the panel that the pointer is in. */
  readonly panel: string;
}

/** What all record views of a page share, so that the same place is looked at in every panel and run. */
export class MediaLinked {
  /** @param hover Highlighted run, shared with the table beside it. */
  constructor(readonly hover: Store<string | null> = new Store<string | null>(null)) {}

  readonly lens = new Store<Lens | null>(null);
  readonly spot = new Store<Spot | null>(null);
  /** Highlighted element of a record: a row of a table, a point of a cloud. */
  readonly item = new Store<number | null>(null);
  /** Where a scene is looked at from; the views of scenes agree on what the numbers mean. */
  readonly camera = new Store<readonly number[] | null>(null);
  /** Where players of sound and video stand, in seconds. */
  readonly time = new Store<number | null>(null);
  /** Panel that keys such as `f` act on. */
  readonly active = new Store<string | null>(null);
}
