/** What clouds and meshes share: one tile per run in common bounds, painted again only when its colours changed. */

import type { RecordReader } from "../../../api/records.ts";
import { formatNumber } from "../../../lib/format.ts";
import { type Choice, chosen } from "../controls.ts";
import { type Pane, TiledView } from "../tiled.ts";
import type { RecordItem, RecordViewProps } from "../view.ts";
import { Bounds } from "./bounds.ts";
import type { Content } from "./content.ts";
import { ScenePane, type SceneProps } from "./pane.ts";

export type Rgb = readonly [number, number, number];

/** How one kind of scene is made and told. */
export interface SceneKind<D> {
  /** How its vertices may be coloured. */
  colours(data: D | null): Choice;
  content(data: D, how: string, own: Rgb, dark: boolean): Content;
  /** How many axes it has. */
  dims(data: D): number;
  /** What to draw beside its content; `box` says how far each axis goes. */
  show(
    data: D,
    item: RecordItem,
    props: RecordViewProps,
    box: readonly string[],
  ): Omit<SceneProps, "content" | "low" | "high">;
}

class BoundedPane<D> implements Pane<D> {
  private readonly pane: ScenePane;
  private made: { name: string; of: D; content: Content } | null = null;

  constructor(
    host: HTMLElement,
    props: RecordViewProps,
    private readonly kind: SceneKind<D>,
    private readonly bounds: Bounds,
  ) {
    this.pane = new ScenePane(host, props);
  }

  show(data: D | null, item: RecordItem, props: RecordViewProps): void {
    if (!data) {
      this.pane.show(null, props);
      return;
    }
    const { low, high } = this.bounds.get();
    const box = ["x", "y", "z"]
      .slice(0, this.kind.dims(data))
      .map((axis, i) => `${axis} ${formatNumber(low[i], 3)} to ${formatNumber(high[i], 3)}`);
    const content = this.content(data, item, props);
    this.pane.show({ ...this.kind.show(data, item, props, box), content, low, high }, props);
  }

  destroy(): void {
    this.pane.destroy();
  }

  private content(data: D, item: RecordItem, props: RecordViewProps): Content {
    const how = chosen(props.settings, this.kind.colours(data));
    const name = `${how} ${props.dark} ${item.run.style.hue}`;
    if (this.made?.of !== data || this.made.name !== name) {
      const own = bytesOf(props.theme.runs[item.run.style.hue] ?? "");
      this.made = { name, of: data, content: this.kind.content(data, how, own, props.dark) };
    }
    return this.made.content;
  }
}

export abstract class SceneView<D> extends TiledView<D> {
  private readonly bounds: Bounds;

  constructor(
    host: HTMLElement,
    props: RecordViewProps,
    reader: RecordReader,
    name: string,
    protected readonly kind: SceneKind<D>,
  ) {
    super(host, props, reader, name);
    this.bounds = new Bounds(reader, () => this.refresh());
  }

  override update(props: RecordViewProps): void {
    this.bounds.show(props);
    super.update(props);
  }

  protected get colours(): Choice {
    return this.kind.colours(this.loaded[0]?.data ?? null);
  }

  protected pane(body: HTMLElement): Pane<D> {
    return new BoundedPane(body, this.props, this.kind, this.bounds);
  }
}

/** A colour of the theme as three bytes. */
function bytesOf(colour: string): Rgb {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  return hex ? ([1, 2, 3].map((i) => Number.parseInt(hex[i] as string, 16)) as unknown as Rgb) : [128, 128, 128];
}

/** One colour for `n` vertices. */
export function plain(n: number, own: Rgb): Uint8Array {
  const out = new Uint8Array(n * 3);
  for (let i = 0; i < n; i++) out.set(own, 3 * i);
  return out;
}
