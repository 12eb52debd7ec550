/** A chart with its caption: what it shows, its last value, what a pixel stands for. */

import { memo, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Trouble } from "../../components/trouble.tsx";
import type { ChartState } from "../../lib/url.ts";
import type { Linked } from "../../state/linked.ts";
import { useShade } from "../../state/theme.ts";
import { type ChartRun, Control, type Listed } from "./control.ts";

export interface PanelProps {
  readonly name: string;
  readonly runs: readonly ChartRun[];
  readonly chart: ChartState;
  readonly linked: Linked;
  /** Last value as listed, when one run is shown. */
  readonly last: Listed | null;
  readonly onZoom: (zoom: ChartState["zoom"]) => void;
  readonly onFull: (key: string) => void;
  readonly onTable: (key: string) => void;
  readonly full?: boolean;
}

export const ChartPanel = memo(function ChartPanel(props: PanelProps) {
  const { name, runs, chart, linked, last, full = false } = props;
  const slots = {
    plot: useRef<HTMLDivElement>(null),
    last: useRef<HTMLSpanElement>(null),
    density: useRef<HTMLSpanElement>(null),
    notes: useRef<HTMLSpanElement>(null),
  };
  const control = useRef<Control | null>(null);
  const onZoom = useRef(props.onZoom);
  onZoom.current = props.onZoom;
  const [problem, setProblem] = useState<unknown>(null);
  const [loading, setLoading] = useState(true);
  const shade = useShade();

  // biome-ignore lint/correctness/useExhaustiveDependencies: the refs of the slots never change
  useLayoutEffect(() => {
    const elements = {
      plot: slots.plot.current as HTMLElement,
      last: slots.last.current as HTMLElement,
      density: slots.density.current as HTMLElement,
      notes: slots.notes.current as HTMLElement,
    };
    const made = new Control(elements, name, linked, {
      zoom: (range) => onZoom.current(range),
      problem: setProblem,
      loading: setLoading,
    });
    control.current = made;
    return () => made.destroy();
  }, [name, linked]);
  useLayoutEffect(() => control.current?.show(runs, chart, last), [runs, chart, last]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shade` says that the colours changed
  useEffect(() => control.current?.repaint(), [shade]);

  return (
    <figure className={full ? "chart full" : "chart"} aria-label={name}>
      <figcaption>
        <span className="chart-name" title={name}>
          {name}
        </span>
        <span className="chart-tools">
          <button
            type="button"
            onClick={() => props.onTable(name)}
            aria-label={`Values of ${name} as a table`}
            title="Table (t)"
          >
            table
          </button>
          <button
            type="button"
            onClick={() => props.onFull(name)}
            aria-label={full ? "Close the full screen" : `${name} in full screen`}
            title="Full screen (f)"
          >
            {full ? "close" : "full"}
          </button>
        </span>
        <span className="chart-last" ref={slots.last} />
      </figcaption>
      <div className="chart-body" aria-busy={loading}>
        <div className="chart-plot" ref={slots.plot} />
        {loading && <div className="chart-skeleton" aria-hidden="true" />}
        {problem !== null && <Trouble cause={problem} onRetry={() => control.current?.reload()} small />}
      </div>
      <div className="chart-foot">
        <span ref={slots.density} />
        <span className="chart-notes" ref={slots.notes} />
        <span className="chart-axis">{chart.x}</span>
      </div>
    </figure>
  );
});
