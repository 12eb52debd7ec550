/** Whether the model is right as often as it says: each bin with its count, its interval, and the distance from the diagonal. */

import { formatInteger, formatNumber, plural } from "../../lib/format.ts";
import { type CalibrationBins, wilson } from "../../lib/testing.ts";
import { Plot, pathOf } from "./plot.tsx";

export function Reliability({ found }: { found: CalibrationBins }) {
  const bins = found.count.map((count, i) => {
    const [confidence, accuracy] = [found.confidence[i] as number, found.accuracy[i] as number];
    return { count, confidence, accuracy, interval: wilson(Math.round(accuracy * count), count) };
  });
  const total = found.count.reduce((sum, count) => sum + count, 0);
  const most = Math.max(1, ...found.count);
  return (
    <div className="mt-reliability">
      <Plot
        label={`Calibration of ${formatInteger(total)} predictions, expected error ${formatNumber(found.ece)}.`}
        x={{ label: "how sure it was", domain: [0, 1] }}
        y={{ label: "how often it was right", domain: [0, 1] }}
        square
        spots={bins.map(({ count, confidence, accuracy, interval }) => ({
          x: confidence,
          y: accuracy,
          says: [
            `${formatNumber(confidence, 3)} sure, ${formatNumber(accuracy, 3)} right`,
            plural(count, "row"),
            ...(interval ? [`95 % ${formatNumber(interval[0], 2)} to ${formatNumber(interval[1], 2)}`] : []),
          ],
        }))}
      >
        {({ x, y }) => (
          <>
            <path
              className="mt-chance"
              d={pathOf({ x, y }, [
                [0, 0],
                [1, 1],
              ])}
            />
            {bins.map(({ confidence, accuracy, interval }) => (
              <g key={confidence}>
                <path className="mt-gap" d={`M${x.to(confidence)} ${y.to(confidence)}V${y.to(accuracy)}`} />
                {interval && (
                  <path className="mt-whisker" d={`M${x.to(confidence)} ${y.to(interval[0])}V${y.to(interval[1])}`} />
                )}
                <circle className="mt-dot" cx={x.to(confidence)} cy={y.to(accuracy)} r={4} />
              </g>
            ))}
          </>
        )}
      </Plot>
      <Plot
        label={`How many predictions were how sure; at most ${formatInteger(most)} in a bin.`}
        x={{ label: `rows by how sure it was, ${found.bins} bins`, domain: [0, 1] }}
        y={{ label: "rows", domain: [0, most] }}
        height={120}
        spots={[]}
      >
        {({ x, y }) =>
          bins.map(({ count, confidence }) => {
            const bin = Math.min(found.bins - 1, Math.floor(confidence * found.bins));
            const [left, right] = [x.to(bin / found.bins), x.to((bin + 1) / found.bins)];
            return (
              <rect
                key={bin}
                className="mt-bar-fill"
                x={left + 1}
                width={Math.max(1, right - left - 2)}
                y={y.to(count)}
                height={Math.max(1, y.to(0) - y.to(count))}
              />
            );
          })
        }
      </Plot>
      <p className="muted">
        expected calibration error <b>{formatNumber(found.ece)}</b>, largest <b>{formatNumber(found.mce)}</b>,{" "}
        {plural(total, "row")}. Below the diagonal it is surer than it is right; whiskers are 95 % intervals (Wilson).
      </p>
    </div>
  );
}
