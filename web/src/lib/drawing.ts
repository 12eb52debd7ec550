/** A drawing without a browser: strokes, undo, a pen that keys move, and the picture of so many pixels that it becomes. */

import type { Rgb } from "./colormap.ts";

/** Where the pen was, as shares of the width and of the height. */
export type Spot = readonly [x: number, y: number];

export interface Stroke {
  readonly colour: Rgb;
  /** Of the pen, as a share of the shorter side. */
  readonly width: number;
  readonly spots: readonly Spot[];
}

export interface Pen {
  readonly colour: Rgb;
  readonly width: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Where keys have brought the pen. */
export interface KeyPen {
  readonly at: Spot;
  readonly down: boolean;
}

const MIDDLE: Spot = [0.5, 0.5];
/** Of the side, for one arrow key; with Shift five times as far. */
const STEP = 1 / 28;
const FAR = 5;

const ARROWS: Readonly<Record<string, Spot>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** What is drawn, stroke by stroke. */
export class Drawing {
  private done: readonly Stroke[] = [];
  private spots: readonly Spot[] | null = null;
  private pen: Pen;
  private keys: KeyPen = { at: MIDDLE, down: false };

  constructor(
    pen: Pen,
    private readonly heard: () => void = () => undefined,
  ) {
    this.pen = pen;
  }

  /** Finished strokes, and the one that is being drawn. */
  get strokes(): readonly Stroke[] {
    return this.spots === null ? this.done : [...this.done, { ...this.pen, spots: this.spots }];
  }

  get empty(): boolean {
    return this.done.length === 0 && this.spots === null;
  }

  /** Whether a stroke is being drawn. */
  get drawing(): boolean {
    return this.spots !== null;
  }

  get keyPen(): KeyPen {
    return this.keys;
  }

  take(pen: Pen): void {
    this.pen = pen;
  }

  begin(at: Spot): void {
    if (this.spots !== null) this.end();
    this.spots = [inside(at)];
    this.heard();
  }

  /** Go on with the stroke; nothing where none was begun. */
  to(at: Spot): void {
    if (this.spots === null) return;
    this.spots = [...this.spots, inside(at)];
    this.heard();
  }

  end(): void {
    if (this.spots === null) return;
    this.done = this.strokes;
    this.spots = null;
    this.keys = { ...this.keys, down: false };
    this.heard();
  }

  /** Take back the last stroke. */
  undo(): void {
    this.end();
    this.done = this.done.slice(0, -1);
    this.heard();
  }

  clear(): void {
    this.spots = null;
    this.done = [];
    this.keys = { at: MIDDLE, down: false };
    this.heard();
  }

  /**
   * Draw by keys: arrows move the pen, Space puts it down and lifts it, Backspace takes a stroke back, Delete clears.
   *
   * @returns Whether the key was one of these.
   */
  key(name: string, shift = false): boolean {
    const way = ARROWS[name];
    if (way !== undefined) this.move(way, shift ? FAR : 1);
    else if (name === " " || name === "Enter") this.putDown();
    else if (name === "Backspace") this.undo();
    else if (name === "Delete") this.clear();
    else return false;
    return true;
  }

  private move([x, y]: Spot, steps: number): void {
    const { at, down } = this.keys;
    const next = inside([at[0] + x * steps * STEP, at[1] + y * steps * STEP]);
    this.keys = { at: next, down };
    if (down) this.to(next);
    else this.heard();
  }

  private putDown(): void {
    if (this.keys.down) {
      this.end();
      return;
    }
    const { at } = this.keys;
    this.begin(at);
    this.keys = { at, down: true };
    this.heard();
  }
}

function inside([x, y]: Spot): Spot {
  return [Math.min(1, Math.max(0, x)), Math.min(1, Math.max(0, y))];
}

/** What screen readers hear of the pen that keys move. */
export function penWords({ at: [x, y], down }: KeyPen, strokes: number): string {
  const place = `${Math.round(100 * x)} % from the left, ${Math.round(100 * y)} % from the top`;
  return `Pen ${down ? "down" : "up"}, ${place}; ${strokes} ${strokes === 1 ? "stroke" : "strokes"}`;
}

/**
 * The strokes as pixels, red, green, blue and opacity in turn: how much of a pixel a round pen covers, from its distance.
 *
 * The same numbers come on every machine, which the smoothing of a browser does not promise.
 */
export function rasterise(strokes: readonly Stroke[], size: Size, ground: Rgb): Uint8ClampedArray<ArrayBuffer> {
  const { width, height } = size;
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i += 1) pixels.set([...ground, 255], 4 * i);
  for (const stroke of strokes) {
    const cover = coverOf(stroke, size);
    for (let i = 0; i < cover.length; i += 1) {
      const share = cover[i] as number;
      if (share === 0) continue;
      for (let c = 0; c < 3; c += 1) {
        const under = pixels[4 * i + c] as number;
        pixels[4 * i + c] = under + share * ((stroke.colour[c] as number) - under);
      }
    }
  }
  return pixels;
}

