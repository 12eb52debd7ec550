/** A view that shows each run in a tile of its own, with settings above and data below. */

import type { RecordReader } from "../../api/records.ts";
import { type Choice, Controls } from "./controls.ts";
import { element } from "./dom.ts";
import { Loader } from "./loader.ts";
import { Tiles } from "./tiles.ts";
import type { RecordItem, RecordView, RecordViewProps } from "./view.ts";

/** What fills one tile. */
export interface Pane<D> {
  /** Show a record, or `null` while the first is on its way. */
  show(data: D | null, item: RecordItem, props: RecordViewProps): void;
  destroy(): void;
}

export abstract class TiledView<D> implements RecordView {
  protected readonly root = element("div", "viewer");
  protected readonly controls: Controls;
  protected readonly tiles: Tiles;
  protected readonly loader: Loader<D>;

  constructor(
    host: HTMLElement,
    protected props: RecordViewProps,
    protected readonly reader: RecordReader,
    kind: string,
    shape = 1.4,
  ) {
    this.root.classList.add(`viewer-${kind}`);
    host.append(this.root);
    this.controls = new Controls(this.root, (changes) => this.props.onSettings(changes));
    this.loader = new Loader(
      (item) => this.read(item),
      () => this.refresh(),
      (item) => this.name(item),
    );
    this.tiles = new Tiles(
      this.root,
      (body) => {
        const pane = this.pane(body);
        return {
          update: (item, given) => pane.show(this.loader.get(item.run.id)?.data ?? null, item, given),
          destroy: () => pane.destroy(),
        };
      },
      shape,
    );
  }

  update(props: RecordViewProps): void {
    this.props = props;
    this.loader.show(props);
    this.refresh();
  }

  destroy(): void {
    this.loader.destroy();
    this.tiles.destroy();
    this.root.remove();
  }

  /** Read and decode one record. */
  protected abstract read(item: RecordItem): Promise<D>;
  protected abstract pane(body: HTMLElement): Pane<D>;
  protected abstract choices(): readonly Choice[];

  /** Tells apart what is read; a view that reads parts names them too. */
  protected name(item: RecordItem): string {
    return String(item.record.id);
  }

  /** Draw everything again: the props or the data changed. */
  protected refresh(): void {
    this.controls.update(this.choices(), this.props.settings);
    this.tiles.update(this.props);
  }

  /** Data of all tiles, in their order. */
  protected get loaded(): { item: RecordItem; data: D }[] {
    return this.loader.list(this.props.items);
  }
}
