/** Scales: from values to pixels and back, and the places of their ticks. */

export type Kind = "linear" | "log";

export interface Scale {
  readonly kind: Kind;
  readonly domain: readonly [number, number];
  readonly range: readonly [number, number];
  /** Pixel of a value; NaN where the scale has no place for it. */
  readonly to: (value: number) => number;
  /** Value at a pixel. */
  readonly from: (pixel: number) => number;
}

/** A scale from `domain` to `range`; a domain of one value is widened so that it sits in the middle. */
export function makeScale(kind: Kind, domain: readonly [number, number], range: readonly [number, number]): Scale {
  const [first, last] = widen(kind, domain);
  const forward = kind === "log" ? Math.log : (v: number) => v;
  const backward = kind === "log" ? Math.exp : (v: number) => v;
  const a = forward(first);
  const perUnit = (range[1] - range[0]) / (forward(last) - a);
  return {
    kind,
    domain: [first, last],
    range,
    to:
      kind === "log"
        ? (v) => (v > 0 ? range[0] + (Math.log(v) - a) * perUnit : Number.NaN)
        : (v) => range[0] + (v - a) * perUnit,
    from: (pixel) => backward(a + (pixel - range[0]) / perUnit),
  };
}

function widen(kind: Kind, [low, high]: readonly [number, number]): [number, number] {
  if (kind === "log") {
    const bottom = low > 0 ? low : high > 0 ? high / 10 : 1;
    const top = high > 0 ? high : 10;
    return bottom < top ? [bottom, top] : [bottom / 2, bottom * 2];
  }
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  if (low < high) return [low, high];
  const half = low === 0 ? 1 : Math.abs(low) * 0.05;
  return [low - half, low + half];
}

/** The same domain with a little air at both ends, so that no line lies on the frame. */
export function padded(kind: Kind, [low, high]: readonly [number, number], share = 0.06): [number, number] {
  const scale = makeScale(kind, [low, high], [0, 1]);
  return [scale.from(-share), scale.from(1 + share)];
}

/**
 * Round places for at most `most` ticks inside a domain.
 *
 * Linear steps are 1, 2 or 5 times a power of ten; logarithmic ones whole decades, thinned when there are many,
 * or 1-2-5 within a decade or two.
 */
export function ticks(scale: Scale, most = 6): number[] {
  const [low, high] = scale.domain;
  if (scale.kind === "log") {
    const found = logTicks(low, high, most);
    if (found.length >= 2) return found;
  }
  return linearTicks(low, high, most);
}

export function linearTicks(low: number, high: number, most: number): number[] {
  let step = niceStep((high - low) / Math.max(1, most));
  if (!(step > 0) || !Number.isFinite(step)) return [];
  let out = multiples(step, low, high);
  while (out.length > most) {
    step = niceStep(step * 1.5);
    out = multiples(step, low, high);
  }
  return out;
}

function multiples(step: number, low: number, high: number): number[] {
  const out: number[] = [];
  // Dividing by a whole number keeps 0.3 from becoming 0.30000000000000004.
  const inverse = step < 1 ? Math.round(1 / step) : 0;
  for (let i = Math.ceil(low / step - 1e-9); i <= Math.floor(high / step + 1e-9) && out.length < 100; i++) {
    out.push(inverse > 0 && Number.isFinite(inverse) ? i / inverse : i * step);
  }
  return out.map((v) => (v === 0 ? 0 : v));
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const mantissa = rough / power;
  const nice = mantissa <= 1 + 1e-9 ? 1 : mantissa <= 2 + 1e-9 ? 2 : mantissa <= 5 + 1e-9 ? 5 : 10;
  return power < 1 ? nice / Math.round(1 / power) : nice * power;
}

function logTicks(low: number, high: number, most: number): number[] {
  const from = Math.ceil(Math.log10(low) - 1e-9);
  const to = Math.floor(Math.log10(high) + 1e-9);
  const decades = to - from + 1;
  if (decades >= 3) {
    const every = Math.ceil(decades / most);
    const out: number[] = [];
    for (let e = from; e <= to; e++) if ((e - from) % every === 0) out.push(10 ** e);
    return out;
  }
  for (const mantissas of [[1, 2, 5], [1, 3], [1]]) {
    const out: number[] = [];
    for (let e = from - 1; e <= to; e++) {
      for (const m of mantissas) {
        const v = Number(`${m}e${e}`);
        if (v >= low * (1 - 1e-9) && v <= high * (1 + 1e-9)) out.push(v);
      }
    }
    if (out.length <= most) return out;
  }
  return [];
}

const SECOND_STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600,
  2592000, 7776000, 31536000,
];

/**
 * Ticks of an axis in seconds at steps of the clock.
 *
 * @param offset Seconds that local midnight lies away from a whole day of the axis, so that days begin at night.
 */
export function timeTicks(low: number, high: number, most = 6, offset = 0): number[] {
  const rough = (high - low) / most;
  if (rough < 1) return linearTicks(low, high, most);
  const step = SECOND_STEPS.find((s) => s >= rough) ?? Math.ceil(rough / 31536000) * 31536000;
  const out: number[] = [];
  for (let t = Math.ceil((low + offset) / step) * step - offset; t <= high && out.length < most; t += step) out.push(t);
  return out;
}
