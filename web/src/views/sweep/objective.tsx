/** What trials reached, one after another, and the best until then. */

import { useLayoutEffect, useRef, useState } from "react";
import type { SweepTrial } from "../../api/sweeps.ts";
import { formatNumber, tickLabels } from "../../lib/format.ts";
import { makeScale, padded, ticks } from "../../lib/scale.ts";
import { bestSoFar } from "../../lib/sweeps.ts";

const HEIGHT = 240;
const SIDE = { left: 56, right: 12, top: 12, bottom: 26 } as const;

interface Props {
  readonly trials: readonly SweepTrial[];
  readonly goal: "min" | "max";
  readonly metric: string;
  readonly onOpen: (trial: SweepTrial) => void;
}

export function Objective({ trials, goal, metric, onOpen }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const box = host.current;
    if (box === null) return;
    const seen = new ResizeObserver(() => setWidth(box.clientWidth));
    seen.observe(box);
    setWidth(box.clientWidth);
    return () => seen.disconnect();
  }, []);
  return (
    <div ref={host} className="sweep-objective" style={{ height: HEIGHT }}>
      {width > 0 && <Plot trials={trials} goal={goal} metric={metric} onOpen={onOpen} width={width} />}
    </div>
  );
}

function Plot({ trials, goal, metric, onOpen, width }: Props & { readonly width: number }) {
  const valued = trials.filter((trial) => trial.value !== null && trial.state !== "open");
  const values = valued.map((trial) => trial.value as number);
  if (values.length === 0) return <p className="muted">Nothing has been reached yet.</p>;
  const extent: [number, number] = [Math.min(...values), Math.max(...values)];
  const log = extent[0] > 0 && extent[1] / extent[0] >= 50;
  const kind = log ? "log" : "linear";
  const y = makeScale(kind, padded(kind, extent), [HEIGHT - SIDE.bottom, SIDE.top]);
  const last = Math.max(2, trials.at(-1)?.number ?? 2);
  const x = (number: number): number => SIDE.left + ((number - 1) / (last - 1)) * (width - SIDE.left - SIDE.right);
  const marks = ticks(y, 5);
  const labels = tickLabels(marks);
  const best = bestSoFar(trials, goal);
  const failed = trials.filter((trial) => trial.state === "failed");
  return (
    <svg width={width} height={HEIGHT} role="img" aria-label={words(trials, best, metric)}>
      {marks.map((mark, at) => (
        <g key={mark}>
          <line x1={SIDE.left} x2={width - SIDE.right} y1={y.to(mark)} y2={y.to(mark)} className="grid" />
          <text x={SIDE.left - 8} y={y.to(mark) + 4} textAnchor="end">
            {labels[at]}
          </text>
        </g>
      ))}
      {[1, last].map((number) => (
        <text key={number} x={x(number)} y={HEIGHT - 8} textAnchor={number === 1 ? "start" : "end"}>
          trial {number}
        </text>
      ))}
      <path d={staircase(best, x, y.to)} className="best" />
      {failed.map((trial) => (
        <path
          key={trial.number}
          d={`M${x(trial.number) - 3} ${HEIGHT - SIDE.bottom - 7}l6 6m0 -6l-6 6`}
          className="failed"
        >
          <title>{`Trial ${trial.number} failed`}</title>
        </path>
      ))}
      {valued.map((trial) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: the table below opens the same runs by keys
        <circle
          key={trial.number}
          cx={x(trial.number)}
          cy={y.to(trial.value as number)}
          r={trials.length > 200 ? 2.5 : 4}
          data-state={trial.state}
          onClick={() => onOpen(trial)}
        >
          <title>{`Trial ${trial.number}${trial.state === "pruned" ? ", ended early" : ""}: ${formatNumber(trial.value)}`}</title>
        </circle>
      ))}
    </svg>
  );
}

/** A line that moves when there is something better. */
function staircase(best: readonly (number | null)[], x: (n: number) => number, y: (v: number) => number): string {
  let path = "";
  let before: number | null = null;
  best.forEach((value, at) => {
    if (value === null) return;
    const to = x(at + 1);
    path += before === null ? `M${to} ${y(value)}` : `H${to}`;
    if (before !== null && value !== before) path += `V${y(value)}`;
    before = value;
  });
  return path;
}

function words(trials: readonly SweepTrial[], best: readonly (number | null)[], metric: string): string {
  const last = best.at(-1);
  return `${metric} of ${trials.length} trials${last === null || last === undefined ? "" : `; the best is ${formatNumber(last)}`}.`;
}
