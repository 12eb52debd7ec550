/** The pictures of one run at one step, or two of them compared. */

import type { RecordReader, RecordRow } from "../../../api/records.ts";
import { formatInteger, formatNumber } from "../../../lib/format.ts";
import { difference, differenceLook, type Raster } from "../../../lib/raster.ts";
import { spread } from "../../../lib/steps.ts";
import { element, write } from "../dom.ts";
import type { Tile } from "../tiles.ts";
import type { RecordItem, RecordViewProps, Settings } from "../view.ts";
import { lookOf, type Range, rangeOf } from "./look.ts";
import { paintAll } from "./paint.ts";
import { isSmall, type Picture, picturesOf, rasterOf, thumbnailOf } from "./source.ts";
import { type Drawn, type Shown, Stage, textsAt } from "./stage.ts";

/** What the tiles of a panel share. */
export interface Shared {
  readonly reader: RecordReader;
  /** Lowest and highest value of the key over all steps and runs; asked for when it is needed. */
  keyRange(props: RecordViewProps): Promise<Range | null>;
  /** Whether blinking shows the second picture now. */
  readonly second: boolean;
}

export type Mode = "plain" | "side" | "diff" | "blink" | "wipe" | "montage";

export function modeOf(settings: Settings): Mode {
  const modes: readonly Mode[] = ["side", "diff", "blink", "wipe", "montage"];
  return modes.find((mode) => mode === settings.compare) ?? "plain";
}

/** What is compared with: the step before, or the first run where there is but one step. */
function withOf({ settings, items, steps }: RecordViewProps): string {
  return settings.with ?? (steps.length < 2 && items.length > 1 ? "run" : "step");
}

/** A record to compare with, and what to call it. */
interface Other {
  readonly run: string;
  readonly record: RecordRow;
  readonly name: string;
}

const MONTAGE = 24;
/** Larger pictures are only drawn by the server. */
const CLOSE_BYTES = 96 << 20;

export class ImageTile implements Tile {
  private readonly stage: Stage;
  private readonly note = element("p", "stage-note");
  private turn = 0;
  private painted = "";
  private shown: readonly Shown[] = [];
  private pictures: readonly Picture[] = [];
  private item: RecordItem | null = null;
  private props: RecordViewProps | null = null;
  /** Values are read though the pictures are large. */
  private close = false;
  private thumbScale = Number.POSITIVE_INFINITY;
  private wipe = 0.5;
  private readonly others = new Map<string, Promise<Other | null>>();
  private blinks: readonly (readonly Shown[])[] = [];

  constructor(
    host: HTMLElement,
    private readonly shared: Shared,
    props: RecordViewProps,
  ) {
    this.stage = new Stage(host, props.linked, {
      ask: (index, x, y) => this.valueAt(index, x, y),
      closer: (scale) => this.closer(scale),
      wipe: (share) => {
        this.wipe = share;
        this.show();
      },
    });
    host.append(this.note);
  }

  update(item: RecordItem, props: RecordViewProps): void {
    const before = this.props;
    this.item = item;
    this.props = props;
    if (item.record.kind !== before?.kind) this.close = false;
    const reference = props.items[0];
    const wanted = JSON.stringify([
      item.record.id,
      { ...props.settings, rate: null },
      withOf(props) === "run" ? [reference?.run.id, reference?.record.id] : null,
      withOf(props).startsWith("key:") ? props.step : null,
      modeOf(props.settings) === "montage" ? [props.steps.length, props.steps.at(-1)] : null,
      this.close,
    ]);
    if (wanted === this.painted) this.show();
    else void this.paint(wanted);
  }

  /** Show the other of two pictures, when they alternate. */
  blink(): void {
    if (this.props && modeOf(this.props.settings) === "blink") this.show();
  }

  destroy(): void {
    this.turn = Number.NaN;
    this.stage.destroy();
    this.note.remove();
  }

  private async paint(wanted: string): Promise<void> {
    const { item, props } = this;
    if (!item || !props) return;
    const turn = ++this.turn;
    if (this.shown.length === 0) props.onState({ busy: true });
    try {
      const made = await this.make(item, props);
      if (this.turn !== turn) return;
      this.painted = wanted;
      this.blinks = made.length > 1 ? made : [];
      this.shown = made[0] ?? [];
      this.show();
      props.onState({ busy: false, problem: null });
    } catch (problem) {
      if (this.turn === turn) props.onState({ busy: false, problem });
    }
  }

