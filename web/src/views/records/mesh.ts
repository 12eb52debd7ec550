/** Surfaces made of triangles. */

import type { RecordReader } from "../../api/records.ts";
import { formatNumber, plural } from "../../lib/format.ts";
import { decodeMesh, type MeshData } from "../../lib/payload.ts";
import { type Choice, chosen } from "./controls.ts";
import { bytesOf } from "./points.ts";
import { Bounds } from "./scene/bounds.ts";
import type { Content } from "./scene/content.ts";
import { ScenePane } from "./scene/pane.ts";
import { type Pane, TiledView } from "./tiled.ts";
import type { MakeRecordView, RecordItem, RecordViewProps } from "./view.ts";

const DRAW: Choice = {
  name: "draw",
  label: "Draw as",
  options: [
    ["solid", "Solid"],
    ["wire", "Wires"],
  ],
};

function colourChoice(data: MeshData | null): Choice {
  const options: [string, string][] = [["plain", "Run's colour"]];
  if (data?.rgb) options.unshift(["rgb", "Own colours"]);
  return { name: "colour", label: "Colours", options };
}

class MeshPane implements Pane<MeshData> {
  private readonly pane: ScenePane;
  private made: { name: string; of: MeshData; content: Content } | null = null;

  constructor(
    host: HTMLElement,
    props: RecordViewProps,
    private readonly bounds: Bounds,
  ) {
    this.pane = new ScenePane(host, props);
  }

  show(data: MeshData | null, item: RecordItem, props: RecordViewProps): void {
    if (!data) {
      this.pane.show(null, props);
      return;
    }
    const how = chosen(props.settings, colourChoice(data));
    const name = `${how} ${props.dark} ${item.run.style.hue}`;
    if (this.made?.of !== data || this.made.name !== name) {
      const own = bytesOf(props.theme.runs[item.run.style.hue] ?? "");
      const n = data.vertices.length / 3;
      const plain = new Uint8Array(n * 3);
      for (let i = 0; i < n; i++) plain.set(own, 3 * i);
      const colour = how === "rgb" && data.rgb ? data.rgb : plain;
      this.made = {
        name,
        of: data,
        content: { position: data.vertices, faces: data.faces, colour },
      };
    }
    const { low, high } = this.bounds.get();
    const box = [0, 1, 2].map(
      (axis) => `${"xyz"[axis]} ${formatNumber(low[axis], 3)} to ${formatNumber(high[axis], 3)}`,
    );
    const facts = `${plural(data.vertices.length / 3, "vertex", "vertices")}   ${plural(data.faces.length / 3, "face")}`;
    this.pane.show(
      {
        content: this.made.content,
        look: { pointPx: 3, wire: chosen(props.settings, DRAW) === "wire" },
        planar: false,
        low,
        high,
        facts: `${facts}   ${box.join("   ")}`,
        label: `Mesh of ${item.run.name}, ${facts}, ${box.join(", ")}.`,
        words: () => ["vertex"],
      },
      props,
    );
  }

  destroy(): void {
    this.pane.destroy();
  }
}

class MeshView extends TiledView<MeshData> {
  private readonly bounds: Bounds;

  constructor(host: HTMLElement, props: RecordViewProps, reader: RecordReader) {
    super(host, props, reader, "mesh");
    this.bounds = new Bounds(reader, () => this.refresh());
  }

  override update(props: RecordViewProps): void {
    this.bounds.show(props);
    super.update(props);
  }

  protected choices(): readonly Choice[] {
    return [DRAW, colourChoice(this.loaded[0]?.data ?? null)];
  }

  protected async read({ run, record }: RecordItem): Promise<MeshData> {
    return decodeMesh(record.meta, await this.reader.data(run.id, record.id));
  }

  protected pane(body: HTMLElement): Pane<MeshData> {
    return new MeshPane(body, this.props, this.bounds);
  }
}

export const makeMeshView: MakeRecordView = (host, props, reader) => {
  const view = new MeshView(host, props, reader);
  view.update(props);
  return view;
};
