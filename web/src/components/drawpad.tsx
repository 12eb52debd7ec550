/**
 * A sheet to draw on, by mouse, finger, pen or keys, that gives a picture of as many pixels as a model takes.
 *
 * `width` and `height` are those of the picture; the sheet itself is drawn as finely as the screen can show. Beside it stands
 * the picture that is given, pixel by pixel: what a model gets is never guessed.
 */

import "../styles/drawpad.css";
import { useCallback, useEffect, useId, useMemo, useRef, useState } from "react";
import type { Rgb } from "../lib/colormap.ts";
import { centred, Drawing, type Pen, penWords, rasterise, type Size, type Spot, type Stroke } from "../lib/drawing.ts";

interface Props {
  /** Of the picture that is given, in pixels. */
  readonly width: number;
  readonly height: number;
  /** 1: ink on a ground; 3: a pen of any colour. */
  readonly channels: 1 | 3;
  /** What is drawn: "a digit". */
  readonly label: string;
  /** After each stroke, each undo, each change of pen or ground that the picture shows; `null` when nothing is drawn. */
  readonly onPicture: (png: Blob | null) => void;
}

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];
const SCREEN_PX = 280;

export function DrawPad({ width, height, channels, label, onPicture }: Props) {
  const [dark, setDark] = useState(channels === 1);
  const [centre, setCentre] = useState(channels === 1 && width === height);
  const [thick, setThick] = useState(0.08);
  const [hue, setHue] = useState<Rgb>([200, 64, 31]);
  const [turn, setTurn] = useState(0);
  const [says, setSays] = useState("");
  const size = useMemo<Size>(() => ({ width, height }), [width, height]);
  const ground = dark ? BLACK : WHITE;
  const colour = channels === 3 ? hue : dark ? WHITE : BLACK;
  const drawing = useRef<Drawing>(null);
  drawing.current ??= new Drawing({ colour, width: thick }, () => setTurn((n) => n + 1));
  const own = drawing.current;
  own.take({ colour, width: thick } satisfies Pen);
  // What was drawn in ink is drawn in the ink that stands out from the ground now.
  const inked = useCallback(
    (strokes: readonly Stroke[]): readonly Stroke[] =>
      channels === 3 ? strokes : strokes.map((stroke) => ({ ...stroke, colour: dark ? WHITE : BLACK })),
    [channels, dark],
  );
  const given = useRef(onPicture);
  given.current = onPicture;
  const told = useRef("");
  const small = useRef<HTMLCanvasElement>(null);
  const whole = own.strokes;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a turn is a change of the drawing
  useEffect(() => {
    const strokes = inked(centre ? centred(whole, size) : whole);
    const canvas = small.current;
    const context = canvas?.getContext("2d");
    if (!canvas || !context) return;
    context.putImageData(new ImageData(rasterise(strokes, size, ground), width, height), 0, 0);
    if (own.drawing) return;
    const name = JSON.stringify([strokes, ground]);
    if (name === told.current) return;
    const first = told.current === "";
    told.current = name;
    if (own.empty) {
      if (!first) given.current(null);
      return;
    }
    canvas.toBlob((png) => told.current === name && given.current(png), "image/png");
  }, [turn, inked, centre, size, dark]);
  const id = useId();
  return (
    <div className="drawpad">
      <Sheet
        drawing={own}
        strokes={inked(whole)}
        ground={ground}
        size={size}
        label={`Draw ${label}`}
        onKey={() => setSays(penWords(own.keyPen, own.strokes.length))}
      />
      <div className="drawpad-side">
        <figure>
          <canvas ref={small} width={width} height={height} className="drawpad-given" />
          <figcaption className="muted">
            what the model gets, {height}×{width}
          </figcaption>
        </figure>
        <div className="drawpad-tools">
          <button type="button" disabled={own.empty} onClick={() => own.undo()}>
            Undo
          </button>
          <button type="button" disabled={own.empty} onClick={() => own.clear()}>
            Clear
          </button>
        </div>
        <label htmlFor={`${id}-pen`}>
          pen
          <input
            id={`${id}-pen`}
            type="range"
            min={0.02}
            max={0.2}
            step={0.01}
            value={thick}
            onChange={(event) => setThick(Number(event.target.value))}
          />
        </label>
        {channels === 3 && (
          <label htmlFor={`${id}-hue`}>
            colour
            <input
              id={`${id}-hue`}
              type="color"
              value={writeHue(hue)}
              onChange={(event) => setHue(readHue(event.target.value))}
            />
          </label>
        )}
        <label className="drawpad-check">
          <input type="checkbox" checked={dark} onChange={(event) => setDark(event.target.checked)} />
          dark ground
        </label>
        <label className="drawpad-check" title="Moved and enlarged as MNIST did with its digits: 20 of 28 pixels high">
          <input type="checkbox" checked={centre} onChange={(event) => setCentre(event.target.checked)} />
          centre and enlarge
        </label>
        <p className="muted drawpad-help">
          By keys: arrows move the pen, <kbd>Space</kbd> puts it down, <kbd>Backspace</kbd> takes a stroke back.
        </p>
        <p className="visually-hidden" role="status">
          {says}
        </p>
      </div>
    </div>
  );
}