/** How much of each pixel a stroke covers, from 0 to 1. */
function coverOf(stroke: Stroke, { width, height }: Size): Float32Array {
  const cover = new Float32Array(width * height);
  const radius = Math.max(0.5, (stroke.width * Math.min(width, height)) / 2);
  const spots = stroke.spots.map(([x, y]) => [x * width, y * height] as const);
  for (let s = 0; s < spots.length; s += 1) {
    const to = spots[s] as Spot;
    const from = (spots[s - 1] ?? to) as Spot;
    if (s === 0 && spots.length > 1) continue;
    const near = (low: number, high: number, most: number): readonly [number, number] => [
      Math.max(0, Math.floor(low - radius - 1)),
      Math.min(most - 1, Math.ceil(high + radius + 1)),
    ];
    const [left, right] = near(Math.min(from[0], to[0]), Math.max(from[0], to[0]), width);
    const [top, bottom] = near(Math.min(from[1], to[1]), Math.max(from[1], to[1]), height);
    for (let y = top; y <= bottom; y += 1)
      for (let x = left; x <= right; x += 1) {
        const share = radius + 0.5 - distance([x + 0.5, y + 0.5], from, to);
        const i = y * width + x;
        if (share > (cover[i] as number)) cover[i] = Math.min(1, share);
      }
  }
  return cover;
}

/** From a point to a piece of a straight line. */
function distance([x, y]: Spot, [ax, ay]: Spot, [bx, by]: Spot): number {
  const [dx, dy] = [bx - ax, by - ay];
  const square = dx * dx + dy * dy;
  const share = square === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / square));
  return Math.hypot(x - ax - share * dx, y - ay - share * dy);
}

/**
 * The strokes moved and enlarged as MNIST did with its digits: in a box of 20 of 28 pixels, the weight of their ink in the
 * middle. What somebody draws in a corner is the same digit then.
 *
 * Source: LeCun, Cortes and Burges, The MNIST database of handwritten digits.
 */
export function centred(strokes: readonly Stroke[], size: Size, share = 20 / 28): readonly Stroke[] {
  const inked = strokes.flatMap((stroke) => stroke.spots.map((spot) => ({ spot, half: stroke.width / 2 })));
  if (inked.length === 0) return strokes;
  const [low, high] = [0, 1].map((axis) => [
    Math.min(...inked.map(({ spot, half }) => (spot[axis] as number) - half)),
    Math.max(...inked.map(({ spot, half }) => (spot[axis] as number) + half)),
  ]) as [[number, number], [number, number]];
  const grow = share / Math.max(low[1] - low[0], high[1] - high[0], 1e-6);
  const moved = (x: number, y: number, by: number): readonly Stroke[] =>
    strokes.map((stroke) => ({
      ...stroke,
      // The pen stays as thick as it was chosen: a dot does not become a blot.
      spots: stroke.spots.map((spot) => [(spot[0] - x) * by + 0.5, (spot[1] - y) * by + 0.5] as const),
    }));
  const first = moved((low[0] + low[1]) / 2, (high[0] + high[1]) / 2, Math.min(grow, MOST_GROWN));
  const [x, y] = weightOf(first, size);
  return first.map((stroke) => ({
    ...stroke,
    spots: stroke.spots.map((spot) => [spot[0] + 0.5 - x, spot[1] + 0.5 - y] as const),
  }));
}

const MOST_GROWN = 4;

/** Where the weight of the ink lies. */
function weightOf(strokes: readonly Stroke[], size: Size): Spot {
  const ink = rasterise(
    strokes.map((stroke) => ({ ...stroke, colour: [255, 255, 255] })),
    size,
    [0, 0, 0],
  );
  let [sum, x, y] = [0, 0, 0];
  for (let i = 0; i < ink.length / 4; i += 1) {
    const weight = ink[4 * i] as number;
    sum += weight;
    x += weight * ((i % size.width) + 0.5);
    y += weight * (Math.floor(i / size.width) + 0.5);
  }
  return sum === 0 ? MIDDLE : [x / sum / size.width, y / sum / size.height];
}
