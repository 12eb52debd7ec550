/** Lines of a console: only those in sight are in the page, however many there are. */

import { bare, type Ink, inked } from "../../lib/ansi.ts";
import { type Finding, finder } from "../../lib/finding.ts";
import { formatMoment } from "../../lib/time.ts";

export interface ConsoleLine {
  /** Null for a line that is still written. */
  readonly n: number | null;
  readonly time: number;
  readonly stream: number;
  readonly text: string;
}

export interface ConsoleProps {
  /** Lines, open ones included. */
  readonly count: number;
  /** The line at a place; null when it has not been read. */
  readonly line: (place: number) => ConsoleLine | null;
  readonly finding: Finding;
  /** Number of the line that a link names, and of the match that is looked at. */
  readonly chosen: number | null;
  readonly current: number | null;
  readonly wrap: boolean;
  readonly follow: boolean;
}

export interface ConsoleEvents {
  need(first: number, end: number): void;
  /** Somebody scrolled: to the end, or away from it. */
  atEnd(at: boolean): void;
  choose(n: number): void;
}

export const ROW_PX = 18;
/** Taller than this, browsers begin to lose count. */
const MOST_PX = 8_000_000;
const AHEAD = 60;
const FOOT_PX = 8;

export class ConsoleView {
  private readonly scroller = document.createElement("div");
  private readonly spacer = document.createElement("div");
  private readonly block = document.createElement("div");
  private readonly rows: Row[] = [];
  private readonly resize: ResizeObserver;
  private props: ConsoleProps | null = null;
  private find: (line: string) => [number, number][] = () => [];
  private found = "";
  /** Set while we scroll ourselves. */
  private moving = false;
  private frame = 0;

  constructor(
    host: HTMLElement,
    private readonly events: ConsoleEvents,
  ) {
    this.scroller.className = "console-scroll";
    this.scroller.tabIndex = 0;
    this.scroller.setAttribute("role", "log");
    this.scroller.setAttribute("aria-label", "Console");
    this.scroller.setAttribute("aria-live", "off");
    this.spacer.className = "console-space";
    this.block.className = "console-lines";
    this.spacer.append(this.block);
    this.scroller.append(this.spacer);
    host.append(this.scroller);
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.block.addEventListener("click", (event) => this.clicked(event));
    this.resize = new ResizeObserver(() => this.draw());
    this.resize.observe(this.scroller);
  }

  update(props: ConsoleProps): void {
    const before = this.props;
    this.props = props;
    const key = JSON.stringify(props.finding);
    if (key !== this.found) {
      this.found = key;
      this.find = finder(props.finding);
    }
    const marked = before && (before.chosen !== props.chosen || before.current !== props.current);
    if (marked || before?.wrap !== props.wrap) for (const row of this.rows) row.shown = "";
    this.draw();
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    this.resize.disconnect();
    this.scroller.remove();
  }

  /** Bring a line into sight, unless it is. */
  reveal(place: number): void {
    const inSight = Math.floor(this.height / ROW_PX);
    if (this.isEven()) {
      const top = this.top();
      if (place < top || place >= top + inSight - 1) this.scrollTo((place - Math.floor(inSight / 3)) * ROW_PX);
    } else {
      const room = this.scroller.scrollHeight - this.height;
      this.scrollTo((room * place) / Math.max(1, (this.props?.count ?? 1) - 1));
    }
    this.draw();
  }

  private get height(): number {
    return this.scroller.clientHeight;
  }

  /** Pixels of the scrollbar for each line: fewer than a line is tall when there are very many. */
  private scale(): number {
    return Math.min(ROW_PX, MOST_PX / Math.max(1, this.props?.count ?? 1));
  }

  private top(): number {
    return Math.floor(this.scroller.scrollTop / this.scale());
  }

  private scrollTo(px: number): void {
    this.moving = true;
    this.scroller.scrollTop = px;
  }

  private scrolled(): void {
    if (!this.moving) {
      const { scrollTop, scrollHeight, clientHeight } = this.scroller;
      this.events.atEnd(scrollTop + clientHeight >= scrollHeight - 2);
    }
    this.moving = false;
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    const { props } = this;
    if (!props || this.height === 0) return;
    this.scroller.classList.toggle("wrapped", props.wrap);
    this.spacer.style.height = `${Math.ceil(props.count * this.scale() + FOOT_PX)}px`;
    if (props.follow) this.scrollTo(this.scroller.scrollHeight);
    const shift = this.isEven() ? this.drawEven(props.count) : this.drawAnchored(props.count);
    this.block.style.transform = `translateY(${this.scroller.scrollTop + shift}px)`;
  }

  /** Whether each line is as tall as it counts. */
  private isEven(): boolean {
    return this.props?.wrap === false && this.scale() === ROW_PX;
  }

  private drawEven(count: number): number {
    const first = Math.min(this.top(), Math.max(0, count - 1));
    this.fill(first, Math.min(count, first + Math.ceil(this.height / ROW_PX) + 1));
    return -(this.scroller.scrollTop % ROW_PX);
  }

