/** A chart with its caption: what it shows, its last value, what a pixel stands for, and what can be done with it. */

import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Trouble } from "../../components/trouble.tsx";
import { type Layout, lineName, linesOf, settingsOf, titleOf } from "../../lib/arrangement.ts";
import { DASHES, type Style } from "../../lib/colour.ts";
import type { ChartState } from "../../lib/url.ts";
import type { Group } from "../../state/bands.ts";
import { Linked } from "../../state/linked.ts";
import { useShade } from "../../state/theme.ts";
import { type ChartRun, Control, type Listed } from "./control.ts";
import { type Entry, Legend } from "./legend.tsx";
import { type ChartSpec, isBanded, resolved } from "./spec.ts";

/** What the surroundings of a chart do for it. */
export interface PanelEvents {
  readonly zoom: (zoom: ChartState["zoom"]) => void;
  readonly full: (id: string) => void;
  /** Tools of a chart, opened at a button. */
  readonly menu: (id: string, anchor: HTMLElement) => void;
  readonly grab: (id: string, event: PointerEvent) => void;
  readonly nudge: (id: string, by: -1 | 1, sectionwise: boolean) => void;
}

export interface PanelProps {
  readonly id: string;
  readonly layout: Layout;
  readonly runs: readonly ChartRun[];
  readonly chart: ChartState;
  readonly linked: Linked;
  /** Last value as listed, when one run is shown. */
  readonly last: Listed | null;
  readonly groups: readonly Group[] | null;
  /** Of several charts of the same lines, the group that this one is for. */
  readonly facet?: Group | null;
  readonly section?: string;
  readonly columns?: number;
  readonly events: PanelEvents;
  readonly full?: boolean;
}

/** What a chart draws, from the bar, its settings, and the runs there are. */
export function specOf(
  { id, layout, runs, chart, groups, facet = null }: PanelProps,
  settings = settingsOf(layout, id),
  expanded: readonly string[] = [],
): ChartSpec {
  const of = settings.runs ? new Set(settings.runs) : null;
  const inFacet = facet ? new Set(facet.runs) : null;
  const title = titleOf(layout, id);
  return {
    id: facet ? `${id}\n${facet.name}` : id,
    title: facet ? `${title} · ${facet.name}` : title,
    lines: linesOf(layout, id),
    runs: runs.filter((run) => (of?.has(run.id) ?? true) && (inFacet?.has(run.id) ?? true)),
    chart: resolved(chart, settings),
    low: settings.low ?? null,
    high: settings.high ?? null,
    linked: !settings.x || settings.x === chart.x,
    groups,
    expanded,
    shares: facet ? id : null,
  };
}

