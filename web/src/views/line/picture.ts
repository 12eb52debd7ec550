/** A chart to keep: with title, names of its axes and a legend, on white, as a picture or as a drawing. */

import { save } from "../../components/save.ts";
import { DASHES } from "../../lib/colour.ts";
import { SvgPen } from "../../lib/svgpen.ts";
import type { ChartState } from "../../lib/url.ts";
import { requestBands } from "../../state/bands.ts";
import { requestLine } from "../../state/envelopes.ts";
import { type Palette, readPalette } from "../palette.ts";
import { paintAxes } from "./axes.ts";
import { makeFrame } from "./frame.ts";
import { type Pen, paintLines } from "./paint.ts";
import type { Line, LineProps } from "./props.ts";
import { bandAsks, bandsAsLines, type ChartSpec, drawnRuns, isBanded, nameOf, styleOf } from "./spec.ts";

const WIDTH = 960;
const PLOT_HEIGHT = 420;
const SCALE = 2;
const ROW_PX = 18;
const INSET = { left: 62, top: 46, right: 20, bottom: 46 };
/** More names than this are counted. */
const NAMED = 40;

/** Download a chart as a picture of 1,920 pixels, or as SVG. */
export async function savePicture(kind: "png" | "svg", spec: ChartSpec, zoom: ChartState["zoom"]): Promise<void> {
  const lines = [...(await runLines(spec, zoom)), ...(isBanded(spec) ? await bandLines(spec, zoom) : [])];
  const { low, high, title } = spec;
  const props: LineProps = {
    ...spec.chart,
    title,
    lines,
    low,
    high,
    reach: null,
    zoom,
    moving: false,
    hover: null,
    cursor: null,
  };
  const palette = lightPalette();
  const blob = kind === "svg" ? svg(props, palette) : await png(props, palette);
  save(blob, `${spec.title.replaceAll(/[^\p{L}\p{N}._ -]+/gu, "_").slice(0, 120) || "chart"}.${kind}`);
}

const PX = (WIDTH - INSET.left - INSET.right) * SCALE;

async function bandLines(spec: ChartSpec, zoom: ChartState["zoom"]): Promise<Line[]> {
  const asked = bandAsks(spec, { x: spec.chart.x, scale: spec.chart.xLog ? "log" : "linear", px: PX, zoom });
  const found = await Promise.all(asked.map(async (ask) => [ask.key, await requestBands(ask)] as const));
  return bandsAsLines(spec, new Map(found));
}

/** The lines anew, in as many buckets as the picture has pixels. */
async function runLines(spec: ChartSpec, zoom: ChartState["zoom"]): Promise<Line[]> {
  const { x, xLog } = spec.chart;
  const query = { px: PX, x, scale: xLog ? "log" : "linear" } as const;
  const window_ = zoom ? { ...query, first: zoom[0], last: zoom[1] } : query;
  const all = spec.lines.flatMap((line, i) => drawnRuns(spec, line).map((run) => ({ line, i, run })));
  const found = await Promise.all(
    all.map(async ({ line, i, run }) => ({
      run: run.id,
      name: nameOf(spec, run, i),
      style: styleOf(spec, run, i),
      live: false,
      trace: (await requestLine(run.id, line, window_)).trace,
    })),
  );
  return found.filter((line) => line.trace.total > 0);
}

function legendRows(lines: readonly Line[]): number {
  return lines.length > 1 ? Math.min(NAMED, lines.length) : 0;
}

function sizeOf(lines: readonly Line[]): readonly [number, number] {
  const rows = Math.ceil(legendRows(lines) / 3) + (lines.length > NAMED ? 1 : 0);
  return [WIDTH, INSET.top + PLOT_HEIGHT + INSET.bottom + (rows > 0 ? rows * ROW_PX + 12 : 0)];
}

function svg(props: LineProps, palette: Palette): Blob {
  const [width, height] = sizeOf(props.lines);
  const ruler = document.createElement("canvas").getContext("2d") as CanvasRenderingContext2D;
  const pen = new SvgPen(width, height, (text, font) => {
    ruler.font = font;
    return ruler.measureText(text).width;
  });
  paintPicture(pen, props, palette, width, height);
  const names = props.lines.slice(0, NAMED).map((line) => line.name);
  return new Blob([pen.toString(props.title, `Over ${props.x}: ${names.join(", ")}`)], { type: "image/svg+xml" });
}

