/** Pictures: one run or several, one picture or a batch, alone, over steps, or two compared. */

import type { RecordReader } from "../../../api/records.ts";
import { type Choice, Controls } from "../controls.ts";
import { element } from "../dom.ts";
import { Tiles } from "../tiles.ts";
import type { MakeRecordView, RecordView, RecordViewProps } from "../view.ts";
import type { Range } from "./look.ts";
import { picturesOf } from "./source.ts";
import { ImageTile, modeOf, type Shared } from "./tile.ts";

const RANGE: Choice = {
  name: "range",
  label: "Which values are black and white",
  options: [
    ["logged", "range as logged"],
    ["each", "range of each picture"],
    ["key", "range of all steps"],
    ["fixed", "range from … to …"],
  ],
};
const COMPARE: Choice = {
  name: "compare",
  label: "Compare",
  options: [
    ["off", "no comparison"],
    ["side", "side by side"],
    ["diff", "difference"],
    ["blink", "blink"],
    ["wipe", "wipe"],
    ["montage", "montage of steps"],
  ],
};
const MAP: Choice = {
  name: "map",
  label: "Colours",
  options: [
    ["gray", "grey"],
    ["viridis", "viridis"],
    ["cividis", "cividis"],
    ["inferno", "inferno"],
  ],
};
/** Never more than three flashes a second. */
const RATE: Choice = {
  name: "rate",
  label: "How often it blinks",
  options: [
    ["1", "1 / s"],
    ["0.5", "0.5 / s"],
    ["2", "2 / s"],
    ["3", "3 / s"],
  ],
};
const COLUMNS: Choice = {
  name: "columns",
  label: "Columns",
  options: [["", "columns"], ...[1, 2, 3, 4, 6, 8, 10, 16, 32].map((n) => [String(n), String(n)] as const)],
};

class ImageView implements RecordView, Shared {
  second = false;
  private readonly tiles: Tiles;
  private readonly controls: Controls;
  private readonly range: RangeFields;
  private readonly made = new Set<ImageTile>();
  private props: RecordViewProps;
  private ranges: { readonly name: string; readonly found: Promise<Range | null> } | null = null;
  private otherKeys: readonly string[] = [];
  private keysOf = "";
  private timer: ReturnType<typeof setInterval> | null = null;
  private rate = 0;

  constructor(
    host: HTMLElement,
    props: RecordViewProps,
    readonly reader: RecordReader,
  ) {
    this.props = props;
    this.tiles = new Tiles(host, (body) => {
      const tile = new ImageTile(body, this, props);
      this.made.add(tile);
      return {
        update: (item, next) => tile.update(item, next),
        destroy: () => {
          this.made.delete(tile);
          tile.destroy();
        },
      };
    });
    this.controls = new Controls(host, (changes) => this.props.onSettings(changes));
    this.range = new RangeFields((changes) => this.props.onSettings(changes));
    this.update(props);
  }

  update(props: RecordViewProps): void {
    this.props = props;
    this.controls.update(this.choices(props), props.settings);
    this.controls.append(this.range.root);
    this.range.update(props.settings);
    this.tiles.update(props, shapeOf(props));
    this.beat(modeOf(props.settings) === "blink" ? Number(props.settings.rate) || 1 : 0);
    void this.findKeys(props);
  }

  destroy(): void {
    this.beat(0);
    this.tiles.destroy();
  }

  async keyRange(props: RecordViewProps): Promise<Range | null> {
    const runs = props.items.map((item) => item.run.id);
    const name = JSON.stringify([runs, props.steps.length, props.steps.at(-1)]);
    if (this.ranges?.name !== name) this.ranges = { name, found: this.readRange(props.key, runs) };
    return this.ranges.found;
  }

  private async readRange(key: string, runs: readonly string[]): Promise<Range | null> {
    const pages = await Promise.all(runs.map((run) => this.reader.list(run, key, { limit: 1000, values: false })));
    const rows = pages.flatMap(({ records }, i) => records.flatMap((record) => picturesOf(runs[i] as string, record)));
    const lows = rows.flatMap(({ low }) => (low === null ? [] : [low]));
    const highs = rows.flatMap(({ high }) => (high === null ? [] : [high]));
    const least = (a: number, b: number): number => Math.min(a, b);
    const most = (a: number, b: number): number => Math.max(a, b);
    return lows.length > 0 ? [lows.reduce(least), highs.reduce(most)] : null;
  }

