/** Moving pictures: raw frames shown pixel by pixel and stepped through; files as the browser plays them. */

import type { RecordReader } from "../../api/records.ts";
import { formatInteger } from "../../lib/format.ts";
import { type NdArray, readArray } from "../../lib/npy.ts";
import { viewport } from "../../lib/viewport.ts";
import { type Choice, Controls, chosen } from "./controls.ts";
import { element, write } from "./dom.ts";
import { Surface } from "./surface.ts";
import { type Tile, Tiles } from "./tiles.ts";
import type { MakeRecordView, RecordItem, RecordView, RecordViewProps } from "./view.ts";

/** Videos up to this size are read whole, larger ones frame by frame. */
const WHOLE_BYTES = 96 << 20;

const SPEED: Choice = {
  name: "fps",
  label: "Frames a second",
  options: [
    ["own", "Own speed"],
    ["1", "1 fps"],
    ["4", "4 fps"],
    ["8", "8 fps"],
    ["15", "15 fps"],
    ["30", "30 fps"],
  ],
};
const LOOP: Choice = {
  name: "once",
  label: "Play over and over",
  options: [
    ["loop", "Loop"],
    ["once", "Once"],
  ],
};

function isRaw(item: RecordItem): boolean {
  return item.record.meta.format === "raw";
}

function framesOf(item: RecordItem): number {
  const { shape } = item.record.meta;
  return Array.isArray(shape) ? Number(shape[0]) : 0;
}

/** Frames of one record. */
class Frames {
  readonly shape: readonly number[];
  private whole: Promise<NdArray> | null = null;

  constructor(
    private readonly reader: RecordReader,
    private readonly item: RecordItem,
  ) {
    const { shape } = item.record.meta;
    this.shape = Array.isArray(shape) ? shape.map(Number) : [0, 1, 1, 1];
  }

  /** Values of one frame, `height × width × channels`. */
  async get(index: number): Promise<ArrayLike<number>> {
    const { run, record } = this.item;
    if (record.size > WHOLE_BYTES) return (await this.reader.array(run.id, record.id, String(index))).data;
    const dtype = String(record.meta.dtype);
    this.whole ??=
      dtype === "bfloat16" || dtype.startsWith("float8")
        ? this.reader.array(run.id, record.id)
        : this.reader.data(run.id, record.id).then((bytes) => readArray(bytes, 0, dtype, this.shape));
    const { data } = await this.whole;
    const size = this.shape.slice(1).reduce((n, dim) => n * dim, 1);
    return data.subarray(index * size, (index + 1) * size);
  }
}

class RawPane implements Tile {
  private readonly surface: Surface;
  private readonly picture = element("canvas");
  private frames: Frames | null = null;
  private shown = "";
  private item: RecordItem | null = null;
  private gone = false;

  constructor(
    host: HTMLElement,
    private readonly reader: RecordReader,
    private readonly frame: () => number,
    key: (event: KeyboardEvent) => boolean,
  ) {
    this.surface = new Surface(host, { paint: (context, width, height) => this.paint(context, width, height), key });
  }

  update(item: RecordItem, props: RecordViewProps): void {
    if (item.record.id !== this.item?.record.id) this.frames = new Frames(this.reader, item);
    this.item = item;
    const index = Math.min(this.frame(), framesOf(item) - 1);
    const caption = typeof item.record.meta.caption === "string" ? `${item.record.meta.caption}, ` : "";
    this.surface.describe(
      `Video of ${item.run.name}, ${caption}frame ${index + 1} of ${framesOf(item)}. Space plays, arrow keys step through the frames.`,
    );
    void this.bring(index, props);
  }

  destroy(): void {
    this.gone = true;
    this.surface.destroy();
  }