async function png(props: LineProps, palette: Palette): Promise<Blob> {
  const [width, height] = sizeOf(props.lines);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width * SCALE, height * SCALE];
  const ctx = canvas.getContext("2d") as CanvasRenderingContext2D;
  ctx.scale(SCALE, SCALE);
  paintPicture(ctx, props, palette, width, height);
  return new Promise((done, fail) =>
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("The browser made no picture."))), "image/png"),
  );
}

/** Everything, in the order in which it lies over one another. */
function paintPicture(pen: Pen, props: LineProps, palette: Palette, width: number, height: number): void {
  pen.fillStyle = palette.surface;
  pen.fillRect(0, 0, width, height);
  write(pen, props.title, INSET.left, 28, palette.ink, `600 15px ${family(palette)}`);
  const bottom = INSET.top + PLOT_HEIGHT;
  const frame = makeFrame(props, width, bottom, { ...INSET, bottom: 0 });
  if (frame) {
    paintAxes(pen, frame, props.x, palette);
    paintLines(pen, frame, props, palette);
  }
  pen.textAlign = "center";
  const axis = props.xLog ? `${props.x} (log)` : props.x;
  write(pen, axis, (INSET.left + width - INSET.right) / 2, bottom + 36, palette.muted, `12px ${family(palette)}`);
  pen.textAlign = "right";
  write(pen, caption(props), width - INSET.right, 28, palette.muted, `11px ${family(palette)}`);
  pen.textAlign = "left";
  paintLegend(pen, props, palette, bottom + INSET.bottom + 6, width);
}

/** What was done to the values, so that nobody takes a smoothed line for what was logged. */
function caption({ smooth, smoothing, yLog, lines }: LineProps): string {
  const names = { ema: "exponential average", gauss: "Gaussian", mean: "running mean" };
  const parts = [lines.find((line) => line.band)?.band ?? ""];
  if (yLog) parts.push("log y");
  if (smooth > 0) parts.push(`smoothed (${names[smoothing]} ${smooth}), raw values behind`);
  return parts.filter(Boolean).join("; ");
}

function paintLegend(pen: Pen, { lines }: LineProps, palette: Palette, top: number, width: number): void {
  const count = legendRows(lines);
  const column = (width - INSET.left - INSET.right) / 3;
  for (const [i, line] of lines.slice(0, count).entries()) {
    const x = INSET.left + (i % 3) * column;
    const y = top + Math.floor(i / 3) * ROW_PX;
    pen.strokeStyle = palette.runs[line.style.hue] ?? palette.ink;
    pen.lineWidth = 2;
    pen.setLineDash([...(DASHES[line.style.dash] ?? [])]);
    pen.beginPath();
    pen.moveTo(x, y);
    pen.lineTo(x + 22, y);
    pen.stroke();
    pen.setLineDash([]);
    write(pen, cut(pen, line.name, column - 40), x + 28, y + 4, palette.ink, `12px ${family(palette)}`);
  }
  if (lines.length > count && count > 0) {
    const y = top + Math.ceil(count / 3) * ROW_PX + 4;
    write(pen, `and ${lines.length - count} more`, INSET.left, y, palette.muted, `12px ${family(palette)}`);
  }
}

function cut(pen: Pen, text: string, width: number): string {
  let short = text;
  while (short.length > 4 && pen.measureText(short).width > width) short = `${short.slice(0, -2).trimEnd()}…`;
  return short;
}

function write(pen: Pen, text: string, x: number, y: number, colour: string, font: string): void {
  pen.fillStyle = colour;
  pen.font = font;
  pen.textBaseline = "alphabetic";
  pen.fillText(text, x, y);
}

function family(palette: Palette): string {
  return palette.font.replace(/^[\d.]+px /, "");
}

/** The colours of the light ground, whatever the page has. */
function lightPalette(): Palette {
  const probe = document.createElement("div");
  probe.dataset.theme = "light";
  document.body.append(probe);
  const palette = readPalette(probe);
  probe.remove();
  return palette;
}