  private choices({ items, settings, steps }: RecordViewProps): Choice[] {
    const pictures = items.slice(0, 1).flatMap(({ run, record }) => picturesOf(run.id, record));
    const channels = Math.max(1, ...pictures.map((picture) => picture.channels));
    const mode = modeOf(settings);
    const several = pictures.length > 1 || mode === "montage";
    return [
      COMPARE,
      ...(mode === "plain" || mode === "montage" ? [] : [this.withWhat(items.length, steps.length)]),
      ...(mode === "blink" ? [RATE] : []),
      ...(mode === "diff" ? [] : [RANGE]),
      ...(channels > 1 ? [channelChoice(channels)] : []),
      ...(mode !== "diff" && (channels === 1 || settings.channel !== undefined) ? [MAP] : []),
      ...(several ? [COLUMNS] : []),
    ];
  }

  private withWhat(runs: number, steps: number): Choice {
    const options: [string, string][] = [
      ["step", "with the step before"],
      ["first", "with the first step"],
    ];
    if (runs > 1) options.push(["run", "with the first run"]);
    // The default stands first: it is what the address leaves out.
    if (steps < 2 && runs > 1) options.unshift(options.pop() as [string, string]);
    for (const key of this.otherKeys) options.push([`key:${key}`, `with ${key}`]);
    return { name: "with", label: "Compare with what", options };
  }

  /** Other keys of pictures, to compare with; read when somebody compares. */
  private async findKeys(props: RecordViewProps): Promise<void> {
    const [first] = props.items;
    const mode = modeOf(props.settings);
    if (!first || mode === "plain" || mode === "montage" || this.keysOf === first.run.id) return;
    this.keysOf = first.run.id;
    try {
      const keys = await this.reader.keys(first.run.id);
      const found = Object.entries(keys).filter(([key, row]) => key !== props.key && row.kind === props.kind);
      this.otherKeys = found.slice(0, 100).map(([key]) => key);
      if (this.otherKeys.length > 0) this.update(this.props);
    } catch {
      // Comparing with steps and runs goes on without them.
      this.keysOf = "";
    }
  }

  private beat(rate: number): void {
    const wanted = Math.min(3, rate);
    if (wanted === this.rate) return;
    this.rate = wanted;
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.second = false;
    if (wanted === 0) return;
    this.timer = setInterval(() => {
      this.second = !this.second;
      for (const tile of this.made) tile.blink();
    }, 1000 / wanted);
  }
}

/** Width over height of what one tile shows. */
function shapeOf({ items, settings }: RecordViewProps): number {
  const pictures = items.slice(0, 1).flatMap(({ run, record }) => picturesOf(run.id, record));
  const [first] = pictures;
  if (!first) return 1;
  const ratio = first.width / first.height;
  const mode = modeOf(settings);
  if (mode === "montage") return ratio * 1.5;
  const beside = mode === "side" ? 2 : 1;
  const columns = Number(settings.columns) || Number(first.record.meta.columns) || Math.sqrt(pictures.length);
  return (ratio * beside * columns) / Math.ceil(pictures.length / columns);
}

function channelChoice(channels: number): Choice {
  const names = ["red", "green", "blue", "opacity"].slice(0, channels);
  return {
    name: "channel",
    label: "Channel",
    options: [["all", "all channels"], ...names.map((name, i) => [String(i), name] as const)],
  };
}

/** Two numbers, for a range that stays. */
class RangeFields {
  readonly root = element("span", "range-fields");
  private readonly low = element("input");
  private readonly high = element("input");

  constructor(change: (changes: Readonly<Record<string, string | null>>) => void) {
    for (const [name, field] of [
      ["low", this.low],
      ["high", this.high],
    ] as const) {
      field.type = "text";
      field.inputMode = "decimal";
      field.setAttribute("aria-label", name === "low" ? "Value drawn black" : "Value drawn white");
      field.addEventListener("change", () => {
        if (Number.isFinite(Number(field.value)) && field.value.trim() !== "") change({ [name]: field.value.trim() });
      });
    }
    this.root.append(this.low, " to ", this.high);
  }

  update(settings: Readonly<Record<string, string>>): void {
    this.root.hidden = settings.range !== "fixed";
    if (document.activeElement !== this.low) this.low.value = settings.low ?? "0";
    if (document.activeElement !== this.high) this.high.value = settings.high ?? "1";
  }
}

export const makeImageView: MakeRecordView = (host, props, reader) => new ImageView(host, props, reader);
