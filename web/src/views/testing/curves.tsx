/** ROC and precision over recall of a class, and a threshold that moves a point on both and the figures beside. */

import { useId } from "react";
import { formatInteger, formatNumber } from "../../lib/format.ts";
import {
  atThreshold,
  bestThreshold,
  type Line,
  nearest,
  type OutputReport,
  type Thresholds,
} from "../../lib/testing.ts";
import { Plot, pathOf, type Spot } from "./plot.tsx";

interface Props {
  readonly report: OutputReport;
  readonly name: string;
  readonly onName: (name: string) => void;
  readonly threshold: number;
  readonly onThreshold: (value: number) => void;
}

export function Curves({ report, name, onName, threshold, onThreshold }: Props) {
  const id = useId();
  const found = report.thresholds.find((one) => one.name === name);
  const roc = report.roc.find((line) => line.name === name);
  const pr = report.pr.find((line) => line.name === name);
  const index = found ? nearest(found.thresholds, threshold) : 0;
  const names = report.thresholds.map((one) => one.name);
  return (
    <div className="mt-curves">
      <div className="mt-bar">
        <label htmlFor={`${id}-class`}>
          {report.task === "multi_label" ? "label" : "class"}{" "}
          <select id={`${id}-class`} value={name} onChange={(event) => onName(event.target.value)}>
            {names.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
        {report.classes.length > names.length && (
          <span className="muted">
            curves of {names.length} of {formatInteger(report.classes.length)} classes
          </span>
        )}
      </div>
      {found && <Slider found={found} index={index} onThreshold={onThreshold} />}
      <div className="mt-two">
        {roc && (
          <figure>
            <figcaption>
              ROC <b>area {formatNumber(roc.area)}</b>
            </figcaption>
            <Curve line={roc} kind="roc" found={found} index={index} onThreshold={onThreshold} />
          </figure>
        )}
        {pr && (
          <figure>
            <figcaption>
              Precision and recall <b>average precision {formatNumber(pr.area)}</b>
            </figcaption>
            <Curve line={pr} kind="pr" found={found} index={index} onThreshold={onThreshold} />
          </figure>
        )}
      </div>
      {!roc && !pr && (
        <p className="muted">
          {name} has no curve: every row, or none, is of it in truth. Test on rows that hold both.
        </p>
      )}
    </div>
  );
}

interface CurveProps {
  readonly line: Line;
  readonly kind: "roc" | "pr";
  readonly found: Thresholds | undefined;
  readonly index: number;
  readonly onThreshold: (value: number) => void;
}

function Curve({ line, kind, found, index, onThreshold }: CurveProps) {
  const roc = kind === "roc";
  const spots: readonly Spot[] = line.x.map((x, i) => ({
    x,
    y: line.y[i] as number,
    says: [
      `${roc ? "false positives" : "recall"} ${formatNumber(x, 3)}`,
      `${roc ? "recall" : "precision"} ${formatNumber(line.y[i], 3)}`,
      ...(typeof line.thresholds[i] === "number" ? [`from ${formatNumber(line.thresholds[i], 3)} on`] : []),
    ],
  }));
  const point = found && atThreshold(found, index);
  // What chance gives: of ROC the diagonal, of precision the share of the class.
  const base = found ? found.support / Math.max(1, found.n) : 0;
  return (
    <Plot
      label={`${roc ? "ROC" : "Precision over recall"} of ${line.name}, area ${formatNumber(line.area)}.`}
      x={{ label: roc ? "false positive share" : "recall", domain: [0, 1] }}
      y={{ label: roc ? "recall" : "precision", domain: [0, 1] }}
      spots={spots}
      square
      onPick={(i) => {
        const value = line.thresholds[i];
        if (typeof value === "number") onThreshold(value);
      }}
    >
      {({ x, y }) => (
        <>
          <path
            className="mt-chance"
            d={pathOf(
              { x, y },
              roc
                ? [
                    [0, 0],
                    [1, 1],
                  ]
                : [
                    [0, base],
                    [1, base],
                  ],
            )}
          />
          <path
            className="mt-line"
            d={pathOf(
              { x, y },
              line.x.map((value, i) => [value, line.y[i] as number]),
            )}
          />
          {point && (
            <circle
              className="mt-now"
              cx={x.to(roc ? point.fallout : point.recall)}
              cy={y.to(roc ? point.recall : point.precision)}
              r={6}
            />
          )}
        </>
      )}
    </Plot>
  );
}

interface SliderProps {
  readonly found: Thresholds;
  readonly index: number;
  readonly onThreshold: (value: number) => void;
}

/** Steps from threshold to threshold that there are: nothing is drawn between two. */
function Slider({ found, index, onThreshold }: SliderProps) {
  const id = useId();
  const now = atThreshold(found, index);
  const rising = (found.thresholds.at(-1) ?? 0) >= (found.thresholds[0] ?? 0);
  const last = found.thresholds.length - 1;
  const place = rising ? index : last - index;
  const go = (next: number): void => onThreshold(found.thresholds[next] as number);
  return (
    <div className="mt-threshold">
      <div className="mt-slide">
        <label htmlFor={id}>threshold</label>
        <input
          id={id}
          type="range"
          min={0}
          max={last}
          step={1}
          value={place}
          aria-valuetext={`${formatNumber(now.threshold, 3)}: precision ${formatNumber(now.precision, 3)}, recall ${formatNumber(now.recall, 3)}`}
          onChange={(event) => go(rising ? Number(event.target.value) : last - Number(event.target.value))}
        />
        <output htmlFor={id}>{formatNumber(now.threshold, 3)}</output>
        <button type="button" className="link" onClick={() => go(nearest(found.thresholds, 0.5))}>
          0.5
        </button>
        <button type="button" className="link" onClick={() => go(bestThreshold(found, "f1"))}>
          best F1
        </button>
      </div>
      <dl className="mt-figures small">
        {(
          [
            ["precision", now.precision],
            ["recall", now.recall],
            ["F1", now.f1],
            ["accuracy", now.accuracy],
          ] as const
        ).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{formatNumber(value, 3)}</dd>
          </div>
        ))}
        {(
          [
            ["rightly called", now.tp],
            ["wrongly called", now.fp],
            ["missed", now.fn],
            ["rightly left", now.tn],
          ] as const
        ).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{formatInteger(value)}</dd>
          </div>
        ))}
      </dl>
      <p className="muted">
        {found.name} against the rest: {formatInteger(found.support)} of {formatInteger(found.n)} rows are of it. The
        best F1 of these rows is not that of others: choose on validation, tell of test.
      </p>
    </div>
  );
}
