/** How the values of a column are spread, as small as a word. */

import type { Column, Histogram } from "../../lib/dataset.ts";
import { formatInteger, formatNumber } from "../../lib/format.ts";

const WIDTH = 96;
const HEIGHT = 20;
/** A bar of a class is at most so wide, and at least one pixel. */
const WIDEST = 10;
const SHOWN = 48;

export function SmallSpread({ column }: { column: Column }) {
  if (column.histogram !== null)
    return <Bars counts={column.histogram.counts} title={histogramTitle(column.histogram)} />;
  if (column.counts === null || column.kind === "text") return null;
  const named = Object.entries(column.counts).slice(0, SHOWN);
  if (named.length === 0) return null;
  const title = named.slice(0, 8).map(([name, count]) => `${name}: ${formatInteger(count)}`);
  return <Bars counts={named.map(([, count]) => count)} gap title={title.join("\n")} />;
}

function histogramTitle({ low, high, counts }: Histogram): string {
  return `From ${formatNumber(low)} to ${formatNumber(high)}; ${formatInteger(Math.max(0, ...counts))} at most in one of ${counts.length} steps`;
}

function Bars({ counts, title, gap = false }: { counts: readonly number[]; title: string; gap?: boolean }) {
  const most = Math.max(1, ...counts);
  const step = Math.min(gap ? WIDEST : WIDTH, WIDTH / Math.max(1, counts.length));
  const width = gap && step > 3 ? step - 1 : step;
  return (
    <svg
      className="ds-spread"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={title}
    >
      <title>{title}</title>
      <path className="ds-spread-floor" d={`M0 ${HEIGHT - 0.5}H${WIDTH}`} />
      {counts.map((count, i) => {
        // What is there is seen, however little of it there is.
        const height = count > 0 ? Math.max(1, (count / most) * (HEIGHT - 1)) : 0;
        // biome-ignore lint/suspicious/noArrayIndexKey: steps have no other name
        return <rect key={i} x={i * step} y={HEIGHT - height} width={width} height={height} />;
      })}
    </svg>
  );
}
