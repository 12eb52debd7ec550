/** The workspace of a project: its runs on the left, their charts on the right. */

import { useCallback, useEffect, useMemo, useState } from "react";
import { ColumnsDialog } from "../components/columns.tsx";
import { FilterBox } from "../components/filter.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatInteger, plural } from "../lib/format.ts";
import { byImportance, configColumn, defaultColumns, parseColumn } from "../lib/metrics.ts";
import type { Selection } from "../lib/select.ts";
import { readTable, type TableState, writeTable } from "../lib/url.ts";
import { ProjectKeys } from "../state/keys.ts";
import { Linked } from "../state/linked.ts";
import { recall } from "../state/remember.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { RunTable } from "../state/runs.ts";
import { useStore } from "../state/store.ts";
import { RunTableView } from "../views/table/table.tsx";
import { DrawnSide } from "./drawn.tsx";
import { useOwned } from "./owned.ts";
import { Panes } from "./panes.tsx";
import { useDrawn } from "./selection.ts";
import { Teach } from "./teach.tsx";

/** Config keys in which runs differ are shown by themselves, as many as there is room for beside the rest. */
const CONFIG_PX = 72;
const REST_PX = 580;
const DEFAULT_LEFT = 0.466;

export function RunsPage({ project }: { project: string }) {
  const { search } = usePlace();
  const state = useMemo(() => readTable(search), [search]);
  const table = useOwned(() => new RunTable(project));
  const keys = useOwned(() => new ProjectKeys(project));
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
  const setTable = useCallback(
    (changes: Partial<TableState>) => setSearch(writeTable({ ...readTable(currentSearch()), ...changes })),
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
      <DrawnSide drawn={drawn} linked={linked} />
    </Panes>
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
