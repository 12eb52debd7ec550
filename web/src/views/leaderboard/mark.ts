/** Mean, interval and seeds of an entry in plain SVG, for widgets: what `whisker.tsx` draws in the app. */

import type { Entry } from "../../api/analysis.ts";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, EDGE] = [160, 22, 5];

export function whiskerMark(entry: Entry, [low, high]: readonly [number, number], best: number | null): SVGElement {
  const svg = element("svg", { width: WIDTH, height: HEIGHT, class: "whisker", "aria-hidden": "true" });
  const at = (value: number): number => {
    const share = (value - low) / (high - low || 1);
    return EDGE + Math.max(0, Math.min(1, share)) * (WIDTH - 2 * EDGE);
  };
  const rule = (name: string, x1: number, x2: number, y1: number, y2: number): void => {
    svg.append(element("line", { class: name, x1, x2, y1, y2 }));
  };
  const { mean, interval, seeds } = entry;
  if (mean === null) return svg;
  if (best !== null) rule("best", at(best), at(best), 0, HEIGHT);
  for (const { value } of seeds) if (value !== null) rule("seed", at(value), at(value), 6, HEIGHT - 6);
  if (interval) {
    const middle = HEIGHT / 2;
    rule("bar", at(interval[0]), at(interval[1]), middle, middle);
    for (const end of interval) if (end >= low && end <= high) rule("bar", at(end), at(end), middle - 3, middle + 3);
  }
  svg.append(element("circle", { cx: at(mean), cy: HEIGHT / 2, r: 4 }));
  return svg;
}

function element(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const made = document.createElementNS(SVG, name) as SVGElement;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}
