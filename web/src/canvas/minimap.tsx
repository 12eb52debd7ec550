/** The whole graph in a corner: a press or a drag goes there. Drawn once for each change, for panning moves only a frame. */

import { Panel, useStore as useFlowStore, useReactFlow } from "@xyflow/react";
import { type PointerEvent, useEffect, useMemo, useRef } from "react";
import { useTheme } from "../state/theme.ts";
import { type AnyNode, worst } from "./scene.ts";

const WIDE = 148;
const HIGH = 96;
const MARGIN = 6;

export function Overview({ nodes }: { nodes: readonly AnyNode[] }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  const fit = useMemo(() => fitted(nodes), [nodes]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours
  useEffect(() => {
    if (canvas.current) draw(canvas.current, nodes, fit);
  }, [nodes, fit, theme]);
  // Where everything is seen, it would only hide some of it.
  const needed = useFlowStore(({ transform: [x, y, zoom], width, height }) => {
    const { left, top, right, bottom } = fit.box;
    return left * zoom + x < 0 || top * zoom + y < 0 || right * zoom + x > width || bottom * zoom + y > height;
  });
  return (
    <Panel position="bottom-right" className={needed ? "canvas-overview" : "canvas-overview away"}>
      <canvas ref={canvas} />
      <Sight fit={fit} />
    </Panel>
  );
}

interface Fit {
  readonly left: number;
  readonly top: number;
  readonly scale: number;
  /** What the cards cover. */
  readonly box: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };
}

/** How the graph is shrunk into the corner. */
function fitted(nodes: readonly AnyNode[]): Fit {
  const xs = nodes.flatMap(({ position, width = 0 }) => [position.x, position.x + width]);
  const ys = nodes.flatMap(({ position, height = 0 }) => [position.y, position.y + height]);
  const [left, top] = [least(xs), least(ys)];
  const [width, height] = [-least(xs.map((x) => -x)) - left, -least(ys.map((y) => -y)) - top];
  const scale = Math.min((WIDE - 2 * MARGIN) / Math.max(width, 1), (HIGH - 2 * MARGIN) / Math.max(height, 1), 0.12);
  const box = { left, top, right: left + width, bottom: top + height };
  return { left: left - (WIDE / scale - width) / 2, top: top - (HIGH / scale - height) / 2, scale, box };
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

function draw(canvas: HTMLCanvasElement, nodes: readonly AnyNode[], { left, top, scale }: Fit): void {
  const ratio = window.devicePixelRatio;
  [canvas.width, canvas.height] = [WIDE * ratio, HIGH * ratio];
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const ink = (token: string): string => style.getPropertyValue(token).trim();
  for (const node of nodes) {
    const { position, width = 0, height = 0, type, selected } = node;
    const box = [(position.x - left) * scale, (position.y - top) * scale] as const;
    const size = [Math.max(1, width * scale), Math.max(1, height * scale)] as const;
    if (type === "frame") {
      pen.strokeStyle = ink("--line-strong");
      pen.strokeRect(...box, ...size);
      continue;
    }
    const level = type === "card" ? worst(node.data.issues) : type === "block" ? node.data.level : null;
    pen.fillStyle = ink(level === "error" ? "--bad" : selected ? "--now" : "--faint");
    pen.fillRect(...box, ...size);
  }
}

/** The part that is seen. */
function Sight({ fit }: { fit: Fit }) {
  const [x, y, zoom] = useFlowStore((state) => state.transform);
  const width = useFlowStore((state) => state.width);
  const height = useFlowStore((state) => state.height);
  const flow = useReactFlow();
  const go = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.buttons === 0) return;
    const box = event.currentTarget.getBoundingClientRect();
    const place = [event.clientX - box.left, event.clientY - box.top].map((at) => at / fit.scale) as [number, number];
    void flow.setCenter(place[0] + fit.left, place[1] + fit.top, { zoom });
  };
  const style = {
    transform: `translate(${(-x / zoom - fit.left) * fit.scale}px, ${(-y / zoom - fit.top) * fit.scale}px)`,
    width: (width / zoom) * fit.scale,
    height: (height / zoom) * fit.scale,
  };
  return (
    <div
      className="canvas-overview-press"
      role="img"
      aria-label="Overview of the graph"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        go(event);
      }}
      onPointerMove={go}
    >
      <div className="canvas-overview-sight" style={style} />
    </div>
  );
}
