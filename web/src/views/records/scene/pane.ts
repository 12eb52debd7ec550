/** One scene: turned by dragging, moved with shift, the same camera for every run and every step. */

import { formatInteger, formatNumber } from "../../../lib/format.ts";
import {
  ABOVE,
  ballOf,
  type Camera,
  cameraOf,
  fromNumbers,
  type Orbit,
  project,
  START,
  shifted,
  toNumbers,
  turned,
  type Vec,
  zoomed,
} from "../../../lib/orbit.ts";
import { element, write } from "../dom.ts";
import { type Place, Surface } from "../surface.ts";
import type { RecordViewProps } from "../view.ts";
import { paintAxes } from "./axes.ts";
import type { Content, SceneLook } from "./content.ts";
import { paintFlat } from "./flat.ts";
import { GlScene, hasGl } from "./gl.ts";

const NEAR_PX = 9;
const TURN_KEYS_PX = 24;

export interface SceneProps {
  readonly content: Content;
  readonly look: SceneLook;
  /** Points of two numbers are looked at from above and not turned. */
  readonly planar: boolean;
  /** Bounds over all steps and runs, so that the camera stays where it is. */
  readonly low: Vec;
  readonly high: Vec;
  readonly facts: string;
  readonly label: string;
  /** What is known of one vertex. */
  readonly words: (index: number) => readonly string[];
}

export class ScenePane {
  private readonly surface: Surface;
  private readonly facts = element("p", "viewer-facts");
  private readonly stop: () => void;
  private scene: { of: Content; gl: GlScene | null } | null = null;
  private shown: SceneProps | null = null;
  private props: RecordViewProps;
  private camera: Camera | null = null;
  private near: number | null = null;

  constructor(host: HTMLElement, props: RecordViewProps) {
    this.props = props;
    this.surface = new Surface(host, {
      paint: (context, width, height) => this.paint(context, width, height),
      point: (at) => this.point(at),
      drag: (_, moved, __, event) => this.dragged(moved, event.shiftKey),
      zoom: (_, factor) => this.set(zoomed(this.orbit, factor)),
      reset: () => this.set(null),
      key: (event) => this.key(event),
    });
    host.append(this.facts);
    this.stop = props.linked.camera.subscribe(() => this.surface.repaint());
  }

  show(shown: SceneProps | null, props: RecordViewProps): void {
    this.props = props;
    this.shown = shown;
    if (shown && this.scene?.of !== shown.content) {
      this.scene?.gl?.destroy();
      this.scene = { of: shown.content, gl: hasGl() ? new GlScene(shown.content) : null };
    }
    if (shown) {
      const drawn = this.scene?.gl ? "" : "   drawn without WebGL";
      write(this.facts, shown.facts + drawn);
      this.surface.describe(`${shown.label} Arrow keys turn, plus and minus zoom, 0 shows all.`);
    }
    this.surface.repaint();
  }

  destroy(): void {
    this.stop();
    this.scene?.gl?.destroy();
    this.surface.destroy();
  }

  private get orbit(): Orbit {
    const wish = fromNumbers(this.props.linked.camera.get());
    if (!this.shown?.planar) return wish ?? START;
    return { ...ABOVE, ...(wish ? { zoom: wish.zoom, x: wish.x, y: wish.y } : {}) };
  }

  private set(orbit: Orbit | null): void {
    this.props.linked.camera.set(orbit && toNumbers(orbit));
  }

  private get size(): number {
    return Math.max(50, Math.min(this.surface.width, this.surface.height));
  }

  private dragged(moved: Place, shift: boolean): void {
    const pan = shift || this.shown?.planar === true;
    this.surface.tell(null);
    this.set(pan ? shifted(this.orbit, moved.x, moved.y, this.size) : turned(this.orbit, moved.x, moved.y, this.size));
  }

  private key(event: KeyboardEvent): boolean {
    const moves: Record<string, readonly [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const move = moves[event.key];
    // With shift, arrows step through time like everywhere on the page.
    if (!move || event.shiftKey) return false;
    this.dragged({ x: move[0] * TURN_KEYS_PX, y: move[1] * TURN_KEYS_PX }, false);
    return true;
  }

  private paint(context: CanvasRenderingContext2D, width: number, height: number): void {
    const { shown, scene, props } = this;
    if (!shown || !scene) return;
    const camera = cameraOf(this.orbit, ballOf(shown.low, shown.high), width, height);
    this.camera = camera;
    paintAxes(context, camera, shown.low, shown.high, shown.planar, props.theme);
    if (!scene.gl?.paint(context, camera, shown.look)) paintFlat(context, shown.content, camera, shown.look);
    if (this.near === null) return;
    const at = this.pixel(this.near);
    context.strokeStyle = props.theme.ink;
    context.lineWidth = 1.5;
    context.beginPath();
    context.arc(at.x, at.y, shown.look.pointPx / 2 + 4, 0, 2 * Math.PI);
    context.stroke();
  }

  private pixel(i: number): { x: number; y: number; depth: number } {
    const p = this.shown?.content.position as Float32Array;
    return project(this.camera as Camera, p[3 * i] as number, p[3 * i + 1] as number, p[3 * i + 2] as number);
  }

  /** The nearest vertex under the pointer, and of several the one in front. */
  private point(at: Place | null): void {
    const { shown, camera } = this;
    let near: number | null = null;
    if (at && shown && camera) {
      let best = Number.POSITIVE_INFINITY;
      for (let i = 0; i < shown.content.position.length / 3; i++) {
        const pixel = this.pixel(i);
        const away = Math.hypot(pixel.x - at.x, pixel.y - at.y);
        if (pixel.depth <= 0 || away > NEAR_PX) continue;
        const rank = away + pixel.depth * 1e-6;
        if (rank < best) [best, near] = [rank, i];
      }
    }
    if (near === this.near && near === null) return;
    this.near = near;
    const p = shown?.content.position;
    const place =
      near === null || !p
        ? []
        : [0, 1, 2].slice(0, shown.planar ? 2 : 3).map((axis) => formatNumber(p[3 * near + axis]));
    const lines =
      near === null || !shown ? [] : [...shown.words(near), place.join(", "), `point ${formatInteger(near)}`];
    this.surface.tell(at, lines);
    this.surface.repaint();
  }
}