  /** Lines of any height: what is so far down in the console stands so far down in the window. */
  private drawAnchored(count: number): number {
    const { scrollTop, scrollHeight } = this.scroller;
    const share = scrollHeight > this.height ? scrollTop / (scrollHeight - this.height) : 0;
    const place = share * Math.max(0, count - 1);
    const anchor = Math.floor(place);
    const inSight = Math.ceil(this.height / ROW_PX) + 1;
    const [first, end] = [Math.max(0, anchor - inSight), Math.min(count, anchor + inSight)];
    this.fill(first, end);
    const row = this.rows[anchor - first]?.element;
    if (!row) return 0;
    const shift = share * (this.height - ROW_PX) - row.offsetTop - (place - anchor) * row.offsetHeight;
    const lowest = this.height - FOOT_PX - this.block.offsetHeight;
    const bounded = end === count ? Math.max(shift, lowest) : shift;
    return first === 0 ? Math.min(bounded, 0) : bounded;
  }

  private fill(first: number, end: number): void {
    const { line, chosen, current } = this.props as ConsoleProps;
    this.events.need(first - AHEAD, end + AHEAD);
    while (this.rows.length > end - first) this.rows.pop()?.element.remove();
    for (let i = 0; first + i < end; i++) {
      let row = this.rows[i];
      if (!row) {
        row = new Row();
        this.rows.push(row);
        this.block.append(row.element);
      }
      row.show(line(first + i), this.find, this.found, { chosen, current });
    }
  }

  private clicked(event: MouseEvent): void {
    const number = (event.target as HTMLElement).closest<HTMLElement>(".console-number");
    if (number?.dataset.n) this.events.choose(Number(number.dataset.n));
  }
}

interface Marks {
  readonly chosen: number | null;
  readonly current: number | null;
}

class Row {
  readonly element = document.createElement("div");
  /** What stands in it. */
  shown = "";
  private readonly number = document.createElement("span");
  private readonly text = document.createElement("span");

  constructor() {
    this.element.className = "console-line";
    this.number.className = "console-number";
    this.text.className = "console-text";
    this.element.append(this.number, this.text);
  }

  show(
    line: ConsoleLine | null,
    find: (line: string) => [number, number][],
    finding: string,
    { chosen, current }: Marks,
  ): void {
    const key = line ? `${line.n}\n${finding}\n${line.text}` : "…";
    if (key === this.shown) return;
    this.shown = key;
    const n = line?.n ?? null;
    const names = ["console-line", ["", "err", "own"][line?.stream ?? 0], n === null ? "open" : ""];
    if (n !== null && n === chosen) names.push("chosen");
    if (n !== null && n === current) names.push("current");
    this.element.className = names.filter(Boolean).join(" ");
    this.element.title = line ? `${formatMoment(line.time)}${line.stream === 1 ? " · stderr" : ""}` : "";
    this.number.textContent = n === null ? "" : String(n + 1);
    this.number.dataset.n = n === null ? "" : String(n);
    this.number.title = n === null ? "" : `Link to line ${n + 1}`;
    this.text.replaceChildren(...(line ? pieces(line.text, find) : []));
  }
}

/** A line as nodes: a span for each ink, a mark for each match. */
function pieces(text: string, find: (line: string) => [number, number][]): Node[] {
  const marks = find(bare(text));
  const nodes: Node[] = [];
  let place = 0;
  for (const run of inked(text)) {
    const end = place + run.text.length;
    let at = place;
    for (const [from, to] of marks) {
      if (to <= at || from >= end) continue;
      if (from > at) nodes.push(piece(run.text.slice(at - place, from - place), run.ink, "span"));
      nodes.push(piece(run.text.slice(Math.max(at, from) - place, Math.min(to, end) - place), run.ink, "mark"));
      at = Math.min(to, end);
    }
    if (at < end) nodes.push(piece(run.text.slice(at - place), run.ink, "span"));
    place = end;
  }
  return nodes;
}

function piece(text: string, ink: Ink, tag: "span" | "mark"): Node {
  const [fg, bg] = ink.inverse ? [ink.bg ?? "paper", ink.fg ?? "ink"] : [ink.fg, ink.bg];
  const names = (["bold", "dim", "italic", "underline", "strike"] as const).filter((name) => ink[name]);
  if (tag === "span" && fg === null && bg === null && names.length === 0) return document.createTextNode(text);
  const element = document.createElement(tag);
  element.textContent = text;
  if (names.length > 0) element.className = names.join(" ");
  if (fg !== null) element.style.color = colour(fg);
  if (bg !== null) element.style.backgroundColor = colour(bg);
  return element;
}

function colour(of: number | string): string {
  if (typeof of === "number") return `var(--ansi-${of})`;
  return of.startsWith("#") ? of : `var(--${of})`;
}
