/** Panels on twelve columns, moved and resized with the pointer or the arrow keys; below one another where it is narrow. */

import { type KeyboardEvent, type PointerEvent, type ReactNode, useLayoutEffect, useRef, useState } from "react";
import {
  type Cell,
  type Cells,
  COLUMNS,
  GAP_PX,
  heightOf,
  put,
  ROW_PX,
  readingOrder,
  rowsPx,
} from "../../lib/board.ts";

/** What moves a panel: spread over its handle. */
export interface Handle {
  readonly onPointerDown: (event: PointerEvent) => void;
  readonly onPointerMove: (event: PointerEvent) => void;
  readonly onPointerUp: (event: PointerEvent) => void;
  readonly onPointerCancel: () => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

interface Props {
  readonly cells: Cells;
  /** Nothing can be moved: the past is shown. */
  readonly fixed: boolean;
  readonly onMove: (cells: Cells) => void;
  readonly children: (id: string, move: Handle | null, resize: Handle | null) => ReactNode;
}

interface Drag {
  readonly id: string;
  readonly how: "move" | "resize";
  readonly from: Cell;
  readonly x: number;
  readonly y: number;
}

const NARROW_PX = 640;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function BoardGrid({ cells, fixed, onMove, children }: Props) {
  const root = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [drag, setDrag] = useState<Drag | null>(null);
  const [draft, setDraft] = useState<Cells | null>(null);
  useLayoutEffect(() => {
    const element = root.current as HTMLDivElement;
    const measure = (): void => setWidth(element.clientWidth);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  const narrow = width < NARROW_PX;
  const shown = draft ?? cells;
  const columnPx = (width + GAP_PX) / COLUMNS;

  const begin = (event: PointerEvent, id: string, how: Drag["how"]): void => {
    const from = cells.get(id);
    if (event.button !== 0 || !from) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag({ id, how, from, x: event.clientX, y: event.clientY + scrolled() });
  };
  const scrolled = (): number => root.current?.parentElement?.scrollTop ?? 0;
  const moved = (event: PointerEvent): void => {
    if (!drag) return;
    const by: readonly [number, number] = [
      Math.round((event.clientX - drag.x) / columnPx),
      Math.round((event.clientY + scrolled() - drag.y) / (ROW_PX + GAP_PX)),
    ];
    setDraft(put(cells, drag.id, shifted(drag.from, by, drag.how)));
  };
  const end = (keep: boolean): void => {
    if (keep && draft) onMove(draft);
    setDrag(null);
    setDraft(null);
  };
  const key = (event: KeyboardEvent, id: string, how: Drag["how"]): void => {
    const by = ARROWS[event.key];
    const from = cells.get(id);
    if (event.key === "Escape" && drag) end(false);
    if (!by || !from) return;
    event.preventDefault();
    onMove(keyed(cells, id, from, by, event.shiftKey ? "resize" : how));
  };
  const handle = (id: string, how: Drag["how"]): Handle | null =>
    fixed || narrow
      ? null
      : {
          onPointerDown: (event) => begin(event, id, how),
          onPointerMove: moved,
          onPointerUp: () => end(true),
          onPointerCancel: () => end(false),
          onKeyDown: (event) => key(event, id, how),
        };
  const order = readingOrder(cells);
  const height = narrow ? undefined : rowsPx(heightOf(shown));
  return (
    <div ref={root} className={`board-grid${narrow ? " narrow" : ""}${drag ? " moving" : ""}`} style={{ height }}>
      {width > 0 &&
        order.map((id) => (
          <div
            key={id}
            className={drag?.id === id ? "board-cell held" : "board-cell"}
            style={narrow ? { height: rowsPx(shown.get(id)?.h ?? 1) } : place(shown.get(id), columnPx)}
          >
            {children(id, handle(id, "move"), handle(id, "resize"))}
          </div>
        ))}
    </div>
  );
}

/** One step of an arrow key. Downwards past a neighbour takes a whole neighbour, or the panel would rise back. */
function keyed(cells: Cells, id: string, from: Cell, by: readonly [number, number], how: Drag["how"]): Cells {
  const first = put(cells, id, shifted(from, by, how));
  if (how === "resize" || by[1] !== 1 || (first.get(id)?.y ?? 0) > from.y) return first;
  for (let y = from.y + 2; y <= heightOf(cells); y++) {
    const next = put(cells, id, { ...from, y });
    if ((next.get(id)?.y ?? 0) > from.y) return next;
  }
  return first;
}

function shifted(from: Cell, [x, y]: readonly [number, number], how: Drag["how"]): Cell {
  if (how === "move") return { ...from, x: from.x + x, y: Math.max(0, from.y + y) };
  return { ...from, w: Math.max(1, Math.min(COLUMNS - from.x, from.w + x)), h: Math.max(1, from.h + y) };
}

function place(cell: Cell | undefined, columnPx: number) {
  if (!cell) return {};
  return {
    transform: `translate(${cell.x * columnPx}px, ${cell.y * (ROW_PX + GAP_PX)}px)`,
    width: cell.w * columnPx - GAP_PX,
    height: rowsPx(cell.h),
  };
}
