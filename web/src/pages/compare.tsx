/** Two to twenty runs side by side: what differs in what was chosen, what ran, and what came out. */

import { useCallback, useEffect, useMemo } from "react";
import type { Comparison } from "../api/analysis.ts";
import { getRun } from "../api/client.ts";
import { type Tab, Tabs } from "../components/tabs.tsx";
import { Trouble } from "../components/trouble.tsx";
import type { Style } from "../lib/colour.ts";
import { formatInteger } from "../lib/format.ts";
import { followComparison } from "../state/compare.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { useStore } from "../state/store.ts";
import { useRunStyles } from "../state/styles.ts";
import { type CompareState, readCompare, writeCompare } from "../views/compare/model.ts";
import type { ChartRun } from "../views/line/control.ts";
import { ChartsPane } from "./comparecharts.tsx";
import { CodePane, PackagesPane } from "./comparecode.tsx";
import { ArchitecturePane } from "./comparegraph.tsx";
import { DifferencesPane } from "./comparerows.tsx";
import { PickRuns, RunStrip } from "./comparestrip.tsx";
import { useOwned } from "./owned.ts";
import { MediaPane, useRecordCatalog } from "./records.tsx";

export type PutCompare = (changes: Partial<CompareState>, push?: boolean) => void;

/** What every part of the page is given. */
export interface Compared {
  readonly project: string;
  readonly comparison: Comparison;
  readonly state: CompareState;
  readonly styles: ReadonlyMap<string, Style>;
  /** Which of the runs the others are told apart from. */
  readonly baseline: number;
  /** Whose code and graph are laid beside it. */
  readonly against: number;
  readonly put: PutCompare;
}

export function ComparePage({ project }: { project: string }) {
  const { search } = usePlace();
  const state = useMemo(() => readCompare(search), [search]);
  const put = useCallback<PutCompare>((changes, push = false) => setSearch(writeCompare(changes), push), []);
  const follow = useOwned(() => followComparison(project));
  const { answer, problem, loading } = useStore(follow.state);
  const name = state.runs.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the ids are their name
  const ids = useMemo(() => state.runs, [name]);
  useEffect(() => {
    document.title = `Compare · ${project} · gnomon`;
  }, [project]);
  useEffect(
    () => follow.ask(ids.length > 1 ? { runs: ids, baseline: state.baseline } : null),
    [follow, ids, state.baseline],
  );
  const styles = useRunStyles(project, ids);
  const { catalog: records, count: media } = useRecordCatalog(ids);
  const runs = useChartRuns(answer, styles);
  if (ids.length < 2) return <PickRuns project={project} runs={ids} put={put} />;
  const gone = async (): Promise<void> => {
    const found = await Promise.allSettled(ids.map((id) => getRun(id)));
    put({ runs: ids.filter((_, i) => found[i]?.status === "fulfilled") });
  };
  const trouble = problem !== null && (
    <div className="cmp-trouble">
      <Trouble cause={problem} onRetry={() => follow.refresh()} />
      {problem.status === 404 && (
        <button type="button" className="small" onClick={() => void gone()}>
          Leave out what is gone
        </button>
      )}
    </div>
  );
  const shown = answer !== null && answer.runs.map((run) => run.id).join() === name;
  const at = answer?.runs.findIndex((run) => run.id === state.baseline) ?? -1;
  const baseline = Math.max(0, at);
  const other = answer?.runs.findIndex((run, i) => run.id === state.against && i !== baseline) ?? -1;
  const against = other >= 0 ? other : baseline === 0 ? 1 : 0;
  const tabs = answer ? tabsOf(answer, media) : [];
  const compared = answer && { project, comparison: answer, state, styles, baseline, against, put };
  return (
    <div className="cmp-page">
      <h1 className="visually-hidden">Compare runs of {project}</h1>
      <RunStrip project={project} runs={ids} comparison={answer} styles={styles} baseline={baseline} put={put} />
      {trouble}
      {compared === null ? (
        loading && <p className="muted center">Reading…</p>
      ) : (
        <div className="cmp-body" aria-busy={loading || !shown}>
          <Tabs
            label="Parts of the comparison"
            tabs={tabs}
            chosen={tabs.some((tab) => tab.name === state.show) ? state.show : "differences"}
            onChoose={(show) => put({ show }, true)}
          />
          {state.show === "charts" ? (
            <ChartsPane runs={runs} />
          ) : state.show === "media" ? (
            <MediaPane catalog={records} runs={runs} asked={ids.length} />
          ) : state.show === "code" ? (
            <CodePane {...compared} />
          ) : state.show === "packages" ? (
            <PackagesPane {...compared} />
          ) : state.show === "architecture" ? (
            <ArchitecturePane {...compared} />
          ) : (
            <DifferencesPane {...compared} />
          )}
        </div>
      )}
    </div>
  );
}

/** The runs as charts and media draw them; the same objects while nothing of them changes. */
function useChartRuns(answer: Comparison | null, styles: ReadonlyMap<string, Style>): readonly ChartRun[] {
  const rows = (answer?.runs ?? []).flatMap(({ id, name, created, state }): ChartRun[] => {
    const style = styles.get(id);
    return style ? [{ id, name, created, live: state === "running", style }] : [];
  });
  const text = JSON.stringify(rows);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text says what is in the rows
  return useMemo(() => rows, [text]);
}

/** The parts of the page, with how much there is in each. */
function tabsOf({ metrics_total, code, packages, graphs }: Comparison, media: number): readonly Tab[] {
  const parts: readonly (readonly [string, string, number | boolean])[] = [
    ["differences", "Differences", false],
    ["charts", "Charts", metrics_total],
    ["media", "Media", media],
    ["code", "Code", code.differs],
    ["packages", "Packages", packages.length || false],
    ["architecture", "Architecture", graphs.some((graph) => graph.differs)],
  ];
  return parts.map(([name, text, more]) => ({
    name,
    label: (
      <>
        {text} {more === true ? <span title="not the same in all">≠</span> : more !== false && formatInteger(more)}
      </>
    ),
  }));
}
