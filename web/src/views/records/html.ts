/** Html that was logged, in a frame of its own. */

import type { RecordReader } from "../../api/records.ts";
import { Sandbox } from "./sandbox.ts";
import { type Tile, Tiles } from "./tiles.ts";
import type { MakeRecordView, RecordItem, RecordView, RecordViewProps } from "./view.ts";

/** A document that the server makes for a frame. */
export class FrameTile implements Tile {
  private sandbox: Sandbox | null = null;
  private loaded = false;

  constructor(
    private readonly host: HTMLElement,
    private readonly reader: RecordReader,
  ) {}

  update({ run, record }: RecordItem, props: RecordViewProps): void {
    const src = this.reader.frameUrl(run.id, record.id);
    const next = { src, title: `${props.key} of ${run.name}, step ${record.step}`, from: `run ${run.name}` };
    if (this.sandbox) this.sandbox.update(next);
    else {
      this.sandbox = new Sandbox(this.host, next);
      this.sandbox.onLoad(() => {
        this.loaded = true;
        props.onState({ busy: false });
      });
    }
    if (!this.loaded) props.onState({ busy: true });
  }

  destroy(): void {
    this.sandbox?.destroy();
  }
}

class HtmlView implements RecordView {
  private readonly tiles: Tiles;

  constructor(host: HTMLElement, reader: RecordReader) {
    this.tiles = new Tiles(host, (body) => new FrameTile(body, reader), 1.4);
  }

  update(props: RecordViewProps): void {
    this.tiles.update(props);
  }

  destroy(): void {
    this.tiles.destroy();
  }
}

export const makeHtmlView: MakeRecordView = (host, props, reader) => {
  const view = new HtmlView(host, reader);
  view.update(props);
  return view;
};
