/** Dragging a chart to another place: a mark shows where it would go, the page scrolls at its edges, Escape gives up. */

/** Where a chart would go: before or behind another, or to the end of a section. */
export interface Target {
  readonly section: string;
  readonly chart: string | null;
  readonly side: "before" | "after";
}

/** A pointer that moved less than this has not dragged. */
const CLICK_PX = 5;
const EDGE_PX = 48;
const SCROLL_PX = 12;

export function dragChart(
  start: PointerEvent,
  title: string,
  scroller: HTMLElement,
  drop: (target: Target) => void,
): void {
  const stop = new AbortController();
  const ghost = document.createElement("div");
  ghost.className = "drag-ghost";
  ghost.textContent = title;
  let at = { x: start.clientX, y: start.clientY };
  let moving = false;
  let marked: HTMLElement | null = null;
  let target: Target | null = null;
  let frame = 0;
  const look = (): void => {
    const found = find(at.x, at.y);
    marked?.removeAttribute("data-drop");
    [marked, target] = found ? [found.element, found.target] : [null, null];
    marked?.setAttribute("data-drop", target?.side ?? "");
    ghost.style.transform = `translate(${at.x + 12}px, ${at.y + 8}px)`;
  };
  const scroll = (): void => {
    const box = scroller.getBoundingClientRect();
    const by = at.y < box.top + EDGE_PX ? -SCROLL_PX : at.y > box.bottom - EDGE_PX ? SCROLL_PX : 0;
    if (by !== 0) {
      scroller.scrollTop += by;
      look();
    }
    frame = requestAnimationFrame(scroll);
  };
  const end = (dropped: boolean): void => {
    stop.abort();
    cancelAnimationFrame(frame);
    ghost.remove();
    marked?.removeAttribute("data-drop");
    document.body.classList.remove("dragging");
    if (dropped && moving && target) drop(target);
  };
  const options = { signal: stop.signal };
  document.addEventListener(
    "pointermove",
    (event) => {
      at = { x: event.clientX, y: event.clientY };
      if (!moving && Math.hypot(at.x - start.clientX, at.y - start.clientY) < CLICK_PX) return;
      if (!moving) {
        moving = true;
        document.body.append(ghost);
        document.body.classList.add("dragging");
        frame = requestAnimationFrame(scroll);
      }
      look();
    },
    options,
  );
  document.addEventListener("pointerup", () => end(true), options);
  document.addEventListener("pointercancel", () => end(false), options);
  document.addEventListener("keydown", (event) => event.key === "Escape" && end(false), { ...options, capture: true });
}

function find(x: number, y: number): { readonly element: HTMLElement; readonly target: Target } | null {
  for (const under of document.elementsFromPoint(x, y)) {
    const chart = under.closest<HTMLElement>("[data-chart]");
    if (chart) {
      const box = chart.getBoundingClientRect();
      const side = x < box.left + box.width / 2 ? "before" : "after";
      return {
        element: chart,
        target: { section: chart.dataset.section ?? "", chart: chart.dataset.chart ?? "", side },
      };
    }
    const head = under.closest<HTMLElement>("[data-section]");
    if (head) return { element: head, target: { section: head.dataset.section ?? "", chart: null, side: "after" } };
  }
  return null;
}
