/** Panels in folding sections; only those in view exist, so that five thousand cost no more than six. */

import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { type Row, type Section, sectionRows, sections, widthOf } from "../lib/sections.ts";
import { revealed } from "../state/reveal.ts";
import { useStore } from "../state/store.ts";

interface Props {
  /** Name of the region, for a screen reader. */
  readonly label: string;
  /** Those to show, in any order, or in sections already. */
  readonly keys: readonly string[] | readonly Section[];
  /** Names of sections that are folded. */
  readonly closed: readonly string[];
  readonly onFold: (closed: readonly string[]) => void;
  /** How many panels stand beside each other at a width. */
  readonly columns: (width: number) => number;
  /** Height of a row of panels with the space below it. */
  readonly rowPx: number;
  /** Said above the panels. */
  readonly notice?: ReactNode;
  /** How many columns a panel takes. */
  readonly span?: (key: string) => number;
  /** What a panel is called: while one scrolls so fast that nothing can be read, names stand for panels. */
  readonly nameOf?: (key: string) => string;
  readonly children: (key: string, columns: number) => ReactNode;
}

/** Pixels a millisecond from which on nobody reads a chart: two screens a second. */
const FAST = 2;
const RESTS_MS = 90;

const single = (): number => 1;

/** Of a head, and of the space above the panels of sections that stand beside each other. */
const HEAD_PX = 34;

/** How long a panel may take to stand there. */
const FRAMES = 20;

export function SectionGrid(props: Props) {
  const { label, keys, closed, onFold, rowPx, notice, span = single, nameOf } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  const columns = Math.max(1, props.columns(width));
  const fast = useFast(scroller, nameOf !== undefined);
  const seen = useRef<ReadonlySet<string>>(new Set());
  const now = new Set<string>();
  // What was there before it went fast stays; what would be made for the blink of an eye is only named.
  const children = (key: string, wide: number): ReactNode => {
    if (nameOf && fast() && !seen.current.has(key))
      return <Named key={key} name={nameOf(key)} span={Math.min(wide, span(key))} />;
    now.add(key);
    return props.children(key, wide);
  };
  useLayoutEffect(() => {
    seen.current = now;
  });
  const all = useMemo(() => (inSections(keys) ? keys : sections(keys)), [keys]);
  const rows = useMemo(() => sectionRows(all, closed, columns, span), [all, closed, columns, span]);
  const virtual = useVirtualizer({
    count: width === 0 ? 0 : rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (i) => heightOf(rows[i], rowPx),
    getItemKey: (i) => rowKey(rows[i], i),
    overscan: 1,
  });
  useReveal(all, rows, closed, onFold, (index) => virtual.scrollToIndex(index, { align: "center" }));
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows of another shape have other heights
  useLayoutEffect(() => virtual.measure(), [rows, rowPx]);
  const fold = (name: string): void =>
    onFold(closed.includes(name) ? closed.filter((one) => one !== name) : [...closed, name]);
  const template = `repeat(${columns}, minmax(0, 1fr))`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: panels scroll, and keys must be able to
    <section className="charts-scroll" ref={scroller} tabIndex={0} aria-label={label}>
      {notice}
      <div className="charts-space" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          return (
            <div
              key={item.key}
              className="charts-row"
              style={{ transform: `translateY(${item.start}px)`, height: item.size }}
            >
              {row.kind === "head" && <Head {...row} onFold={fold} />}
              {row.kind === "panels" && (
                <div className="charts-cells" style={{ gridTemplateColumns: template }}>
                  {row.keys.map((key) => children(key, columns))}
                </div>
              )}
              {row.kind === "beside" && (
                <div className="charts-cells beside" style={{ gridTemplateColumns: template }}>
                  {row.sections.map((section) => (
                    <section
                      key={section.name}
                      aria-label={section.name}
                      style={{ gridColumn: `span ${widthOf(section.keys, columns, span)}` }}
                    >
                      <Head name={section.name} count={section.keys.length} open onFold={fold} />
                      {section.keys.map((key) => children(key, columns))}
                    </section>
                  ))}
                </div>
              )}
            </div>
          );
        })}
      </div>
    </section>
  );
}

