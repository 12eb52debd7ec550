/** The workspace of a project: its runs on the left, what they logged on the right. */

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { FilterBox, type FilterHandle } from "../components/filter.tsx";
import type { MenuItem } from "../components/menu.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatInteger, plural } from "../lib/format.ts";
import { orderKey } from "../lib/order.ts";
import { TABLE_DEFAULTS } from "../lib/tablestate.ts";
import { Bulk } from "../state/bulk.ts";
import { Completer } from "../state/completer.ts";
import { ProjectKeys } from "../state/keys.ts";
import { Linked } from "../state/linked.ts";
import { recall } from "../state/remember.ts";
import { RunTable } from "../state/runs.ts";
import { useStore } from "../state/store.ts";
import { Views } from "../state/views.ts";
import { asked, type Column } from "../views/table/columns.ts";
import { RunTableView } from "../views/table/table.tsx";
import { RunsBar } from "./bar.tsx";
import { BulkBar } from "./bulk.tsx";
import { type Choice, useChoice } from "./choice.ts";
import { columnMenu } from "./columnmenu.ts";
import { DrawnSide } from "./drawn.tsx";
import { useOwned } from "./owned.ts";
import { Panes } from "./panes.tsx";
import { type Drawn, useDrawn } from "./selection.ts";
import { groupOrder, runOrder, trendOf, useLayout, useTableState } from "./tablesetup.ts";
import { Teach } from "./teach.tsx";
import { useView } from "./views.tsx";

const DEFAULT_LEFT = 0.466;

export function RunsPage({ project }: { project: string }) {
  const { state, put } = useTableState();
  const table = useOwned(() => new RunTable(project));
  const keys = useOwned(() => new ProjectKeys(project));
  const views = useOwned(() => new Views(project));
  const completer = useOwned(() => new Completer(project));
  const [bulk] = useState(() => new Bulk(() => table.refresh()));
  const [linked] = useState(() => new Linked());
  const known = useStore(keys.keys);
  const status = useStore(table.status);
  const [left, setLeft] = useState(() => Number(recall("splitter")) || Math.round(DEFAULT_LEFT * window.innerWidth));
  const { layout, change } = useLayout(project, state, known, left);
  const filter = useRef<FilterHandle>(null);
  useView(views, state.view);
  useEffect(() => {
    document.title = `${project} · gnomon`;
  }, [project]);
  const groups = useMemo(() => groupOrder(state), [state]);
  useEffect(
    () =>
      table.ask({
        where: state.where,
        order: runOrder(state.order),
        columns: asked(layout.columns),
        archived: state.archived,
        group: state.group,
        groupOrder: groups,
        open: state.open,
      }),
    [table, state, groups, layout],
  );
  const drawn = useDrawn(table, state.runs);
  const choose = useCallback((runs: readonly string[] | null) => put({ runs }), [put]);
  const choice = useChoice(table, state, drawn, choose);
  const menu = useCallback(
    (column: Column): readonly MenuItem[] =>
      columnMenu(column, state, layout, {
        put,
        layout: change,
        filter: (id) => filter.current?.append(`${orderKey(id)} `),
      }),
    [state, layout, put, change],
  );

  const settled = !status.loading && status.problem === null;
  if (status.total === 0 && status.archived === 0 && settled) return <Teach project={project} />;
  return (
    <>
      <h1 className="visually-hidden">Runs of {project}</h1>
      <Panes
        pane={state.pane}
        onPane={(pane) => put({ pane })}
        running={drawn.runs.length}
        left={left}
        setLeft={setLeft}
      >
        <section className="runs-side" aria-label="Runs">
          <FilterBox
            ref={filter}
            name={project}
            value={state.where}
            problem={status.problem?.status === 400 ? status.problem : null}
            completer={completer}
            onChange={(where) => put({ where })}
          />
          <RunsBar
            table={table}
            views={views}
            keys={keys}
            known={known}
            state={state}
            layout={layout}
            put={put}
            onLayout={change}
          />
          {status.problem && status.problem.status !== 400 && (
            <Trouble cause={status.problem} onRetry={() => table.refresh()} />
          )}
          <RunTableView
            table={table}
            layout={layout}
            order={state.order}
            group={state.group}
            aggregate={state.aggregate}
            trend={trendOf(layout.columns, known?.metrics ?? [])}
            isChosen={choice.has}
            isGroupChosen={choice.hasGroup}
            styles={drawn.styles}
            linked={linked}
            menu={menu}
            onOrder={(order) => put({ order: order.length > 0 ? order : TABLE_DEFAULTS.order })}
            onLayout={change}
            onPick={choice.pick}
            onExtend={choice.extend}
            onPickGroup={choice.pickGroup}
            onOpen={(where) => put({ open: flipped(state.open, where) })}
            onClear={() => choice.set([])}
          >
            <Nothing
              filtered={state.where.trim() !== ""}
              archived={status.archived}
              onClear={() => put({ where: "" })}
              onArchived={() => put({ archived: true })}
            />
          </RunTableView>
          <Foot choice={choice} drawn={drawn} />
          <BulkBar project={project} table={table} bulk={bulk} state={state} choice={choice} keys={keys} />
        </section>
        <DrawnSide project={project} keys={known} drawn={drawn} linked={linked} />
      </Panes>
    </>
  );
}

function flipped(open: readonly string[], where: string): string[] {
  return open.includes(where) ? open.filter((one) => one !== where) : [...open, where];
}

interface NothingProps {
  readonly filtered: boolean;
  readonly archived: number;
  readonly onClear: () => void;
  readonly onArchived: () => void;
}

/** What stands in a table without rows, and what to do about it. */
function Nothing({ filtered, archived, onClear, onArchived }: NothingProps) {
  return (
    <div className="nothing">
      <p>{filtered ? "No run matches this filter." : `All ${plural(archived, "run")} here are archived.`}</p>
      {filtered && (
        <button type="button" className="small" onClick={onClear}>
          Clear the filter
        </button>
      )}
      {archived > 0 && (
        <button type="button" className="small" onClick={onArchived}>
          Show archived runs
        </button>
      )}
    </div>
  );
}

/** Which runs are drawn, in words. */
function Foot({ choice, drawn }: { choice: Choice; drawn: Drawn }) {
  return (
    <footer className="runs-foot">
      <span role="status">
        {choice.notice ?? (
          <>
            {drawnWords(drawn.ids.length, !choice.made)}
            {drawn.hidden > 0 && `, ${formatInteger(drawn.hidden)} more selected`}
          </>
        )}
      </span>
      <span className="grow" />
      {choice.made && (
        <button type="button" className="small" onClick={() => choice.set(null)}>
          Draw the newest
        </button>
      )}
      {choice.count > 0 && (
        <button type="button" className="small" onClick={() => choice.set([])}>
          Clear
        </button>
      )}
    </footer>
  );
}

function drawnWords(count: number, newest: boolean): string {
  if (!newest) return `${plural(count, "run", "runs")} drawn`;
  return count === 1 ? "Newest run drawn" : `Newest ${formatInteger(count)} runs drawn`;
}
