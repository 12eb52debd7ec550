/** Panels in folding sections; only those in view exist, so that five thousand cost no more than six. */

import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useLayoutEffect, useMemo, useRef, useState } from "react";
import { sections } from "../lib/sections.ts";

interface Props {
  /** Name of the region, for a screen reader. */
  readonly label: string;
  /** Those to show, in any order. */
  readonly keys: readonly string[];
  /** Names of sections that are folded. */
  readonly closed: readonly string[];
  readonly onFold: (closed: readonly string[]) => void;
  /** How many panels stand beside each other at a width. */
  readonly columns: (width: number) => number;
  /** Height of a row of panels with the space below it. */
  readonly rowPx: number;
  /** Said above the panels. */
  readonly notice?: ReactNode;
  readonly children: (key: string) => ReactNode;
}

type Row =
  | { readonly kind: "head"; readonly name: string; readonly count: number; readonly open: boolean }
  | { readonly kind: "panels"; readonly keys: readonly string[] };

const HEAD_PX = 34;

function rowsOf(keys: readonly string[], closed: readonly string[], columns: number): Row[] {
  const rows: Row[] = [];
  for (const section of sections(keys)) {
    const open = !closed.includes(section.name);
    rows.push({ kind: "head", name: section.name, count: section.keys.length, open });
    if (!open) continue;
    for (let i = 0; i < section.keys.length; i += columns)
      rows.push({ kind: "panels", keys: section.keys.slice(i, i + columns) });
  }
  return rows;
}

export function SectionGrid(props: Props) {
  const { label, keys, closed, onFold, rowPx, notice, children } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  const columns = Math.max(1, props.columns(width));
  const rows = useMemo(() => rowsOf(keys, closed, columns), [keys, closed, columns]);
  const virtual = useVirtualizer({
    count: width === 0 ? 0 : rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (i) => (rows[i]?.kind === "head" ? HEAD_PX : rowPx),
    getItemKey: (i) => rowKey(rows[i], i),
    overscan: 1,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows of another shape have other heights
  useLayoutEffect(() => virtual.measure(), [rows, rowPx]);
  const fold = (name: string): void =>
    onFold(closed.includes(name) ? closed.filter((one) => one !== name) : [...closed, name]);
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
              {row.kind === "head" ? (
                <h2 className="section-head">
                  <button type="button" aria-expanded={row.open} onClick={() => fold(row.name)}>
                    <span className="fold" aria-hidden="true" />
                    <b>{row.name}</b>
                    <span className="muted">{row.count}</span>
                  </button>
                </h2>
              ) : (
                <div className="charts-cells" style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
                  {row.keys.map(children)}
                </div>
              )}
            </div>
          );
        })}
      </div>
    </section>
  );
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

function rowKey(row: Row | undefined, i: number): string {
  if (!row) return String(i);
  return row.kind === "head" ? `head ${row.name}` : `panels ${row.keys[0]}`;
}
