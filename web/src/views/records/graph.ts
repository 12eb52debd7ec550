/** Model graphs, drawn in layers from left to right. */

import "../../styles/imports.css";

import { formatNumber, plural } from "../../lib/format.ts";
import { type Laid, layOut } from "../../lib/layers.ts";
import { decodeGraph, type GraphData, type GraphNode } from "../../lib/payload.ts";
import { type Lens, panBy, type Space, viewport, WHOLE, zoomAt } from "../../lib/viewport.ts";
import { openLogged } from "../../state/openlogged.ts";
import { cut } from "./confusion.ts";
import type { Choice } from "./controls.ts";
import { element, write } from "./dom.ts";
import { type Place, Surface } from "./surface.ts";
import { type Pane, TiledView } from "./tiled.ts";
import type { MakeRecordView, RecordItem, RecordViewProps } from "./view.ts";

const NODE = { width: 132, height: 38 };
/** Air around the drawing, in its own units. */
const AIR = 12;
/** Names can be read from this size on. */
const READABLE = 0.5;
const COMFORT = 0.8;

interface Drawn {
  readonly data: GraphData;
  readonly laid: Laid;
}

class GraphPane implements Pane<Drawn> {
  private readonly surface: Surface;
  private readonly facts = element("p", "viewer-facts");
  private readonly open = element("button", "link viewer-open", "Open on the canvas");
  private item: RecordItem | null = null;
  private drawn: Drawn | null = null;
  private props: RecordViewProps | null = null;
  /** `null` until a hand moves it: then the beginning of the graph, large enough to read. */
  private wish: Lens | null = null;
  private lit: string | null = null;

  constructor(host: HTMLElement) {
    this.surface = new Surface(host, {
      paint: (context) => this.paint(context),
      point: (at) => this.point(at),
      drag: (_, moved) => this.look(panBy(this.space, this.lens, moved.x, moved.y)),
      zoom: (at, factor) => this.look(zoomAt(this.space, this.lens, factor, at.x, at.y)),
      reset: () => this.look(WHOLE),
      key: (event) => this.key(event),
    });
    this.open.type = "button";
    this.open.addEventListener("click", () => this.openGraph());
    host.append(this.facts, this.open);
  }

  show(drawn: Drawn | null, item: RecordItem, props: RecordViewProps): void {
    this.props = props;
    this.item = item;
    this.drawn = drawn;
    if (drawn) {
      const { nodes, edges } = drawn.data;
      const all = nodes.reduce((sum, node) => sum + node.parameters, 0);
      const facts = `${plural(nodes.length, "node")}   ${plural(edges.length, "edge")}   ${formatNumber(all)} parameters`;
      write(this.facts, facts);
      const names = nodes.slice(0, 40).map((node) => [node.label, node.op, node.shape].filter(Boolean).join(" "));
      this.surface.describe(
        `Graph of ${item.run.name}: ${facts}. ${names.join(", ")}. Arrow keys walk through the nodes.`,
      );
    }
    this.surface.repaint();
  }

  destroy(): void {
    this.surface.destroy();
  }

  private look(lens: Lens): void {
    this.wish = lens;
    this.surface.repaint();
  }

  private get lens(): Lens {
    if (this.wish) return this.wish;
    const whole = viewport(this.space);
    const zoom = COMFORT / whole.scale;
    if (zoom <= 1) return WHOLE;
    // Panned beyond the edge, it comes to rest at the edge.
    return panBy(this.space, { x: 0.5, y: 0.5, zoom }, 1e6, 0);
  }

  private get space(): Space {
    const { width, height } = this.drawn?.laid ?? { width: 1, height: 1 };
    const scale = Math.max(1, this.surface.width / (width + 2 * AIR), 1);
    // A small graph is not blown up beyond its own size.
    const wide = scale > 1 ? this.surface.width : width + 2 * AIR;
    return {
      columns: Math.max(width + 2 * AIR, wide),
      rows: height + 2 * AIR,
      width: this.surface.width,
      height: this.surface.height,
    };
  }

  private transform(): { left: number; top: number; scale: number } {
    const space = this.space;
    const view = viewport(space, this.lens);
    const free = (space.columns - 2 * AIR - (this.drawn?.laid.width ?? 0)) / 2;
    return { left: view.left + (AIR + free) * view.scale, top: view.top + AIR * view.scale, scale: view.scale };
  }

  private paint(context: CanvasRenderingContext2D): void {
    const { drawn, props } = this;
    if (!drawn || !props) return;
    const { left, top, scale } = this.transform();
    context.save();
    context.translate(left, top);
    context.scale(scale, scale);
    this.paintEdges(context, drawn, props);
    for (const node of drawn.data.nodes) this.paintNode(context, drawn, node, props, scale);
    context.restore();
  }

