/** A regression: predicted over true numbers, what is left over them, and how that is spread. */

import type { Histogram } from "../../lib/dataset.ts";
import { formatInteger, formatNumber, plural } from "../../lib/format.ts";
import { type Residuals, rangeOf } from "../../lib/testing.ts";
import { Plot, pathOf } from "./plot.tsx";

interface Props {
  readonly found: Residuals;
  readonly n: number;
  readonly onRow: (row: number) => void;
}

export function Regression({ found, n, onRow }: Props) {
  const { points } = found;
  const both = airy(rangeOf(points.flatMap(({ truth, predicted }) => [truth, predicted])));
  const truths = airy(rangeOf(points.map(({ truth }) => truth)));
  const left = points.map(({ truth, predicted }) => predicted - truth);
  const farthest = Math.max(1e-12, ...left.map(Math.abs)) * 1.06;
  const says = (i: number): readonly string[] => {
    const { row, truth, predicted } = points[i] as Residuals["points"][number];
    return [
      `row ${formatInteger(row)}`,
      `true ${formatNumber(truth)}`,
      `predicted ${formatNumber(predicted)}`,
      `off by ${formatNumber(predicted - truth)}`,
    ];
  };
  const pick = (i: number): void => onRow((points[i] as Residuals["points"][number]).row);
  const told =
    points.length < n ? `${formatInteger(points.length)} of ${formatInteger(n)} rows, evenly spaced` : plural(n, "row");
  return (
    <div className="mt-regression">
      <div className="mt-two">
        <figure>
          <figcaption>Predicted over true</figcaption>
          <Plot
            label={`Predicted over true numbers, ${told}.`}
            x={{ label: "true", domain: both }}
            y={{ label: "predicted", domain: both }}
            spots={points.map(({ truth, predicted }, i) => ({ x: truth, y: predicted, says: says(i) }))}
            square
            onPick={pick}
          >
            {({ x, y }) => (
              <>
                <path
                  className="mt-chance"
                  d={pathOf({ x, y }, [
                    [both[0], both[0]],
                    [both[1], both[1]],
                  ])}
                />
                {points.map(({ row, truth, predicted }) => (
                  <circle key={row} className="mt-mote" cx={x.to(truth)} cy={y.to(predicted)} r={2.5} />
                ))}
              </>
            )}
          </Plot>
        </figure>
        <figure>
          <figcaption>Predicted less true</figcaption>
          <Plot
            label={`Residuals over true numbers, ${told}.`}
            x={{ label: "true", domain: truths }}
            y={{ label: "predicted less true", domain: [-farthest, farthest] }}
            spots={points.map(({ truth }, i) => ({ x: truth, y: left[i] as number, says: says(i) }))}
            height={300}
            onPick={pick}
          >
            {({ x, y }) => (
              <>
                <path
                  className="mt-chance"
                  d={pathOf({ x, y }, [
                    [truths[0], 0],
                    [truths[1], 0],
                  ])}
                />
                {points.map(({ row, truth }, i) => (
                  <circle key={row} className="mt-mote" cx={x.to(truth)} cy={y.to(left[i] as number)} r={2.5} />
                ))}
              </>
            )}
          </Plot>
        </figure>
      </div>
      <Spread histogram={found.histogram} label="predicted less true" />
      <p className="muted">{told}. A point opens its row.</p>
    </div>
  );
}

/** Counts in equal bins, from 0. */
export function Spread({ histogram, label }: { histogram: Histogram; label: string }) {
  const { low, high, counts } = histogram;
  const most = Math.max(1, ...counts);
  const step = (high - low) / Math.max(1, counts.length);
  return (
    <Plot
      label={`How ${label} is spread, ${counts.length} bins, at most ${formatInteger(most)} rows in one.`}
      x={{ label, domain: [low, high] }}
      y={{ label: "rows", domain: [0, most] }}
      height={150}
      spots={counts.map((count, i) => ({
        x: low + (i + 0.5) * step,
        y: count,
        says: [`${formatNumber(low + i * step, 3)} to ${formatNumber(low + (i + 1) * step, 3)}`, plural(count, "row")],
      }))}
    >
      {({ x, y }) =>
        counts.map((count, i) => {
          const [from, to] = [x.to(low + i * step), x.to(low + (i + 1) * step)];
          return (
            <rect
              key={from}
              className="mt-bar-fill"
              x={from + 0.5}
              width={Math.max(1, to - from - 1)}
              y={y.to(count)}
              height={count > 0 ? Math.max(1, y.to(0) - y.to(count)) : 0}
            />
          );
        })
      }
    </Plot>
  );
}

function airy([low, high]: readonly [number, number]): readonly [number, number] {
  const air = (high - low || Math.abs(high) || 1) * 0.04;
  return [low - air, high + air];
}
