/** Lines of source or of a patch, tens of thousands if need be: the browser lays out only those that are seen. */

import type { LineKind } from "../../lib/patch.ts";

export interface SourceLine {
  readonly kind: LineKind;
  readonly before: number | null;
  readonly after: number | null;
  readonly text: string;
}

export interface SourceProps {
  readonly label: string;
  readonly lines: readonly SourceLine[];
  /** Two columns of numbers, and signs. */
  readonly patch: boolean;
  /** Text that is marked; empty for none. */
  readonly find: string;
}

/** Lines in one block that is laid out, or skipped, as a whole. */
const BLOCK = 200;
const LINE_PX = 19;
const SIGNS: Readonly<Record<LineKind, string>> = { same: " ", added: "+", removed: "−", head: " ", note: " " };
const SAID: Readonly<Record<LineKind, string>> = {
  same: "",
  added: "added: ",
  removed: "removed: ",
  head: "",
  note: "",
};

export class SourceView {
  private readonly root = document.createElement("div");
  private drawn: SourceProps | null = null;

  mount(host: HTMLElement): void {
    this.root.className = "source-lines";
    this.root.tabIndex = 0;
    this.root.setAttribute("role", "region");
    host.append(this.root);
  }

  update(props: SourceProps): void {
    const before = this.drawn;
    this.drawn = props;
    if (before?.label !== props.label) this.root.setAttribute("aria-label", props.label);
    if (before?.lines === props.lines && before.find === props.find && before.patch === props.patch) return;
    this.root.classList.toggle("patch", props.patch);
    const blocks: HTMLElement[] = [];
    for (let first = 0; first < props.lines.length; first += BLOCK) {
      const block = document.createElement("div");
      const part = props.lines.slice(first, first + BLOCK);
      block.className = "block";
      block.style.containIntrinsicSize = `auto ${part.length * LINE_PX}px`;
      block.append(...part.map((line) => lineOf(line, props)));
      blocks.push(block);
    }
    this.root.replaceChildren(...blocks);
  }

  /** Bring the n-th mark to where it is seen. */
  reveal(index: number): void {
    const marks = this.root.querySelectorAll("mark");
    for (const mark of marks) mark.classList.remove("now");
    const mark = marks[index];
    mark?.classList.add("now");
    mark?.scrollIntoView({ block: "center" });
  }

  destroy(): void {
    this.root.remove();
  }
}

/** How often text occurs in lines, whatever its case. */
export function countIn(lines: readonly SourceLine[], find: string): number {
  if (find === "") return 0;
  const wanted = find.toLowerCase();
  return lines.reduce((n, line) => n + line.text.toLowerCase().split(wanted).length - 1, 0);
}

/** Source as lines with their numbers. */
export function sourceLines(text: string): SourceLine[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line, i) => ({ kind: "same", before: null, after: i + 1, text: line }));
}

function lineOf(line: SourceLine, { patch, find }: SourceProps): HTMLElement {
  const row = document.createElement("div");
  row.className = `line ${line.kind}`;
  if (patch) row.append(number(line.before));
  row.append(number(line.after));
  const text = document.createElement("span");
  text.className = "text";
  if (patch && line.kind !== "head" && line.kind !== "note") {
    const sign = document.createElement("span");
    sign.className = "sign";
    sign.textContent = SIGNS[line.kind];
    sign.setAttribute("aria-hidden", "true");
    row.append(sign);
    if (SAID[line.kind] !== "") text.append(hidden(SAID[line.kind]));
  }
  text.append(...marked(line.text, find));
  row.append(text);
  return row;
}

function number(value: number | null): HTMLElement {
  const cell = document.createElement("span");
  cell.className = "no";
  // Drawn by CSS, so that selecting and copying lines leaves the numbers out.
  cell.dataset.no = value === null ? "" : String(value);
  cell.setAttribute("aria-hidden", "true");
  return cell;
}

function hidden(text: string): HTMLElement {
  const said = document.createElement("span");
  said.className = "visually-hidden";
  said.textContent = text;
  return said;
}

function marked(text: string, find: string): (Node | string)[] {
  if (find === "") return [text];
  const [lower, wanted] = [text.toLowerCase(), find.toLowerCase()];
  // Letters whose small form is longer would shift the places.
  if (lower.length !== text.length) return [text];
  const out: (Node | string)[] = [];
  let from = 0;
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, from)) {
    const mark = document.createElement("mark");
    mark.textContent = text.slice(at, at + wanted.length);
    out.push(text.slice(from, at), mark);
    from = at + wanted.length;
  }
  out.push(text.slice(from));
  return out;
}
