/** The trend of one run in its row. */

import { memo } from "react";
import { sparkline } from "../lib/sparkline.ts";
import type { Trace } from "../lib/trace.ts";

const WIDTH = 60;
const HEIGHT = 18;

export const Spark = memo(function Spark({ trace }: { trace: Trace | undefined }) {
  if (!trace || trace.length === 0) return null;
  const { line, reach } = sparkline(trace, WIDTH, HEIGHT);
  return (
    <svg className="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} aria-hidden="true">
      <path className="spark-reach" d={reach} />
      <path d={line} />
    </svg>
  );
});
