/** A canvas that a view draws on: sharp on every screen, drawn once a frame, with a pointer, keys and a read-out. */

import { announcer, element, onSize, write } from "./dom.ts";

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface SurfaceEvents {
  paint(context: CanvasRenderingContext2D, width: number, height: number): void;
  /** The pointer is here, or away. */
  point?(at: Place | null): void;
  /** The pointer is held and moved; `first` when it went down. */
  drag?(at: Place, moved: Place, first: boolean, event: PointerEvent): void;
  /** It was let go; `still` when it never moved. */
  drop?(at: Place, still: boolean): void;
  zoom?(at: Place, factor: number): void;
  reset?(): void;
  /** Answers whether the key meant something. */
  key?(event: KeyboardEvent): boolean;
}

const STILL_PX = 3;
const KEY_ZOOM = 1.25;

export class Surface {
  readonly root = element("div", "surface");
  readonly canvas = element("canvas");
  private readonly readout = element("div", "readout");
  private readonly stop: () => void;
  private readonly announce: (text: string) => void;
  private due = false;
  private held: { start: Place; last: Place; moved: boolean } | null = null;
  width = 0;
  height = 0;

  constructor(
    host: HTMLElement,
    private readonly events: SurfaceEvents,
  ) {
    this.root.tabIndex = 0;
    this.root.setAttribute("role", "img");
    this.root.setAttribute("aria-label", "Not drawn yet");
    this.readout.hidden = true;
    this.readout.setAttribute("aria-hidden", "true");
    this.root.append(this.canvas, this.readout);
    host.append(this.root);
    this.announce = announcer(host);
    this.stop = onSize(this.root, (width, height) => this.measured(width, height));
    this.listen();
  }

  destroy(): void {
    this.stop();
    this.due = true;
    this.root.remove();
  }

  /** What a screen reader says instead of the picture. */
  describe(text: string): void {
    if (this.root.getAttribute("aria-label") !== text) this.root.setAttribute("aria-label", text);
  }

  repaint(): void {
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => {
      if (!this.root.isConnected) return;
      this.due = false;
      this.paint();
    });
  }

  /** Show lines beside a place, and say them when the keys led there. */
  tell(at: Place | null, lines: readonly string[] = [], aloud = false): void {
    if (at === null || lines.length === 0) {
      this.readout.hidden = true;
      return;
    }
    this.readout.replaceChildren(
      ...lines.map((line, i) => element("span", i === 0 ? "readout-value-line" : "readout-line", line)),
    );
    this.readout.hidden = false;
    const { offsetWidth: w, offsetHeight: h } = this.readout;
    const left = at.x + 14 + w <= this.width ? at.x + 14 : at.x - 14 - w;
    const top = at.y + 14 + h <= this.height ? at.y + 14 : at.y - 14 - h;
    this.readout.style.left = `${Math.max(0, Math.min(left, this.width - w))}px`;
    this.readout.style.top = `${Math.max(0, top)}px`;
    if (aloud) this.announce(lines.join(", "));
  }

  /** Text over the picture where there is nothing to draw. */
  message(text: string): void {
    let note = this.root.querySelector<HTMLElement>(".surface-message");
    if (!note) {
      if (text === "") return;
      note = element("p", "surface-message");
      this.root.append(note);
    }
    write(note, text);
    note.hidden = text === "";
  }

  private measured(width: number, height: number): void {
    if (width === this.width && height === this.height) return;
    this.width = width;
    this.height = height;
    // A resized canvas is blank: draw in the same frame.
    this.paint();
  }

  private paint(): void {
    if (this.width < 2 || this.height < 2) return;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    const context = this.canvas.getContext("2d") as CanvasRenderingContext2D;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    this.events.paint(context, this.width, this.height);
  }

  private place(event: MouseEvent): Place {
    const box = this.root.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  private listen(): void {
    const { root, events } = this;
    root.addEventListener("pointerdown", (event) => this.down(event));
    root.addEventListener("pointermove", (event) => this.move(event));
    root.addEventListener("pointerup", (event) => this.up(event));
    root.addEventListener("pointercancel", () => {
      this.held = null;
    });
    root.addEventListener("pointerleave", () => {
      if (!this.held) events.point?.(null);
    });
    root.addEventListener("dblclick", () => events.reset?.());
    root.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    root.addEventListener("keydown", (event) => this.pressed(event));
    root.addEventListener("blur", () => this.tell(null));
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0 || !this.events.drag) return;
    const at = this.place(event);
    this.held = { start: at, last: at, moved: false };
    this.root.setPointerCapture(event.pointerId);
  }

  private move(event: PointerEvent): void {
    const at = this.place(event);
    const { held } = this;
    if (held) {
      const away = Math.hypot(at.x - held.start.x, at.y - held.start.y);
      if (!held.moved && away < STILL_PX) return;
      const moved = { x: at.x - held.last.x, y: at.y - held.last.y };
      this.events.drag?.(at, moved, !held.moved, event);
      this.held = { ...held, last: at, moved: true };
    } else this.events.point?.(at);
  }

  private up(event: PointerEvent): void {
    const { held } = this;
    this.held = null;
    if (held) this.events.drop?.(this.place(event), !held.moved);
  }

  /** The wheel scrolls the page unless the picture was chosen, or the key for zooming is held. */
  private wheel(event: WheelEvent): void {
    const chosen = this.root.matches(":focus") || this.root.closest("dialog") !== null;
    if (!this.events.zoom || !(event.ctrlKey || event.metaKey || chosen)) return;
    event.preventDefault();
    this.events.zoom(this.place(event), Math.exp(-Math.max(-240, Math.min(240, event.deltaY)) / 300));
  }

  private pressed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const middle = { x: this.width / 2, y: this.height / 2 };
    let known = this.events.key?.(event) ?? false;
    if (!known && this.events.zoom && (event.key === "+" || event.key === "=" || event.key === "-")) {
      this.events.zoom(middle, event.key === "-" ? 1 / KEY_ZOOM : KEY_ZOOM);
      known = true;
    }
    if (!known && this.events.reset && event.key === "0") {
      this.events.reset();
      known = true;
    }
    if (!known) return;
    event.preventDefault();
    event.stopPropagation();
  }
}
