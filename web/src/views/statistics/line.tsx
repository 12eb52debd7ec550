/** Lines over steps in a small frame, with a bound, the stretch that is told about, and the step that is looked at. */

import { type PointerEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { formatInteger, formatNumber } from "../../lib/format.ts";
import { drawing, type StepPoints, valueAt } from "../../lib/stepline.ts";

interface Props {
  readonly label: string;
  readonly lines: readonly StepPoints[];
  readonly step: number;
  readonly height?: number;
  /** Drawn across, dashed. */
  readonly bound?: number | null;
  /** From where to where something holds. */
  readonly span?: readonly [number, number] | null;
  readonly fromZero?: boolean;
  readonly onStep: (step: number) => void;
}

const HEIGHT = 92;
const DASHES = ["", "5 3", "2 2", "8 3 2 3"] as const;

export function StepLine({
  label,
  lines,
  step,
  height = HEIGHT,
  bound = null,
  span = null,
  fromZero = false,
  onStep,
}: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const clip = useId();
  const width = useWidth(frame);
  const drawn = useMemo(
    () => drawing({ lines, width, height, fromZero, also: bound === null ? [] : [bound] }),
    [lines, width, height, fromZero, bound],
  );
  const { box, x, y } = drawn;
  const values = lines.map((line) => `${line.name} ${formatNumber(valueAt(line, step), 3)}`).join(", ");
  const pick = (event: PointerEvent<SVGSVGElement>): void => {
    if (event.buttons !== 1 && event.type !== "click") return;
    const left = event.currentTarget.getBoundingClientRect().left;
    onStep(Math.max(0, Math.round(drawn.step(event.clientX - left))));
  };
  return (
    <div ref={frame} className="step-line" style={{ height }}>
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={`${label} over steps. At step ${step}: ${values || "nothing"}.`}
        onPointerDown={pick}
        onPointerMove={pick}
      >
        <clipPath id={clip}>
          <rect
            x={box.left}
            y={box.top - 2}
            width={Math.max(0, box.right - box.left)}
            height={box.bottom - box.top + 4}
          />
        </clipPath>
        {drawn.yTicks.map(({ at, text }) => (
          <g key={text}>
            <path className="grid" d={`M${box.left} ${at}H${box.right}`} />
            <text x={box.left - 5} y={at + 3.5} textAnchor="end">
              {text}
            </text>
          </g>
        ))}
        {drawn.xTicks.map(({ at, text }) => (
          <text key={text} x={at} y={height - 4} textAnchor="middle">
            {text}
          </text>
        ))}
        <g clipPath={`url(#${clip})`}>
          {span && (
            <rect
              className="span"
              x={x(span[0])}
              y={box.top}
              width={Math.max(2, x(span[1]) - x(span[0]))}
              height={box.bottom - box.top}
            />
          )}
          {bound !== null && <path className="bound" d={`M${box.left} ${y(bound)}H${box.right}`} />}
          {drawn.lines.map((line, i) => (
            <g key={line.name} className={`line-${i % 4}`}>
              {line.reach !== "" && <path className="reach" d={line.reach} />}
              <path className="line" d={line.path} strokeDasharray={DASHES[i % 4]} />
              {line.bad.map((at) => (
                <path key={at} className="bad" d={`M${at - 4} ${box.bottom}h8l-4 -7z`} />
              ))}
            </g>
          ))}
          <path className="rule" d={`M${x(step)} ${box.top}V${box.bottom}`} />
        </g>
      </svg>
      {lines.length > 1 && (
        <ul className="step-legend" aria-hidden="true">
          {lines.map((line, i) => (
            <li key={line.name} className={`line-${i % 4}`}>
              <svg width="18" height="8" aria-hidden="true">
                <path className="line" d="M0 4H18" strokeDasharray={DASHES[i % 4]} />
              </svg>
              {line.name} <b>{formatNumber(valueAt(line, step), 3)}</b>
            </li>
          ))}
        </ul>
      )}
      <span className="visually-hidden">{formatInteger(lines.reduce((sum, line) => sum + line.length, 0))} points</span>
    </div>
  );
}

export function useWidth(host: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(320);
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(Math.max(120, element.clientWidth)));
    observer.observe(element);
    setWidth(Math.max(120, element.clientWidth));
    return () => observer.disconnect();
  }, [host]);
  return width;
}