interface SheetProps {
  readonly drawing: Drawing;
  readonly strokes: readonly Stroke[];
  readonly ground: Rgb;
  readonly size: Size;
  readonly label: string;
  readonly onKey: () => void;
}

function Sheet({ drawing, strokes, ground, size, label, onKey }: SheetProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [focused, setFocused] = useState(false);
  const longer = Math.max(size.width, size.height);
  const [wide, high] = [(SCREEN_PX * size.width) / longer, (SCREEN_PX * size.height) / longer];
  useEffect(() => {
    const element = canvas.current;
    if (element) paint(element, strokes, ground, focused ? drawing.keyPen : null);
  });
  const spot = (event: React.PointerEvent): Spot => {
    const box = (canvas.current as HTMLCanvasElement).getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  return (
    // biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: keys draw on it, so they go past a reader's own
    <canvas
      ref={canvas}
      className="drawpad-sheet"
      style={{ aspectRatio: `${size.width} / ${size.height}`, width: wide, maxHeight: high }}
      role="application"
      tabIndex={0}
      aria-label={`${label}. Arrow keys move the pen, Space puts it down and lifts it.`}
      onFocus={(event) => setFocused(event.currentTarget.matches(":focus-visible"))}
      onBlur={() => setFocused(false)}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setFocused(false);
        drawing.begin(spot(event));
      }}
      onPointerMove={(event) => {
        if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
        // Between two frames a quick hand comes by several places.
        const passed = event.nativeEvent.getCoalescedEvents?.() ?? [];
        if (passed.length === 0) drawing.to(spot(event));
        for (const one of passed) drawing.to(spot(one as unknown as React.PointerEvent));
      }}
      onPointerUp={() => drawing.end()}
      onPointerCancel={() => drawing.end()}
      onKeyDown={(event) => {
        const undo = event.key === "z" && (event.ctrlKey || event.metaKey);
        if (!undo && (event.ctrlKey || event.metaKey || event.altKey)) return;
        if (!drawing.key(undo ? "Backspace" : event.key, event.shiftKey)) return;
        event.preventDefault();
        event.stopPropagation();
        setFocused(true);
        onKey();
      }}
    />
  );
}

/** As finely as the screen shows; the pen that keys move is a ring. */
function paint(
  canvas: HTMLCanvasElement,
  strokes: readonly Stroke[],
  ground: Rgb,
  pen: { readonly at: Spot; readonly down: boolean } | null,
): void {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  if (!context) return;
  const css = ([r, g, b]: Rgb): string => `rgb(${r} ${g} ${b})`;
  context.fillStyle = css(ground);
  context.fillRect(0, 0, width, height);
  context.lineCap = "round";
  context.lineJoin = "round";
  for (const stroke of strokes) {
    context.strokeStyle = css(stroke.colour);
    context.lineWidth = stroke.width * Math.min(width, height);
    context.beginPath();
    stroke.spots.forEach(([x, y], i) => {
      if (i === 0) context.moveTo(x * width, y * height);
      // A stroke of one place is a dot: a line needs two.
      context.lineTo(x * width, y * height);
    });
    context.stroke();
  }
  if (pen === null) return;
  context.beginPath();
  context.arc(pen.at[0] * width, pen.at[1] * height, (pen.down ? 5 : 8) * ratio, 0, 2 * Math.PI);
  context.lineWidth = 2 * ratio;
  context.strokeStyle = getComputedStyle(canvas).getPropertyValue("--now");
  context.stroke();
}

/** As a colour input reads and writes them. */
function writeHue(rgb: Rgb): string {
  return `#${rgb.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

function readHue(text: string): Rgb {
  const value = Number.parseInt(text.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}
