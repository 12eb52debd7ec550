/** What a scene is made of, whoever draws it. */

export interface Content {
  /** x, y, z of each vertex. */
  readonly position: Float32Array;
  /** Corners of triangles; `null` is a cloud of points. */
  readonly faces: Uint32Array | null;
  /** r, g, b of each vertex. */
  readonly colour: Uint8Array;
}

export interface SceneLook {
  readonly pointPx: number;
  readonly wire: boolean;
}
