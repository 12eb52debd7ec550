/** Looking at part of a picture: where its cells stand on the screen, and how gestures move that. */

/** Centre in shares of the picture, and magnification; 1 fits the whole picture into its place. */
export interface Lens {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

export const WHOLE: Lens = { x: 0.5, y: 0.5, zoom: 1 };

/** Screen pixel of a cell's corner: `left + column * scale`, `top + row * scaleY`. */
export interface Viewport {
  readonly left: number;
  readonly top: number;
  readonly scale: number;
  readonly scaleY: number;
}

export interface Space {
  readonly columns: number;
  readonly rows: number;
  readonly width: number;
  readonly height: number;
  /** Fill the place instead of keeping cells square. */
  readonly fill?: boolean;
}

export interface Cell {
  readonly row: number;
  readonly column: number;
}

/** Widest magnification: a cell as wide as this. */
const MOST_CELL_PX = 160;

export function viewport(space: Space, lens: Lens = WHOLE): Viewport {
  const { columns, rows, width, height } = space;
  const fit = Math.min(width / columns, height / rows);
  const [x, y] = space.fill ? [width / columns, height / rows] : [fit, fit];
  const [scale, scaleY] = [x * lens.zoom, y * lens.zoom];
  return {
    scale,
    scaleY,
    left: width / 2 - lens.x * columns * scale,
    top: height / 2 - lens.y * rows * scaleY,
  };
}

/** Cell under a pixel; `null` outside the picture. */
export function cellAt(view: Viewport, space: Space, x: number, y: number): Cell | null {
  const column = Math.floor((x - view.left) / view.scale);
  const row = Math.floor((y - view.top) / view.scaleY);
  return column >= 0 && row >= 0 && column < space.columns && row < space.rows ? { row, column } : null;
}

/** Screen pixel of a cell's middle. */
export function middleOf(view: Viewport, { row, column }: Cell): { x: number; y: number } {
  return { x: view.left + (column + 0.5) * view.scale, y: view.top + (row + 0.5) * view.scaleY };
}

const ARROWS: Readonly<Record<string, { readonly rows: number; readonly columns: number }>> = {
  ArrowLeft: { rows: 0, columns: -1 },
  ArrowRight: { rows: 0, columns: 1 },
  ArrowUp: { rows: -1, columns: 0 },
  ArrowDown: { rows: 1, columns: 0 },
};

/** Where an arrow key points; `null` for others. With shift, arrows step through time like everywhere on the page. */
export function arrowOf(event: {
  readonly key: string;
  readonly shiftKey: boolean;
}): { readonly rows: number; readonly columns: number } | null {
  return event.shiftKey ? null : (ARROWS[event.key] ?? null);
}

/** The cell some rows and columns away, or the last one in that direction. */
export function cellBeside(
  space: { readonly rows: number; readonly columns: number },
  from: Cell,
  by: { readonly rows: number; readonly columns: number },
): Cell {
  return {
    row: Math.max(0, Math.min(space.rows - 1, from.row + by.rows)),
    column: Math.max(0, Math.min(space.columns - 1, from.column + by.columns)),
  };
}

/** Magnify around a pixel, which keeps what it shows. */
export function zoomAt(space: Space, lens: Lens, factor: number, x: number, y: number): Lens {
  const before = viewport(space, lens);
  const base = viewport(space, WHOLE);
  const most = Math.max(1, MOST_CELL_PX / Math.min(base.scale, base.scaleY));
  const zoom = Math.max(1, Math.min(most, lens.zoom * factor));
  if (zoom === 1) return WHOLE;
  const [u, v] = [(x - before.left) / (space.columns * before.scale), (y - before.top) / (space.rows * before.scaleY)];
  const after = viewport(space, { x: 0, y: 0, zoom });
  return within(space, {
    zoom,
    x: u - (x - after.left) / (space.columns * after.scale),
    y: v - (y - after.top) / (space.rows * after.scaleY),
  });
}

/** Move by pixels: what was at a pixel is then `dx`, `dy` further. */
export function panBy(space: Space, lens: Lens, dx: number, dy: number): Lens {
  const view = viewport(space, lens);
  return within(space, {
    ...lens,
    x: lens.x - dx / (space.columns * view.scale),
    y: lens.y - dy / (space.rows * view.scaleY),
  });
}

/** Keep the picture in its place: no edge comes further in than the middle needs. */
function within(space: Space, lens: Lens): Lens {
  const view = viewport(space, lens);
  const clamp = (at: number, cells: number, scale: number, size: number): number => {
    const half = Math.min(0.5, size / (2 * cells * scale));
    return Math.max(half, Math.min(1 - half, at));
  };
  return {
    ...lens,
    x: clamp(lens.x, space.columns, view.scale, space.width),
    y: clamp(lens.y, space.rows, view.scaleY, space.height),
  };
}
