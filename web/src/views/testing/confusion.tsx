/** A confusion matrix whose cells open the rows behind them; arrow keys go from cell to cell, Enter opens. */

import { useMemo, useRef, useState } from "react";
import { colourAt, css, isLight } from "../../lib/colormap.ts";
import { formatInteger, formatNumber, plural } from "../../lib/format.ts";
import { type Confused, cellsOf, mistakes } from "../../lib/testing.ts";

interface Props {
  /** Rows are the truth. */
  readonly matrix: readonly (readonly number[])[];
  readonly classes: readonly string[];
  /** What is counted: rows, or pixels. */
  readonly unit: "row" | "pixel";
  readonly chosen: { readonly actual: string; readonly predicted: string } | null;
  /** `null` when there are no rows to be shown: pixels. */
  readonly onChoose: ((cell: { readonly actual: string; readonly predicted: string } | null) => void) | null;
}

/** Numbers stand in the cells up to so many classes; more are read one by one. */
const MOST_WRITTEN = 24;
/** Longer names stand upright, so that the cells need not be as wide as they. */
const SHORT = 4;

export function ConfusionTable({ matrix, classes, unit, chosen, onChoose }: Props) {
  const [shares, setShares] = useState(false);
  const [at, setAt] = useState<readonly [number, number]>([0, 0]);
  const body = useRef<HTMLTableSectionElement>(null);
  const cells = useMemo(() => cellsOf(matrix), [matrix]);
  const worst = useMemo(() => mistakes(matrix, 5), [matrix]);
  const words = ({ actual, predicted, count, share }: Confused): string =>
    `${classes[actual]} taken for ${classes[predicted]}: ${plural(count, unit)}, ${percent(share)} of ${classes[actual]}`;
  const choose = (cell: Confused): void => {
    const [actual, predicted] = [classes[cell.actual] as string, classes[cell.predicted] as string];
    const same = chosen?.actual === actual && chosen.predicted === predicted;
    onChoose?.(same ? null : { actual, predicted });
  };
  const move = (row: number, column: number): void => {
    const last = classes.length - 1;
    const next = [Math.min(last, Math.max(0, row)), Math.min(last, Math.max(0, column))] as const;
    setAt(next);
    const line = body.current?.rows[next[0]];
    line?.cells[next[1] + 1]?.querySelector("button")?.focus();
  };
  const size = classes.length <= 12 ? "large" : classes.length <= MOST_WRITTEN ? "middle" : "small";
  const tall = classes.some((name) => name.length > SHORT);
  return (
    <div className="mt-confusion">
      <div className="mt-bar">
        <fieldset className="mt-choice">
          <legend className="visually-hidden">Numbers in the cells</legend>
          <button type="button" className="toggle" aria-pressed={!shares} onClick={() => setShares(false)}>
            Counts
          </button>
          <button type="button" className="toggle" aria-pressed={shares} onClick={() => setShares(true)}>
            Share of actual
          </button>
        </fieldset>
        <span className="grow" />
        <span className="muted" aria-hidden="true">
          actual ↓ predicted →
        </span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys must be able to */}
      <section className="scroll-x" tabIndex={0} aria-label="Confusion matrix">
        <table
          className={`mt-matrix ${size} ${tall ? "tall" : ""}`}
          aria-label={`Confusion matrix, ${classes.length} classes`}
        >
          <thead>
            <tr>
              <th scope="col">
                <span className="visually-hidden">Actual, below; predicted, to the right</span>
              </th>
              {classes.map((name) => (
                <th key={name} scope="col" title={name}>
                  <span>{name}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody ref={body}>
            {cells.map((row, r) => (
              <tr key={classes[r]}>
                <th scope="row" title={classes[r]}>
                  {classes[r]}
                </th>
                {row.map((cell, c) => {
                  const here = chosen?.actual === classes[r] && chosen?.predicted === classes[c];
                  return (
                    <td key={classes[c]}>
                      <button
                        type="button"
                        tabIndex={at[0] === r && at[1] === c ? 0 : -1}
                        aria-label={words(cell)}
                        aria-pressed={onChoose === null ? undefined : here}
                        title={words(cell)}
                        className={cell.count === 0 ? "none" : r === c ? "right" : undefined}
                        style={cell.count === 0 ? undefined : shade(cell.share)}
                        onFocus={() => setAt([r, c])}
                        onClick={() => choose(cell)}
                        onKeyDown={(event) => {
                          const way = WAYS[event.key];
                          if (way) move(r + way[0], c + way[1]);
                          else if (event.key === "Home") move(r, 0);
                          else if (event.key === "End") move(r, classes.length - 1);
                          else return;
                          event.preventDefault();
                        }}
                      >
                        {size !== "small" && (shares ? shareText(cell) : formatInteger(cell.count))}
                      </button>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p className="mt-scale" aria-hidden="true">
        0
        <span style={{ background: `linear-gradient(to right, ${STOPS})` }} />1 share of actual, as colour
      </p>
      {worst.length > 0 && onChoose !== null && (
        <p className="mt-worst">
          <span className="muted">most often: </span>
          {worst.map((cell) => (
            <button
              key={`${cell.actual} ${cell.predicted}`}
              type="button"
              className="link"
              onClick={() => choose(cell)}
            >
              {classes[cell.actual]} → {classes[cell.predicted]} <b>{formatInteger(cell.count)}</b>
            </button>
          ))}
        </p>
      )}
    </div>
  );
}

const WAYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};
const STOPS = Array.from({ length: 11 }, (_, i) => css(colourAt("viridis", i / 10))).join(", ");

function shade(share: number): React.CSSProperties {
  const colour = colourAt("viridis", share);
  return { background: css(colour), color: isLight(colour) ? css([0, 0, 0]) : css([255, 255, 255]) };
}

function shareText({ count, share }: Confused): string {
  return count === 0 ? "0" : formatNumber(share, 2);
}

function percent(value: number): string {
  return `${formatNumber(100 * value, 3)} %`;
}