/** Go to the panel that somebody asked for by name: unfold its section, scroll there, give it the focus. */
function useReveal(
  all: readonly Section[],
  rows: readonly Row[],
  closed: readonly string[],
  onFold: (closed: readonly string[]) => void,
  scrollTo: (index: number) => void,
): void {
  const wanted = useStore(revealed);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rest is of this very render
  useEffect(() => {
    if (wanted === null) return;
    const section = all.find((one) => one.keys.includes(wanted));
    if (!section) return;
    if (closed.includes(section.name)) return onFold(closed.filter((name) => name !== section.name));
    revealed.set(null);
    scrollTo(rows.findIndex((row) => holds(row, wanted)));
    // The panel is made in the frame after the list has moved.
    const look = (frames: number): void => {
      const panel = document.querySelector<HTMLElement>(`[data-chart="${CSS.escape(wanted)}"] [tabindex="0"]`);
      if (panel) panel.focus({ preventScroll: true });
      else if (frames > 0) requestAnimationFrame(() => look(frames - 1));
    };
    requestAnimationFrame(() => look(FRAMES));
  }, [wanted, all, rows, closed]);
}

function holds(row: Row, key: string): boolean {
  if (row.kind === "panels") return row.keys.includes(key);
  return row.kind === "beside" && row.sections.some((section) => section.keys.includes(key));
}

function Named({ name, span }: { name: string; span: number }) {
  return (
    <div className="chart" aria-hidden="true" style={span > 1 ? { gridColumn: `span ${span}` } : undefined}>
      <span className="chart-name">{name}</span>
    </div>
  );
}

/** Tells whether one scrolls fast just now; the component is drawn again when it ends. */
function useFast(element: React.RefObject<HTMLElement | null>, on: boolean): () => boolean {
  const fast = useRef(false);
  const [, ended] = useState(0);
  useLayoutEffect(() => {
    const scroller = element.current;
    if (!scroller || !on) return;
    let [top, time] = [scroller.scrollTop, performance.now()];
    let timer: ReturnType<typeof setTimeout> | null = null;
    const end = (): void => {
      fast.current = false;
      ended((n) => n + 1);
    };
    const hear = (): void => {
      const at = performance.now();
      const speed = Math.abs(scroller.scrollTop - top) / Math.max(8, at - time);
      [top, time] = [scroller.scrollTop, at];
      if (speed < FAST) return;
      fast.current = true;
      if (timer !== null) clearTimeout(timer);
      timer = setTimeout(end, RESTS_MS);
    };
    // Before the rows are laid out for where one has come to.
    scroller.addEventListener("scroll", hear, { capture: true, passive: true });
    return () => {
      scroller.removeEventListener("scroll", hear, { capture: true });
      if (timer !== null) clearTimeout(timer);
    };
  }, [element, on]);
  return () => fast.current;
}

function inSections(keys: readonly string[] | readonly Section[]): keys is readonly Section[] {
  return keys.length > 0 && typeof keys[0] !== "string";
}

function useWidth(element: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const measured = element.current as HTMLElement;
    const measure = (): void => setWidth(measured.clientWidth);
    const observer = new ResizeObserver(measure);
    observer.observe(measured);
    measure();
    return () => observer.disconnect();
  }, [element]);
  return width;
}

interface HeadProps {
  readonly name: string;
  readonly count: number;
  readonly open: boolean;
  readonly onFold: (name: string) => void;
}

function Head({ name, count, open, onFold }: HeadProps) {
  return (
    <h2 className="section-head" data-section={name}>
      <button type="button" aria-expanded={open} onClick={() => onFold(name)}>
        <span className="fold" aria-hidden="true" />
        <b>{name}</b>
        <span className="muted">{count}</span>
      </button>
    </h2>
  );
}

function heightOf(row: Row | undefined, rowPx: number): number {
  if (row?.kind === "head") return HEAD_PX;
  return row?.kind === "beside" ? HEAD_PX + rowPx : rowPx;
}

function rowKey(row: Row | undefined, i: number): string {
  if (!row) return String(i);
  if (row.kind === "beside") return `beside ${row.sections[0]?.name}`;
  return row.kind === "head" ? `head ${row.name}` : `panels ${row.keys[0]}`;
}
