/** Pixels of many pictures painted into one canvas: a thousand small canvases would cost more than their pixels. */

import { type Look, type Raster, toRgba } from "../../../lib/raster.ts";
import type { Drawn } from "./stage.ts";

/** Paint pictures, each in its own look. */
export function paintAll(rasters: readonly (readonly [Raster, Look])[]): Drawn[] {
  const columns = Math.ceil(Math.sqrt(rasters.length));
  const width = Math.max(1, ...rasters.map(([raster]) => raster.width));
  const height = Math.max(1, ...rasters.map(([raster]) => raster.height));
  // One pixel between them, so that making them smaller mixes none with its neighbour's edge.
  const canvas = new OffscreenCanvas(
    columns * (width + 1),
    Math.max(1, Math.ceil(rasters.length / columns)) * (height + 1),
  );
  const context = canvas.getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  return rasters.map(([raster, look], i) => {
    const x = (i % columns) * (width + 1);
    const y = Math.floor(i / columns) * (height + 1);
    if (raster.width > 0 && raster.height > 0)
      context.putImageData(new ImageData(toRgba(raster, look), raster.width, raster.height), x, y);
    return { source: canvas, x, y, width: raster.width, height: raster.height };
  });
}
