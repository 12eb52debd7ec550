/** The canvas itself: the graph, what gestures and keys do to it, and what opens beside them. */

import { ReactFlowProvider } from "@xyflow/react";
import {
  type DragEvent,
  type KeyboardEvent,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { MenuItem } from "../components/menu.tsx";
import { Picker } from "../components/picker.tsx";
import { CARD_WIDTH, LINES, type PortsOf, portsOf } from "../lib/card.ts";
import { ranked } from "../lib/choices.ts";
import { type End, edgeKey, type Fix, type Graph, type GraphGroup, type Issue, type Place } from "../lib/graph.ts";
import { addBlock, blockOf } from "../lib/graphblock.ts";
import * as edits from "../lib/graphedit.ts";
import type { GraphStore } from "../state/graph.ts";
import { useStore } from "../state/store.ts";
import { following } from "../state/watched.ts";
import { arranged } from "./arrange.ts";
import { Empty, NoteDialog, type Point, PointMenu } from "./asides.tsx";
import { keepPart, keptPart } from "./clip.ts";
import { useCanvasKeys } from "./commands.ts";
import { findingsFor, type Searching } from "./findings.ts";
import { FIT, type Flow, type Gestures, GraphFlow } from "./flow.tsx";
import { ChangeGroup } from "./frame.tsx";
import { mostColumns, Placing } from "./places.ts";
import { element, isCard, show } from "./reveal.ts";
import { cards, groupOf } from "./scene.ts";
import { DRAGGED } from "./shelf.tsx";
import { usePreviewsOn } from "./stripbox.tsx";
import { subgraphAction } from "./subgraph.ts";
import { NodeTip } from "./tip.tsx";
import { useClipboard } from "./useclipboard.ts";
import { useTip } from "./usetip.ts";

/** What the page around the canvas asks of it. */
export interface StageHandle {
  /** Add a component behind the selection. */
  add(type: string): void;
  fit(): void;
  arrange(): void;
}

interface Props {
  readonly store: GraphStore;
  readonly handle: RefObject<StageHandle | null>;
  readonly onZoom: (zoom: number) => void;
  /** Show all issues. */
  readonly onIssues: () => void;
  /** Show the form of the selected node. */
  readonly onEdit: () => void;
}

type Open =
  | Searching
  | { readonly what: "menu"; readonly at: Point; readonly items: readonly MenuItem[]; readonly label: string }
  | { readonly what: "note"; readonly node: string };

const WAYS: Readonly<Record<string, edits.Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};
const MOVES: Readonly<Record<edits.Direction, Point>> = {
  left: { x: -1, y: 0 },
  right: { x: 1, y: 0 },
  up: { x: 0, y: -1 },
  down: { x: 0, y: 1 },
};

export function Stage(props: Props) {
  const { graph } = useStore(props.store.view);
  return (
    <ReactFlowProvider>
      {graph ? <Canvas {...props} graph={graph} /> : <div className="stage" aria-busy="true" />}
    </ReactFlowProvider>
  );
}

