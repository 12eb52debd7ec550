/** A small drawing with two axes: places that the pointer and the arrow keys find, each told in words. */

import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { tickLabels } from "../../lib/format.ts";
import { linearTicks, makeScale, type Scale } from "../../lib/scale.ts";

export interface Axis {
  readonly label: string;
  readonly domain: readonly [number, number];
  /** Where ticks stand, and what they are called; round places unless told. */
  readonly ticks?: readonly (readonly [value: number, name: string])[];
}

/** What can be pointed at. */
export interface Spot {
  readonly x: number;
  readonly y: number;
  readonly says: readonly string[];
}

interface Props {
  /** What it shows, in a sentence: screen readers hear it. */
  readonly label: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly spots: readonly Spot[];
  readonly height?: number;
  /** As high as it is wide: both axes have one scale. */
  readonly square?: boolean;
  /** A spot was clicked, or Enter pressed on it. */
  readonly onPick?: (index: number) => void;
  readonly children: (scales: { readonly x: Scale; readonly y: Scale }) => ReactNode;
}

const LEFT = 44;
const BOTTOM = 34;
const TOP = 8;
const RIGHT = 10;
const NEAR_PX = 32;
const MOST_SQUARE_PX = 360;

export function Plot({ label, x, y, spots, height = 220, square = false, onPick, children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const [at, setAt] = useState<number | null>(null);
  const id = useId();
  const wide = square ? Math.min(width, MOST_SQUARE_PX) : width;
  const high = square ? wide - LEFT - RIGHT + TOP + BOTTOM : height;
  const right = Math.max(LEFT + 10, wide - RIGHT);
  const scales = {
    x: makeScale("linear", x.domain, [LEFT, right]),
    y: makeScale("linear", y.domain, [high - BOTTOM, TOP]),
  };
  const spot = at === null ? undefined : spots[at];
  const find = (event: React.PointerEvent): number | null => {
    const frame = event.currentTarget.getBoundingClientRect();
    return nearestSpot(spots, scales, event.clientX - frame.left, event.clientY - frame.top);
  };
  return (
    <div ref={box} className="mt-plot" style={{ minHeight: high }}>
      {width > 0 && (
        <svg
          width={wide}
          height={high}
          role="img"
          aria-label={`${label}${spots.length > 0 ? " Arrow keys read its places." : ""}`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: likewise
          tabIndex={0}
          className={onPick && spot ? "picks" : undefined}
          onPointerMove={(event) => setAt(find(event))}
          onPointerLeave={() => setAt(null)}
          onClick={() => at !== null && onPick?.(at)}
          onBlur={() => setAt(null)}
          onKeyDown={(event) => {
            const next = nextSpot(event.key, at, spots.length);
            if (next !== null) setAt(next);
            else if (event.key === "Enter" && at !== null) onPick?.(at);
            else return;
            event.preventDefault();
          }}
        >
          <Frame x={x} y={y} scales={scales} id={id} />
          <g clipPath={`url(#${id}-inside)`}>{children(scales)}</g>
          {spot && <circle className="mt-spot" cx={scales.x.to(spot.x)} cy={scales.y.to(spot.y)} r={4.5} />}
        </svg>
      )}
      <p className="mt-says" role="status">
        {spot ? spot.says.join(" · ") : " "}
      </p>
    </div>
  );
}

interface FrameProps {
  readonly x: Axis;
  readonly y: Axis;
  readonly scales: { readonly x: Scale; readonly y: Scale };
  readonly id: string;
}

function Frame({ x, y, scales, id }: FrameProps) {
  const [left, right] = scales.x.range;
  const [bottom, top] = scales.y.range;
  return (
    <g>
      <clipPath id={`${id}-inside`}>
        <rect x={left - 6} y={top - 6} width={right - left + 12} height={bottom - top + 12} />
      </clipPath>
      {named(x, 6).map(([value, text]) => (
        <g key={text}>
          <path className="mt-grid" d={`M${scales.x.to(value)} ${top}V${bottom}`} />
          <text className="mt-tick" x={scales.x.to(value)} y={bottom + 14} textAnchor="middle">
            {text}
          </text>
        </g>
      ))}
      {named(y, 6).map(([value, text]) => (
        <g key={text}>
          <path className="mt-grid" d={`M${left} ${scales.y.to(value)}H${right}`} />
          <text className="mt-tick" x={left - 6} y={scales.y.to(value) + 4} textAnchor="end">
            {text}
          </text>
        </g>
      ))}
      <path className="mt-axis" d={`M${left} ${top}V${bottom}H${right}`} />
      <text className="mt-name" x={(left + right) / 2} y={bottom + 29} textAnchor="middle">
        {x.label}
      </text>
      <text className="mt-name" x={-(top + bottom) / 2} y={10} textAnchor="middle" transform="rotate(-90)">
        {y.label}
      </text>
    </g>
  );
}

function named({ domain, ticks }: Axis, most: number): readonly (readonly [number, string])[] {
  if (ticks) return ticks;
  const values = linearTicks(domain[0], domain[1], most);
  const names = tickLabels(values);
  return values.map((value, i) => [value, names[i] as string] as const);
}

function nearestSpot(
  spots: readonly Spot[],
  scales: { readonly x: Scale; readonly y: Scale },
  x: number,
  y: number,
): number | null {
  let best: number | null = null;
  let least = NEAR_PX;
  spots.forEach((spot, i) => {
    const apart = Math.hypot(scales.x.to(spot.x) - x, scales.y.to(spot.y) - y);
    if (apart < least) [best, least] = [i, apart];
  });
  return best;
}

/** Which spot a key leads to; `null` when it is no key of theirs. */
export function nextSpot(key: string, at: number | null, count: number): number | null {
  if (count === 0) return null;
  const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[key];
  if (by !== undefined) return at === null ? (by > 0 ? 0 : count - 1) : Math.min(count - 1, Math.max(0, at + by));
  return { Home: 0, End: count - 1 }[key] ?? null;
}

/** Places joined by straight lines; what is not finite leaves a gap. */
export function pathOf(
  scales: { readonly x: Scale; readonly y: Scale },
  points: readonly (readonly [number, number])[],
): string {
  let pen = "M";
  return points
    .map(([x, y]) => {
      const place = [scales.x.to(x), scales.y.to(y)];
      if (!place.every(Number.isFinite)) {
        pen = "M";
        return "";
      }
      const piece = `${pen}${place.map((value) => value.toFixed(1)).join(" ")}`;
      pen = "L";
      return piece;
    })
    .join("");
}

export function useWidth(box: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return width;
}
