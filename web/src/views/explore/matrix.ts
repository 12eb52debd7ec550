/** A scatter matrix: every two columns against one another, how each is distributed on the diagonal. */

import { type Dimension, NOWHERE } from "../../lib/dimension.ts";
import { type Place, Surface } from "../records/surface.ts";
import type { ExploreProps } from "./props.ts";
import { shades, shadesOf } from "./shade.ts";

/** More columns than this leave each cell too small to read. */
export const MOST_CELLS = 6;
const LEFT = 52;
const BOTTOM = 34;
const GAP = 8;
const BINS = 16;
const HIT_PX = 7;

interface Cell {
  readonly row: number;
  readonly column: number;
}

export class MatrixView {
  private readonly surface: Surface;
  private props: ExploreProps;
  private shade: Int8Array = new Int8Array(0);
  private drag: { cell: Cell; from: Place } | null = null;

  constructor(host: HTMLElement, props: ExploreProps) {
    this.props = props;
    this.surface = new Surface(host, {
      paint: (context) => this.paint(context),
      point: (at) => this.point(at),
      drag: (at, moved, first) => this.dragged(at, moved, first),
      drop: (at, still) => this.dropped(at, still),
      reset: () => this.clear(),
    });
    this.surface.root.classList.add("matrix");
    this.update(props);
  }

  update(props: ExploreProps): void {
    this.props = { ...props, dimensions: chosen(props) };
    this.shade = shadesOf(props.colour, props.names.length);
    const names = this.props.dimensions.map((dimension) => dimension.title).join(", ");
    this.surface.describe(`Scatter matrix of ${props.names.length} runs over ${names}.`);
    this.surface.repaint();
  }

  destroy(): void {
    this.surface.destroy();
  }

  /** Side of a cell in x and in y. */
  private get side(): readonly [number, number] {
    const n = Math.max(1, this.props.dimensions.length);
    return [(this.surface.width - LEFT - n * GAP) / n, (this.surface.height - BOTTOM - n * GAP) / n];
  }

  private corner({ row, column }: Cell): Place {
    const [w, h] = this.side;
    return { x: LEFT + column * (w + GAP), y: row * (h + GAP) + 4 };
  }

  /** Where a run stands in a cell; what has no value stands at the rim. */
  private spot(cell: Cell, run: number): Place {
    const [w, h] = this.side;
    const { x, y } = this.corner(cell);
    const share = (dimension: Dimension | undefined): number =>
      ((dimension?.places[run] ?? 0) - NOWHERE + 0.04) / (1.08 - NOWHERE);
    const across = share(this.props.dimensions[cell.column]);
    return { x: x + across * w, y: y + (1 - share(this.props.dimensions[cell.row])) * h };
  }

  private paint(context: CanvasRenderingContext2D): void {
    const { dimensions } = this.props;
    for (let row = 0; row < dimensions.length; row++)
      for (let column = 0; column <= row; column++)
        if (row === column) this.bars(context, row);
        else this.points(context, { row, column });
    this.names(context);
  }

  private frame(context: CanvasRenderingContext2D, cell: Cell): void {
    const [w, h] = this.side;
    const { x, y } = this.corner(cell);
    context.strokeStyle = this.props.theme.line;
    context.lineWidth = 1;
    context.strokeRect(Math.round(x) + 0.5, Math.round(y) + 0.5, Math.round(w), Math.round(h));
  }

