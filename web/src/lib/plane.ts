/** Two-dimensional views into arrays of any rank. */

/** Values of any typed array, 64-bit integers included. */
export type Numbers = ArrayLike<number | bigint>;

export interface Plane {
  readonly rows: number;
  readonly columns: number;
  /** Row after row, as doubles. */
  readonly values: Float64Array;
  /** 1 where there is no cell at all: between tiles. */
  readonly empty?: Uint8Array;
}

/** Elements to walk from one index of an axis to the next, for an array in C order. */
export function strides(shape: readonly number[]): number[] {
  const out = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    out[axis] = (out[axis + 1] as number) * (shape[axis + 1] as number);
  }
  return out;
}

/**
 * Take the plane of two axes out of an array, the other axes held at `at`.
 *
 * @param rows Axis that runs down, or -1 for a single row.
 * @param columns Axis that runs to the right, or -1 for a single value.
 */
export function takePlane(
  data: Numbers,
  shape: readonly number[],
  rows: number,
  columns: number,
  at: readonly number[],
): Plane {
  const step = strides(shape);
  let base = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    if (axis !== rows && axis !== columns) base += (at[axis] ?? 0) * (step[axis] as number);
  }
  const height = rows < 0 ? 1 : (shape[rows] as number);
  const width = columns < 0 ? 1 : (shape[columns] as number);
  const [down, right] = [rows < 0 ? 0 : (step[rows] as number), columns < 0 ? 0 : (step[columns] as number)];
  const values = new Float64Array(height * width);
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) values[r * width + c] = Number(data[base + r * down + c * right]);
  }
  return { rows: height, columns: width, values };
}

/** The axes a tensor is first shown by: its last two, or its only one as columns. */
export function defaultAxes(shape: readonly number[]): { rows: number; columns: number } {
  return { rows: shape.length - 2 < 0 ? -1 : shape.length - 2, columns: shape.length - 1 };
}

export interface Tiles {
  readonly plane: Plane;
  /** Tiles next to one another and below one another. */
  readonly across: number;
  readonly down: number;
  readonly tileRows: number;
  readonly tileColumns: number;
  readonly count: number;
}

/** Space between tiles, in cells; those cells are marked as empty. */
export const GAP = 1;

/**
 * Lay the last two axes of an array out as tiles, one for each index of the axes before them.
 *
 * @param perTile With `true` every tile is scaled by its own extremes to the range from 0 to 1.
 */
export function tile(plane: Float64Array, h: number, w: number, across: number, perTile: boolean): Tiles {
  const count = h * w === 0 ? 0 : Math.floor(plane.length / (h * w));
  const wide = Math.max(1, Math.min(across, count));
  const down = Math.max(1, Math.ceil(count / wide));
  const columns = wide * (w + GAP) - GAP;
  const rows = down * (h + GAP) - GAP;
  const values = new Float64Array(rows * columns).fill(Number.NaN);
  const empty = new Uint8Array(rows * columns).fill(1);
  for (let t = 0; t < count; t++) {
    const [low, high] = perTile ? extremes(plane, t * h * w, h * w) : [0, 1];
    const left = (t % wide) * (w + GAP);
    const top = Math.floor(t / wide) * (h + GAP);
    for (let r = 0; r < h; r++) {
      for (let c = 0; c < w; c++) {
        const v = plane[t * h * w + r * w + c] as number;
        empty[(top + r) * columns + left + c] = 0;
        values[(top + r) * columns + left + c] = perTile ? (high > low ? (v - low) / (high - low) : 0.5) : v;
      }
    }
  }
  return { plane: { rows, columns, values, empty }, across: wide, down, tileRows: h, tileColumns: w, count };
}

function extremes(values: Float64Array, from: number, size: number): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = from; i < from + size; i++) {
    const v = values[i] as number;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return [low, high];
}

/** Which tile a cell belongs to, and where in it; `null` between tiles and beyond the last. */
export function tileAt(
  tiles: Tiles,
  row: number,
  column: number,
): { tile: number; row: number; column: number } | null {
  const [tr, tc] = [Math.floor(row / (tiles.tileRows + GAP)), Math.floor(column / (tiles.tileColumns + GAP))];
  const [r, c] = [row - tr * (tiles.tileRows + GAP), column - tc * (tiles.tileColumns + GAP)];
  const index = tr * tiles.across + tc;
  if (r >= tiles.tileRows || c >= tiles.tileColumns || tc >= tiles.across || index >= tiles.count) return null;
  return { tile: index, row: r, column: c };
}

/** How many tiles next to one another make a grid about as wide as its panel. */
export function tilesAcross(count: number, h: number, w: number, aspect: number): number {
  return Math.max(1, Math.min(count, Math.round(Math.sqrt((count * (h + GAP) * aspect) / (w + GAP)))));
}
