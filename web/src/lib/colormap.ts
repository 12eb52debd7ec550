/** Colour maps: one set for every viewer. Sequential ones rise in lightness; the diverging one falls away from a stated zero. */

export type MapName = "viridis" | "cividis" | "inferno" | "gray" | "diverging";

/** Colours at equal distances, red, green, blue in turn; between them the map is linear. */
const ANCHORS: Record<MapName, readonly number[]> = {
  // Viridis and inferno by Smith and van der Walt, cividis by Nuñez, Anderton and Renslow: all in the public domain (CC0).
  viridis: [
    68, 1, 84, 71, 13, 96, 72, 24, 106, 72, 35, 116, 71, 45, 123, 69, 54, 129, 66, 64, 134, 63, 73, 137, 59, 82, 139,
    55, 90, 141, 51, 99, 141, 47, 106, 142, 44, 114, 142, 41, 122, 142, 38, 129, 142, 35, 137, 142, 33, 144, 140, 31,
    152, 139, 31, 159, 136, 33, 166, 133, 40, 174, 128, 49, 181, 123, 62, 188, 116, 76, 194, 108, 93, 201, 99, 110, 206,
    88, 130, 211, 76, 150, 216, 63, 171, 220, 50, 192, 223, 36, 213, 226, 26, 234, 229, 26, 253, 231, 37,
  ],
  cividis: [
    0, 34, 78, 0, 40, 91, 0, 46, 106, 4, 51, 113, 26, 56, 111, 39, 62, 110, 50, 67, 109, 59, 73, 108, 67, 78, 108, 75,
    84, 108, 82, 89, 109, 90, 95, 110, 97, 101, 111, 104, 106, 113, 111, 112, 115, 117, 118, 118, 124, 123, 120, 132,
    129, 121, 139, 135, 120, 147, 141, 120, 155, 147, 118, 163, 154, 117, 171, 160, 114, 179, 166, 112, 187, 173, 108,
    195, 180, 105, 204, 186, 100, 212, 193, 95, 221, 201, 88, 230, 208, 81, 239, 215, 72, 248, 223, 60, 254, 232, 56,
  ],
  inferno: [
    0, 0, 4, 4, 3, 18, 11, 7, 36, 21, 11, 55, 33, 12, 74, 46, 10, 90, 60, 9, 101, 74, 12, 107, 87, 16, 109, 99, 20, 110,
    112, 25, 110, 125, 30, 109, 137, 34, 106, 150, 39, 102, 163, 43, 97, 175, 49, 92, 187, 55, 85, 198, 62, 77, 209, 70,
    68, 219, 79, 59, 227, 89, 50, 235, 101, 40, 241, 113, 30, 246, 127, 20, 249, 141, 10, 251, 156, 6, 252, 171, 15,
    251, 186, 31, 249, 202, 50, 245, 217, 73, 242, 232, 101, 243, 245, 134, 252, 255, 164,
  ],
  gray: [0, 0, 0, 255, 255, 255],
  diverging: [
    12, 44, 96, 33, 92, 160, 96, 154, 208, 178, 208, 232, 247, 247, 244, 248, 204, 150, 233, 146, 64, 186, 92, 16, 92,
    38, 2,
  ],
};

export const SEQUENTIAL: readonly MapName[] = ["viridis", "cividis", "inferno", "gray"];

export type Rgb = readonly [number, number, number];

const tables = new Map<MapName, Uint8Array>();

/** 256 colours of a map, three bytes each. */
export function colours(name: MapName): Uint8Array {
  const found = tables.get(name);
  if (found) return found;
  const anchors = ANCHORS[name];
  const last = anchors.length / 3 - 1;
  const out = new Uint8Array(256 * 3);
  for (let i = 0; i < 256; i++) {
    const at = (i / 255) * last;
    const from = Math.min(last - 1, Math.floor(at));
    for (let c = 0; c < 3; c++) {
      const [a, b] = [anchors[from * 3 + c] as number, anchors[from * 3 + 3 + c] as number];
      out[i * 3 + c] = Math.round(a + (b - a) * (at - from));
    }
  }
  tables.set(name, out);
  return out;
}

/** Colour at a share from 0 to 1; beyond them the ends. */
export function colourAt(name: MapName, share: number): Rgb {
  const table = colours(name);
  const i = Math.max(0, Math.min(255, Math.round(share * 255))) * 3;
  return [table[i] as number, table[i + 1] as number, table[i + 2] as number];
}

export function css([r, g, b]: Rgb): string {
  return `rgb(${r} ${g} ${b})`;
}

/** Relative luminance as WCAG defines it, 0 to 1. */
export function luminance([r, g, b]: Rgb): number {
  const linear = (v: number): number => (v <= 10.31475 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

/** Whether text on this colour should be dark. */
export function isLight(colour: Rgb): boolean {
  return luminance(colour) > 0.179;
}

/** A colour for each label: the eight hues of runs have other work, so these turn around the wheel in golden steps. */
export function labelColour(label: number, dark: boolean): Rgb {
  const hue = (label * 137.508 + 210) % 360;
  // Neighbouring turns differ in lightness too, which tells apart what hue alone does not.
  const light = (dark ? 0.66 : 0.46) + ([0, 0.1, -0.08][label % 3] as number);
  return hsl(hue, 0.62, light);
}

function hsl(hue: number, saturation: number, light: number): Rgb {
  const chroma = saturation * Math.min(light, 1 - light);
  const part = (n: number): number => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (light - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [part(0), part(8), part(4)];
}
