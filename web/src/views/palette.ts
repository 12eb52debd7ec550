/** Colours for canvases, read from `styles/tokens.css` so that they are written once. */

import { HUES } from "../lib/colour.ts";

export interface Palette {
  readonly runs: readonly string[];
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly lineStrong: string;
  readonly surface: string;
  readonly now: string;
  readonly bad: string;
  readonly font: string;
}

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return {
    runs: Array.from({ length: HUES }, (_, i) => token(`--r${i + 1}`)),
    ink: token("--ink"),
    muted: token("--muted"),
    line: token("--line"),
    lineStrong: token("--line-strong"),
    surface: token("--surface"),
    now: token("--now"),
    bad: token("--bad"),
    font: `11px ${token("--font")}`,
  };
}