  private async bring(index: number, props: RecordViewProps): Promise<void> {
    const { frames, item } = this;
    const name = `${item?.record.id} ${index}`;
    if (!frames || !item || index < 0 || name === this.shown) return;
    this.shown = name;
    try {
      const values = await frames.get(index);
      if (this.gone || this.shown !== name) return;
      const [, height = 1, width = 1, channels = 1] = frames.shape;
      this.picture.width = width;
      this.picture.height = height;
      const context = this.picture.getContext("2d") as CanvasRenderingContext2D;
      const image = context.createImageData(width, height);
      fill(image.data, values, channels, rangeOf(item));
      context.putImageData(image, 0, 0);
      this.surface.root.dataset.frame = String(index);
      this.surface.repaint();
    } catch (problem) {
      if (!this.gone) props.onState({ problem });
    }
  }

  private paint(context: CanvasRenderingContext2D, width: number, height: number): void {
    const view = viewport({ columns: this.picture.width, rows: this.picture.height, width, height });
    // Whole multiples keep every pixel of the frame the same size.
    const scale = view.scale >= 1 ? Math.floor(view.scale) : view.scale;
    const [w, h] = [this.picture.width * scale, this.picture.height * scale];
    context.imageSmoothingEnabled = scale < 1;
    context.drawImage(this.picture, Math.round((width - w) / 2), Math.round((height - h) / 2), w, h);
  }
}

/** Whole numbers of a byte are colours already; anything else is scaled by its extremes. */
function rangeOf(item: RecordItem): readonly [number, number] {
  const { dtype, low, high, range } = item.record.meta;
  if (Array.isArray(range)) return [Number(range[0]), Number(range[1])];
  if (dtype === "uint8") return [0, 255];
  if (dtype === "bool") return [0, 1];
  const [a, b] = [Number(low ?? 0), Number(high ?? 1)];
  return a >= 0 && b <= 1 ? [0, 1] : [a, b];
}

function fill(
  pixels: Uint8ClampedArray,
  values: ArrayLike<number>,
  channels: number,
  [low, high]: readonly [number, number],
): void {
  const scale = high > low ? 255 / (high - low) : 0;
  const byte = (i: number): number => ((values[i] ?? 0) - low) * scale;
  for (let p = 0; p * 4 < pixels.length; p++) {
    const at = p * channels;
    for (let c = 0; c < 3; c++) pixels[p * 4 + c] = byte(at + (channels >= 3 ? c : 0));
    pixels[p * 4 + 3] = channels === 4 ? byte(at + 3) : 255;
  }
}

class FilePane implements Tile {
  private readonly root = element("div", "video-file");
  private shown = -1;

  constructor(
    host: HTMLElement,
    private readonly reader: RecordReader,
  ) {
    host.append(this.root);
  }

  update(item: RecordItem, props: RecordViewProps): void {
    const { run, record } = item;
    if (record.id === this.shown) return;
    this.shown = record.id;
    const url = this.reader.dataUrl(run.id, record.id);
    const name = `Video ${props.key} of ${run.name} at step ${record.step}`;
    const still = record.meta.format === "gif" || record.meta.format === "webp";
    const media = still ? element("img") : element("video");
    if (media instanceof HTMLVideoElement) {
      Object.assign(media, { controls: true, loop: true, muted: true, playsInline: true });
      media.setAttribute("aria-label", name);
    } else media.alt = name;
    media.addEventListener("error", () => {
      if (this.shown === record.id)
        props.onState({
          problem: new Error(`The browser cannot play ${record.meta.format}. Download the file instead.`),
        });
    });
    media.src = url;
    this.root.replaceChildren(media);
  }

  destroy(): void {
    this.shown = -1;
    this.root.replaceChildren();
  }
}

class VideoView implements RecordView {
  private readonly root = element("div", "viewer viewer-video");
  private readonly controls: Controls;
  private readonly tiles: Tiles;
  private readonly bar = element("div", "player-bar");
  private readonly play = element("button", "play", "Play");
  private readonly slider = element("input");
  private readonly count = element("span", "number");
  private frame = 0;
  /** When the present frame began; `null` while it stands still. */
  private since: number | null = null;
  private gone = false;

