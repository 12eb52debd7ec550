/** Colours of runs by the value of a metric: one map, kept away from the end that fades into the ground. */

import { colourAt, css } from "../../lib/colormap.ts";
import type { Dimension } from "../../lib/dimension.ts";

const SHADES = 32;

/** Colour of a share from 0 to 1. */
export function shadeAt(share: number, dark: boolean): string {
  return css(colourAt("viridis", dark ? 0.2 + 0.8 * share : 0.86 * share));
}

/** All shades, for what is drawn in bundles. */
export function shades(dark: boolean): readonly string[] {
  return Array.from({ length: SHADES }, (_, i) => shadeAt(i / (SHADES - 1), dark));
}

/** Shade of each run, -1 without a value. */
export function shadesOf(dimension: Dimension | null, count: number): Int8Array {
  const out = new Int8Array(count).fill(-1);
  if (dimension === null) return out;
  const placed = dimension.places.filter((place) => place >= 0);
  const low = placed.reduce((a, b) => Math.min(a, b), Infinity);
  const high = placed.reduce((a, b) => Math.max(a, b), -Infinity);
  for (let run = 0; run < count; run++) {
    const place = dimension.places[run] as number;
    if (place >= 0) out[run] = high > low ? Math.round(((place - low) / (high - low)) * (SHADES - 1)) : SHADES - 1;
  }
  return out;
}
