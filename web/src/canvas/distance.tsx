/**
 * What is drawn at which distance, and how it moves.
 *
 * From afar nothing on a card can be read but its name in large letters: cards are drawn without their ports and texts,
 * and all wires as one picture. What costs while panning is the number of things drawn, not their size.
 */

import { useStore as useFlowStore, useStoreApi } from "@xyflow/react";
import { createContext, useContext, useEffect, useRef } from "react";
import { dotsAt } from "../lib/dots.ts";
import { Store, useStore } from "../state/store.ts";

/** Below this zoom letters of cards are smaller than five pixels. */
const FAR = 0.36;

/** Whether the graph is looked at from afar. */
export const Distance = createContext(new Store(false));

export function useFar(): boolean {
  return useStore(useContext(Distance));
}

/** Keeps `Distance` and the dots behind the graph as they are to be at this viewport; lives inside React Flow. */
export function Behind() {
  const distance = useContext(Distance);
  const far = useFlowStore(({ transform, nodes }) => nodes.length > 0 && transform[2] < FAR);
  useEffect(() => distance.set(far), [distance, far]);
  const dots = useRef<HTMLDivElement>(null);
  const store = useStoreApi();
  useEffect(() => {
    const follow = (): void => {
      if (dots.current) place(dots.current, store.getState().transform);
    };
    follow();
    return store.subscribe(follow);
  }, [store]);
  return <div ref={dots} className="stage-dots" aria-hidden="true" />;
}

/** Nothing is drawn anew while panning: the layer is moved. */
function place(dots: HTMLElement, [x, y, zoom]: readonly [number, number, number]): void {
  const at = dotsAt(x, y, zoom);
  const { style } = dots;
  const size = `${at.gap}px ${at.gap}px`;
  if (style.backgroundSize !== size) {
    style.backgroundSize = size;
    style.inset = `${-at.gap}px`;
  }
  style.transform = `translate(${at.x}px, ${at.y}px)`;
}

/**
 * Marks the drawn graph while it is panned: it is one layer then, which is moved and not painted.
 *
 * Only while the zoom stays the same, for a layer is not drawn sharper when it grows.
 */
export function movingOf(root: () => HTMLElement | null, onEnd: (zoom: number) => void) {
  let zoom = 0;
  const mark = (on: boolean): void => void root()?.classList.toggle("panning", on);
  return {
    onMoveStart: (_: unknown, viewport: { readonly zoom: number }): void => {
      zoom = viewport.zoom;
    },
    onMove: (_: unknown, viewport: { readonly zoom: number }): void => mark(viewport.zoom === zoom),
    onMoveEnd: (_: unknown, viewport: { readonly zoom: number }): void => {
      mark(false);
      onEnd(viewport.zoom);
    },
  };
}