  private points(context: CanvasRenderingContext2D, cell: Cell): void {
    const { names, held, theme, dark, lit } = this.props;
    this.frame(context, cell);
    const colours = shades(dark);
    const size = names.length > 1000 ? 2 : 3;
    for (const inside of [false, true]) {
      context.globalAlpha = inside ? 0.9 : 0.35;
      for (let run = 0; run < names.length; run++) {
        if (held[run] !== inside) continue;
        const shade = this.shade[run] as number;
        context.fillStyle = inside ? (shade < 0 ? theme.muted : (colours[shade] as string)) : theme.lineStrong;
        const { x, y } = this.spot(cell, run);
        context.fillRect(x - size / 2, y - size / 2, size, size);
      }
    }
    context.globalAlpha = 1;
    if (lit === null || lit >= names.length) return;
    const { x, y } = this.spot(cell, lit);
    context.strokeStyle = theme.ink;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x, y, 4, 0, 2 * Math.PI);
    context.stroke();
  }

  /** How many runs stand where on an axis; those in the chosen ranges are dark. */
  private bars(context: CanvasRenderingContext2D, i: number): void {
    const { dimensions, held, theme } = this.props;
    const cell = { row: i, column: i };
    this.frame(context, cell);
    const [w, h] = this.side;
    const { x, y } = this.corner(cell);
    const places = dimensions[i]?.places ?? new Float64Array(0);
    const all = new Float64Array(BINS + 1);
    const inside = new Float64Array(BINS + 1);
    for (let run = 0; run < places.length; run++) {
      const place = places[run] as number;
      const bin = place < 0 ? 0 : 1 + Math.min(BINS - 1, Math.floor(place * BINS));
      all[bin] = (all[bin] as number) + 1;
      if (held[run]) inside[bin] = (inside[bin] as number) + 1;
    }
    const top = Math.max(1, ...all);
    const bar = w / (BINS + 1);
    for (const [counts, colour] of [
      [all, theme.line],
      [inside, theme.muted],
    ] as const) {
      context.fillStyle = colour;
      for (const [bin, n] of counts.entries()) {
        const high = (n / top) * (h - 4);
        context.fillRect(x + bin * bar + 1, y + h - high, Math.max(1, bar - 1), high);
      }
    }
  }

  private names(context: CanvasRenderingContext2D): void {
    const { dimensions, theme } = this.props;
    const [w, h] = this.side;
    context.font = theme.font;
    context.fillStyle = theme.ink;
    context.textBaseline = "alphabetic";
    for (const [i, dimension] of dimensions.entries()) {
      const below = this.corner({ row: dimensions.length - 1, column: i });
      context.textAlign = "center";
      context.fillText(cut(context, dimension.title, w), below.x + w / 2, this.surface.height - 4);
      const beside = this.corner({ row: i, column: 0 });
      context.save();
      context.translate(12, beside.y + h / 2);
      context.rotate(-Math.PI / 2);
      context.fillText(cut(context, dimension.title, h), 0, 0);
      context.restore();
      this.ticks(context, dimension, i, below, beside);
    }
  }

  private ticks(context: CanvasRenderingContext2D, dimension: Dimension, i: number, below: Place, beside: Place): void {
    const [w, h] = this.side;
    const ends = dimension.ticks.length > 1 ? [dimension.ticks[0], dimension.ticks.at(-1)] : dimension.ticks;
    context.save();
    context.fillStyle = this.props.theme.muted;
    const share = (place: number): number => (place - NOWHERE + 0.04) / (1.08 - NOWHERE);
    for (const [end, tick] of ends.entries()) {
      if (tick === undefined) continue;
      const text = cut(context, tick.label, 44);
      context.textAlign = end === 0 ? "left" : "right";
      if (w > 60) context.fillText(text, below.x + (end === 0 ? 2 : w - 2), this.surface.height - 19);
      context.textAlign = "right";
      if (i > 0) context.fillText(text, LEFT - 4, Math.min(beside.y + h, beside.y + (1 - share(tick.place)) * h + 4));
    }
    context.restore();
  }

  private cellAt(at: Place): Cell | null {
    const [w, h] = this.side;
    const column = Math.floor((at.x - LEFT) / (w + GAP));
    const row = Math.floor((at.y - 4) / (h + GAP));
    return column >= 0 && row < this.props.dimensions.length && row >= 0 && column <= row ? { row, column } : null;
  }

  private nearest(at: Place): number | null {
    const cell = this.cellAt(at);
    if (cell === null || cell.row === cell.column) return null;
    let [found, best] = [null as number | null, HIT_PX];
    for (let run = 0; run < this.props.names.length; run++) {
      if (!this.props.held[run]) continue;
      const { x, y } = this.spot(cell, run);
      const away = Math.hypot(x - at.x, y - at.y);
      if (away < best) [found, best] = [run, away];
    }
    return found;
  }

  private point(at: Place | null): void {
    const run = at === null ? null : this.nearest(at);
    this.props.onLit(run);
    const { names, dimensions } = this.props;
    const words = run === null ? [] : [names[run] ?? "", ...dimensions.map((d) => `${d.title}  ${d.word(run)}`)];
    this.surface.tell(run === null ? null : at, words);
  }

  /** A box in a cell is a range on both of its axes; on the diagonal on one. */
  private dragged(at: Place, moved: Place, first: boolean): void {
    if (first) {
      const from = { x: at.x - moved.x, y: at.y - moved.y };
      const cell = this.cellAt(from);
      this.drag = cell === null ? null : { cell, from };
    }
    if (this.drag === null) return;
    const { cell, from } = this.drag;
    const [w, h] = this.side;
    const { x, y } = this.corner(cell);
    const place = (share: number): number => Math.max(0, Math.min(1, share * (1.08 - NOWHERE) + NOWHERE - 0.04));
    this.put(cell.column, place((from.x - x) / w), place((at.x - x) / w));
    if (cell.row !== cell.column) this.put(cell.row, place(1 - (from.y - y) / h), place(1 - (at.y - y) / h));
  }

  private put(axis: number, a: number, b: number): void {
    const dimension = this.props.dimensions[axis];
    if (dimension) this.props.onRange(dimension.column, dimension.range(Math.min(a, b), Math.max(a, b)));
  }

  private dropped(at: Place, still: boolean): void {
    this.drag = null;
    const run = this.nearest(at);
    if (still && run !== null) this.props.onOpen(run);
  }

  private clear(): void {
    for (const column of this.props.ranges.keys()) this.props.onRange(column, null);
  }
}

/** What the others are coloured by, and as many of them as there is room for. */
function chosen({ dimensions, colour }: ExploreProps): readonly Dimension[] {
  if (colour === null || !dimensions.includes(colour)) return dimensions.slice(0, MOST_CELLS);
  return [...dimensions.filter((dimension) => dimension !== colour).slice(0, MOST_CELLS - 1), colour];
}

function cut(context: CanvasRenderingContext2D, text: string, room: number): string {
  let out = text;
  while (out.length > 2 && context.measureText(out).width > room) out = `${out.slice(0, -2)}…`;
  return out;
}
