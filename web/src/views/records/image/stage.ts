/** A canvas on which pictures lie beside each other: magnified around the pointer, panned, and read pixel by pixel. */

import { formatNumber } from "../../../lib/format.ts";
import { exactAt, type NdArray } from "../../../lib/npy.ts";
import type { Raster } from "../../../lib/raster.ts";
import {
  bounded,
  type Columns,
  type Hit,
  hit,
  layOut,
  onScreen,
  type Place,
  panned,
  type Sheet,
  type Size,
  type View,
  WHOLE,
  zoomed,
} from "../../../lib/sheet.ts";
import type { MediaLinked } from "../../../state/linked.ts";
import type { Palette } from "../../palette.ts";
import { announcer, element, onSize, write } from "../dom.ts";

/** Pixels that are ready to be drawn: a part of a larger canvas, or all of it. */
export interface Drawn {
  readonly source: CanvasImageSource;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Read {
  readonly name: string;
  readonly raster: Raster;
  /** Computed, not logged: six digits say enough. */
  readonly computed?: boolean;
}

/** One picture on the stage. */
export interface Shown extends Size {
  /** Size in pixels of what was logged, whatever the size of what is drawn. */
  readonly drawn: Drawn | null;
  /** Drawn over it to the right of the divider. */
  readonly over?: Drawn | null;
  readonly caption: string;
  /** What the pointer reads, each under a name of its own: `a`, `b`, `d`. */
  readonly values: readonly Read[];
}

export interface StageOptions {
  readonly panel: string;
  readonly label: string;
  readonly columns: Columns;
  readonly captions: boolean;
  /** The wheel magnifies without a modifier. */
  readonly full: boolean;
  /** Where the divider stands, in shares of a picture; `null` without one. */
  readonly wipe: number | null;
  readonly theme: Palette;
}

export interface StageEvents {
  /** The values under the pointer are not held: find them. */
  ask(index: number, x: number, y: number): Promise<string>;
  /** Somebody looks closely: so many device pixels for each of a picture's. */
  closer(scale: number): void;
  wipe(share: number): void;
}

/** A pixel is magnified up to so many CSS pixels, and what is that large already somewhat more. */
const PIXEL_PX = 96;
const LEAST_ZOOM = 8;
/** From here on its value stands in it. */
const WRITTEN_PX = 44;
/** Under a narrower picture no word fits. */
const CAPTION_LEAST_PX = 24;
const ASK_MS = 60;
const WIPE_STEP = 0.05;
const CLICK_PX = 3;

export class Stage {
  private readonly canvas = element("canvas", "stage");
  private readonly readout = element("output", "stage-readout");
  private readonly say: (text: string) => void;
  private readonly leave: (() => void)[];
  private readonly stop = new AbortController();
  private shown: readonly Shown[] = [];
  private options: StageOptions | null = null;
  private sheet: Sheet = { places: [], wide: 0, caption: 0, columns: 1 };
  private size: Size = { width: 0, height: 0 };
  private drag: { x: number; y: number; moved: boolean; wipe: boolean } | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private frame = 0;
  /** The pixel that keys move, while they do. */
  private inspected: { index: number; x: number; y: number } | null = null;

  constructor(
    host: HTMLElement,
    private readonly linked: MediaLinked,
    private readonly events: StageEvents,
  ) {
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.readout.hidden = true;
    host.append(this.canvas, this.readout);
    this.say = announcer(host);
    this.leave = [
      onSize(host, (width, height) => {
        this.size = { width, height };
        this.arrange();
      }),
      linked.lens.subscribe(() => this.repaint()),
      linked.spot.subscribe(() => {
        this.repaint();
        this.read();
      }),
    ];
    this.listen();
  }

  show(shown: readonly Shown[], options: StageOptions): void {
    this.shown = shown;
    this.options = options;
    this.canvas.setAttribute("aria-label", options.label);
    this.arrange();
    this.read();
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    if (this.timer !== null) clearTimeout(this.timer);
    this.stop.abort();
    for (const leave of this.leave) leave();
    this.canvas.remove();
    this.readout.remove();
  }

  private get ratio(): number {
    return window.devicePixelRatio || 1;
  }

  private get view(): View {
    return this.linked.lens.get() ?? WHOLE;
  }

  private arrange(): void {
    const { options, size, shown } = this;
    if (!options || size.width < 1 || size.height < 1) return;
    this.sheet = layOut(shown, size, options.columns, options.captions ? this.captionPx(options) : null, this.ratio);
    this.repaint();
  }

