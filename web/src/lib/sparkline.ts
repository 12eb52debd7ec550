/** A run's trend in the space of a word. */

import { makeScale } from "./scale.ts";
import type { Trace } from "./trace.ts";

/** Path data of the means, and of strokes from each bucket's lowest to its highest value. */
export interface Spark {
  readonly line: string;
  readonly reach: string;
}

/** Lay a trace out in a box; both paths are empty when nothing is finite. */
export function sparkline(trace: Trace, width: number, height: number): Spark {
  const { buckets: b, length } = trace;
  const { low, high } = trace.extent(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  if (!(low <= high)) return { line: "", reach: "" };
  const x = makeScale("linear", trace.span, [1, width - 1]);
  const y = makeScale("linear", [low, high], [height - 1.5, 1.5]);
  const line: string[] = [];
  const reach: string[] = [];
  let pen = "M";
  for (let i = 0; i < length; i++) {
    if (!Number.isFinite(b.mean[i] as number)) {
      pen = "M";
      continue;
    }
    const at = x.to(((b.x0[i] as number) + (b.x1[i] as number)) / 2).toFixed(1);
    // A point without a neighbour is a dot: a line of no length with round ends.
    line.push(`${pen}${at} ${y.to(b.mean[i] as number).toFixed(1)}${pen === "M" ? "h0" : ""}`);
    pen = "L";
    if ((b.high[i] as number) > (b.low[i] as number)) {
      reach.push(`M${at} ${y.to(b.low[i] as number).toFixed(1)}V${y.to(b.high[i] as number).toFixed(1)}`);
    }
  }
  return { line: line.join(""), reach: reach.join("") };
}
