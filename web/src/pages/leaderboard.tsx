/** The leaderboard of a project: configurations ranked over their seeds, only those that can be compared. */

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Leaderboard } from "../api/analysis.ts";
import { FilterBox, type FilterHandle } from "../components/filter.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatInteger, plural } from "../lib/format.ts";
import { Completer } from "../state/completer.ts";
import { ProjectKeys } from "../state/keys.ts";
import { followLeaderboard, PAGE, wholeBoard } from "../state/leaderboard.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { useStore } from "../state/store.ts";
import { Views } from "../state/views.ts";
import {
  type BoardState,
  firstMetric,
  readBoard,
  readMetric,
  usualColumns,
  writeBoard,
} from "../views/leaderboard/model.ts";
import { LeaderboardTable } from "../views/leaderboard/table.tsx";
import { EntryDetail } from "./entry.tsx";
import { useOwned } from "./owned.ts";
import { RankAlone, RankingBar } from "./rankingbar.tsx";
import { Teach } from "./teach.tsx";
import { NoMetrics, NothingEvaluated, OneRunEach } from "./teachranking.tsx";
import { useView } from "./views.tsx";

export type PutBoard = (changes: Partial<BoardState>, push?: boolean) => void;

export function LeaderboardPage({ project }: { project: string }) {
  const { search } = usePlace();
  const state = useMemo(() => readBoard(search), [search]);
  const put = useCallback<PutBoard>(
    (changes, push = false) =>
      setSearch(writeBoard({ ...readBoard(new URLSearchParams(location.search)), ...changes }), push),
    [],
  );
  const board = useOwned(() => followLeaderboard(project));
  const keys = useOwned(() => new ProjectKeys(project));
  const views = useOwned(() => new Views(project, "leaderboard"));
  const completer = useOwned(() => new Completer(project));
  const filter = useRef<FilterHandle>(null);
  const known = useStore(keys.keys);
  const { answer: found, problem, loading } = useStore(board.state);
  useView(views, state.view);
  useEffect(() => {
    document.title = `Leaderboard · ${project} · gnomon`;
  }, [project]);
  const metric = state.metric ?? (known && firstMetric(known.metrics));
  const { goal, groupBy, where, columns, test } = state;
  const [all, setAll] = useState(false);
  // Another order than the rank may bring any entry to the top.
  const limit = all || state.sort !== null ? null : PAGE;
  const query = useMemo(() => {
    const filter = where.trim() === "" ? {} : { where };
    const asked = { project, goal, group_by: groupBy, test, columns: [...(columns ?? [])], limit, ...filter };
    return metric === null ? null : { ...asked, metric };
  }, [project, metric, goal, groupBy, where, columns, test, limit]);
  useEffect(() => board.ask(query), [board, query]);
  const onOpen = useCallback((key: string) => {
    const { open } = readBoard(new URLSearchParams(location.search));
    const next = open.includes(key) ? open.filter((one) => one !== key) : [...open, key];
    setSearch(writeBoard({ ...readBoard(new URLSearchParams(location.search)), open: next }), true);
  }, []);
  const shown = useMemo(
    () => (found === null ? [] : (columns ?? usualColumns(found, metric ?? ""))),
    [found, columns, metric],
  );
  if (known !== null && known.metrics.length === 0 && state.metric === null)
    return known.config.length === 0 ? <Teach project={project} /> : <NoMetrics project={project} />;
  const aboutFilter = problem?.status === 400 && (problem.position !== undefined || problem.field === "where");
  return (
    <div className="lb-page">
      <h1 className="visually-hidden">Leaderboard of {project}</h1>
      <FilterBox
        ref={filter}
        name={project}
        value={where}
        problem={aboutFilter ? problem : null}
        completer={completer}
        onChange={(text) => put({ where: text })}
      />
      <RankingBar
        project={project}
        state={state}
        metric={metric ?? ""}
        known={known}
        board={found}
        columns={shown}
        whole={async () => (found && query ? wholeBoard(found, query) : found)}
        views={views}
        put={put}
      />
      {problem !== null && !aboutFilter && <Trouble cause={problem} onRetry={() => board.refresh()} />}
      {found === null ? (
        loading && <Waiting />
      ) : (
        <div className="lb-body" aria-busy={loading}>
          <Said board={found} />
          {nothingRanked(found) ? (
            <Nothing board={found} filtered={where.trim() !== ""} onClear={() => put({ where: "" })} />
          ) : (
            <LeaderboardTable
              board={found}
              columns={shown}
              metric={<MetricHead board={found} metric={metric ?? ""} />}
              sort={state.sort}
              open={state.open}
              all={all}
              onAll={() => setAll(true)}
              onSort={(sort) => put({ sort })}
              onOpen={onOpen}
              detail={(entry, protocol) => (
                <EntryDetail project={project} entry={entry} protocol={protocol} metric={metric ?? ""} />
              )}
              remedy={(protocol) => <RankAlone project={project} protocol={protocol} put={put} />}
            />
          )}
          <Method board={found} />
        </div>
      )}
    </div>
  );
}

function nothingRanked({ protocols }: Leaderboard): boolean {
  return protocols.every((one) => one.entries.every((entry) => entry.mean === null));
}

/** Above the rows: how many there are, what the bracket means, and what to be wary of. */
function Said({ board }: { board: Leaderboard }) {
  const [first] = board.protocols;
  if (!first || nothingRanked(board)) return null;
  const { tied } = first;
  const alone = first.runs === first.total || first.entries.every((entry) => entry.n < 2);
  return (
    <div className="lb-said">
      <p>
        <b>{plural(first.total, "configuration")}</b> of {plural(first.runs, "run")}
        {board.runs > first.runs && <span className="muted"> and {formatInteger(board.runs - first.runs)} apart</span>}
        {tied > 1 && !alone && (
          <span className="lb-key">
            <span className="lb-key-mark" aria-hidden="true" />
            {formatInteger(tied)} not significantly worse than the best
          </span>
        )}
      </p>
      {alone && first.entries.length > 0 && <OneRunEach />}
      {board.caveat !== null && <NothingEvaluated caveat={board.caveat} />}
    </div>
  );
}

function MetricHead({ board, metric }: { board: Leaderboard; metric: string }) {
  return (
    <span title={metric}>
      {readMetric(metric).key} <span aria-hidden="true">{board.goal === "max" ? "↑" : "↓"}</span>
      <span className="visually-hidden">{board.goal === "max" ? "larger is better" : "smaller is better"}</span>
    </span>
  );
}

function Method({ board }: { board: Leaderboard }) {
  const [first] = board.protocols;
  if (!first || first.entries.length < 1 || nothingRanked(board)) return null;
  return <p className="lb-method muted">{first.method}</p>;
}

interface NothingProps {
  readonly board: Leaderboard;
  readonly filtered: boolean;
  readonly onClear: () => void;
}

/** No run has a value: because of the filter, or because none has come so far. */
function Nothing({ board, filtered, onClear }: NothingProps) {
  if (board.runs === 0 && filtered)
    return (
      <div className="nothing">
        <p>No run matches this filter.</p>
        <button type="button" className="small" onClick={onClear}>
          Clear the filter
        </button>
      </div>
    );
  return (
    <div className="nothing">
      <p>
        None of {plural(board.runs, "run")} has a value of <code>{board.metric}</code>.
      </p>
      <p className="muted">Choose another metric above; rows appear here with the first value.</p>
    </div>
  );
}

function Waiting() {
  return (
    <div className="lb-waiting" aria-busy="true">
      {Array.from({ length: 8 }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: eight alike
        <div key={i} className="skeleton line" />
      ))}
    </div>
  );
}