  /** Width of the widest caption. */
  private captionPx({ theme }: StageOptions): number {
    const context = this.canvas.getContext("2d") as CanvasRenderingContext2D;
    context.font = theme.font;
    return Math.max(0, ...this.shown.map((one) => (one.caption ? context.measureText(one.caption).width : 0)));
  }

  /** Paint with the next frame: many reasons in one moment are one. */
  private repaint(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.paint();
    });
  }

  private paint(): void {
    const { canvas, size, ratio, options } = this;
    if (!options || size.width < 1) return;
    const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const context = canvas.getContext("2d") as CanvasRenderingContext2D;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    let closest = 0;
    for (const [i, shown] of this.shown.entries()) {
      const place = onScreen(this.sheet.places[i] as Place, this.view, size);
      if (place.left > size.width || place.top > size.height || place.left + place.width < 0) continue;
      if (place.top + place.height + 40 < 0) continue;
      this.paintOne(context, shown, place, options);
      closest = Math.max(closest, (place.width * ratio) / shown.width);
    }
    this.paintSpot(context);
    canvas.dataset.scale = String(closest);
    if (closest > 0) this.events.closer(closest);
  }

  private paintOne(context: CanvasRenderingContext2D, shown: Shown, place: Place, options: StageOptions): void {
    const { theme } = options;
    if (shown.drawn) this.put(context, shown.drawn, place);
    else {
      context.fillStyle = theme.line;
      context.fillRect(place.left, place.top, place.width, place.height);
    }
    if (shown.over && options.wipe !== null) {
      const edge = place.left + place.width * options.wipe;
      context.save();
      context.beginPath();
      context.rect(edge, place.top, place.left + place.width - edge, place.height);
      context.clip();
      this.put(context, shown.over, place);
      context.restore();
      this.divider(context, edge, place, theme);
    }
    const value = shown.values.at(-1);
    if (value && !value.computed && place.width / shown.width >= WRITTEN_PX)
      this.writeValues(context, value.raster, shown, place);
    if (this.sheet.caption === 0 || shown.caption === "") return;
    context.font = theme.font;
    context.fillStyle = theme.muted;
    context.textAlign = "left";
    context.textBaseline = "top";
    const wide = Math.max(place.width, this.sheet.wide * this.view.zoom);
    if (wide < CAPTION_LEAST_PX) return;
    const caption = fitted(context, shown.caption, wide);
    const across = Math.min(wide, context.measureText(caption).width);
    // Below its picture, and in the middle where it is wider than that.
    const left = across > place.width ? place.left + (place.width - across) / 2 : place.left;
    context.fillText(caption, left, place.top + place.height + 2);
  }

  private put(context: CanvasRenderingContext2D, drawn: Drawn, place: Place): void {
    // Magnified, a pixel is a square; made smaller, it counts by its share.
    context.imageSmoothingEnabled = place.width * this.ratio < drawn.width;
    context.imageSmoothingQuality = "high";
    const { source, x, y, width, height } = drawn;
    context.drawImage(source, x, y, width, height, place.left, place.top, place.width, place.height);
  }

  private divider(context: CanvasRenderingContext2D, edge: number, place: Place, theme: Palette): void {
    context.fillStyle = theme.surface;
    context.fillRect(edge - 1.5, place.top, 3, place.height);
    context.fillStyle = theme.ink;
    context.fillRect(edge - 0.5, place.top, 1, place.height);
  }

  /** Numbers in the pixels themselves, those that are seen. */
  private writeValues(context: CanvasRenderingContext2D, raster: Raster, shown: Shown, place: Place): void {
    const side = place.width / shown.width;
    const { width, height } = this.size;
    const [x0, x1] = [Math.max(0, Math.floor(-place.left / side)), Math.ceil((width - place.left) / side)];
    const [y0, y1] = [Math.max(0, Math.floor(-place.top / side)), Math.ceil((height - place.top) / side)];
    context.font = `10px ${this.options?.theme.font.replace(/^\S+ /, "") ?? "monospace"}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (let y = y0; y < Math.min(y1, shown.height); y++) {
      for (let x = x0; x < Math.min(x1, shown.width); x++) {
        const lines = textsAt(raster, x, y);
        const [left, top] = [place.left + (x + 0.5) * side, place.top + (y + 0.5) * side];
        context.lineWidth = 2.5;
        context.strokeStyle = "rgb(0 0 0 / 0.75)";
        context.fillStyle = "rgb(255 255 255)";
        for (const [i, line] of lines.entries()) {
          const at = top + (i - (lines.length - 1) / 2) * 11;
          context.strokeText(line, left, at, side - 4);
          context.fillText(line, left, at, side - 4);
        }
      }
    }
  }

  private paintSpot(context: CanvasRenderingContext2D): void {
    const found = this.pixel();
    if (!found) return;
    const { shown, place, x, y } = found;
    const side = place.width / shown.width;
    const [left, top] = [place.left + x * side, place.top + y * side];
    const own = Math.max(side, 3);
    const [dx, dy] = [left - (own - side) / 2, top - (own - side) / 2];
    context.lineWidth = 3;
    context.strokeStyle = "rgb(0 0 0 / 0.7)";
    context.strokeRect(dx - 0.5, dy - 0.5, own + 1, own + 1);
    context.lineWidth = 1;
    context.strokeStyle = "rgb(255 255 255)";
    context.strokeRect(dx - 0.5, dy - 0.5, own + 1, own + 1);
  }

  /** The pixel that is pointed at in any panel, on this stage. */
  private pixel(): { shown: Shown; place: Place; index: number; x: number; y: number } | null {
    const spot = this.linked.spot.get();
    if (!spot) return null;
    // A batch and a single picture share no places.
    const index = this.shown.length === 1 ? 0 : spot.index;
    const [shown, at] = [this.shown[index], this.sheet.places[index]];
    if (!shown || !at) return null;
    const x = Math.min(shown.width - 1, Math.floor(spot.x * shown.width));
    const y = Math.min(shown.height - 1, Math.floor(spot.y * shown.height));
    return { shown, place: onScreen(at, this.view, this.size), index, x, y };
  }

  /** Write the value of the pixel that is pointed at, as it was logged. */
  private read(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    const found = this.pixel();
    this.readout.hidden = !found;
    if (!found) return;
    const { shown, index, x, y } = found;
    const place = this.shown.length > 1 ? `${index}: ${x}, ${y}` : `${x}, ${y}`;
    if (shown.values.length > 0) {
      const values = shown.values.map((read) => {
        const texts = read.computed ? [formatNumber(computedAt(read.raster, x, y), 6)] : textsAt(read.raster, x, y);
        return `${read.name && `${read.name} `}${texts.join(" ")}`;
      });
      this.tellValue(`${place}  ${values.join("  ")}${this.cut(shown)}`);
      return;
    }
    write(this.readout, `${place}  …`);
    this.timer = setTimeout(() => {
      this.events.ask(index, x, y).then(
        (text) => {
          const now = this.pixel();
          if (now && now.index === index && now.x === x && now.y === y)
            this.tellValue(`${place}  ${text}${this.cut(shown)}`);
        },
        () => write(this.readout, place),
      );
    }, ASK_MS);
  }

  /** The caption, where there was no room for all of it. */
  private cut(shown: Shown): string {
    if (this.options?.captions !== true || shown.caption === "") return "";
    if (this.sheet.caption === 0) return `  ${shown.caption}`;
    const context = this.canvas.getContext("2d") as CanvasRenderingContext2D;
    context.font = this.options.theme.font;
    return context.measureText(shown.caption).width > this.sheet.wide * this.view.zoom ? `  ${shown.caption}` : "";
  }

  private tellValue(text: string): void {
    write(this.readout, text);
    if (this.inspected) this.say(`pixel ${text}`);
  }

  private listen(): void {
    const { canvas } = this;
    const options = { signal: this.stop.signal };
    canvas.addEventListener("pointerdown", (event) => this.down(event), options);
    canvas.addEventListener("pointermove", (event) => this.move(event), options);
    canvas.addEventListener("pointerup", () => this.up(), options);
    canvas.addEventListener("pointercancel", () => this.up(), options);
    canvas.addEventListener("pointerleave", () => this.drag || this.linked.spot.set(null), options);
    canvas.addEventListener("dblclick", () => this.linked.lens.set(null), options);
    canvas.addEventListener("wheel", (event) => this.wheel(event), { ...options, passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event), options);
    canvas.addEventListener("blur", () => this.inspect(null), options);
  }

  private at(event: MouseEvent): { x: number; y: number } {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  private find(event: MouseEvent): Hit | null {
    return hit(this.sheet, this.at(event), this.view, this.size);
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0 || !this.options) return;
    const wiping = this.options.wipe !== null && !event.shiftKey;
    if (!wiping && this.view.zoom <= 1) return;
    this.drag = { ...this.at(event), moved: false, wipe: wiping };
    this.canvas.setPointerCapture(event.pointerId);
    if (wiping) this.wipeTo(event);
  }

  private move(event: PointerEvent): void {
    const at = this.at(event);
    if (this.drag?.wipe) this.wipeTo(event);
    else if (this.drag) {
      const [dx, dy] = [at.x - this.drag.x, at.y - this.drag.y];
      if (!this.drag.moved && Math.hypot(dx, dy) < CLICK_PX) return;
      this.drag = { ...this.drag, ...at, moved: true };
      this.look(panned(this.view, dx, dy, this.size));
    }
    this.point(event);
  }

  private point(event: MouseEvent): void {
    const found = this.find(event);
    const panel = this.options?.panel ?? "";
    this.linked.spot.set(found && { x: found.x, y: found.y, index: found.index, panel });
  }

  private wipeTo(event: MouseEvent): void {
    const found = this.find(event);
    if (found) this.events.wipe(Math.round(found.x * 1000) / 1000);
  }

  private slide(by: number): void {
    this.events.wipe(Math.max(0, Math.min(1, (this.options?.wipe ?? 0.5) + by)));
  }

  private up(): void {
    this.drag = null;
  }

  private wheel(event: WheelEvent): void {
    // Among other panels the wheel scrolls the page unless a modifier is held, as it does over charts.
    if (!(this.options?.full || event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.magnify(this.at(event), Math.exp(-Math.max(-100, Math.min(100, event.deltaY)) * 0.004));
    this.point(event);
  }

  private magnify(at: { x: number; y: number }, factor: number): void {
    const [place, shown] = [this.sheet.places[0], this.shown[0]];
    if (!place || !shown) return;
    const most = Math.max(LEAST_ZOOM, PIXEL_PX / (place.width / shown.width));
    this.look(zoomed(this.view, at, factor, most, this.size));
  }

  private look(view: View): void {
    this.linked.lens.set(view.zoom <= 1.001 ? null : bounded(view));
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const middle = { x: this.size.width / 2, y: this.size.height / 2 };
    const by = event.shiftKey ? 10 : 1;
    const acts: Record<string, () => void> = {
      "+": () => this.magnify(middle, 1.5),
      "=": () => this.magnify(middle, 1.5),
      "-": () => this.magnify(middle, 1 / 1.5),
      "0": () => this.linked.lens.set(null),
      i: () => this.inspect(this.inspected ? null : this.centre()),
      ...(this.options?.wipe == null ? {} : { ",": () => this.slide(-WIPE_STEP), ".": () => this.slide(WIPE_STEP) }),
      ...(this.inspected
        ? {
            ArrowLeft: () => this.step(-by, 0),
            ArrowRight: () => this.step(by, 0),
            ArrowUp: () => this.step(0, -by),
            ArrowDown: () => this.step(0, by),
            Escape: () => this.inspect(null),
          }
        : {}),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  private centre(): { index: number; x: number; y: number } | null {
    const [shown] = this.shown;
    return shown ? { index: 0, x: Math.floor(shown.width / 2), y: Math.floor(shown.height / 2) } : null;
  }

  /** Let the arrow keys move from pixel to pixel, or give them back to the slider. */
  private inspect(at: { index: number; x: number; y: number } | null): void {
    if (this.inspected === null && at === null) return;
    this.inspected = at;
    const shown = at && this.shown[at.index];
    const panel = this.options?.panel ?? "";
    this.linked.spot.set(
      shown ? { index: at.index, x: (at.x + 0.5) / shown.width, y: (at.y + 0.5) / shown.height, panel } : null,
    );
  }

  private step(dx: number, dy: number): void {
    if (!this.inspected) return;
    const { index } = this.inspected;
    const shown = this.shown[index];
    if (!shown) return;
    const x = Math.max(0, Math.min(shown.width - 1, this.inspected.x + dx));
    const y = Math.max(0, Math.min(shown.height - 1, this.inspected.y + dy));
    this.inspect({ index, x, y });
  }
}

function computedAt(raster: Raster, x: number, y: number): number {
  return raster.array.data[raster.offset + y * raster.width + x] as number;
}

/** The values of a pixel as they were logged, one text for each channel. */
export function textsAt(raster: Raster, x: number, y: number): string[] {
  const from = raster.offset + (y * raster.width + x) * raster.channels;
  return Array.from({ length: raster.channels }, (_, c) => exactAt(raster.array as NdArray, from + c));
}

function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 1 && context.measureText(`${text.slice(0, end)}…`).width > width) end--;
  return `${text.slice(0, end)}…`;
}
