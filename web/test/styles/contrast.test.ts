import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const css = readFileSync(join(import.meta.dirname, "../../src/styles/tokens.css"), "utf8");

type Rgb = readonly [number, number, number];

/** The colour tokens of one ground. */
function tokens(selector: string): Map<string, Rgb> {
  const block = css.slice(css.indexOf(selector)).split("}")[0] as string;
  const found = [...block.matchAll(/--([\w-]+): #([0-9a-f]{6});/g)];
  return new Map(
    found.map(([, name, hex]) => [
      name as string,
      [0, 2, 4].map((i) => Number.parseInt((hex as string).slice(i, i + 2), 16)) as unknown as Rgb,
    ]),
  );
}

/** Relative luminance, WCAG 2.2. */
function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4)) as [
    number,
    number,
    number,
  ];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function mix(a: Rgb, b: Rgb, share: number): Rgb {
  return a.map((c, i) => c * share + (b[i] as number) * (1 - share)) as unknown as Rgb;
}

for (const [ground, selector] of [
  ["light", ":root"],
  ["dark", '[data-theme="dark"]'],
] as const) {
  const all = tokens(selector);
  const token = (name: string): Rgb => {
    const found = all.get(name);
    if (!found) throw new Error(`no token --${name} on ${ground} ground`);
    return found;
  };
  const grounds = ["paper", "surface", "sunken"].map(token);

  test(`text can be read on every ground, ${ground}`, () => {
    for (const name of ["ink", "muted", "now-text", "good", "bad"]) {
      for (const under of grounds) expect(contrast(token(name), under), name).toBeGreaterThanOrEqual(4.5);
    }
    // Chosen rows are tinted; the most that they are is when they are also pointed at.
    const lit = mix(token("now"), token("surface"), 0.14);
    for (const name of ["ink", "muted", "bad"]) expect(contrast(token(name), lit), name).toBeGreaterThanOrEqual(4.5);
  });

  test(`lines of every hue stand out, and so does their value as text, ${ground}`, () => {
    for (let hue = 1; hue <= 8; hue++) {
      const colour = token(`r${hue}`);
      expect(contrast(colour, token("surface")), `r${hue}`).toBeGreaterThanOrEqual(3);
      expect(contrast(mix(colour, token("ink"), 0.68), token("surface")), `r${hue} as text`).toBeGreaterThanOrEqual(
        4.5,
      );
    }
    expect(contrast(token("now"), token("surface"))).toBeGreaterThanOrEqual(3);
  });
}

/** What dichromats see, in linear light: Machado, Oliveira and Fernandes 2009, severity 1. */
const SIGHTS = {
  usual: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protan: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deutan: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritan: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
} as const;

const times = (m: readonly number[], v: Rgb): Rgb =>
  [0, 3, 6].map((i) => v.reduce((sum, c, j) => sum + (m[i + j] as number) * c, 0)) as unknown as Rgb;

/** Place of a colour in OKLab (Ottosson 2020), where distances are about what eyes tell. */
function place(colour: Rgb, sight: readonly number[]): Rgb {
  const linear = colour.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  const seen = times(sight, linear as unknown as Rgb).map((c) => Math.min(1, Math.max(0, c))) as unknown as Rgb;
  const cones = times(
    [
      0.4122214708, 0.5363325363, 0.0514459929, 0.2119034982, 0.6806995451, 0.1073969566, 0.0883024619, 0.2817188376,
      0.6299787005,
    ],
    seen,
  ).map(Math.cbrt) as unknown as Rgb;
  return times(
    [
      0.2104542553, 0.793617785, -0.0040720468, 1.9779984951, -2.428592205, 0.4505937099, 0.0259040371, 0.7827717662,
      -0.808675766,
    ],
    cones,
  );
}

const apart = (a: Rgb, b: Rgb): number => Math.hypot(...a.map((c, i) => c - (b[i] as number)));

for (const [ground, selector] of [
  ["light", ":root"],
  ["dark", '[data-theme="dark"]'],
] as const) {
  for (const [eyes, sight] of Object.entries(SIGHTS)) {
    test(`eight hues are told apart by ${eyes} eyes, ${ground}`, () => {
      const all = tokens(selector);
      const hues = Array.from({ length: 8 }, (_, i) => place(all.get(`r${i + 1}`) as Rgb, sight));
      const pairs = hues.flatMap((a, i) =>
        hues.slice(i + 1).map((b, j) => [apart(a, b), `r${i + 1} r${i + j + 2}`] as const),
      );
      const [distance, pair] = pairs.reduce((least, one) => (one[0] < least[0] ? one : least));
      process.stdout.write(`least distance in OKLab, ${eyes} eyes, ${ground}: ${distance.toFixed(3)} (${pair})\n`);
      // 0.02 is about the least that can be seen side by side; lines are thin and lie apart.
      expect(distance, pair).toBeGreaterThan(0.065);
    });
  }
}