  constructor(
    host: HTMLElement,
    private props: RecordViewProps,
    private readonly reader: RecordReader,
  ) {
    host.append(this.root);
    this.controls = new Controls(this.root, (changes) => this.props.onSettings(changes));
    this.tiles = new Tiles(this.root, (body, item) => this.tile(body, item), 1.2);
    this.play.type = "button";
    this.play.addEventListener("click", () => this.toggle());
    Object.assign(this.slider, { type: "range", min: "0", step: "1" });
    this.slider.setAttribute("aria-label", "Frame");
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.bar.append(
      this.play,
      this.button("‹", "Frame before", -1),
      this.button("›", "Next frame", 1),
      this.slider,
      this.count,
    );
    this.root.append(this.bar);
  }

  update(props: RecordViewProps): void {
    this.props = props;
    this.controls.update(this.total > 1 ? [SPEED, LOOP] : [], props.settings);
    this.frame = Math.min(this.frame, Math.max(0, this.total - 1));
    this.draw();
  }

  destroy(): void {
    this.gone = true;
    this.tiles.destroy();
    this.root.remove();
  }

  private get total(): number {
    return Math.max(0, ...this.props.items.filter(isRaw).map(framesOf));
  }

  private button(text: string, label: string, by: number): HTMLElement {
    const made = element("button", "quiet", text);
    made.type = "button";
    made.setAttribute("aria-label", label);
    made.addEventListener("click", () => {
      this.stop();
      this.go(this.frame + by);
    });
    return made;
  }

  private tile(body: HTMLElement, item: RecordItem): Tile {
    let raw = isRaw(item);
    let tile: Tile = this.pane(body, raw);
    return {
      update: (next, props) => {
        if (isRaw(next) !== raw) {
          raw = isRaw(next);
          tile.destroy();
          body.replaceChildren();
          tile = this.pane(body, raw);
        }
        tile.update(next, props);
      },
      destroy: () => tile.destroy(),
    };
  }

  private pane(body: HTMLElement, raw: boolean): Tile {
    return raw
      ? new RawPane(
          body,
          this.reader,
          () => this.frame,
          (event) => this.key(event),
        )
      : new FilePane(body, this.reader);
  }

  private key(event: KeyboardEvent): boolean {
    if (event.shiftKey) return false;
    if (event.key === " ") this.toggle();
    else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      this.stop();
      this.go(this.frame + (event.key === "ArrowRight" ? 1 : -1));
    } else return false;
    return true;
  }

  private get fps(): number {
    const wish = Number(chosen(this.props.settings, SPEED));
    const own = Number(this.props.items.find(isRaw)?.record.meta.fps);
    return wish > 0 ? wish : own > 0 ? own : 8;
  }

  private toggle(): void {
    if (this.since !== null) {
      this.stop();
      return;
    }
    if (this.frame >= this.total - 1) this.frame = 0;
    this.since = performance.now();
    this.draw();
    requestAnimationFrame((now) => this.tick(now));
  }

  private stop(): void {
    this.since = null;
    this.draw();
  }

  private tick(now: number): void {
    if (this.gone || this.since === null) return;
    const due = Math.floor(((now - this.since) * this.fps) / 1000);
    if (due > 0) {
      this.since += (due * 1000) / this.fps;
      const next = this.frame + due;
      if (next < this.total) this.go(next);
      else if (chosen(this.props.settings, LOOP) === "loop") this.go(next % Math.max(1, this.total));
      else {
        this.go(this.total - 1);
        this.stop();
        return;
      }
    }
    requestAnimationFrame((later) => this.tick(later));
  }

  private go(frame: number): void {
    this.frame = Math.max(0, Math.min(this.total - 1, frame));
    this.draw();
  }

  private draw(): void {
    this.bar.hidden = this.total < 2;
    write(this.play, this.since === null ? "Play" : "Pause");
    this.slider.max = String(Math.max(0, this.total - 1));
    this.slider.value = String(this.frame);
    write(this.count, `frame ${formatInteger(this.frame + 1)} of ${formatInteger(this.total)}`);
    this.tiles.update(this.props);
  }
}

export const makeVideoView: MakeRecordView = (host, props, reader) => {
  const view = new VideoView(host, props, reader);
  view.update(props);
  return view;
};
