/** Pointer, wheel and keys on a plot: drag to zoom, shift-drag to pan, double click for everything. */

import type { Scale } from "../../lib/scale.ts";

export interface GestureTarget {
  readonly scale: Scale | null;
  readonly zoomed: boolean;
  zoom(range: readonly [number, number] | null, settled: boolean): void;
  point(at: { x: number; y: number } | null): void;
  step(by: number): void;
  active(here: boolean): void;
  /** The selection changed and wants to be painted. */
  selecting(): void;
}

/** A drag shorter than this is a click. */
const CLICK_PX = 4;
const WHEEL_SETTLES_MS = 120;

type Drag = { readonly kind: "select" | "pan"; readonly from: number; to: number; readonly scale: Scale };

export class Gestures {
  private drag: Drag | null = null;
  private wheelTimer: ReturnType<typeof setTimeout> | null = null;
  private readonly stop = new AbortController();

  constructor(
    private readonly plot: HTMLElement,
    private readonly target: GestureTarget,
  ) {
    const options = { signal: this.stop.signal };
    plot.addEventListener("pointerdown", (event) => this.down(event), options);
    plot.addEventListener("pointermove", (event) => this.move(event), options);
    plot.addEventListener("pointerup", (event) => this.up(event), options);
    plot.addEventListener("pointercancel", () => this.cancel(), options);
    plot.addEventListener("pointerleave", () => this.left(), options);
    plot.addEventListener("pointerenter", () => target.active(true), options);
    plot.addEventListener("dblclick", () => target.zoom(null, true), options);
    plot.addEventListener("wheel", (event) => this.wheel(event), { ...options, passive: false });
    plot.addEventListener("keydown", (event) => this.key(event), options);
    plot.addEventListener("focus", () => target.active(true), options);
    plot.addEventListener("blur", () => this.left(), options);
  }

  /** Left and right pixel of what is being selected. */
  get selection(): readonly [number, number] | null {
    const { drag } = this;
    if (drag?.kind !== "select" || Math.abs(drag.to - drag.from) < CLICK_PX) return null;
    return [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
  }

  destroy(): void {
    this.stop.abort();
    if (this.wheelTimer !== null) clearTimeout(this.wheelTimer);
  }

  private at(event: MouseEvent): { x: number; y: number } {
    const box = this.plot.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  private down(event: PointerEvent): void {
    const { scale } = this.target;
    // A finger scrolls the page; it reads values by tapping.
    if (event.button !== 0 || !scale || event.pointerType === "touch") return;
    const { x } = this.at(event);
    this.drag = { kind: event.shiftKey ? "pan" : "select", from: x, to: x, scale };
    this.plot.setPointerCapture(event.pointerId);
  }

  private move(event: PointerEvent): void {
    const at = this.at(event);
    if (this.drag) {
      const [left, right] = this.drag.scale.range;
      this.drag.to = this.drag.kind === "select" ? Math.max(left, Math.min(right, at.x)) : at.x;
      if (this.drag.kind === "pan") this.target.zoom(shifted(this.drag.scale, this.drag.from - at.x), false);
      else this.target.selecting();
    }
    this.target.point(at);
  }

  private up(event: PointerEvent): void {
    const { drag, selection } = this;
    this.drag = null;
    if (event.pointerType === "touch") this.target.point(this.at(event));
    if (!drag) return;
    if (drag.kind === "pan" && Math.abs(drag.to - drag.from) >= CLICK_PX)
      this.target.zoom(shifted(drag.scale, drag.from - drag.to), true);
    if (selection) this.target.zoom([drag.scale.from(selection[0]), drag.scale.from(selection[1])], true);
    this.target.selecting();
  }

  private cancel(): void {
    this.drag = null;
    this.target.selecting();
  }

  private left(): void {
    if (this.drag) return;
    this.target.point(null);
    this.target.active(false);
  }

  private wheel(event: WheelEvent): void {
    const { scale } = this.target;
    // Without a modifier the wheel scrolls the page, as it does everywhere else.
    if (!(event.ctrlKey || event.metaKey) || !scale) return;
    event.preventDefault();
    const range = scaled(scale, this.at(event).x, Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.005));
    this.target.zoom(range, false);
    if (this.wheelTimer !== null) clearTimeout(this.wheelTimer);
    this.wheelTimer = setTimeout(() => this.target.zoom(range, true), WHEEL_SETTLES_MS);
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { scale } = this.target;
    const middle = scale ? (scale.range[0] + scale.range[1]) / 2 : 0;
    const acts: Record<string, () => void> = {
      ArrowLeft: () =>
        event.shiftKey && scale
          ? this.target.zoom(shifted(scale, -(scale.range[1] - scale.range[0]) / 4), true)
          : this.target.step(-1),
      ArrowRight: () =>
        event.shiftKey && scale
          ? this.target.zoom(shifted(scale, (scale.range[1] - scale.range[0]) / 4), true)
          : this.target.step(1),
      Home: () => this.target.step(Number.NEGATIVE_INFINITY),
      End: () => this.target.step(Number.POSITIVE_INFINITY),
      "+": () => scale && this.target.zoom(scaled(scale, middle, 0.5), true),
      "-": () => scale && this.target.zoom(scaled(scale, middle, 2), true),
      "0": () => this.target.zoom(null, true),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}

/** The range of a scale after moving its content by so many pixels. */
function shifted(scale: Scale, pixels: number): readonly [number, number] {
  return [scale.from(scale.range[0] + pixels), scale.from(scale.range[1] + pixels)];
}

/** The range of a scale after stretching around a pixel. */
function scaled(scale: Scale, pixel: number, factor: number): readonly [number, number] {
  const [left, right] = scale.range;
  return [scale.from(pixel - (pixel - left) * factor), scale.from(pixel + (right - pixel) * factor)];
}
