/** Clouds of points, coloured by what is known of each. */

import type { RecordReader } from "../../api/records.ts";
import { colours, labelColour } from "../../lib/colormap.ts";
import { formatInteger, formatNumber, plural } from "../../lib/format.ts";
import { decodePoints, type PointsData } from "../../lib/payload.ts";
import { summarise } from "../../lib/stretch.ts";
import { type Choice, chosen } from "./controls.ts";
import { Bounds } from "./scene/bounds.ts";
import type { Content } from "./scene/content.ts";
import { ScenePane } from "./scene/pane.ts";
import { type Pane, TiledView } from "./tiled.ts";
import type { MakeRecordView, RecordItem, RecordViewProps } from "./view.ts";

const SIZE: Choice = {
  name: "size",
  label: "Size of the points",
  options: [
    ["auto", "Auto size"],
    ["1", "1 px"],
    ["2", "2 px"],
    ["4", "4 px"],
    ["7", "7 px"],
  ],
};

function colourChoice(data: PointsData | null): Choice {
  const options: [string, string][] = [];
  if (data?.rgb) options.push(["rgb", "Own colours"]);
  if (data?.labels) options.push(["label", "By label"]);
  if (data?.values) options.push(["value", "By value"]);
  options.push(["run", "Run's colour"]);
  if (data?.dims === 3) options.push(["z", "By height"]);
  // A bare cloud has depth to see only when its height has colours.
  if (options[0]?.[0] === "run" && data?.dims === 3) options.reverse();
  return { name: "colour", label: "Colours", options };
}

function sizeOf(settings: Readonly<Record<string, string>>, n: number): number {
  const wish = chosen(settings, SIZE);
  return wish === "auto" ? (n > 50_000 ? 1.5 : n > 5000 ? 2.5 : 5) : Number(wish);
}

function contentOf(data: PointsData, how: string, own: readonly [number, number, number], dark: boolean): Content {
  const position = new Float32Array(data.n * 3);
  for (let i = 0; i < data.n; i++) {
    for (let d = 0; d < Math.min(3, data.dims); d++) position[3 * i + d] = data.position[i * data.dims + d] as number;
  }
  return { position, faces: null, colour: coloursOf(data, position, how, own, dark) };
}

function coloursOf(
  data: PointsData,
  position: Float32Array,
  how: string,
  own: readonly [number, number, number],
  dark: boolean,
): Uint8Array {
  if (how === "rgb" && data.rgb) return data.rgb;
  const out = new Uint8Array(data.n * 3);
  const { labels } = data;
  if (how === "label" && labels) {
    for (let i = 0; i < data.n; i++) out.set(labelColour(Math.abs(labels[i] as number), dark), 3 * i);
    return out;
  }
  if (how === "run") {
    for (let i = 0; i < data.n; i++) out.set(own, 3 * i);
    return out;
  }
  const values =
    how === "value" && data.values
      ? data.values
      : Float32Array.from({ length: data.n }, (_, i) => position[3 * i + 2] as number);
  const { low, high } = summarise(values);
  const table = colours("viridis");
  for (let i = 0; i < data.n; i++) {
    const share = high > low ? ((values[i] as number) - low) / (high - low) : 0.5;
    const c = 3 * Math.max(0, Math.min(255, Math.round(share * 255)));
    out.set(table.subarray(c, c + 3), 3 * i);
  }
  return out;
}

/** A colour of the theme as three bytes. */
export function bytesOf(colour: string): [number, number, number] {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  return hex
    ? ([1, 2, 3].map((i) => Number.parseInt(hex[i] as string, 16)) as [number, number, number])
    : [128, 128, 128];
}

class PointsPane implements Pane<PointsData> {
  private readonly pane: ScenePane;
  private made: { name: string; of: PointsData; content: Content } | null = null;

  constructor(
    host: HTMLElement,
    props: RecordViewProps,
    private readonly bounds: Bounds,
  ) {
    this.pane = new ScenePane(host, props);
  }

  show(data: PointsData | null, item: RecordItem, props: RecordViewProps): void {
    if (!data) {
      this.pane.show(null, props);
      return;
    }
    const how = chosen(props.settings, colourChoice(data));
    const name = `${how} ${props.dark} ${item.run.style.hue}`;
    if (this.made?.of !== data || this.made.name !== name) {
      const own = bytesOf(props.theme.runs[item.run.style.hue] ?? "");
      this.made = { name, of: data, content: contentOf(data, how, own, props.dark) };
    }
    const { low, high } = this.bounds.get();
    const box = [0, 1, 2]
      .slice(0, data.dims)
      .map((axis) => `${"xyz"[axis]} ${formatNumber(low[axis], 3)} to ${formatNumber(high[axis], 3)}`);
    this.pane.show(
      {
        content: this.made.content,
        look: { pointPx: sizeOf(props.settings, data.n), wire: false },
        planar: data.dims < 3,
        low,
        high,
        facts: `${plural(data.n, "point")}   ${box.join("   ")}`,
        label: `Cloud of ${plural(data.n, "point")} of ${item.run.name}, ${box.join(", ")}.`,
        words: (i) => wordsOf(data, i),
      },
      props,
    );
  }

  destroy(): void {
    this.pane.destroy();
  }
}

function wordsOf(data: PointsData, i: number): string[] {
  const label = data.labels?.[i];
  const name = label === undefined ? data.names?.[i] : (data.names?.[label] ?? `label ${formatInteger(label)}`);
  const value = data.values?.[i];
  return [...(name === undefined ? [] : [name]), ...(value === undefined ? [] : [`value ${formatNumber(value)}`])];
}

class PointsView extends TiledView<PointsData> {
  private readonly bounds: Bounds;

  constructor(host: HTMLElement, props: RecordViewProps, reader: RecordReader) {
    super(host, props, reader, "points");
    this.bounds = new Bounds(reader, () => this.refresh());
  }

  override update(props: RecordViewProps): void {
    this.bounds.show(props);
    super.update(props);
  }

  protected choices(): readonly Choice[] {
    return [colourChoice(this.loaded[0]?.data ?? null), SIZE];
  }

  protected async read({ run, record }: RecordItem): Promise<PointsData> {
    return decodePoints(record.meta, await this.reader.data(run.id, record.id));
  }

  protected pane(body: HTMLElement): Pane<PointsData> {
    return new PointsPane(body, this.props, this.bounds);
  }
}

export const makePointsView: MakeRecordView = (host, props, reader) => {
  const view = new PointsView(host, props, reader);
  view.update(props);
  return view;
};
