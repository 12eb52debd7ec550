/** A file, or anything that no other view knows: what it is called, how large it is, and how to get it. */

import type { RecordReader } from "../../api/records.ts";
import { formatBytes } from "../../lib/format.ts";
import { registerPath } from "../../lib/url.ts";
import { navigate } from "../../state/router.ts";
import { element, write } from "./dom.ts";
import { fileName } from "./names.ts";
import { type Tile, Tiles } from "./tiles.ts";
import type { MakeRecordView, RecordItem, RecordView, RecordViewProps } from "./view.ts";

/** Only text is shown, and never more than this. */
const PREVIEW_BYTES = 64 << 10;

class FileTile implements Tile {
  private readonly root = element("div", "file");
  private readonly name = element("h3", "file-name");
  private readonly facts = element("p", "muted");
  private readonly link = element("a", "button", "Download");
  private readonly register = element("button", "small", "Register…");
  private readonly text = element("pre", "file-text");
  private shown = -1;

  constructor(
    host: HTMLElement,
    private readonly reader: RecordReader,
  ) {
    this.register.type = "button";
    this.root.append(this.name, this.facts, this.link, this.register, this.text);
    host.append(this.root);
  }

  update({ run, record }: RecordItem, props: RecordViewProps): void {
    if (record.id === this.shown) return;
    this.shown = record.id;
    const name = fileName(props.key, record);
    const type = String(record.meta.media_type ?? "");
    write(this.name, name);
    write(
      this.facts,
      [type, formatBytes(record.size), record.kind === "file" ? "" : record.kind].filter(Boolean).join(" · "),
    );
    this.link.href = this.reader.dataUrl(run.id, record.id);
    this.link.download = name;
    this.link.setAttribute("aria-label", `Download ${name}`);
    // Only what was logged as a file can become a version of a model.
    this.register.hidden = record.kind !== "file";
    this.register.setAttribute("aria-label", `Register ${name} as a model`);
    this.register.onclick = () => navigate(registerPath(run.id, props.key, record.step));
    this.text.hidden = true;
    if (/^(text\/|application\/(json|toml|yaml|x-yaml))/.test(type) && record.size <= PREVIEW_BYTES) {
      this.reader.text(run.id, record.id).then(
        (text) => {
          if (this.shown !== record.id) return;
          write(this.text, text);
          this.text.hidden = false;
        },
        (problem: unknown) => this.shown === record.id && props.onState({ problem }),
      );
    }
  }

  destroy(): void {
    this.shown = Number.NaN;
    this.root.remove();
  }
}

class FileView implements RecordView {
  private readonly tiles: Tiles;

  constructor(host: HTMLElement, reader: RecordReader) {
    this.tiles = new Tiles(host, (body) => new FileTile(body, reader), 1.6);
  }

  update(props: RecordViewProps): void {
    this.tiles.update(props);
  }

  destroy(): void {
    this.tiles.destroy();
  }
}

export const makeFileView: MakeRecordView = (host, props, reader) => {
  const view = new FileView(host, reader);
  view.update(props);
  return view;
};
