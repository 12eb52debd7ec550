/** A panel of lines: points of its own, points that were appended, or series of runs. */

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { PanelRow } from "../../api/boards.ts";
import type { RunRow } from "../../api/types.ts";
import { Trouble } from "../../components/trouble.tsx";
import { followRuns, type RunsAsked } from "../../state/boardruns.ts";
import { Store, useStore } from "../../state/store.ts";
import { useShade } from "../../state/theme.ts";
import { type Followed, type Given, Lines, type LinesShown } from "./lines.ts";

interface SeriesValue {
  readonly project: string;
  readonly runs: readonly string[] | null;
  readonly where: string;
  readonly keys: readonly string[];
}

const NONE: readonly RunRow[] = [];

export function LinesPanel({ panel, past }: { panel: PanelRow; past: boolean }) {
  const slots = {
    plot: useRef<HTMLDivElement>(null),
    legend: useRef<HTMLDivElement>(null),
    note: useRef<HTMLDivElement>(null),
  };
  const lines = useRef<Lines | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [loading, setLoading] = useState(false);
  const shade = useShade();
  const runs = useRuns(past ? null : asked(panel));
  const shown = useMemo(() => shownOf(panel, past, runs), [panel, past, runs]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the refs of the slots never change
  useLayoutEffect(() => {
    const elements = {
      plot: slots.plot.current as HTMLElement,
      legend: slots.legend.current as HTMLElement,
      note: slots.note.current as HTMLElement,
    };
    const made = new Lines(elements, { problem: setProblem, loading: setLoading });
    lines.current = made;
    return () => made.destroy();
  }, []);
  useLayoutEffect(() => lines.current?.show(shown), [shown]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shade` says that the colours changed
  useEffect(() => lines.current?.repaint(), [shade]);
  const empty = shown.followed.length + shown.given.length === 0;
  return (
    <div className="board-lines">
      <div className="board-legend" ref={slots.legend} />
      <div className="chart-body" aria-busy={loading}>
        <div className="chart-plot" ref={slots.plot} />
        {empty && <p className="muted center">{waiting(panel)}</p>}
        {problem !== null && <Trouble cause={problem} onRetry={() => lines.current?.reload()} small />}
      </div>
      <div className="chart-foot" ref={slots.note} />
    </div>
  );
}

function waiting(panel: PanelRow): string {
  return panel.kind === "series" ? "No run has these series yet." : "No points yet: append some, or set a value.";
}

function asked(panel: PanelRow): RunsAsked | null {
  if (panel.run !== null) return { ids: [panel.run] };
  if (panel.kind !== "series" || panel.value === null) return null;
  const { project, runs, where } = panel.value as SeriesValue;
  return runs === null ? { project, where } : { ids: runs };
}

/** The runs of a panel, kept current. */
function useRuns(wanted: RunsAsked | null): readonly RunRow[] {
  const name = JSON.stringify(wanted);
  const [rows] = useState(() => new Store<readonly RunRow[]>(NONE));
  useEffect(() => {
    const now = JSON.parse(name) as RunsAsked | null;
    if (now !== null) return followRuns(now, rows);
    rows.set(NONE);
    return undefined;
  }, [name, rows]);
  return useStore(rows);
}

function shownOf(panel: PanelRow, past: boolean, runs: readonly RunRow[]): LinesShown {
  const followed = past || (panel.kind === "line" && panel.run === null) ? [] : followedOf(panel, runs);
  const given = past || panel.run === null ? givenOf(panel) : [];
  const { x, y } = panel.options as { x?: unknown; y?: unknown };
  const axis = past || panel.kind === "line" ? "step" : typeof x === "string" ? x : "step";
  return { title: panel.title || panel.name, followed, given, x: axis, yLog: y === "log" };
}

function givenOf(panel: PanelRow): Given[] {
  const lines = panel.lines ?? [];
  const alone = new Set(lines.map((line) => line.run)).size <= 1;
  return lines.map((line) => ({ ...line, owner: alone ? line.name : (line.run ?? line.name) }));
}

function followedOf(panel: PanelRow, runs: readonly RunRow[]): Followed[] {
  const own = panel.kind === "line";
  const keys = own ? (panel.lines ?? []).map((line) => line.name) : ((panel.value as SeriesValue | null)?.keys ?? []);
  const one = runs.length <= 1;
  return runs.flatMap((run) =>
    keys.map((key) => ({
      run: run.id,
      key,
      name: own || one ? key : keys.length === 1 ? run.name : `${run.name} ${key}`,
      owner: one ? key : run.id,
      created: run.created,
      live: run.state === "running",
    })),
  );
}
