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
