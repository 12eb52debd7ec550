/** Charts in folding sections; only those in view exist, so that five thousand cost no more than six. */

import { useVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import { matching, sections } from "../../lib/sections.ts";
import type { ChartState } from "../../lib/url.ts";
import type { Linked } from "../../state/linked.ts";
import type { ChartRun, Listed } from "../line/control.ts";
import { ChartPanel } from "../line/panel.tsx";

export interface ChartGridProps {
  readonly keys: readonly string[];
  readonly runs: readonly ChartRun[];
  readonly chart: ChartState;
  readonly linked: Linked;
  /** Last value of a key, when one run is shown. */
  readonly last: (key: string) => Listed | null;
  readonly onChange: (changes: Partial<ChartState>, push?: boolean) => void;
  readonly onTable: (key: string) => void;
}

type Row =
  | { readonly kind: "head"; readonly name: string; readonly count: number; readonly open: boolean }
  | { readonly kind: "charts"; readonly keys: readonly string[] };

const HEAD_PX = 34;
const ROW_PX = 226;
const NARROWEST_PX = 330;
/** On a wide page a chart gets more than the least. */
const WIDE_PX = 1100;
const ROOMY_PX = 430;

function rowsOf(keys: readonly string[], closed: readonly string[], columns: number): Row[] {
  const rows: Row[] = [];
  for (const section of sections(keys)) {
    const open = !closed.includes(section.name);
    rows.push({ kind: "head", name: section.name, count: section.keys.length, open });
    if (!open) continue;
    for (let i = 0; i < section.keys.length; i += columns)
      rows.push({ kind: "charts", keys: section.keys.slice(i, i + columns) });
  }
  return rows;
}

export function ChartGrid({ keys, runs, chart, linked, last, onChange, onTable }: ChartGridProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = scroller.current as HTMLDivElement;
    const measure = (): void => setWidth(element.clientWidth);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  const columns = Math.max(1, Math.floor(width / (width > WIDE_PX ? ROOMY_PX : NARROWEST_PX)));
  const shown = useMemo(() => matching(keys, chart.charts), [keys, chart.charts]);
  const rows = useMemo(() => rowsOf(shown, chart.closed, columns), [shown, chart.closed, columns]);
  const virtual = useVirtualizer({
    count: width === 0 ? 0 : rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (i) => (rows[i]?.kind === "head" ? HEAD_PX : ROW_PX),
    getItemKey: (i) => rowKey(rows[i], i),
    overscan: 1,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows of another shape have other heights
  useLayoutEffect(() => virtual.measure(), [rows]);
  const fold = (name: string): void =>
    onChange({
      closed: chart.closed.includes(name) ? chart.closed.filter((one) => one !== name) : [...chart.closed, name],
    });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: charts scroll, and keys must be able to
    <section className="charts-scroll" ref={scroller} tabIndex={0} aria-label="Charts">
      {shown.length === 0 && keys.length > 0 && <p className="muted pad">No chart matches “{chart.charts}”.</p>}
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
                  {row.keys.map((key) => (
                    <ChartPanel
                      key={key}
                      name={key}
                      runs={runs}
                      chart={chart}
                      linked={linked}
                      last={last(key)}
                      onZoom={(zoom) => onChange({ zoom }, true)}
                      onFull={(full) => onChange({ full }, true)}
                      onTable={onTable}
                    />
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

function rowKey(row: Row | undefined, i: number): string {
  if (!row) return String(i);
  return row.kind === "head" ? `head ${row.name}` : `charts ${row.keys[0]}`;
}
