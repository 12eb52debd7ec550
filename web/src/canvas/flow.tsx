/** A graph as cards and wires. It shows what it is given and says what gestures ask for; it changes nothing itself. */

import {
  type Connection,
  ConnectionLineType,
  type EdgeChange,
  type FinalConnectionState,
  type NodeChange,
  ReactFlow,
  type ReactFlowInstance,
} from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import {
  type FocusEvent as ReactFocusEvent,
  type MouseEvent as ReactMouseEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { End, GraphEdge, Place } from "../lib/graph.ts";
import type { Places } from "../lib/standing.ts";
import { Store, useStore } from "../state/store.ts";
import { Behind, Distance, movingOf } from "./distance.tsx";
import { FarWires } from "./farwires.tsx";
import { GroupFrame } from "./frame.tsx";
import { Overview } from "./minimap.tsx";
import { GroupBlock, NodeCard } from "./nodecard.tsx";
import { onPhone, PHONE_ZOOM } from "./places.ts";
import { type AnyNode, groupOf, type Scene, Scenes, type Shown, type WireEdge } from "./scene.ts";
import { Sight } from "./stripbox.tsx";
import { HoveredWire, Wire } from "./wire.tsx";

const NODE_TYPES = { card: NodeCard, block: GroupBlock, frame: GroupFrame };
const EDGE_TYPES = { wire: Wire };
export const FIT = { padding: 0.07, maxZoom: 1 };
/** Pixels beside a graph that is larger than the window. */
const MARGIN = 10;
/** From afar wires are one picture. */
const NO_WIRES: WireEdge[] = [];
const BOTH_KEYS = ["Shift", "Control", "Meta"];
/** Beyond this many nodes only those in sight are in the page, and ends of wires are not drawn to be caught. */
const MANY = 150;

export type Flow = ReactFlowInstance<AnyNode, WireEdge>;

/** What gestures ask for. */
export interface Gestures {
  /** What is selected now: a click changes nodes and wires one after the other. */
  readonly selection: () => { readonly nodes: readonly string[]; readonly edges: readonly string[] };
  readonly onSelect: (nodes: readonly string[], edges: readonly string[]) => void;
  readonly onMove: (places: Places) => void;
  readonly onConnect: (from: End, to: End) => void;
  /** The end of a wire was dropped elsewhere, or nowhere. */
  readonly onReconnect: (edge: GraphEdge, next: GraphEdge | null) => void;
  /** A wire was dropped where there is nothing, or on a card. */
  readonly onDrop: (end: End, side: "source" | "target", at: { x: number; y: number }, onto: string | null) => void;
  readonly onPane: (at: { x: number; y: number }) => void;
  readonly onMenu: (at: { x: number; y: number }, node: string | null, edge: string | null) => void;
  readonly onPoint: (node: string | null) => void;
  readonly onFocus: (node: string) => void;
}

interface Props {
  readonly shown: Omit<Shown, "selected" | "selectedEdges">;
  readonly selected: readonly string[];
  readonly selectedEdges: readonly string[];
  /** `null`: it is only looked at. */
  readonly gestures: Gestures | null;
  readonly onInit?: (flow: Flow) => void;
  readonly onZoom?: (zoom: number) => void;
  readonly children?: ReactNode;
}

export function GraphFlow({ shown, selected, selectedEdges, gestures, onInit, onZoom, children }: Props) {
  const [scenes] = useState(() => new Scenes());
  const [hovered] = useState(() => new Store<string | null>(null));
  const [distance] = useState(() => new Store(false));
  // What is put on an empty canvas stays where it was put.
  const [fits] = useState(shown.graph.nodes.length > 0);
  const far = useStore(distance);
  const root = useRef<HTMLDivElement>(null);
  const [dragged, setDragged] = useState<Places | null>(null);
  const { graph, report, components, places: still, current, marks, edgeMarks, strips } = shown;
  const places = useMemo(() => (dragged ? new Map([...still, ...dragged]) : still), [still, dragged]);
  const scene: Scene = useMemo(
    () =>
      scenes.make({
        graph,
        report,
        components,
        places,
        current,
        marks,
        edgeMarks,
        strips,
        selected: new Set(selected),
        selectedEdges: new Set(selectedEdges),
      }),
    [scenes, graph, report, components, places, current, marks, edgeMarks, strips, selected, selectedEdges],
  );
  /** The newest of `dragged`, which is drawn a moment later. */
  const held = useRef<Places | null>(null);
  const latest = useRef({ scene, gestures, dragged, places, graph, onZoom });
  latest.current = { scene, gestures, dragged, places, graph, onZoom };
  // A graph that was moved under the hand is shown where the hand put it until the document says so.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new document has the places
  useEffect(() => setDragged(null), [graph]);
  const nodesChange = useCallback((changes: readonly NodeChange<AnyNode>[]) => {
    const { gestures: on, places: known, graph: now, dragged: before } = latest.current;
    if (!on) return;
    const moved = new Map<string, Place>(before ?? []);
    let any = false;
    for (const change of changes)
      if (change.type === "position" && change.position) {
        any = true;
        for (const [id, place] of shifted(change.id, change.position, latest.current.scene, known, now.groups))
          moved.set(id, place);
      }
    if (any) {
      held.current = moved;
      setDragged(moved);
    }
    const chosen = changes.filter((change) => change.type === "select");
    if (chosen.length === 0) return;
    const { nodes, edges } = on.selection();
    on.onSelect(selectedAfter(nodes, now, chosen), edges);
  }, []);
  const edgesChange = useCallback((changes: readonly EdgeChange<WireEdge>[]) => {
    const { gestures: on } = latest.current;
    if (!on) return;
    const { nodes, edges } = on.selection();
    const next = new Set(edges);
    for (const change of changes)
      if (change.type === "select") {
        if (change.selected) next.add(change.id);
        else next.delete(change.id);
      }
    on.onSelect(nodes, [...next]);
  }, []);
  const dropped = useCallback(() => {
    const moved = held.current;
    held.current = null;
    if (moved && moved.size > 0) latest.current.gestures?.onMove(moved);
  }, []);
  const [handlers] = useState(() => handlersOf(() => latest.current.gestures, hovered));
  const [moving] = useState(() =>
    movingOf(
      () => root.current,
      (zoom) => latest.current.onZoom?.(zoom),
    ),
  );
  const many = graph.nodes.length > MANY;
  const edit = gestures !== null;
  return (
    <Distance.Provider value={distance}>
      <HoveredWire.Provider value={hovered}>
        <ReactFlow<AnyNode, WireEdge>
          nodes={scene.nodes as AnyNode[]}
          edges={far ? NO_WIRES : (scene.edges as WireEdge[])}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          onNodesChange={nodesChange}
          onEdgesChange={edgesChange}
          onInit={(flow) => {
            if (onPhone()) atStart(flow);
            onInit?.(flow);
          }}
          ref={root}
          {...moving}
          onNodeDragStop={dropped}
          onSelectionDragStop={dropped}
          {...handlers}
          nodesDraggable={edit}
          nodesConnectable={edit}
          elementsSelectable={edit}
          edgesReconnectable={edit && !many}
          nodesFocusable={false}
          edgesFocusable={false}
          disableKeyboardA11y
          deleteKeyCode={null}
          selectionKeyCode="Shift"
          multiSelectionKeyCode={BOTH_KEYS}
          panActivationKeyCode={null}
          panOnScroll
          zoomOnDoubleClick={false}
          minZoom={0.1}
          maxZoom={2}
          fitView={fits}
          fitViewOptions={onPhone() ? { ...FIT, padding: 0.02, minZoom: PHONE_ZOOM } : FIT}
          connectionLineType={ConnectionLineType.Bezier}
          connectionRadius={24}
          nodeDragThreshold={3}
          elevateNodesOnSelect={false}
          onlyRenderVisibleElements={many}
          proOptions={{ hideAttribution: true }}
          aria-label={`Graph ${graph.name}: ${graph.nodes.length} nodes`}
        >
          <Behind />
          <FarWires scene={scene} />
          {strips && <Sight />}
          {graph.nodes.length > 1 && <Overview nodes={scene.nodes} />}
          {children}
        </ReactFlow>
      </HoveredWire.Provider>
    </Distance.Provider>
  );
}

/** What React Flow calls; always the same functions, for it draws every card and wire anew when one is another. */
function handlersOf(gestures: () => Gestures | null, hovered: Store<string | null>) {
  const menu = (event: MouseEvent | ReactMouseEvent, node: string | null, edge: string | null): void => {
    event.preventDefault();
    gestures()?.onMenu({ x: event.clientX, y: event.clientY }, node, edge);
  };
  return {
    onConnect(made: Connection) {
      const ends = endsOf(made);
      if (ends) gestures()?.onConnect(ends.from, ends.to);
    },
    onConnectEnd(event: MouseEvent | TouchEvent, state: FinalConnectionState) {
      const on = gestures();
      if (on) fallen(event, state, on);
    },
    onReconnect(edge: WireEdge, made: Connection) {
      const [old, next] = [endsOf(edge), endsOf(made)];
      if (old && next) gestures()?.onReconnect(old, next);
    },
    onReconnectEnd(_: unknown, edge: WireEdge, __: unknown, state: FinalConnectionState) {
      const old = endsOf(edge);
      if (old && !state.isValid && !state.toHandle) gestures()?.onReconnect(old, null);
    },
    onEdgeMouseEnter: (_: unknown, edge: WireEdge) => hovered.set(edge.id),
    onEdgeMouseLeave: () => hovered.set(null),
    onNodeMouseEnter: (_: unknown, node: AnyNode) => gestures()?.onPoint(node.id),
    onNodeMouseLeave: () => gestures()?.onPoint(null),
    onNodeContextMenu: (event: ReactMouseEvent, node: AnyNode) => menu(event, node.id, null),
    onEdgeContextMenu: (event: ReactMouseEvent, edge: WireEdge) => menu(event, null, edge.id),
    onPaneContextMenu: (event: MouseEvent | ReactMouseEvent) => menu(event, null, null),
    onDoubleClick(event: ReactMouseEvent) {
      if (event.target instanceof Element && event.target.classList.contains("react-flow__pane"))
        gestures()?.onPane({ x: event.clientX, y: event.clientY });
    },
    onFocus(event: ReactFocusEvent) {
      const id = event.target instanceof Element ? event.target.getAttribute("data-id") : null;
      if (id !== null && event.target.classList.contains("react-flow__node")) gestures()?.onFocus(id);
    },
  };
}

/** Where the graph is larger than the window, its upper left part is seen first. */
function atStart(flow: Flow): void {
  const nodes = flow.getNodes();
  if (nodes.length === 0) return;
  const { zoom, x, y } = flow.getViewport();
  const box = flow.getNodesBounds(nodes);
  const from = (at: number, least: number): number => (at + least * zoom < 0 ? MARGIN - least * zoom : at);
  void flow.setViewport({ zoom, x: from(x, box.x), y: from(y, box.y) });
}

/** Where nodes come when one is dragged: what stands for a group takes its members with it. */
function shifted(
  id: string,
  position: Place,
  scene: Scene,
  places: Places,
  groups: readonly { readonly id: string; readonly nodes: readonly string[] }[],
): readonly (readonly [string, Place])[] {
  const group = groupOf(id);
  if (group === null) return [[id, position]];
  const drawn = scene.nodes.find((node) => node.id === id);
  if (!drawn) return [];
  const [dx, dy] = [position.x - drawn.position.x, position.y - drawn.position.y];
  const members = groups.find((one) => one.id === group)?.nodes ?? [];
  return members.flatMap((member) => {
    const place = places.get(member);
    return place ? [[member, { x: place.x + dx, y: place.y + dy }] as const] : [];
  });
}

/** A folded group is selected by all its nodes. */
function selectedAfter(
  selected: readonly string[],
  graph: Shown["graph"],
  changes: readonly NodeChange<AnyNode>[],
): readonly string[] {
  const next = new Set(selected);
  for (const change of changes) {
    if (change.type !== "select") continue;
    const group = groupOf(change.id);
    const ids = group === null ? [change.id] : (graph.groups.find((one) => one.id === group)?.nodes ?? []);
    for (const id of ids)
      if (change.selected) next.add(id);
      else next.delete(id);
  }
  return [...next];
}

interface Ends {
  readonly source: string;
  readonly target: string;
  readonly sourceHandle?: string | null | undefined;
  readonly targetHandle?: string | null | undefined;
}

/** The edge of the document that a wire stands for. */
function endsOf({ source, target, sourceHandle, targetHandle }: Ends): GraphEdge | null {
  const [from, to] = [endOf(source, sourceHandle), endOf(target, targetHandle)];
  return from && to ? { from, to } : null;
}

/** Ports of a folded group are called after the nodes that they belong to. */
function endOf(id: string, port: string | null | undefined): End | null {
  if (!port) return null;
  if (groupOf(id) === null) return [id, port];
  const at = port.indexOf(".");
  return [port.slice(0, at), port.slice(at + 1)];
}

function fallen(event: MouseEvent | TouchEvent, state: FinalConnectionState, gestures: Gestures): void {
  if (state.isValid || !state.fromHandle || state.toHandle) return;
  const end = endOf(state.fromHandle.nodeId, state.fromHandle.id);
  const point = "changedTouches" in event ? event.changedTouches[0] : event;
  if (!end || !point) return;
  const under = document.elementFromPoint(point.clientX, point.clientY);
  if (!under?.closest(".react-flow")) return;
  const onto = under.closest(".react-flow__node-card")?.getAttribute("data-id") ?? null;
  if (onto === end[0]) return;
  gestures.onDrop(end, state.fromHandle.type, { x: point.clientX, y: point.clientY }, onto);
}
