/** The trend of one run in its row. */

import { memo } from "react";
import { sparkPath } from "../../lib/sparkline.ts";
import type { Trace } from "../../lib/trace.ts";

const WIDTH = 60;
const HEIGHT = 18;

export const Spark = memo(function Spark({ trace }: { trace: Trace | undefined }) {
  if (!trace || trace.length === 0) return null;
  return (
    <svg className="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} aria-hidden="true">
      <path d={sparkPath(trace, WIDTH, HEIGHT)} />
    </svg>
  );
});
