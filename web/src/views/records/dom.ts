/** Elements for views, which are made without React. */

import { DASHES, type Style } from "../../lib/colour.ts";

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  text = "",
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** Write only what differs, so that nothing is laid out anew for nothing. */
export function write(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** The colour of a run as a small square, dashed where colours ran out. */
export function swatch(style: Style): Element {
  if (style.dash === 0) return element("span", `swatch hue-${style.hue + 1}`);
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", `swatch-dash ink-${style.hue + 1}`);
  svg.setAttribute("viewBox", "0 0 10 10");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", "M0 5h10");
  path.setAttribute("stroke", "currentColor");
  path.setAttribute("stroke-width", "3");
  path.setAttribute("stroke-dasharray", (DASHES[style.dash] ?? []).map((part) => part / 2).join(" "));
  svg.append(path);
  return svg;
}

/** Hear of the size of an element, once at the beginning and after every change. Returns how to stop. */
export function onSize(target: Element, hear: (width: number, height: number) => void): () => void {
  const observer = new ResizeObserver((entries) => {
    const box = entries.at(-1)?.contentRect;
    if (box) hear(box.width, box.height);
  });
  observer.observe(target);
  return () => observer.disconnect();
}

/** Tell a screen reader, politely, in an element of its own. */
export function announcer(host: HTMLElement): (text: string) => void {
  const live = element("div", "visually-hidden");
  live.setAttribute("aria-live", "polite");
  host.append(live);
  return (text) => write(live, text);
}
