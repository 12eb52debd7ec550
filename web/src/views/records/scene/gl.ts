/** Scenes by WebGL. One drawing context serves all panels of a page; browsers allow only a few. */

import {
  AmbientLight,
  BufferAttribute,
  BufferGeometry,
  DirectionalLight,
  DoubleSide,
  Mesh,
  MeshLambertMaterial,
  PerspectiveCamera,
  Points,
  PointsMaterial,
  Scene,
  SRGBColorSpace,
  Vector3,
  WebGLRenderer,
} from "three";
import type { Camera } from "../../../lib/orbit.ts";
import type { Content, SceneLook } from "./content.ts";

let shared: WebGLRenderer | null | undefined;

/** The one renderer; `null` where there is no WebGL. */
function renderer(): WebGLRenderer | null {
  if (shared === undefined) shared = makeRenderer();
  return shared;
}

function makeRenderer(): WebGLRenderer | null {
  const canvas = document.createElement("canvas");
  // Asked first, because the library complains in the console where it cannot.
  const context = canvas.getContext("webgl2", { alpha: true, antialias: true });
  if (!context) return null;
  try {
    const made = new WebGLRenderer({ canvas, context, alpha: true, antialias: true });
    made.outputColorSpace = SRGBColorSpace;
    canvas.addEventListener("webglcontextlost", () => {
      shared = null;
    });
    return made;
  } catch {
    return null;
  }
}

export function hasGl(): boolean {
  return renderer() !== null;
}

/** The geometry of one record, made once. */
export class GlScene {
  private readonly scene = new Scene();
  private readonly geometry = new BufferGeometry();
  private readonly points: PointsMaterial | null = null;
  private readonly surface: MeshLambertMaterial | null = null;
  private readonly lamp = new DirectionalLight("white", 2.1);

  constructor(content: Content) {
    this.geometry.setAttribute("position", new BufferAttribute(content.position, 3));
    this.geometry.setAttribute("color", new BufferAttribute(linear(content.colour), 3));
    if (content.faces) {
      this.geometry.setIndex(new BufferAttribute(content.faces, 1));
      this.geometry.computeVertexNormals();
      this.surface = new MeshLambertMaterial({ vertexColors: true, side: DoubleSide });
      this.scene.add(new Mesh(this.geometry, this.surface), new AmbientLight("white", 1.1), this.lamp);
    } else {
      this.points = new PointsMaterial({ vertexColors: true, sizeAttenuation: false });
      this.scene.add(new Points(this.geometry, this.points));
    }
  }

  /** Draw into a canvas of this many CSS pixels; answers false when the context was lost. */
  paint(context: CanvasRenderingContext2D, camera: Camera, look: SceneLook): boolean {
    const gl = renderer();
    if (!gl) return false;
    const ratio = window.devicePixelRatio || 1;
    gl.setPixelRatio(ratio);
    gl.setSize(camera.width, camera.height, false);
    if (this.points) this.points.size = look.pointPx * ratio;
    if (this.surface) this.surface.wireframe = look.wire;
    this.lamp.position.set(...camera.eye);
    this.lamp.target.position.set(...camera.target);
    this.lamp.target.updateMatrixWorld();
    gl.setClearColor(0, 0);
    gl.render(this.scene, perspective(camera));
    // In the same task as the drawing, before the browser clears it.
    context.drawImage(gl.domElement, 0, 0, camera.width, camera.height);
    return true;
  }

  destroy(): void {
    this.geometry.dispose();
    this.points?.dispose();
    this.surface?.dispose();
  }
}

function perspective(camera: Camera): PerspectiveCamera {
  const distance = Math.hypot(...camera.eye.map((part, i) => part - (camera.target[i] as number)));
  const angle = (2 * Math.atan(camera.height / 2 / camera.focal) * 180) / Math.PI;
  const made = new PerspectiveCamera(angle, camera.width / camera.height, distance / 1000, distance * 1000);
  made.position.set(...camera.eye);
  made.up.set(...camera.up);
  made.lookAt(new Vector3(...camera.target));
  return made;
}

/** Colours as light: WebGL adds and shades them before they become pixels again. */
function linear(colour: Uint8Array): Float32Array {
  return Float32Array.from(colour, (byte) => {
    const v = byte / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  });
}