export const ChartPanel = memo(function ChartPanel(props: PanelProps) {
  const {
    id,
    layout,
    chart,
    runs,
    groups,
    facet,
    linked,
    last,
    events,
    section = "",
    columns = 1,
    full = false,
  } = props;
  const slots = {
    plot: useRef<HTMLDivElement>(null),
    last: useRef<HTMLSpanElement>(null),
    density: useRef<HTMLSpanElement>(null),
    notes: useRef<HTMLSpanElement>(null),
  };
  const control = useRef<Control | null>(null);
  const heard = useRef(events);
  heard.current = events;
  const [problem, setProblem] = useState<unknown>(null);
  const [loading, setLoading] = useState(true);
  const [drawn, setDrawn] = useState("[]");
  const [own, setOwn] = useState<ChartState["zoom"]>(null);
  const [expanded, setExpanded] = useState<readonly string[]>([]);
  const shade = useShade();
  const settings = settingsOf(layout, id);
  // biome-ignore lint/correctness/useExhaustiveDependencies: of the layout only what this chart has in it matters
  const spec = useMemo(
    () => specOf(props, settings, expanded),
    [id, runs, chart, groups, facet, expanded, JSON.stringify(settings)],
  );
  const shares = spec.linked;
  const link = useMemo(() => (shares ? linked : apart(linked)), [linked, shares]);
  const owned = useRef(!shares);
  owned.current = !shares;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the refs of the slots never change
  useLayoutEffect(() => {
    const elements = {
      plot: slots.plot.current as HTMLElement,
      last: slots.last.current as HTMLElement,
      density: slots.density.current as HTMLElement,
      notes: slots.notes.current as HTMLElement,
    };
    const made = new Control(elements, spec.id, link, {
      zoom: (range) => (owned.current ? setOwn(range) : heard.current.zoom(range)),
      problem: setProblem,
      loading: setLoading,
      lines: (lines) => setDrawn(JSON.stringify(lines.map(({ run, name, style }) => ({ run, name, style })))),
    });
    control.current = made;
    return () => made.destroy();
  }, [spec.id, link]);
  const zoom = shares ? chart.zoom : own;
  useLayoutEffect(() => control.current?.show(spec, zoom, last), [spec, zoom, last]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shade` says that the colours changed
  useEffect(() => control.current?.repaint(), [shade]);

  const legend = useMemo(() => legendOf(spec, JSON.parse(drawn) as Drawn[]), [spec, drawn]);
  const several = spec.lines.length > 1 || isBanded(spec) || (groups !== null && !facet);
  const listed = (legend.length > 1 || isBanded(spec)) && (full || chart.legend || several);
  const { title } = spec;
  const grip = facet ? null : (
    <button
      type="button"
      className="chart-grip"
      aria-label={`Move ${title}: drag, or arrow keys`}
      title="Drag to move. Arrow keys: along the section; with Shift: to the next section"
      onPointerDown={(event) => event.button === 0 && events.grab(id, event.nativeEvent)}
      onKeyDown={(event) => {
        const by = ({ ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 } as const)[event.key as "ArrowLeft"];
        if (by === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        events.nudge(id, by, event.shiftKey);
      }}
    >
      ⠿
    </button>
  );
  return (
    <figure
      className={full ? "chart full" : "chart"}
      aria-label={title}
      data-chart={full ? undefined : id}
      data-section={full ? undefined : section}
      style={columns > 1 ? { gridColumn: `span ${columns}` } : undefined}
    >
      <figcaption>
        {!full && grip}
        <span className="chart-name" title={title}>
          {title}
        </span>
        <span className="chart-tools">
          <button
            type="button"
            onClick={() => events.full(id)}
            aria-label={full ? "Close the full screen" : `${title} in full screen`}
            title="Full screen (f)"
          >
            {full ? "close" : "full"}
          </button>
          <button
            type="button"
            aria-haspopup="menu"
            aria-label={`More about ${title}`}
            title="Settings, pin, move, download"
            onClick={(event) => events.menu(id, event.currentTarget)}
          >
            ⋯
          </button>
        </span>
        <span className="chart-last" ref={slots.last} />
      </figcaption>
      <div className="chart-body" aria-busy={loading}>
        <div className="chart-plot" ref={slots.plot} />
        {loading && <div className="chart-skeleton" aria-hidden="true" />}
        {problem !== null && <Trouble cause={problem} onRetry={() => control.current?.reload()} small />}
      </div>
      {listed && (
        <Legend
          lines={legend}
          linked={linked}
          expanded={isBanded(spec) ? expanded : null}
          onExpand={(name) =>
            setExpanded((all) => (all.includes(name) ? all.filter((one) => one !== name) : [...all, name]))
          }
        />
      )}
      <div className="chart-foot">
        <span ref={slots.density} />
        <span className="chart-notes" ref={slots.notes} />
        <span className="chart-axis">{spec.chart.x}</span>
      </div>
    </figure>
  );
});

interface Drawn {
  readonly run: string;
  readonly name: string;
  readonly style: Style;
}

/** Lines by name; of many runs with several metrics the groups and, by their dashes, the metrics: the table has the runs. */
function legendOf(spec: ChartSpec, drawn: readonly Drawn[]): readonly Entry[] {
  if (spec.lines.length === 1 || spec.runs.length === 1) return drawn;
  const groups = drawn.filter((line) => line.run.startsWith("group "));
  const left = isBanded(spec) ? spec.lines.filter((line) => line.expression) : spec.lines;
  const metrics = left.map((line) => ({
    run: null,
    name: lineName(line),
    style: { hue: 0, dash: spec.lines.indexOf(line) % DASHES.length },
  }));
  return [...groups, ...metrics];
}

/** A chart on an axis of its own has its own zoom and cursor, but lights the same runs. */
function apart(linked: Linked): Linked {
  const made = new Linked();
  return Object.assign(made, { hover: linked.hover, active: linked.active });
}
