/** A bar between two panes, moved by pointer or arrow keys; it remembers where it stood. */

import { type KeyboardEvent, type PointerEvent, useRef } from "react";

interface Props {
  readonly label?: string;
  /** What it changes: the width of what is left of it, or the height of what is above. */
  readonly axis?: "x" | "y";
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly onChange: (value: number) => void;
}

const STEP = 24;

export function Splitter({ label = "Width of the run table", axis = "x", value, min, max, onChange }: Props) {
  const from = useRef<{ at: number; value: number } | null>(null);
  const at = (event: PointerEvent): number => (axis === "x" ? event.clientX : event.clientY);
  const put = (next: number): void => onChange(Math.round(Math.max(min, Math.min(max, next))));
  const key = (event: KeyboardEvent): void => {
    const [less, more] = axis === "x" ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
    if (event.key !== less && event.key !== more) return;
    event.preventDefault();
    put(value + (event.key === less ? -STEP : STEP));
  };
  const down = (event: PointerEvent<HTMLDivElement>): void => {
    from.current = { at: at(event), value };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator with a value is a control, not a rule
    <div
      className="splitter"
      role="separator"
      tabIndex={0}
      aria-orientation={axis === "x" ? "vertical" : "horizontal"}
      aria-label={label}
      aria-valuenow={Math.max(min, Math.min(max, value))}
      aria-valuemin={min}
      aria-valuemax={Math.max(min, max)}
      onKeyDown={key}
      onPointerDown={down}
      onPointerMove={(event) => from.current && put(from.current.value + at(event) - from.current.at)}
      onPointerUp={() => {
        from.current = null;
      }}
    />
  );
}
