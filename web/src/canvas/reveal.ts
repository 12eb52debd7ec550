/** Finding the card of a node in the page, and bringing it into sight. */

import type { Graph } from "../lib/graph.ts";
import type { GraphStore } from "../state/graph.ts";
import type { Flow } from "./flow.tsx";
import { groupId } from "./scene.ts";

export function isCard(target: EventTarget | null): boolean {
  return target instanceof Element && target.classList.contains("react-flow__node");
}

/** The card of a node, or of the folded group that it is in. */
export function element(root: HTMLElement | null, graph: Graph | null, id: string): HTMLElement | null {
  const group = graph?.groups.find((one) => one.collapsed && one.nodes.includes(id));
  return root?.querySelector<HTMLElement>(`.react-flow__node[data-id="${group ? groupId(group.id) : id}"]`) ?? null;
}

/** Bring a node into sight and give it the focus; one that is out of sight is in the page a moment later. */
export function show(flow: Flow | null, root: HTMLElement | null, store: GraphStore, id: string, centre = false): void {
  const { graph } = store.view.get();
  const found = element(root, graph, id);
  const frame = root?.getBoundingClientRect();
  const box = found?.getBoundingClientRect();
  const inside =
    box &&
    frame &&
    box.left >= frame.left &&
    box.right <= frame.right &&
    box.top >= frame.top &&
    box.bottom <= frame.bottom;
  if (!inside || centre) {
    const drawn = flow?.getNode(id) ?? (found && flow?.getNode(found.getAttribute("data-id") ?? ""));
    if (flow && drawn)
      void flow.setCenter(drawn.position.x + 84, drawn.position.y + 25, { zoom: Math.max(flow.getZoom(), 0.6) });
  }
  if (found) found.focus({ preventScroll: true });
  else requestAnimationFrame(() => element(root, graph, id)?.focus({ preventScroll: true }));
}
