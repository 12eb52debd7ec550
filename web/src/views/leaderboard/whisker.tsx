/** Mean, interval and seeds of an entry as a dot, a whisker and ticks, on the scale that all rows share. */

import type { Entry } from "../../api/analysis.ts";
import { formatNumber, tickLabels } from "../../lib/format.ts";
import { linearTicks } from "../../lib/scale.ts";
import { meanText } from "./text.ts";

export type Reach = readonly [number, number];

/** Room at both ends for an arrow at what lies beyond, in percent. */
const EDGE = 3;

function share(value: number, [low, high]: Reach): number {
  return EDGE + ((value - low) / (high - low)) * (100 - 2 * EDGE);
}

function at(value: number, reach: Reach): string {
  return `${Math.max(0, Math.min(100, share(value, reach))).toFixed(2)}%`;
}

interface Props {
  readonly entry: Entry;
  readonly reach: Reach;
  /** Best mean of those that are ranked: a line through all rows. */
  readonly best: number | null;
  /** Of another protocol: drawn hollow. */
  readonly apart: boolean;
}

export function Whisker({ entry, reach, best, apart }: Props) {
  const { mean, interval, seeds } = entry;
  if (mean === null) return <span className="muted">no value yet</span>;
  const [low, high] = reach;
  const beyond = mean < low ? "left" : mean > high ? "right" : null;
  return (
    <svg className={apart ? "whisker apart" : "whisker"} role="img" aria-label={told(entry)}>
      {best !== null && !apart && <line className="best" x1={at(best, reach)} x2={at(best, reach)} y1="0" y2="100%" />}
      {seeds.map(
        ({ run, value }) =>
          value !== null &&
          value >= low &&
          value <= high && (
            <line key={run} className="seed" x1={at(value, reach)} x2={at(value, reach)} y1="32%" y2="68%" />
          ),
      )}
      {interval && beyond === null && (
        <>
          <line className="bar" x1={at(interval[0], reach)} x2={at(interval[1], reach)} y1="50%" y2="50%" />
          {interval.map((end, i) =>
            end < low || end > high ? (
              <Arrow key={i === 0 ? "low" : "high"} right={end > high} />
            ) : (
              <line
                key={i === 0 ? "low" : "high"}
                className="bar"
                x1={at(end, reach)}
                x2={at(end, reach)}
                y1="36%"
                y2="64%"
              />
            ),
          )}
        </>
      )}
      {beyond === null ? (
        <circle cx={at(mean, reach)} cy="50%" r="4" />
      ) : (
        <>
          <Arrow right={beyond === "right"} />
          <text x={beyond === "left" ? "7%" : "93%"} y="50%" textAnchor={beyond === "left" ? "start" : "end"}>
            {formatNumber(mean)}
          </text>
        </>
      )}
    </svg>
  );
}

/** What lies beyond the scale, at its end. */
function Arrow({ right }: { right: boolean }) {
  return (
    <svg x={right ? "100%" : "0"} y="50%" overflow="visible" aria-hidden="true">
      <path className="beyond" d={right ? "M-6 -4 0 0 -6 4z" : "M6 -4 0 0 6 4z"} />
    </svg>
  );
}

function told(entry: Entry): string {
  const { interval, seeds, n } = entry;
  const values = seeds.flatMap((seed) => (seed.value === null ? [] : [seed.value]));
  const spread =
    n > 1 ? `, seeds from ${formatNumber(Math.min(...values))} to ${formatNumber(Math.max(...values))}` : "";
  return `${meanText(entry)}${interval ? ", 95 % interval of the mean" : ", one run: no interval"}${spread}`;
}

/** The numbers of the common scale, above the rows. */
export function Axis({ reach }: { reach: Reach }) {
  const values = linearTicks(reach[0], reach[1], 4);
  const labels = tickLabels(values);
  return (
    <span className="whisker-axis" aria-hidden="true">
      {values.map((value, i) => (
        <span key={value} style={{ left: at(value, reach) }}>
          {labels[i]}
        </span>
      ))}
    </span>
  );
}
