/** The step of a page of media: one slider for everything on it, with a tick where something was recorded. */

import { useEffect, useLayoutEffect, useRef } from "react";
import { formatInteger, plural } from "../../lib/format.ts";
import { SPEEDS } from "../../lib/media.ts";
import { indexAt } from "../../lib/steps.ts";
import type { Player } from "../../state/player.ts";
import { useStore } from "../../state/store.ts";
import { useShade } from "../../state/theme.ts";
import { readPalette } from "../palette.ts";

interface Props {
  readonly player: Player;
  readonly speed: number;
  readonly onSpeed: (speed: number) => void;
}

export function Stepper({ player, speed, onSpeed }: Props) {
  const steps = useStore(player.steps);
  const step = useStore(player.step);
  const at = useStore(player.at);
  const playing = useStore(player.playing);
  const live = at === null;
  const first = steps[0] ?? 0;
  const last = steps.at(-1) ?? 0;
  const place = indexAt(steps, step) + 1;
  const newer = steps.length - place;
  return (
    <fieldset className="stepper" aria-label="Step of everything on this page">
      <button
        type="button"
        className="small stepper-play"
        disabled={steps.length < 2}
        aria-label={playing ? "Pause" : "Play over steps"}
        title={playing ? "Pause (space)" : "Play (space)"}
        onClick={() => player.toggle()}
      >
        <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
          <path d={playing ? "M2 1h2v8H2zM6 1h2v8H6z" : "M2 1l7 4-7 4z"} fill="currentColor" />
        </svg>
      </button>
      <div className="stepper-track">
        <Ticks steps={steps} first={first} last={last} />
        <input
          type="range"
          aria-label="Step"
          min={first}
          max={Math.max(last, first + 1)}
          step={1}
          value={step}
          disabled={steps.length < 2}
          aria-valuetext={`step ${step}, ${place} of ${steps.length}`}
          onChange={(event) => {
            player.pause();
            player.snap(Number(event.target.value));
          }}
        />
      </div>
      <output className="stepper-step">
        step <b>{formatInteger(step)}</b>
        <span className="muted">
          {" "}
          {formatInteger(place)} of {formatInteger(steps.length)}
        </span>
      </output>
      <button
        type="button"
        className={live ? "small stepper-live on" : "small stepper-live"}
        aria-pressed={live}
        title={live ? "Follows what is logged" : "Go to the newest and follow (End)"}
        onClick={() => player.go(live ? step : null)}
      >
        <span className="dot" aria-hidden="true" />
        {live || newer === 0 ? "newest" : plural(newer, "newer", "newer")}
      </button>
      <label className="stepper-speed">
        <span className="visually-hidden">Steps in a second</span>
        <select value={speed} title="Speed of playing" onChange={(event) => onSpeed(Number(event.target.value))}>
          {SPEEDS.map((one) => (
            <option key={one} value={one}>
              {one} / s
            </option>
          ))}
        </select>
      </label>
    </fieldset>
  );
}

/** Half the width of the slider's thumb: its centre never reaches the edge. */
const THUMB_PX = 8;

function Ticks({ steps, first, last }: { steps: readonly number[]; first: number; last: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const shade = useShade();
  const paint = useRef<() => void>(() => undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shade` says that the colours changed
  useLayoutEffect(() => {
    paint.current = () => canvas.current && paintTicks(canvas.current, steps, first, last);
    paint.current();
  }, [steps, first, last, shade]);
  useEffect(() => {
    const observer = new ResizeObserver(() => paint.current());
    observer.observe(canvas.current as HTMLCanvasElement);
    return () => observer.disconnect();
  }, []);
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas takes no focus
  return <canvas ref={canvas} aria-hidden="true" />;
}

function paintTicks(canvas: HTMLCanvasElement, steps: readonly number[], first: number, last: number): void {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  const context = canvas.getContext("2d");
  if (!context || last <= first) return;
  context.fillStyle = readPalette(canvas).muted;
  const drawn = new Set<number>();
  for (const step of steps) {
    const x = Math.round((THUMB_PX + ((step - first) / (last - first)) * (width - 2 * THUMB_PX)) * ratio);
    if (drawn.has(x)) continue;
    drawn.add(x);
    context.fillRect(x - Math.floor(ratio / 2), 0, Math.max(1, Math.round(ratio)), canvas.height);
  }
}
