/** One tile per run: alone it fills the panel, among others it tells whose it is. */

import { formatInteger } from "../../lib/format.ts";
import { element, onSize, swatch, write } from "./dom.ts";
import type { RecordItem, RecordViewProps } from "./view.ts";

export interface Tile {
  update(item: RecordItem, props: RecordViewProps): void;
  destroy(): void;
}

interface Placed {
  readonly root: HTMLElement;
  readonly name: HTMLElement;
  readonly step: HTMLElement;
  readonly tile: Tile;
}

/** How many columns show `count` tiles largest, when each is to have this shape (width over height). */
export function columnsFor(count: number, width: number, height: number, shape = 1, head = 18): number {
  let best = 1;
  let most = 0;
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const free = height / rows - head;
    const side = Math.min(width / columns / shape, free);
    if (side > most) [best, most] = [columns, side];
  }
  return best;
}

export class Tiles {
  readonly root = element("div", "tiles");
  private readonly tiles = new Map<string, Placed>();
  private readonly stop: () => void;
  private unhover: (() => void) | null = null;
  private size: readonly [number, number] = [0, 0];
  private count = 1;

  /**
   * @param make Fill the body of a tile.
   * @param shape Width over height that suits what is shown.
   */
  constructor(
    host: HTMLElement,
    private readonly make: (body: HTMLElement, item: RecordItem, props: RecordViewProps) => Tile,
    private shape = 1,
  ) {
    host.append(this.root);
    this.stop = onSize(this.root, (width, height) => {
      this.size = [width, height];
      this.arrange();
    });
  }

  /** @param shape Width over height that suits what is shown, when that is known only now. */
  update(props: RecordViewProps, shape = this.shape): void {
    this.shape = shape;
    const { items, linked } = props;
    this.unhover ??= linked.hover.subscribe(() => this.light(linked.hover.get()));
    this.root.classList.toggle("alone", items.length === 1);
    const ids = new Set(items.map((item) => item.run.id));
    for (const [id, placed] of this.tiles) if (!ids.has(id)) this.drop(id, placed);
    for (const item of items) this.show(item, props);
    this.count = items.length;
    this.arrange();
  }

  destroy(): void {
    this.stop();
    this.unhover?.();
    for (const [id, placed] of this.tiles) this.drop(id, placed);
    this.root.remove();
  }

  /** Tell which tile belongs to the run under the pointer, here or in the table. */
  private light(run: string | null): void {
    for (const [id, placed] of this.tiles) placed.root.classList.toggle("lit", id === run);
  }

  private drop(id: string, placed: Placed): void {
    placed.tile.destroy();
    placed.root.remove();
    this.tiles.delete(id);
  }

  private show(item: RecordItem, props: RecordViewProps): void {
    let placed = this.tiles.get(item.run.id);
    if (!placed) {
      placed = this.place(item, props);
      this.tiles.set(item.run.id, placed);
    }
    // Appending moves: the order is that of the items.
    if (this.root.children[props.items.indexOf(item)] !== placed.root) this.root.append(placed.root);
    write(placed.name, item.run.name);
    const { step } = item.record;
    // The panel tells the step that all tiles show.
    const differs = props.items.some((other) => other.record.step !== step);
    write(placed.step, differs ? `step ${formatInteger(step)}` : "");
    placed.tile.update(item, props);
  }

  private place(item: RecordItem, props: RecordViewProps): Placed {
    const root = element("div", "tile");
    const head = element("div", "tile-head");
    const name = element("span", "name", item.run.name);
    const step = element("span", "muted");
    head.append(swatch(item.run.style), name, step);
    const body = element("div", "tile-body");
    root.append(head, body);
    root.addEventListener("pointerenter", () => props.linked.hover.set(item.run.id));
    root.addEventListener("pointerleave", () => props.linked.hover.set(null));
    this.root.append(root);
    return { root, name, step, tile: this.make(body, item, props) };
  }

  private arrange(): void {
    const [width, height] = this.size;
    if (width === 0) return;
    const columns = String(columnsFor(this.count, width, height, this.shape));
    if (this.root.style.getPropertyValue("--columns") !== columns) this.root.style.setProperty("--columns", columns);
  }
}
