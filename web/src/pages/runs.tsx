/** The workspace of a project: its runs on the left, their charts on the right. */

import { useCallback, useEffect, useMemo, useState } from "react";
import { ColumnsDialog } from "../components/columns.tsx";
import { FilterBox } from "../components/filter.tsx";
import { Splitter } from "../components/splitter.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatInteger, plural } from "../lib/format.ts";
import { byImportance, configColumn, defaultColumns, parseColumn } from "../lib/metrics.ts";
import type { Selection } from "../lib/select.ts";
import { type ChartState, readCharts, readTable, type TableState, writeCharts, writeTable } from "../lib/url.ts";
import { Catalog } from "../state/catalog.ts";
import { ProjectKeys } from "../state/keys.ts";
import { Linked } from "../state/linked.ts";
import { recall, remember } from "../state/remember.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { RunTable } from "../state/runs.ts";
import { useStore } from "../state/store.ts";
import { ChartWorkspace } from "../views/charts/workspace.tsx";
import { RunTableView } from "../views/table/table.tsx";
import { useOwned } from "./owned.ts";
import { MediaPane, useRecordCatalog } from "./records.tsx";
import { listedOf, useDrawn } from "./selection.ts";
import { Teach } from "./teach.tsx";

/** Config keys in which runs differ are shown by themselves, as many as there is room for beside the rest. */
const CONFIG_PX = 72;
const REST_PX = 580;
const DEFAULT_LEFT = 0.466;
const NARROWEST = 320;

export function RunsPage({ project }: { project: string }) {
  const { search } = usePlace();
  const state = useMemo(() => readTable(search), [search]);
  const chart = useMemo(() => readCharts(search), [search]);
  const table = useOwned(() => new RunTable(project));
  const keys = useOwned(() => new ProjectKeys(project));
  const catalog = useOwned(() => new Catalog());
  const [linked] = useState(() => new Linked());
  const known = useStore(keys.keys);
  const status = useStore(table.status);
  const [left, setLeft] = useState(() => Number(recall("splitter")) || Math.round(DEFAULT_LEFT * window.innerWidth));
  const columns = useMemo(() => state.columns ?? defaults(known, left), [state.columns, known, left]);
  useEffect(() => {
    document.title = `${project} · gnomon`;
  }, [project]);
  useEffect(
    () => table.ask({ where: state.where, order: state.order, columns }),
    [table, state.where, state.order, columns],
  );

  const drawn = useDrawn(table, state.runs);
  useEffect(() => catalog.show(drawn.ids), [catalog, drawn.ids]);
  const series = useStore(catalog.series);
  const { catalog: records, count: media } = useRecordCatalog(drawn.ids);
  const chartKeys = useMemo(
    () => [...new Set([...series.values()].flatMap((rows) => rows.map((row) => row.key)))],
    [series],
  );
  const show = search.get("show") ?? (chartKeys.length === 0 && media > 0 ? "media" : "charts");
  const lasts = useMemo(
    () => listedOf((drawn.ids.length === 1 && series.get(drawn.ids[0] as string)) || []),
    [series, drawn.ids],
  );
  const last = useCallback((key: string) => lasts.get(key) ?? null, [lasts]);
  const setTable = useCallback(
    (changes: Partial<TableState>) => setSearch(writeTable({ ...readTable(currentSearch()), ...changes })),
    [],
  );
  const setChart = useCallback(
    (changes: Partial<ChartState>, push = false) =>
      setSearch(writeCharts({ ...readCharts(currentSearch()), ...changes }), push),
    [],
  );

  if (status.total === 0 && !status.loading && status.problem === null) return <Teach project={project} />;
  return (
    <Panes
      pane={state.pane}
      onPane={(pane) => setTable({ pane })}
      running={drawn.runs.length}
      left={left}
      setLeft={setLeft}
    >
      <section className="runs-side" aria-label="Runs">
        <FilterBox
          value={state.where}
          problem={status.problem?.status === 400 ? status.problem : null}
          onChange={(where) => setTable({ where })}
        />
        <Bar table={table} columns={columns} known={known} state={state} setTable={setTable} />
        {status.problem && status.problem.status !== 400 && (
          <Trouble cause={status.problem} onRetry={() => table.refresh()} />
        )}
        <RunTableView
          table={table}
          columns={columns}
          order={state.order}
          trend={trendOf(columns, known?.metrics ?? [])}
          selection={{ ids: drawn.ids, anchor: drawn.ids.at(-1) ?? null }}
          styles={drawn.styles}
          linked={linked}
          onOrder={(order) => setTable({ order })}
          onSelect={(selection: Selection) => setTable({ runs: selection.ids })}
        />
        <footer className="runs-foot">
          <span>
            {drawnWords(drawn.ids.length, state.runs === null)}
            {drawn.hidden > 0 && `, ${formatInteger(drawn.hidden)} more chosen`}
          </span>
          <span className="grow" />
          {state.runs !== null && (
            <button type="button" className="small" onClick={() => setTable({ runs: null })}>
              Draw the newest
            </button>
          )}
          {drawn.ids.length > 0 && (
            <button type="button" className="small" onClick={() => setTable({ runs: [] })}>
              Clear
            </button>
          )}
        </footer>
      </section>
      <div className="drawn-side">
        <DrawnTabs show={show} charts={chartKeys.length} media={media} />
        {drawn.ids.length === 0 ? (
          <p className="muted center">
            {show === "media" ? "Select runs to see their media." : "Select runs to draw their charts."}
          </p>
        ) : show === "media" ? (
          <MediaPane catalog={records} runs={drawn.runs} asked={drawn.ids.length} hover={linked.hover} />
        ) : chartKeys.length === 0 && series.size > 0 ? (
          <p className="muted center">These runs have logged no numbers yet. Charts appear with the first value.</p>
        ) : (
          <ChartWorkspace
            keys={chartKeys}
            runs={drawn.runs}
            chart={chart}
            linked={linked}
            last={last}
            onChange={setChart}
          />
        )}
      </div>
    </Panes>
  );
}

