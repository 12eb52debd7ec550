/** The picture of a preview: channels side by side, bars, or a histogram, drawn into one canvas. */

import {
  barsOf,
  lookOf,
  type Montage,
  type NodePreview,
  type PreviewHistogram,
  sourceAt,
  tileAt,
  tilesIn,
} from "../lib/preview.ts";

export interface StripSize {
  readonly width: number;
  readonly height: number;
  /** Draw this and nothing beside it. */
  readonly only?: "picture" | "bars" | "histogram";
}

interface Inks {
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly bad: string;
}

/** Beside a picture that leaves at least this much room lies the histogram of its numbers. */
const ROOM = 56;
const GAP = 8;

export class StripView {
  private canvas: HTMLCanvasElement | null = null;
  private preview: NodePreview | null = null;
  private picture: ImageBitmap | null = null;
  private drawn = "";

  constructor(private readonly size: StripSize) {}

  mount(host: HTMLElement): void {
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("aria-hidden", "true");
    const { width, height } = this.size;
    // Twice as fine as the page, for a canvas is also looked at from near.
    const ratio = 2 * Math.max(1, Math.round(window.devicePixelRatio));
    [this.canvas.width, this.canvas.height] = [width * ratio, height * ratio];
    this.canvas.getContext("2d", OPTIONS)?.scale(ratio, ratio);
    host.append(this.canvas);
  }

  /** What was drawn stays until there is something else. */
  update(preview: NodePreview | null, theme: string): void {
    const drawn = `${preview?.key ?? ""} ${theme}`;
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const same = preview !== null && preview.montage?.png === this.preview?.montage?.png;
    this.preview = preview;
    if (preview?.montage && !(same && this.picture)) {
      void decoded(preview.montage.png).then((picture) => {
        if (this.preview !== preview) return picture?.close();
        this.keep(picture);
        this.draw();
      });
      return;
    }
    if (!same) this.keep(null);
    this.draw();
  }

  destroy(): void {
    this.keep(null);
    this.preview = null;
    this.canvas?.remove();
    this.canvas = null;
  }

  private keep(picture: ImageBitmap | null): void {
    this.picture?.close();
    this.picture = picture;
  }

  private draw(): void {
    const pen = this.canvas?.getContext("2d", OPTIONS);
    if (!this.canvas || !pen) return;
    const { width, height } = this.size;
    pen.clearRect(0, 0, width, height);
    const { preview } = this;
    if (preview === null) return;
    const inks = inksOf(this.canvas);
    const { only } = this.size;
    const look = only ?? lookOf(preview);
    if (look === "picture" && preview.montage && this.picture) {
      const used = drawTiles(pen, this.picture, preview.montage, this.size);
      if (!only && width - used - GAP >= ROOM && preview.histogram)
        drawHistogram(pen, preview.histogram, { x: used + GAP, width: width - used - GAP, height }, inks);
    } else if (look === "bars" && preview.values) drawBars(pen, preview.values, this.size, inks);
    else if (preview.histogram) drawHistogram(pen, preview.histogram, { x: 0, width, height }, inks);
  }
}

/** Kept in memory: on a card of its own it would be a layer, and hundreds of layers are slow to move. */
const OPTIONS: CanvasRenderingContext2DSettings = { willReadFrequently: true };

async function decoded(png: string): Promise<ImageBitmap | null> {
  const bytes = Uint8Array.from(atob(png), (char) => char.charCodeAt(0));
  try {
    return await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  } catch {
    return null;
  }
}

function inksOf(canvas: HTMLCanvasElement): Inks {
  const style = getComputedStyle(canvas);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return { ink: token("--ink"), muted: token("--muted"), line: token("--line-strong"), bad: token("--bad") };
}

/** Draw as many tiles as there is room for; returns how wide they are. */
function drawTiles(pen: CanvasRenderingContext2D, picture: ImageBitmap, montage: Montage, size: StripSize): number {
  const { width, height } = montage;
  const tiles = tilesIn(montage, size.width, size.height, size.only && montage.shown);
  // What is made larger keeps its pixels; what is made smaller is averaged.
  pen.imageSmoothingEnabled = tiles.width < width;
  pen.imageSmoothingQuality = "high";
  for (let i = 0; i < tiles.count; i += 1) {
    const [x, y] = tileAt(tiles, i);
    pen.drawImage(picture, ...sourceAt(montage, i), width, height, x, y, tiles.width, tiles.height);
  }
  return tiles.cols * (tiles.width + 2) - 2;
}

function drawBars(
  pen: CanvasRenderingContext2D,
  values: readonly (number | string)[],
  size: StripSize,
  inks: Inks,
): void {
  const { zero, bars } = barsOf(values);
  const step = Math.min(size.width / bars.length, 24);
  const width = Math.max(1, step - (step > 3 ? 1.5 : 0.5));
  pen.fillStyle = inks.line;
  pen.fillRect(0, Math.min(size.height - 0.5, zero * size.height), bars.length * step, 0.5);
  bars.forEach((bar, i) => {
    pen.fillStyle = bar.finite ? (bar.largest ? inks.ink : inks.muted) : inks.bad;
    // What is not finite is a stump of its own colour.
    const [top, bottom] = bar.finite ? [bar.top, bar.bottom] : [0.8, 1];
    pen.fillRect(i * step, top * size.height, width, Math.max(0.75, (bottom - top) * size.height));
  });
}

function drawHistogram(
  pen: CanvasRenderingContext2D,
  { counts }: PreviewHistogram,
  box: { readonly x: number; readonly width: number; readonly height: number },
  inks: Inks,
): void {
  const most = Math.max(...counts, 1);
  const step = box.width / counts.length;
  pen.fillStyle = inks.line;
  pen.fillRect(box.x, box.height - 0.5, box.width, 0.5);
  pen.fillStyle = inks.muted;
  counts.forEach((count, i) => {
    if (count === 0) return;
    const tall = Math.max(0.75, (count / most) * (box.height - 1));
    pen.fillRect(box.x + i * step, box.height - tall, Math.max(0.5, step - 0.5), tall);
  });
}