  private paintEdges(context: CanvasRenderingContext2D, { data, laid }: Drawn, props: RecordViewProps): void {
    for (const [from, to] of data.edges) {
      const [a, b] = [laid.at.get(from), laid.at.get(to)];
      if (!a || !b) continue;
      const lit = this.lit === from || this.lit === to;
      context.strokeStyle = lit ? props.theme.ink : props.theme.lineStrong;
      context.lineWidth = lit ? 2 : 1.25;
      const [x0, y0, x1, y1] = [a.x + NODE.width, a.y + NODE.height / 2, b.x, b.y + NODE.height / 2];
      const bend = Math.max(20, Math.abs(x1 - x0) / 2);
      context.beginPath();
      context.moveTo(x0, y0);
      context.bezierCurveTo(x0 + bend, y0, x1 - bend, y1, x1, y1);
      context.stroke();
      context.fillStyle = context.strokeStyle;
      context.beginPath();
      context.moveTo(x1, y1);
      context.lineTo(x1 - 6, y1 - 3.5);
      context.lineTo(x1 - 6, y1 + 3.5);
      context.fill();
    }
  }

  private paintNode(
    context: CanvasRenderingContext2D,
    { laid }: Drawn,
    node: GraphNode,
    props: RecordViewProps,
    scale: number,
  ): void {
    const at = laid.at.get(node.id);
    if (!at) return;
    const lit = this.lit === node.id;
    context.fillStyle = props.theme.surface;
    context.strokeStyle = lit ? props.theme.now : props.theme.lineStrong;
    context.lineWidth = lit ? 2 : 1;
    context.beginPath();
    context.roundRect(at.x, at.y, NODE.width, NODE.height, 5);
    context.fill();
    context.stroke();
    if (scale < READABLE) return;
    const family = props.theme.font.replace(/^\S+\s/, "");
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    context.fillStyle = props.theme.ink;
    context.font = `550 11.5px ${family}`;
    context.fillText(cut(context, node.label, NODE.width - 16), at.x + 8, at.y + 16);
    context.fillStyle = props.theme.muted;
    context.font = `10.5px ${family}`;
    const params = node.parameters > 0 ? formatNumber(node.parameters, 3) : "";
    const facts = [node.op === node.label ? "" : node.op, node.shape, params].filter(Boolean).join(" · ");
    context.fillText(cut(context, facts, NODE.width - 16), at.x + 8, at.y + 30);
  }

  private nodeAt(at: Place): GraphNode | null {
    const { drawn } = this;
    if (!drawn) return null;
    const { left, top, scale } = this.transform();
    const [x, y] = [(at.x - left) / scale, (at.y - top) / scale];
    const hit = drawn.data.nodes.find((node) => {
      const spot = drawn.laid.at.get(node.id);
      return spot && x >= spot.x && x <= spot.x + NODE.width && y >= spot.y && y <= spot.y + NODE.height;
    });
    return hit ?? null;
  }

  private point(at: Place | null): void {
    const node = at && this.nodeAt(at);
    this.lit = node?.id ?? null;
    this.surface.tell(node ? at : null, node ? wordsOf(node) : []);
    this.surface.repaint();
  }

  private key(event: KeyboardEvent): boolean {
    const by =
      event.key === "ArrowRight" || event.key === "ArrowDown"
        ? 1
        : event.key === "ArrowLeft" || event.key === "ArrowUp"
          ? -1
          : 0;
    const { drawn } = this;
    if (by === 0 || !drawn || drawn.data.nodes.length === 0 || event.shiftKey) return false;
    const order = drawn.data.nodes
      .map((node) => ({ node, at: drawn.laid.at.get(node.id) }))
      .sort((a, b) => (a.at?.layer ?? 0) - (b.at?.layer ?? 0) || (a.at?.y ?? 0) - (b.at?.y ?? 0));
    const place = order.findIndex(({ node }) => node.id === this.lit);
    const next = order[Math.max(0, Math.min(order.length - 1, place + by))];
    if (!next?.at) return false;
    this.lit = next.node.id;
    const { left, top, scale } = this.transform();
    this.surface.tell(
      { x: left + next.at.x * scale, y: top + (next.at.y + NODE.height) * scale },
      wordsOf(next.node),
      true,
    );
    this.surface.repaint();
    return true;
  }

  /** The model as a graph that can be edited; its nodes show what the run watches. */
  private openGraph(): void {
    if (!this.item) return;
    this.open.disabled = true;
    openLogged(this.item.run.id, this.item.record.key)
      .catch((problem: unknown) => this.props?.onState({ problem }))
      .finally(() => {
        this.open.disabled = false;
      });
  }
}

function wordsOf(node: GraphNode): string[] {
  const facts = [node.op, node.shape].filter((text) => text !== "" && text !== node.label);
  const parameters = node.parameters > 0 ? [plural(node.parameters, "parameter")] : [];
  return [node.label, ...facts, ...parameters];
}

class GraphView extends TiledView<Drawn> {
  protected choices(): readonly Choice[] {
    return [];
  }

  protected async read({ run, record }: RecordItem): Promise<Drawn> {
    const data = decodeGraph(await this.reader.data(run.id, record.id));
    return {
      data,
      laid: layOut(
        data.nodes.map(({ id }) => ({ id, ...NODE })),
        data.edges,
      ),
    };
  }

  protected pane(body: HTMLElement): Pane<Drawn> {
    return new GraphPane(body);
  }
}

export const makeGraphView: MakeRecordView = (host, props, reader) => {
  const view = new GraphView(host, props, reader, "graph", 2.2);
  view.update(props);
  return view;
};
