/** FITS images: header cards and physical values (FITS standard 4.0, sections 3.3, 4.1, 5.3 and 7.1). */

export interface Card {
  readonly key: string;
  /** As written: text without its quotes, numbers and logicals as they stand. */
  readonly value: string;
  readonly comment: string;
}

export interface Fits {
  readonly cards: readonly Card[];
  readonly bitpix: number;
  /** NAXISn turned round: the last one runs fastest, as in NumPy. */
  readonly shape: readonly number[];
  readonly bscale: number;
  readonly bzero: number;
  /** Stored integer that stands for "no value". */
  readonly blank: number | null;
  /** Where the data begin. */
  readonly offset: number;
  /** Which header-and-data unit of the file, from 0. */
  readonly unit: number;
}

const BLOCK = 2880;
const CARD = 80;
const MOST_CARDS = 100_000;

/**
 * Find the first image of a FITS file.
 *
 * @throws Error when the bytes are no FITS file or hold no image that is stored plainly.
 */
export function parseFits(bytes: ArrayBuffer): Fits {
  const text = new TextDecoder("latin1");
  if (text.decode(bytes.slice(0, 9)) !== "SIMPLE  =") throw new Error("Fits: expected a file that begins with SIMPLE.");
  for (let at = 0, unit = 0; at + BLOCK <= bytes.byteLength; unit++) {
    const { cards, end } = readCards(bytes, at);
    const found = imageOf(cards, end, unit);
    const isImage = unit === 0 || cardValue(cards, "XTENSION") === "IMAGE";
    if (isImage && found.shape.length > 0 && found.shape.every((n) => n > 0)) return checked(found, bytes);
    at = end + Math.ceil(dataSize(cards, found) / BLOCK) * BLOCK;
  }
  throw new Error("Fits: no plain image in this file. Tables and compressed images are not drawn.");
}

function readCards(bytes: ArrayBuffer, start: number): { cards: Card[]; end: number } {
  const decoder = new TextDecoder("latin1");
  const cards: Card[] = [];
  for (let at = start; at + CARD <= bytes.byteLength && cards.length < MOST_CARDS; at += CARD) {
    const line = decoder.decode(new Uint8Array(bytes, at, CARD));
    const key = line.slice(0, 8).trimEnd();
    if (key === "END") return { cards, end: start + Math.ceil((at + CARD - start) / BLOCK) * BLOCK };
    if (key !== "" || line.trim() !== "") cards.push(readCard(key, line));
  }
  throw new Error("Fits: the header has no END card. The file is cut short.");
}

/** Split one card; a quote within text is written twice. */
function readCard(key: string, line: string): Card {
  if (line.slice(8, 10) !== "= ") return { key, value: "", comment: line.slice(8).trim() };
  const rest = line.slice(10);
  const quoted = /^\s*'((?:[^']|'')*)'/.exec(rest);
  if (quoted) {
    const value = (quoted[1] as string).replaceAll("''", "'").trimEnd();
    return { key, value, comment: afterSlash(rest.slice(quoted[0].length)) };
  }
  const slash = rest.indexOf("/");
  const value = (slash < 0 ? rest : rest.slice(0, slash)).trim();
  return { key, value, comment: slash < 0 ? "" : rest.slice(slash + 1).trim() };
}

function afterSlash(text: string): string {
  const slash = text.indexOf("/");
  return slash < 0 ? "" : text.slice(slash + 1).trim();
}

function cardValue(cards: readonly Card[], key: string): string | undefined {
  return cards.find((card) => card.key === key)?.value;
}

function numberOf(cards: readonly Card[], key: string, fallback: number): number {
  const value = cardValue(cards, key);
  // Fortran writes exponents with a D.
  const number = value === undefined || value === "" ? Number.NaN : Number(value.replace(/[dD]/, "e"));
  return Number.isFinite(number) ? number : fallback;
}

function imageOf(cards: readonly Card[], offset: number, unit: number): Fits {
  const axes = Math.max(0, Math.min(999, numberOf(cards, "NAXIS", 0)));
  const shape = Array.from({ length: axes }, (_, i) => numberOf(cards, `NAXIS${axes - i}`, 0));
  const bitpix = numberOf(cards, "BITPIX", 0);
  const blank = cardValue(cards, "BLANK") === undefined || bitpix < 0 ? null : numberOf(cards, "BLANK", 0);
  return {
    cards,
    bitpix,
    shape,
    bscale: numberOf(cards, "BSCALE", 1),
    bzero: numberOf(cards, "BZERO", 0),
    blank,
    offset,
    unit,
  };
}

function dataSize(cards: readonly Card[], { shape, bitpix }: Fits): number {
  if (shape.length === 0) return 0;
  const groups = numberOf(cards, "GCOUNT", 1) * (numberOf(cards, "PCOUNT", 0) + shape.reduce((n, dim) => n * dim, 1));
  return (Math.abs(bitpix) / 8) * groups;
}

function checked(fits: Fits, bytes: ArrayBuffer): Fits {
  if (![8, 16, 32, 64, -32, -64].includes(fits.bitpix)) throw new Error(`Fits: BITPIX ${fits.bitpix} is unknown.`);
  const size = (Math.abs(fits.bitpix) / 8) * fits.shape.reduce((n, dim) => n * dim, 1);
  if (fits.offset + size > bytes.byteLength) {
    throw new Error(`Fits: expected ${size} bytes of data, received ${bytes.byteLength - fits.offset}.`);
  }
  return fits;
}

export interface FitsPlane {
  readonly width: number;
  readonly height: number;
  /** Physical values BZERO + BSCALE × stored; row 0 is the lowest, as FITS counts. */
  readonly values: Float64Array;
}

/** Read one plane of an image; those of a cube are counted from 0. */
export function readPlane(fits: Fits, bytes: ArrayBuffer, index = 0): FitsPlane {
  const width = fits.shape.at(-1) ?? 1;
  const height = fits.shape.at(-2) ?? 1;
  const size = width * height;
  const wide = Math.abs(fits.bitpix) / 8;
  const view = new DataView(bytes, fits.offset + index * size * wide, size * wide);
  const read = reader(view, fits.bitpix);
  const values = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const stored = read(i * wide);
    values[i] = fits.blank !== null && stored === fits.blank ? Number.NaN : fits.bzero + fits.bscale * stored;
  }
  return { width, height, values };
}

/** FITS is big-endian throughout. */
function reader(view: DataView, bitpix: number): (at: number) => number {
  if (bitpix === 8) return (at) => view.getUint8(at);
  if (bitpix === 16) return (at) => view.getInt16(at);
  if (bitpix === 32) return (at) => view.getInt32(at);
  if (bitpix === 64) return (at) => Number(view.getBigInt64(at));
  return bitpix === -32 ? (at) => view.getFloat32(at) : (at) => view.getFloat64(at);
}

/** Planes of an image: 1 for a flat one. */
export function planesOf(fits: Fits): number {
  return fits.shape.slice(0, -2).reduce((n, dim) => n * dim, 1);
}