  /** One list of pictures, or two that alternate. */
  private async make(item: RecordItem, props: RecordViewProps): Promise<Shown[][]> {
    const mode = modeOf(props.settings);
    this.pictures = picturesOf(item.run.id, item.record);
    this.say("");
    if (mode === "montage") return [await this.montage(item, props)];
    const other = mode === "plain" ? null : await this.other(item, props);
    if (!other) {
      if (mode !== "plain" && !(withOf(props) === "run" && item === props.items[0]))
        this.say("Nothing to compare with here.");
      return [await this.plain(this.pictures, props)];
    }
    const second = picturesOf(other.run, other.record);
    const count = Math.min(second.length, this.pictures.length);
    const [a, b] = [second.slice(0, count), this.pictures.slice(0, count)];
    if (mode === "diff") return [await this.diff(a, b, other)];
    const [before, after] = await Promise.all([this.plain(a, props), this.plain(b, props)]);
    if (mode === "blink") {
      this.say(`blinks between ${other.name} and this`);
      return [after, before];
    }
    if (mode === "wipe") {
      this.say(`left ${other.name}, right this`);
      return [before.map((shown, i) => over(shown, after[i] as Shown))];
    }
    const named = (shown: Shown, name: string): Shown => ({ ...shown, caption: shown.caption || name });
    return [before.flatMap((shown, i) => [named(shown, other.name), named(after[i] as Shown, "this")])];
  }

  private async plain(pictures: readonly Picture[], props: RecordViewProps): Promise<Shown[]> {
    const ofKey = props.settings.range === "key" ? await this.shared.keyRange(props) : null;
    if (!isSmall(pictures) && !this.close) return this.thumbnails(pictures, props, ofKey);
    const rasters = await Promise.all(pictures.map((picture) => rasterOf(this.shared.reader, picture)));
    const drawn = paintAll(
      rasters.map((raster, i) => [raster, lookOf(pictures[i] as Picture, raster, props.settings, ofKey)] as const),
    );
    return rasters.map((raster, i) => shownOf(pictures[i] as Picture, drawn[i] as Drawn, [raster]));
  }

  private async thumbnails(
    pictures: readonly Picture[],
    props: RecordViewProps,
    ofKey: Range | null,
  ): Promise<Shown[]> {
    const longest = Math.max(...pictures.map((picture) => Math.max(picture.width, picture.height)));
    const room = props.full ? 2048 : 512;
    const size = Math.min(longest, Math.max(64, (room * (window.devicePixelRatio || 1)) / Math.sqrt(pictures.length)));
    this.thumbScale = size / longest;
    const drawn = await Promise.all(
      pictures.map((picture) => {
        const range = rangeOf(picture, props.settings, ofKey);
        const logged = props.settings.range === undefined;
        return thumbnailOf(
          this.shared.reader,
          picture,
          size,
          logged || !range ? null : { low: range[0], high: range[1] },
        );
      }),
    );
    return drawn.map((source, i) =>
      shownOf(pictures[i] as Picture, { source, x: 0, y: 0, width: source.width, height: source.height }, []),
    );
  }

  private async diff(a: readonly Picture[], b: readonly Picture[], other: Other): Promise<Shown[]> {
    const { reader } = this.shared;
    const rasters = await Promise.all(
      b.map(async (picture, i) => [await rasterOf(reader, a[i] as Picture), await rasterOf(reader, picture)] as const),
    );
    const found = rasters.map(([before, after]) => difference(before, after));
    const max = Math.max(...found.map((one) => one.max));
    const look = differenceLook(max);
    const drawn = paintAll(found.map((one) => [one.raster, look] as const));
    const count = found.reduce((sum, one) => sum + one.count, 0);
    const [at] = found.filter((one) => one.max === max).map((one) => one.at);
    this.say(
      count === 0
        ? `d = this − ${other.name}: no pixel differs`
        : `d = this − ${other.name}: max |d| ${formatNumber(max)}${at ? ` at ${at.x}, ${at.y}` : ""}, ${formatInteger(count)} px differ`,
    );
    return found.map((one, i) => ({
      ...shownOf(b[i] as Picture, drawn[i] as Drawn, []),
      values: [
        { name: "a", raster: (rasters[i] as readonly Raster[])[0] as Raster },
        { name: "b", raster: (rasters[i] as readonly Raster[])[1] as Raster },
        { name: "d", raster: one.raster, computed: true },
      ],
    }));
  }