function Canvas({ store, graph, handle, onZoom, onIssues, onEdit }: Props & { readonly graph: Graph }) {
  const { report } = useStore(store.view);
  const components = useStore(store.components);
  const blocks = useStore(store.blocks);
  const { nodes: selected, edges: selectedEdges } = useStore(store.selection);
  const focused = useStore(store.focused);
  const [open, setOpen] = useState<Open | null>(null);
  const [current, setCurrent] = useState<string | null>(null);
  const [placing] = useState(() => new Placing(mostColumns()));
  const flow = useRef<Flow | null>(null);
  const root = useRef<HTMLDivElement>(null);
  const ports: PortsOf = useMemo(() => portsOf(components, report), [components, report]);
  const shows = [usePreviewsOn(), useStore(following) !== null];
  const strips = shows.includes(true);
  // Places have room for previews, so that nothing has to move when they are turned on.
  const sizes = useMemo(() => cards(graph, ports, true), [graph, ports]);
  const places = useMemo(() => placing.of(graph, sizes), [placing, graph, sizes]);
  const tip = useTip();
  /** The graph was begun by one component, which stands where it was put. */
  const began = useRef(false);
  const isEmpty = graph.nodes.length === 0;
  const was = useRef(isEmpty);
  useEffect(() => {
    if (was.current && !isEmpty && !began.current) requestAnimationFrame(() => void flow.current?.fitView(FIT));
    was.current = isEmpty;
    began.current = false;
  }, [isEmpty]);
  const changeGroup = useCallback(
    (group: GraphGroup, label: string) => void store.apply([edits.regroup(group)], label, label),
    [store],
  );
  const there = current !== null && graph.nodes.some((node) => node.id === current) ? current : null;
  const stop = there ?? selected[0] ?? report?.order[0] ?? graph.nodes[0]?.id ?? null;
  const shown = useMemo(
    () => ({ graph, report, components, places, current: stop, strips }),
    [graph, report, components, places, stop, strips],
  );

  useLayoutEffect(() => {
    store.places = (now) => placing.of(now, cards(now, ports, true));
  }, [store, placing, ports]);

  const commit = (edit: edits.Edit | null): boolean => {
    if (!edit) return false;
    if (!store.apply(edit.ops, edit.label)) return false;
    if (edit.select) store.select(edit.select);
    return true;
  };
  const reveal = (id: string): void => {
    setCurrent(id);
    // The node may be new, or out of sight and not in the page.
    requestAnimationFrame(() => show(flow.current, root.current, store, id));
  };
  const insert = (type: string, wanted: edits.Start): void => {
    const block = blockOf(blocks, type);
    // The first stands in the middle, others beside what is there.
    const start = graph.nodes.length > 0 || wanted.place ? wanted : { ...wanted, place: centre() };
    began.current = graph.nodes.length === 0;
    const edit = block
      ? addBlock(graph, components, report, places, block, start)
      : edits.addNode(graph, components, places, type, start);
    if (commit(edit) && edit.select?.[0]) reveal(edit.select[0]);
  };
  const centre = (): Place | undefined => {
    const box = root.current?.getBoundingClientRect();
    if (!box || !flow.current) return undefined;
    const at = flow.current.screenToFlowPosition({ x: box.left + box.width / 2, y: box.top + box.height / 2 });
    return { x: at.x - CARD_WIDTH / 2, y: at.y - LINES };
  };
  const behind = (type: string): void => {
    const [edge] = graph.edges.filter((one) => selectedEdges.includes(edgeKey(one)));
    const last = selected.at(-1);
    const output = last === undefined ? undefined : ports(edits.nodeOf(graph, last)).outputs[0]?.name;
    if (edge && selected.length === 0) insert(type, { into: edge });
    else if (last !== undefined && output !== undefined) insert(type, { from: [last, output] });
    else insert(type, {});
  };
  const middle = (): Point => {
    const box = root.current?.getBoundingClientRect();
    return box ? { x: box.left + box.width / 2 - 132, y: box.top + box.height / 4 } : { x: 0, y: 0 };
  };
  const beside = (id: string): Point => {
    const box = element(root.current, graph, id)?.getBoundingClientRect();
    return box ? { x: box.left, y: box.bottom + 6 } : middle();
  };
  const close = (): void => {
    setOpen(null);
    if (stop !== null) requestAnimationFrame(() => element(root.current, graph, stop)?.focus({ preventScroll: true }));
  };

  useLayoutEffect(() => {
    handle.current = { add: behind, fit: () => void flow.current?.fitView(FIT), arrange };
  });
  useEffect(() => {
    if (!focused) return;
    setCurrent(focused.node);
    requestAnimationFrame(() => show(flow.current, root.current, store, focused.node, true));
  }, [focused, store]);

  const arrange = (): void => {
    void arranged(graph, sizes).then((found) => {
      commit(edits.move(store.view.get().graph ?? graph, found, found, "Arrange the graph"));
      requestAnimationFrame(() => void flow.current?.fitView(FIT));
    });
  };
  const remove = (): void => {
    if (selected.length + selectedEdges.length === 0) return;
    const next = selected
      .map((id) => edits.stepTo(graph, places, id, "left"))
      .find((id) => id && !selected.includes(id));
    if (!commit(edits.remove(graph, selected, selectedEdges))) return;
    if (next) {
      store.select([next]);
      reveal(next);
    } else root.current?.focus();
  };
  const fix = (wanted: Fix): void => {
    store.mend(wanted);
    tip.hide();
  };
  const copy = (): string | null => (selected.length > 0 ? keepPart(edits.part(graph, places, selected)) : null);
  const paste = (pasted: Graph | null, at?: Point): void => {
    if (!pasted) return;
    const place = at && flow.current ? flow.current.screenToFlowPosition(at) : undefined;
    const edit = edits.paste(graph, pasted, place);
    if (edit && commit(edit) && edit.select?.[0]) reveal(edit.select[0]);
  };
  const groups = edits.groupsOf(graph, selected);
  const subgraph = subgraphAction(store, graph, selected);
  const actions = {
    store,
    graph,
    node: stop,
    selected,
    groups,
    subgraph,
    issues: stop === null ? [] : store.issues(stop),
    add: () => setOpen({ what: "add", at: selected.at(-1) ? beside(selected.at(-1) as string) : middle(), start: {} }),
    connect: () => stop !== null && setOpen({ what: "connect", at: beside(stop), node: stop }),
    disconnect: () => stop !== null && setOpen({ what: "disconnect", at: beside(stop), node: stop }),
    note: () => stop !== null && setOpen({ what: "note", node: stop }),
    fix,
    remove,
    arrange,
    all: () => store.select(graph.nodes.map((node) => node.id)),
    duplicate: () => {
      const edit = edits.duplicate(graph, places, selected);
      if (commit(edit) && edit?.select?.[0]) reveal(edit.select[0]);
    },
    group: () => commit(edits.group(graph, selected)),
    ungroup: () =>
      groups.length > 0 &&
      store.apply(
        groups.map((group) => ({ op: "ungroup", id: group.id })),
        `Ungroup ${groups.map((group) => group.title || group.id).join(", ")}`,
      ),
    fold: () => {
      const [group] = groups;
      if (group)
        store.apply(
          [edits.regroup({ ...group, collapsed: !group.collapsed })],
          `${group.collapsed ? "Unfold" : "Fold"} ${group.title || group.id}`,
        );
    },
    fit: () => handle.current?.fit(),
    zoom: (by: number) => void flow.current?.zoomTo(flow.current.getZoom() * by),
  };
  useCanvasKeys(root, actions);
  useClipboard(root, {
    copy,
    cut: () => {
      const text = copy();
      if (text !== null) remove();
      return text;
    },
    paste: (text) => paste(edits.readPart(text)),
  });

  const gestures: Gestures = {
    selection: store.selection.get,
    onSelect: (nodes, edges) => store.select(nodes, edges),
    onMove: (moved) => commit(edits.move(graph, places, moved)),
    onConnect: (from, to) => commit(edits.connect(graph, from, to)),
    onReconnect: (edge, next) => {
      const cut = { op: "disconnect", from: edge.from, to: edge.to } as const;
      if (next && edgeKey(next) === edgeKey(edge)) return;
      const made = next ? edits.connect(graph, next.from, next.to) : null;
      const ops = made?.ops.filter((op) => op.op !== "disconnect" || edgeKey(op) !== edgeKey(edge)) ?? [];
      store.apply([cut, ...ops], made?.label ?? `Disconnect ${edge.from[0]} from ${edge.to[0]}`);
    },
    onDrop: (end, side, at, onto) => {
      if (onto === null) {
        const place = flow.current?.screenToFlowPosition(at);
        const start = side === "source" ? { place, from: end } : { place, to: end };
        // The browser closes what opens while a button of the mouse goes up.
        requestAnimationFrame(() => setOpen({ what: "add", at, start }));
        return;
      }
      const port =
        side === "source" ? freeInput(graph, ports, onto) : ports(edits.nodeOf(graph, onto)).outputs[0]?.name;
      if (port === undefined) return;
      commit(side === "source" ? edits.connect(graph, end, [onto, port]) : edits.connect(graph, [onto, port], end));
    },
    onPane: (at) => setOpen({ what: "add", at, start: { place: flow.current?.screenToFlowPosition(at) } }),
    onMenu: (at, id, edge) => {
      tip.hide();
      const group = id === null ? null : groupOf(id);
      const ids = group === null ? (id === null ? [] : [id]) : (graph.groups.find((g) => g.id === group)?.nodes ?? []);
      if (ids.length > 0 && !ids.every((one) => selected.includes(one))) store.select(ids);
      if (edge !== null) store.select([], [edge]);
      const kind = edge !== null ? "wire" : ids.length > 0 ? "nodes" : "pane";
      setOpen({ what: "menu", at, label: "Actions", items: menuOf(kind, at) });
    },
    onPoint: (id) => (id !== null && store.issues(id).length > 0 ? tip.show(id) : tip.leave()),
    onFocus: (id) => {
      const group = groupOf(id);
      const node = group === null ? id : (graph.groups.find((one) => one.id === group)?.nodes[0] ?? null);
      setCurrent(node);
      const visible = root.current?.querySelector(":focus-visible") != null;
      if (visible && node !== null && store.issues(node).length > 0) tip.show(node);
    },
  };

  /** The menu opens before the selection that it belongs to is drawn: what it does looks at the store. */
  const menuOf = (kind: "wire" | "nodes" | "pane", at: Point): readonly MenuItem[] => {
    const later = (act: (now: typeof actions) => void) => () => requestAnimationFrame(() => act(nowRef.current));
    if (kind === "wire")
      return [
        { label: "Insert a component", act: later(() => setOpen({ what: "add", at, start: intoSelected(store) })) },
        { label: "Delete the wire", note: "Del", danger: true, act: later((now) => now.remove()) },
      ];
    if (kind === "pane")
      return [
        { label: "Add a component", note: "/", act: later(() => gestures.onPane(at)) },
        { label: "Paste", note: "Ctrl V", disabled: keptPart() === null, act: later(() => paste(keptPart(), at)) },
        { label: "Select all", note: "Ctrl A", act: later((now) => now.all()) },
        "line",
        { label: "Arrange", note: "Shift L", act: later((now) => now.arrange()) },
        { label: "Show the whole graph", note: "0", act: later((now) => now.fit()) },
      ];
    const inGroup = edits.groupsOf(graph, store.selection.get().nodes);
    const several = store.selection.get().nodes.length > 1;
    const other = subgraphAction(store, graph, store.selection.get().nodes);
    return [
      { label: "Edit", note: "Enter", disabled: several, act: later(() => onEdit()) },
      { label: "Connect to…", note: "C", disabled: several, act: later((now) => now.connect()) },
      { label: "Disconnect…", note: "Shift C", disabled: several, act: later((now) => now.disconnect()) },
      { label: "Comment…", note: "M", disabled: several, act: later((now) => now.note()) },
      "line",
      { label: "Copy", note: "Ctrl C", act: later(() => void copyNow(nowRef.current)) },
      { label: "Duplicate", note: "Ctrl D", act: later((now) => now.duplicate()) },
      { label: "Group", note: "Ctrl G", act: later((now) => now.group()) },
      ...(inGroup.length > 0
        ? [
            {
              label: inGroup[0]?.collapsed ? "Unfold the group" : "Fold the group",
              note: "F",
              act: later((now) => now.fold()),
            },
            { label: "Ungroup", note: "Ctrl Shift G", act: later((now) => now.ungroup()) },
          ]
        : []),
      ...(other ? [{ label: other.title, act: () => void other.act() }] : []),
      "line",
      { label: "Delete", note: "Del", danger: true, act: later((now) => now.remove()) },
    ];
  };
  const copyNow = (_: unknown): void => {
    const { nodes } = store.selection.get();
    const text = keepPart(edits.part(graph, places, nodes));
    void navigator.clipboard?.writeText(text).catch(() => {});
  };
  const nowRef = useRef(actions);
  nowRef.current = actions;

  const key = (event: KeyboardEvent): void => {
    if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return;
    const way = WAYS[event.key];
    if (way && stop !== null) {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) {
        const by = MOVES[way];
        const ids = selected.length > 0 ? selected : [stop];
        const moved = ids.map((id): [string, Place] => {
          const place = places.get(id) ?? { x: 0, y: 0 };
          return [id, { x: place.x + by.x * edits.GRID, y: place.y + by.y * edits.GRID }];
        });
        const edit = edits.move(graph, places, new Map(moved));
        if (edit) store.apply(edit.ops, edit.label, `move ${ids.join()}`);
        return;
      }
      const next = selected.length === 0 && there === null ? stop : (edits.stepTo(graph, places, stop, way) ?? stop);
      store.select(event.shiftKey ? [...new Set([...selected, stop, next])] : [next]);
      reveal(next);
    } else if (event.key === "Enter" && stop !== null && isCard(event.target)) {
      event.preventDefault();
      store.edit(stop);
      onEdit();
    } else if (event.key === " " && stop !== null && isCard(event.target)) {
      event.preventDefault();
      store.select(selected.includes(stop) ? selected.filter((id) => id !== stop) : [...selected, stop]);
    } else if (event.key === "Escape") {
      tip.hide();
      store.select([]);
    }
  };
  const drop = (event: DragEvent): void => {
    const type = event.dataTransfer.getData(DRAGGED);
    if (!type || !flow.current) return;
    event.preventDefault();
    const at = flow.current.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    const place = { x: at.x - 84, y: at.y - 25 };
    const wire = document.elementFromPoint(event.clientX, event.clientY)?.closest(".react-flow__edge");
    const into = graph.edges.find((edge) => edgeKey(edge) === wire?.getAttribute("data-id"));
    insert(type, { place, into });
  };
  const tipNode = tip.node !== null && open === null ? graph.nodes.find((node) => node.id === tip.node) : undefined;
  const tipIssues: readonly Issue[] = tipNode ? store.issues(tipNode.id) : [];
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys and drops of what is inside arrive here
    <div
      ref={root}
      className="stage"
      tabIndex={-1}
      onKeyDown={key}
      onBlur={tip.leave}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes(DRAGGED)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = "copy";
      }}
      onDrop={drop}
    >
      <ChangeGroup.Provider value={changeGroup}>
        <GraphFlow
          shown={shown}
          selected={selected}
          selectedEdges={selectedEdges}
          gestures={gestures}
          onInit={(made) => {
            flow.current = made;
            onZoom(made.getZoom());
          }}
          onZoom={onZoom}
        >
          {tipNode && tipIssues.length > 0 && (
            <NodeTip
              node={tipNode.id}
              issues={tipIssues}
              onFix={fix}
              onMore={onIssues}
              onStay={() => tip.show(tipNode.id)}
              onLeave={tip.leave}
            />
          )}
        </GraphFlow>
      </ChangeGroup.Provider>
      {graph.nodes.length === 0 && <Empty onAdd={actions.add} />}
      {open && open.what !== "menu" && open.what !== "note" && (
        <Picker
          {...findingsFor(open, graph, components, blocks, ports, places)}
          className="canvas-finder"
          anchor={open.at}
          rank={ranked}
          onClose={close}
          onPick={(value) => {
            if (open.what === "add") {
              const { start } = open;
              if (start.place || start.from || start.to || start.into) insert(value, start);
              else behind(value);
              return;
            }
            const [from, to] = JSON.parse(value) as readonly [End, End];
            if (open.what === "connect") commit(edits.connect(graph, from, to));
            else store.apply([{ op: "disconnect", from, to }], `Disconnect ${from[0]} from ${to[0]}`);
            reveal(open.node);
          }}
        />
      )}
      {open?.what === "menu" && <PointMenu at={open.at} label={open.label} items={open.items} onClose={close} />}
      {open?.what === "note" && (
        <NoteDialog
          id={open.node}
          text={edits.nodeOf(graph, open.node).note}
          onClose={close}
          onSave={(text) => store.apply([{ op: "note", id: open.node, text }], `Comment on ${open.node}`)}
        />
      )}
    </div>
  );
}

function intoSelected(store: GraphStore): edits.Start {
  const [key] = store.selection.get().edges;
  const edge = store.view.get().graph?.edges.find((one) => edgeKey(one) === key);
  return edge ? { into: edge } : {};
}

function freeInput(graph: Graph, ports: PortsOf, id: string): string | undefined {
  const taken = new Set(graph.edges.filter((edge) => edge.to[0] === id).map((edge) => edge.to[1]));
  return (
    edits.inputsFor(graph, ports, id).find((name) => !taken.has(name)) ?? ports(edits.nodeOf(graph, id)).inputs[0]?.name
  );
}
