/** What the panels of records on a page share, with a life of its own. */

import type { RecordReader } from "../../api/records.ts";
import { MediaLinked } from "../../state/linked.ts";
import { Player } from "../../state/player.ts";
import type { Store } from "../../state/store.ts";
import { Tracks } from "../../state/tracks.ts";
import type { Media } from "./control.ts";

export class OwnedMedia implements Media {
  readonly tracks: Tracks;
  readonly player: Player;
  readonly linked: MediaLinked;

  /** @param hover Highlighted run, where a table stands beside. */
  constructor(
    readonly reader: RecordReader,
    hover?: Store<string | null>,
  ) {
    this.linked = new MediaLinked(hover);
    this.tracks = new Tracks(reader);
    this.player = new Player(() => reader.busy);
  }

  destroy(): void {
    this.player.destroy();
    this.tracks.destroy();
  }
}
