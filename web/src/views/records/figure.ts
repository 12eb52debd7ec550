/** Figures: SVG and PNG as pictures, in which no script can run; interactive ones in a sandboxed frame. */

import type { RecordReader } from "../../api/records.ts";
import { FrameTile } from "./html.ts";
import { type Tile, Tiles } from "./tiles.ts";
import type { MakeRecordView, RecordItem, RecordView, RecordViewProps } from "./view.ts";

const TYPES: Readonly<Record<string, string>> = { svg: "image/svg+xml", png: "image/png" };

/** A picture of the payload's bytes. As `<img>` even an SVG loads and runs nothing. */
class PictureTile implements Tile {
  private readonly image = document.createElement("img");
  private shown = -1;
  private url = "";

  constructor(
    host: HTMLElement,
    private readonly reader: RecordReader,
  ) {
    this.image.className = "figure-picture";
    this.image.decoding = "async";
    host.append(this.image);
  }

  update({ run, record }: RecordItem, props: RecordViewProps): void {
    this.image.alt = `${props.key} of ${run.name}, step ${record.step}: ${record.summary}`;
    if (record.id === this.shown) return;
    const first = this.shown < 0;
    this.shown = record.id;
    if (first) props.onState({ busy: true });
    this.reader.data(run.id, record.id).then(
      (bytes) => {
        if (this.shown !== record.id) return;
        const type = TYPES[String(record.meta.format)] ?? "image/png";
        this.put(URL.createObjectURL(new Blob([bytes], { type })));
        props.onState({ busy: false, problem: null });
      },
      (problem: unknown) => this.shown === record.id && props.onState({ busy: false, problem }),
    );
  }

  destroy(): void {
    this.shown = Number.NaN;
    this.put("");
    this.image.remove();
  }

  private put(url: string): void {
    const before = this.url;
    this.url = url;
    if (url) this.image.src = url;
    if (before) URL.revokeObjectURL(before);
  }
}

/** Runs of one comparison may have drawn with different libraries: each tile is what its record needs. */
class FigureTile implements Tile {
  private inner: Tile | null = null;
  private html = false;

  constructor(
    private readonly host: HTMLElement,
    private readonly reader: RecordReader,
  ) {}

  update(item: RecordItem, props: RecordViewProps): void {
    const html = item.record.meta.format === "html";
    if (!this.inner || html !== this.html) {
      this.inner?.destroy();
      this.html = html;
      this.inner = html ? new FrameTile(this.host, this.reader) : new PictureTile(this.host, this.reader);
    }
    this.inner.update(item, props);
  }

  destroy(): void {
    this.inner?.destroy();
  }
}

class FigureView implements RecordView {
  private readonly tiles: Tiles;

  constructor(host: HTMLElement, reader: RecordReader) {
    this.tiles = new Tiles(host, (body) => new FigureTile(body, reader), 1.4);
  }

  update(props: RecordViewProps): void {
    this.tiles.update(props);
  }

  destroy(): void {
    this.tiles.destroy();
  }
}

export const makeFigureView: MakeRecordView = (host, props, reader) => {
  const view = new FigureView(host, reader);
  view.update(props);
  return view;
};