/** What of the drawn runs is shown: their charts or their media. */
function DrawnTabs({ show, charts, media }: { show: string; charts: number; media: number }) {
  const one = (name: "charts" | "media", text: string) => (
    <button
      type="button"
      role="tab"
      id={`show-${name}`}
      aria-selected={show === name}
      tabIndex={show === name ? 0 : -1}
      onClick={() => setSearch({ show: name }, true)}
    >
      {text}
    </button>
  );
  return (
    <div
      role="tablist"
      className="tabs"
      aria-label="Charts or media"
      onKeyDown={(event) => {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        event.preventDefault();
        const next = show === "media" ? "charts" : "media";
        setSearch({ show: next }, true);
        document.getElementById(`show-${next}`)?.focus();
      }}
    >
      {one("charts", `Charts ${formatInteger(charts)}`)}
      {one("media", `Media ${formatInteger(media)}`)}
    </div>
  );
}

function drawnWords(count: number, newest: boolean): string {
  if (!newest) return `${plural(count, "run", "runs")} drawn`;
  return count === 1 ? "Newest run drawn" : `Newest ${formatInteger(count)} runs drawn`;
}

function currentSearch(): URLSearchParams {
  return new URLSearchParams(location.search);
}

function defaults(
  known: { metrics: readonly string[]; differing: readonly string[] } | null,
  left: number,
): readonly string[] {
  if (known === null) return [];
  const room = Math.max(0, Math.min(8, Math.floor((left - REST_PX) / CONFIG_PX)));
  return [...defaultColumns(known.metrics), ...known.differing.slice(0, room).map(configColumn)];
}

/** The trend follows the first metric column. */
function trendOf(columns: readonly string[], metrics: readonly string[]): string | null {
  const first = columns.map(parseColumn).find((column) => column.kind === "metric");
  return first?.key ?? byImportance(metrics)[0] ?? null;
}

interface BarProps {
  readonly table: RunTable;
  readonly columns: readonly string[];
  readonly known: { readonly metrics: readonly string[]; readonly config: readonly string[] } | null;
  readonly state: TableState;
  readonly setTable: (changes: Partial<TableState>) => void;
}

function Bar({ table, columns, known, state, setTable }: BarProps) {
  const status = useStore(table.status);
  const [open, setOpen] = useState(false);
  return (
    <div className="runs-bar">
      <span>
        <b>{formatInteger(status.matched)}</b>
        {status.matched !== status.total && ` of ${formatInteger(status.total)}`} {status.total === 1 ? "run" : "runs"}
      </span>
      <span className="grow" />
      {state.order !== "-created" && (
        <button type="button" className="text" onClick={() => setTable({ order: "-created" })}>
          Newest first
        </button>
      )}
      <button type="button" className="text" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        Columns
      </button>
      {open && known && (
        <ColumnsDialog
          columns={columns}
          metrics={known.metrics}
          config={known.config}
          onChange={(next) => setTable({ columns: next })}
          onClose={() => setOpen(false)}
        />
      )}
    </div>
  );
}

interface PanesProps {
  readonly pane: "runs" | "charts";
  readonly onPane: (pane: "runs" | "charts") => void;
  readonly running: number;
  readonly left: number;
  readonly setLeft: (left: number) => void;
  readonly children: [React.ReactNode, React.ReactNode];
}

/** Side by side where there is room, else one at a time. */
function Panes({ pane, onPane, running, left, setLeft, children }: PanesProps) {
  const wide = useWide();
  const most = Math.max(NARROWEST, window.innerWidth - 380);
  if (wide) {
    return (
      <div className="panes" style={{ gridTemplateColumns: `${Math.min(left, most)}px 5px minmax(0, 1fr)` }}>
        {children[0]}
        <Splitter
          value={left}
          min={NARROWEST}
          max={most}
          onChange={(value) => {
            setLeft(value);
            remember("splitter", String(value));
          }}
        />
        {children[1]}
      </div>
    );
  }
  const tab = (name: "runs" | "charts", text: string) => (
    <button
      type="button"
      role="tab"
      id={`tab-${name}`}
      aria-controls="pane"
      aria-selected={pane === name}
      tabIndex={pane === name ? 0 : -1}
      onClick={() => onPane(name)}
    >
      {text}
    </button>
  );
  return (
    <div className="panes-one">
      <div
        role="tablist"
        className="tabs"
        aria-label="Runs or what they logged"
        onKeyDown={(event) => {
          if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
          event.preventDefault();
          onPane(pane === "runs" ? "charts" : "runs");
          document.getElementById(`tab-${pane === "runs" ? "charts" : "runs"}`)?.focus();
        }}
      >
        {tab("runs", "Runs")}
        {tab("charts", `Charts and media of ${plural(running, "run", "runs")}`)}
      </div>
      <div role="tabpanel" id="pane" className="pane" aria-labelledby={`tab-${pane}`}>
        {pane === "runs" ? children[0] : children[1]}
      </div>
    </div>
  );
}

function useWide(): boolean {
  const [query] = useState(() => window.matchMedia("(min-width: 800px)"));
  const [wide, setWide] = useState(query.matches);
  useEffect(() => {
    const hear = (): void => setWide(query.matches);
    query.addEventListener("change", hear);
    return () => query.removeEventListener("change", hear);
  }, [query]);
  return wide;
}
