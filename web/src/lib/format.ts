/** Numbers as people read them: significant digits, thin spaces, an en dash for what is missing. */

/** Thin, and does not break. */
export const THIN = "\u202f";
export const MISSING = "\u2013";
const MINUS = "\u2212";

/** Non-finite values as the wire and the screen write them. */
function nonFinite(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "∞" : `${MINUS}∞`;
}

/** `0.9312`, `3.2e−4`, `1.24 M`: at most `digits` significant digits. */
export function formatNumber(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined) return MISSING;
  if (!Number.isFinite(value)) return nonFinite(value);
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e15 || size < 1e-3) return exponent(value, Math.min(digits, 3));
  if (size >= 1e6) return bigNumber(value, Math.min(digits, 3));
  if (size >= 10 ** digits) return formatInteger(Math.round(value));
  return trimZeros(value.toPrecision(digits)).replace("-", MINUS);
}

function exponent(value: number, digits: number): string {
  const [mantissa, power] = value.toExponential(Math.max(0, digits - 1)).split("e") as [string, string];
  return `${trimZeros(mantissa)}e${power.replace("+", "")}`.replaceAll("-", MINUS);
}

function bigNumber(value: number, digits: number): string {
  const units = ["", "k", "M", "G", "T"];
  let power = 0;
  let scaled = value;
  while (Math.abs(scaled) >= 999.5 && power < units.length - 1) {
    scaled /= 1000;
    power += 1;
  }
  return `${trimZeros(scaled.toPrecision(digits)).replace("-", MINUS)}${THIN}${units[power]}`;
}

function trimZeros(text: string): string {
  return text.includes(".") && !text.includes("e") ? text.replace(/\.?0+$/, "") : text;
}

/** `1 024`: whole numbers with thin spaces every three digits, from four digits on. */
export function formatInteger(value: number): string {
  const text = Math.abs(value).toFixed(0);
  const grouped = text.length > 4 ? text.replace(/\B(?=(\d{3})+$)/g, THIN) : text;
  return value < 0 ? `${MINUS}${grouped}` : grouped;
}

/** The shortest text that reads back as the same number: what hovering and copying give. */
export function formatExact(value: number | null | undefined): string {
  if (value === null || value === undefined) return MISSING;
  return Number.isFinite(value) ? String(value) : nonFinite(value);
}

/** How large the numbers of a column are, and whether all are whole. */
export interface Spread {
  top: number;
  /** The smallest that is not 0. */
  bottom: number;
  whole: boolean;
}

export function emptySpread(): Spread {
  return { top: 0, bottom: Number.POSITIVE_INFINITY, whole: true };
}

/** Take one more number into a spread; what is not finite changes nothing. */
export function stretch(spread: Spread, value: number): void {
  if (!Number.isFinite(value)) return;
  const size = Math.abs(value);
  spread.top = Math.max(spread.top, size);
  if (size > 0) spread.bottom = Math.min(spread.bottom, size);
  spread.whole &&= Number.isInteger(value);
}

/** Every value of a column written alike: same decimals, so that the points stand in a line. */
export function columnFormat(
  values: Iterable<number | null | undefined>,
  digits = 4,
): (value: number | null | undefined) => string {
  const spread = emptySpread();
  for (const value of values) if (typeof value === "number") stretch(spread, value);
  return spreadFormat(spread, digits);
}

/** How every number of a column with this spread is written. */
export function spreadFormat(spread: Spread, digits = 4): (value: number | null | undefined) => string {
  const { top, bottom, whole } = spread;
  if (top >= 1e6 || (bottom < 1e-3 && !whole)) return (value) => formatNumber(value, Math.min(digits, 3));
  if (whole)
    return (value) =>
      typeof value === "number" && Number.isFinite(value) ? formatInteger(value) : formatNumber(value);
  const decimals = top === 0 ? 0 : Math.max(0, Math.min(digits + 2, digits - 1 - Math.floor(Math.log10(top))));
  return (value) => {
    if (value === null || value === undefined) return MISSING;
    if (!Number.isFinite(value)) return nonFinite(value);
    return value.toFixed(decimals).replace("-", MINUS);
  };
}

/** Labels of ticks: as many digits as say exactly where each tick is, one unit for all. */
export function tickLabels(values: readonly number[]): string[] {
  const sizes = values.map(Math.abs).filter((size) => size > 0);
  const top = Math.max(...sizes, 0);
  const bottom = Math.min(...sizes, top);
  if (top >= 1e15 || bottom < 1e-3) return exponentLabels(values, top / bottom >= 50);
  const [unit, per] = top >= 1e9 ? ["G", 1e9] : top >= 1e6 ? ["M", 1e6] : top >= 1e4 ? ["k", 1e3] : ["", 1];
  const scaled = values.map((v) => v / per);
  // Ticks of a logarithmic axis span decades: each has its own decimals.
  const wide = bottom > 0 && top / bottom >= 50 && sizes.length === values.length;
  const all = Math.max(...scaled.map(decimalsOf), 0);
  return scaled.map((v) => {
    if (v === 0) return "0";
    const text = v.toFixed(wide ? decimalsOf(v) : all).replace("-", MINUS);
    return unit ? `${text}${THIN}${unit}` : text;
  });
}

function exponentLabels(values: readonly number[], wide: boolean): string[] {
  const digits = Math.max(...values.map(digitsOf), 1);
  return values.map((v) => {
    // Among decades those near one are shorter in full.
    if (v === 0 || (wide && v >= 0.01 && v < 1e4)) return formatNumber(v);
    return exponent(v, digits);
  });
}

/** Decimals that write a round number exactly, at most six. */
function decimalsOf(value: number): number {
  for (let d = 0; d < 6; d++) if (Math.abs(Number(value.toFixed(d)) - value) <= 1e-9 * Math.abs(value)) return d;
  return 6;
}

/** Significant digits that write a round number exactly, at most four. */
function digitsOf(value: number): number {
  for (let d = 1; d < 4; d++) if (Math.abs(Number(value.toPrecision(d)) - value) <= 1e-9 * Math.abs(value)) return d;
  return 4;
}

/** A config or summary value of any kind on one line. */
export function formatValue(value: unknown): string {
  if (value === null || value === undefined) return MISSING;
  if (typeof value === "number") return formatNumber(value, 6);
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "true" : "false";
  return JSON.stringify(value);
}

/** A number that came over the wire, where `"NaN"` and `"Infinity"` stand for themselves. */
export function wireNumber(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (value === "NaN") return Number.NaN;
  if (value === "Infinity") return Number.POSITIVE_INFINITY;
  if (value === "-Infinity") return Number.NEGATIVE_INFINITY;
  return null;
}

/** "1 run", "4 212 runs". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatInteger(count)} ${count === 1 ? one : many}`;
}

/** "512 B", "1.2 kB", "34 MB": powers of a thousand, as disks are sold and networks counted. */
export function formatBytes(bytes: number): string {
  return formatIn(bytes, "B");
}

/** `451 kFLOP`, `17.7 kB`: three significant digits of a whole number of some unit. */
export function formatIn(count: number, unit: string): string {
  const prefixes = ["", "k", "M", "G", "T"];
  let power = 0;
  let scaled = count;
  while (scaled >= 999.5 && power < prefixes.length - 1) {
    scaled /= 1000;
    power += 1;
  }
  return `${power === 0 ? scaled : trimZeros(scaled.toPrecision(3))}${THIN}${prefixes[power]}${unit}`;
}
