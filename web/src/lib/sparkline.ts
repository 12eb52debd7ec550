/** A run's trend in the space of a word. */

import { makeScale } from "./scale.ts";
import type { Trace } from "./trace.ts";

/** Path data of a trace's means, with its extremes as thin strokes, inside a box. Empty when nothing is finite. */
export function sparkPath(trace: Trace, width: number, height: number): string {
  const { buckets: b, length } = trace;
  const { low, high } = trace.extent(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  if (!(low <= high)) return "";
  const x = makeScale("linear", trace.span, [1, width - 1]);
  const y = makeScale("linear", [low, high], [height - 1.5, 1.5]);
  let path = "";
  let pen = "M";
  for (let i = 0; i < length; i++) {
    if (!Number.isFinite(b.mean[i] as number)) {
      pen = "M";
      continue;
    }
    const at = x.to(((b.x0[i] as number) + (b.x1[i] as number)) / 2).toFixed(1);
    path += `${pen}${at} ${y.to(b.mean[i] as number).toFixed(1)}`;
    pen = "L";
    if ((b.high[i] as number) > (b.low[i] as number)) {
      path += `V${y.to(b.low[i] as number).toFixed(1)}V${y.to(b.high[i] as number).toFixed(1)}V${y.to(b.mean[i] as number).toFixed(1)}`;
    }
  }
  return path.includes("L") || path === "" ? path : `${path}h0.01`;
}