  /** The first picture of many steps, evenly spread. */
  private async montage(item: RecordItem, props: RecordViewProps): Promise<Shown[]> {
    const every = Math.max(1, Math.ceil(props.steps.length / MONTAGE));
    const { records } = await this.shared.reader.list(item.run.id, props.key, { every, limit: 1000, values: false });
    const rows = spread(
      records.map((_, i) => i),
      MONTAGE,
    ).map((i) => records[i] as RecordRow);
    const pictures = rows.flatMap((row) => picturesOf(item.run.id, row).slice(0, 1));
    const shown = await this.plain(pictures, props);
    return shown.map((one, i) => ({ ...one, caption: `step ${formatInteger((rows[i] as RecordRow).step)}` }));
  }

  private other(item: RecordItem, props: RecordViewProps): Promise<Other | null> {
    const { reader } = this.shared;
    const { run, record } = item;
    const choice = withOf(props);
    const name = `${choice} ${run.id} ${record.id} ${choice.startsWith("key:") ? props.step : ""}`;
    if (choice === "run") {
      const [first] = props.items;
      if (!first || first.run.id === run.id) return Promise.resolve(null);
      return Promise.resolve({ run: first.run.id, record: first.record, name: first.run.name });
    }
    const known = this.others.get(name);
    if (known) return known;
    const named = (row: RecordRow | null, text: string): Other | null =>
      row && { run: run.id, record: row, name: text };
    const found: Promise<Other | null> = choice.startsWith("key:")
      ? reader.at(run.id, choice.slice(4), props.step).then((row) => named(row, choice.slice(4)))
      : choice === "first"
        ? reader
            .list(run.id, props.key, { limit: 1 })
            .then(({ records: [row] }) => named(row && row.id !== record.id ? row : null, `step ${row?.step}`))
        : record.step === 0
          ? Promise.resolve(null)
          : reader.at(run.id, props.key, record.step - 1).then((row) => named(row, `step ${row?.step}`));
    this.others.set(name, found);
    found.catch(() => this.others.delete(name));
    return found;
  }

  private show(): void {
    const { props, item } = this;
    if (!props || !item) return;
    const mode = modeOf(props.settings);
    const shown = mode === "blink" && this.shared.second ? (this.blinks[1] ?? this.shown) : this.shown;
    const columns = { chosen: Number(props.settings.columns) || null, logged: columnsOf(item, mode) };
    const captions = props.settings.captions !== "off" && shown.some((one) => one.caption !== "");
    this.stage.show(shown, {
      panel: props.key,
      label: `${props.key} of ${item.run.name}, step ${item.record.step}: ${item.record.summary}`,
      columns,
      captions,
      full: props.full,
      wipe: mode === "wipe" && this.shown.some((one) => one.over) ? this.wipe : null,
      theme: props.theme,
    });
  }

  private say(text: string): void {
    const alone = this.props?.items.length === 1;
    write(this.note, alone ? "" : text);
    this.note.hidden = alone || text === "";
    if (alone) this.props?.onState({ note: text });
  }

  private closer(scale: number): void {
    if (this.close || isSmall(this.pictures) || scale <= this.thumbScale * 1.5) return;
    if (this.pictures.reduce((sum, picture) => sum + picture.bytes, 0) > CLOSE_BYTES) return;
    this.close = true;
    if (this.item && this.props) this.update(this.item, this.props);
  }

  private async valueAt(index: number, x: number, y: number): Promise<string> {
    const picture = this.pictures[index];
    if (!picture) return "";
    const { run, record } = picture;
    if (record.meta.format !== "raw") return textsAt(await rasterOf(this.shared.reader, picture), x, y).join(" ");
    const slice = record.kind === "images" ? `${picture.index},${y},${x}` : `${y},${x}`;
    const array = await this.shared.reader.array(run, record.id, slice);
    return textsAt({ width: 1, height: 1, channels: array.data.length, array, offset: 0 }, 0, 0).join(" ");
  }
}

function columnsOf({ record }: RecordItem, mode: Mode): number | null {
  const { columns } = record.meta;
  return typeof columns === "number" && columns > 0 && mode === "plain" ? columns : null;
}

function shownOf(picture: Picture, drawn: Drawn, rasters: readonly Raster[]): Shown {
  const { width, height, caption } = picture;
  return { width, height, caption, drawn, values: rasters.map((raster) => ({ name: "", raster })) };
}

function over(before: Shown, after: Shown): Shown {
  const values = [...before.values, ...after.values].map(({ raster }, i) => ({ name: i === 0 ? "a" : "b", raster }));
  return { ...before, over: after.drawn, values };
}
