/** A bar between two panes, moved by pointer or arrow keys; it remembers where it stood. */

import { type KeyboardEvent, type PointerEvent, useRef } from "react";

interface Props {
  readonly label?: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly onChange: (value: number) => void;
}

const STEP = 24;

export function Splitter({ label = "Width of the run table", value, min, max, onChange }: Props) {
  const from = useRef<{ x: number; value: number } | null>(null);
  const put = (next: number): void => onChange(Math.round(Math.max(min, Math.min(max, next))));
  const key = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    put(value + by);
  };
  const down = (event: PointerEvent<HTMLDivElement>): void => {
    from.current = { x: event.clientX, value };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator with a value is a control, not a rule
    <div
      className="splitter"
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={Math.max(min, Math.min(max, value))}
      aria-valuemin={min}
      aria-valuemax={Math.max(min, max)}
      onKeyDown={key}
      onPointerDown={down}
      onPointerMove={(event) => from.current && put(from.current.value + event.clientX - from.current.x)}
      onPointerUp={() => {
        from.current = null;
      }}
    />
  );
}
