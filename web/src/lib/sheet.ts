/** Where pictures stand beside each other, and which part of that is seen: pure geometry in CSS pixels. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Place extends Size {
  readonly left: number;
  readonly top: number;
}

/** Pictures in rows, at a magnification of 1. */
export interface Sheet {
  /** One for each picture. */
  readonly places: readonly Place[];
  /** Width that belongs to each picture, its caption included. */
  readonly wide: number;
  /** The space below each picture that its caption takes. */
  readonly caption: number;
  readonly columns: number;
}

/** The part that is seen: its centre in shares of the viewport, and how far it is magnified. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

/** How many columns somebody chose, and how many the record was logged with. */
export interface Columns {
  readonly chosen: number | null;
  readonly logged: number | null;
}

export const FREE: Columns = { chosen: null, logged: null };
export const WHOLE: View = { x: 0.5, y: 0.5, zoom: 1 };
const GAP = 4;
const CAPTION_PX = 15;
/** A picture is not made narrower for the sake of a caption that is longer than this. */
const CAPTION_MOST_PX = 72;
/** Where pictures would be lower than this there is no room for words: the pictures come first. */
const PICTURE_LEAST_PX = 20;

/**
 * Place pictures so that they are as large as the viewport allows; a picture of one kind of pixel is never stretched.
 *
 * @param sizes Width and height of each picture, in its own pixels.
 * @param columns `FREE` takes as many as show them largest.
 * @param captionPx Width of the widest caption, for which there is room if it is short; `null` without captions.
 * @param ratio Device pixels per CSS pixel: where there is room, a picture's pixel takes a whole number of them.
 */
export function layOut(
  sizes: readonly Size[],
  viewport: Size,
  columns: Columns,
  captionPx: number | null,
  ratio: number,
): Sheet {
  const caption = captionPx === null ? 0 : CAPTION_PX;
  const least = sizes.length > 1 && captionPx !== null && captionPx <= CAPTION_MOST_PX ? captionPx : 0;
  const cell: Size = {
    width: Math.max(1, ...sizes.map((size) => size.width)),
    height: Math.max(1, ...sizes.map((size) => size.height)),
  };
  const count = columns.chosen ?? hinted(columns.logged, sizes.length, cell, viewport, caption, least);
  const rows = Math.ceil(sizes.length / count);
  const gap = sizes.length > 1 ? GAP : 0;
  const free: Size = {
    width: (viewport.width - gap * (count - 1)) / count,
    height: (viewport.height - gap * (rows - 1)) / rows - caption,
  };
  const fit = Math.max(0, Math.min(free.width / cell.width, free.height / cell.height));
  if (captionPx !== null && cell.height * fit < PICTURE_LEAST_PX) return layOut(sizes, viewport, columns, null, ratio);
  const scale = whole(fit, ratio);
  // Where columns were asked for, words give way.
  const wide = Math.max(cell.width * scale, Math.min(least, free.width));
  const step: Size = { width: wide + gap, height: cell.height * scale + caption + gap };
  const left = (viewport.width - count * step.width + gap) / 2;
  const top = (viewport.height - rows * step.height + gap) / 2;
  const places = sizes.map((size, i) => {
    const [width, height] = [size.width * scale, size.height * scale];
    const x = left + (i % count) * step.width + (wide - width) / 2;
    const y = top + Math.floor(i / count) * step.height + (cell.height * scale - height) / 2;
    return { left: snap(x, ratio), top: snap(y, ratio), width, height };
  });
  return { places, wide, caption, columns: count };
}

function snap(value: number, ratio: number): number {
  return Math.round(value * ratio) / ratio;
}

/** A whole number of device pixels for each pixel, where one takes at least two. */
function whole(scale: number, ratio: number): number {
  return scale * ratio >= 2 ? Math.floor(scale * ratio) / ratio : scale;
}

/** What was logged is kept where it leaves the pictures at least as large as they are. */
function hinted(
  logged: number | null,
  count: number,
  cell: Size,
  viewport: Size,
  caption: number,
  least: number,
): number {
  const best = bestColumns(count, cell, viewport, caption, least);
  if (logged === null || logged > count) return best;
  return scaleWith(logged, count, cell, viewport, caption) >= 1 ? logged : best;
}

function scaleWith(columns: number, count: number, cell: Size, viewport: Size, caption: number): number {
  const rows = Math.ceil(count / columns);
  const width = (viewport.width - GAP * (columns - 1)) / columns / cell.width;
  return Math.min(width, ((viewport.height - GAP * (rows - 1)) / rows - caption) / cell.height);
}

function bestColumns(count: number, cell: Size, viewport: Size, caption: number, least: number): number {
  let [best, most] = [1, 0];
  for (let columns = 1; columns <= count; columns++) {
    if (columns > 1 && (viewport.width - GAP * (columns - 1)) / columns < least) break;
    const scale = scaleWith(columns, count, cell, viewport, caption);
    if (scale > most + 1e-9) [best, most] = [columns, scale];
  }
  return best;
}

/** Where a place of the sheet is on the screen. */
export function onScreen(place: Place, view: View, viewport: Size): Place {
  const { zoom } = view;
  return {
    left: (place.left - view.x * viewport.width) * zoom + viewport.width / 2,
    top: (place.top - view.y * viewport.height) * zoom + viewport.height / 2,
    width: place.width * zoom,
    height: place.height * zoom,
  };
}

/** A point of the screen in CSS pixels of the sheet at a magnification of 1. */
function onSheet(at: { x: number; y: number }, view: View, viewport: Size): { x: number; y: number } {
  return {
    x: (at.x - viewport.width / 2) / view.zoom + view.x * viewport.width,
    y: (at.y - viewport.height / 2) / view.zoom + view.y * viewport.height,
  };
}

export interface Hit {
  readonly index: number;
  /** In shares of the picture, 0 to 1. */
  readonly x: number;
  readonly y: number;
}

/** The picture under a point of the screen. */
export function hit(sheet: Sheet, at: { x: number; y: number }, view: View, viewport: Size): Hit | null {
  const point = onSheet(at, view, viewport);
  const index = sheet.places.findIndex(
    (place) =>
      point.x >= place.left &&
      point.x < place.left + place.width &&
      point.y >= place.top &&
      point.y < place.top + place.height,
  );
  const place = sheet.places[index];
  if (!place) return null;
  return { index, x: (point.x - place.left) / place.width, y: (point.y - place.top) / place.height };
}

/** Magnify around a point of the screen, which stays where it is. */
export function zoomed(view: View, at: { x: number; y: number }, factor: number, most: number, viewport: Size): View {
  const zoom = Math.max(1, Math.min(most, view.zoom * factor));
  const point = onSheet(at, view, viewport);
  return bounded({
    x: (point.x - (at.x - viewport.width / 2) / zoom) / viewport.width,
    y: (point.y - (at.y - viewport.height / 2) / zoom) / viewport.height,
    zoom,
  });
}

/** Move by so many CSS pixels of the screen. */
export function panned(view: View, dx: number, dy: number, viewport: Size): View {
  return bounded({
    ...view,
    x: view.x - dx / view.zoom / viewport.width,
    y: view.y - dy / view.zoom / viewport.height,
  });
}

/** The view never leaves the sheet. */
export function bounded(view: View): View {
  const half = 0.5 / view.zoom;
  const keep = (share: number): number => Math.max(half, Math.min(1 - half, share));
  return { x: keep(view.x), y: keep(view.y), zoom: view.zoom };
}
