/** Clouds of points, coloured by what is known of each. */

import { colours, labelColour } from "../../lib/colormap.ts";
import { formatInteger, formatNumber, plural } from "../../lib/format.ts";
import { decodePoints, type PointsData } from "../../lib/payload.ts";
import { summarise } from "../../lib/stretch.ts";
import { type Choice, chosen } from "./controls.ts";
import type { Content } from "./scene/content.ts";
import { plain, type Rgb, type SceneKind, SceneView } from "./scene/view.ts";
import type { MakeRecordView, RecordItem } from "./view.ts";

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

function contentOf(data: PointsData, how: string, own: Rgb, dark: boolean): Content {
  const position = new Float32Array(data.n * 3);
  for (let i = 0; i < data.n; i++) {
    for (let d = 0; d < Math.min(3, data.dims); d++) position[3 * i + d] = data.position[i * data.dims + d] as number;
  }
  return { position, faces: null, colour: coloursOf(data, position, how, own, dark) };
}

function coloursOf(data: PointsData, position: Float32Array, how: string, own: Rgb, dark: boolean): Uint8Array {
  if (how === "rgb" && data.rgb) return data.rgb;
  if (how === "run") return plain(data.n, own);
  const out = new Uint8Array(data.n * 3);
  const { labels } = data;
  if (how === "label" && labels) {
    for (let i = 0; i < data.n; i++) out.set(labelColour(Math.abs(labels[i] as number), dark), 3 * i);
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

function wordsOf(data: PointsData, i: number): string[] {
  const label = data.labels?.[i];
  const name = label === undefined ? data.names?.[i] : (data.names?.[label] ?? `label ${formatInteger(label)}`);
  const value = data.values?.[i];
  return [...(name === undefined ? [] : [name]), ...(value === undefined ? [] : [`value ${formatNumber(value)}`])];
}

const POINTS: SceneKind<PointsData> = {
  colours: colourChoice,
  dims: ({ dims }) => Math.min(3, dims),
  content: contentOf,
  show: (data, item, props, box) => ({
    look: { pointPx: sizeOf(props.settings, data.n), wire: false },
    planar: data.dims < 3,
    facts: `${plural(data.n, "point")}   ${box.join("   ")}`,
    label: `Cloud of ${plural(data.n, "point")} of ${item.run.name}, ${box.join(", ")}.`,
    words: (i) => wordsOf(data, i),
  }),
};

class PointsView extends SceneView<PointsData> {
  protected choices(): readonly Choice[] {
    return [this.colours, SIZE];
  }

  protected async read({ run, record }: RecordItem): Promise<PointsData> {
    return decodePoints(record.meta, await this.reader.data(run.id, record.id));
  }
}

export const makePointsView: MakeRecordView = (host, props, reader) => {
  const view = new PointsView(host, props, reader, "points", POINTS);
  view.update(props);
  return view;
};
