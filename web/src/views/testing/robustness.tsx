/** A figure while inputs are harmed more and more: one drawing for each way to harm, on one scale. */

import { formatNumber } from "../../lib/format.ts";
import { type Harm, isShare, type Level, rangeOf, wilson } from "../../lib/testing.ts";
import { Plot, pathOf } from "./plot.tsx";

interface Props {
  readonly harms: readonly Harm[];
  /** Rows that each level was judged by. */
  readonly rows: number;
}

export function Robustness({ harms, rows }: Props) {
  const values = harms.flatMap((harm) =>
    harm.levels.flatMap((level) => [figureAt(harm, level) ?? Number.NaN, ...(intervalOf(harm, level, rows) ?? [])]),
  );
  const shares = harms.every(({ figure }) => isShare(figure.split("/").at(-1) as string));
  const domain: readonly [number, number] = shares
    ? [0, 1]
    : [Math.min(0, rangeOf(values)[0]), rangeOf(values)[1] * 1.05];
  return (
    <div className="mt-harms">
      {harms.map((harm) => (
        <OneHarm key={`${harm.name} ${harm.figure}`} harm={harm} rows={rows} domain={domain} />
      ))}
    </div>
  );
}

function OneHarm({ harm, rows, domain }: { harm: Harm; rows: number; domain: readonly [number, number] }) {
  const found = harm.levels.map((level) => ({
    level: level.level,
    value: figureAt(harm, level),
    interval: intervalOf(harm, level, rows),
  }));
  const drawn = found.flatMap(({ level, value }) => (value === null ? [] : [[level, value] as const]));
  const [clean, worst] = [found[0]?.value ?? null, found.at(-1)?.value ?? null];
  const reach = rangeOf(found.map(({ level }) => level));
  return (
    <figure>
      <figcaption>
        {harm.name}{" "}
        <b>
          {formatNumber(clean, 3)} → {formatNumber(worst, 3)}
        </b>
        <span className="mt-unit">{harm.unit}</span>
      </figcaption>
      <Plot
        label={`${harm.figure} under ${harm.name}: ${found.map(({ level, value }) => `${formatNumber(value, 3)} at ${formatNumber(level, 3)}`).join(", ")}.`}
        x={{ label: harm.name, domain: reach, ticks: found.map(({ level }) => [level, formatNumber(level, 3)]) }}
        y={{ label: harm.figure, domain }}
        height={200}
        spots={found.flatMap(({ level, value, interval }) =>
          value === null
            ? []
            : [
                {
                  x: level,
                  y: value,
                  says: [
                    `${harm.name} ${formatNumber(level, 3)}`,
                    `${harm.figure} ${formatNumber(value)}`,
                    ...(interval ? [`95 % ${formatNumber(interval[0], 3)} to ${formatNumber(interval[1], 3)}`] : []),
                  ],
                },
              ],
        )}
      >
        {({ x, y }) => (
          <>
            <path className="mt-line" d={pathOf({ x, y }, drawn)} />
            {found.map(
              ({ level, value, interval }) =>
                value !== null && (
                  <g key={level}>
                    {interval && (
                      <path className="mt-whisker" d={`M${x.to(level)} ${y.to(interval[0])}V${y.to(interval[1])}`} />
                    )}
                    <circle className="mt-dot" cx={x.to(level)} cy={y.to(value)} r={3.5} />
                  </g>
                ),
            )}
          </>
        )}
      </Plot>
    </figure>
  );
}

function figureAt(harm: Harm, level: Level): number | null {
  return level.figures[harm.figure] ?? null;
}

/** As the report tells it; of a share of right rows it follows from how many there are. */
function intervalOf(harm: Harm, level: Level, rows: number): readonly [number, number] | null {
  const told = level.intervals?.[harm.figure];
  if (told) return told;
  const value = figureAt(harm, level);
  return value === null || !/(^|\/)accuracy$/.test(harm.figure) ? null : wilson(Math.round(value * rows), rows);
}
