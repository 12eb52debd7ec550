/** Which runs are compared: in their order, one of them the baseline, others to add; and what to do when there are none. */

import { useCallback, useEffect, useState } from "react";
import type { Comparison } from "../api/analysis.ts";
import { queryRuns } from "../api/client.ts";
import { findRuns } from "../api/search.ts";
import type { RunRow, RunState } from "../api/types.ts";
import { CopyButton } from "../components/copy.tsx";
import { Link } from "../components/link.tsx";
import { StateMark } from "../components/mark.tsx";
import type { MenuItem } from "../components/menu.tsx";
import { MenuButton } from "../components/menubutton.tsx";
import { PickButton } from "../components/pickbutton.tsx";
import type { Choice, Search } from "../components/picker.tsx";
import { Swatch } from "../components/swatch.tsx";
import type { Style } from "../lib/colour.ts";
import { formatAgo } from "../lib/time.ts";
import { comparePath, runPath, runsPath } from "../lib/url.ts";
import { href } from "../state/router.ts";
import { MOST_RUNS, movedBy } from "../views/compare/model.ts";
import type { PutCompare } from "./compare.tsx";

/** The newest runs are offered at once; typing finds any run of any project. */
const OFFERED = 300;
const FOUND = 50;

interface Props {
  readonly project: string;
  readonly runs: readonly string[];
  readonly comparison: Comparison | null;
  readonly styles: ReadonlyMap<string, Style>;
  readonly baseline: number;
  readonly put: PutCompare;
}

export function RunStrip({ project, runs, comparison, styles, baseline, put }: Props) {
  const known = new Map(comparison?.runs.map((run) => [run.id, run]));
  const base = comparison?.runs[baseline]?.id;
  const items = (id: string): readonly MenuItem[] => [
    { label: "Baseline", checked: id === base, act: () => put({ baseline: id }) },
    { label: "Move left", disabled: runs[0] === id, act: () => put({ runs: movedBy(runs, id, -1) }) },
    { label: "Move right", disabled: runs.at(-1) === id, act: () => put({ runs: movedBy(runs, id, 1) }) },
  ];
  return (
    <div className="cmp-strip">
      <ul aria-label="Compared runs">
        {runs.map((id) => {
          const run = known.get(id);
          const name = run?.name ?? id;
          return (
            <li key={id} className={id === base ? "base" : undefined}>
              <Swatch style={styles.get(id)} />
              {run && <StateMark state={run.state as RunState} />}
              <Link to={runPath(run?.project ?? project, id)} className="name" title={name}>
                {name}
              </Link>
              {id === base && <small>baseline</small>}
              <MenuButton label={`Place of ${name}`} className="quiet" items={() => items(id)}>
                <span aria-hidden="true">⋯</span>
                <span className="visually-hidden">Place of {name}</span>
              </MenuButton>
              <button
                type="button"
                className="quiet"
                aria-label={`Leave out ${name}`}
                onClick={() => put({ runs: runs.filter((one) => one !== id) }, true)}
              >
                ✕
              </button>
            </li>
          );
        })}
        <li className="add">
          {runs.length < MOST_RUNS ? (
            <AddRun project={project} runs={runs} put={put} />
          ) : (
            <span className="muted">{MOST_RUNS} at most</span>
          )}
        </li>
      </ul>
      <CopyButton
        text={new URL(href(comparePath(project, runs)), location.href).href}
        what="the link"
        word="Copy link"
      />
    </div>
  );
}

function useNewest(project: string): readonly RunRow[] {
  const [rows, setRows] = useState<readonly RunRow[]>([]);
  useEffect(() => {
    let here = true;
    queryRuns({ project, order: ["-created"], columns: [], limit: OFFERED }).then(
      (answer) => here && setRows(answer.runs),
      () => undefined, // the page says when the server cannot be reached
    );
    return () => {
      here = false;
    };
  }, [project]);
  return rows;
}

function choiceOf({ id, name, project, created }: RunRow, here: string): Choice {
  const ago = formatAgo(Date.now() / 1000 - created);
  return { value: id, text: name, note: project === here ? ago : `${project} · ${ago}` };
}

function AddRun({ project, runs, put }: Pick<Props, "project" | "runs" | "put">) {
  const rows = useNewest(project);
  const others = (found: readonly RunRow[]): readonly Choice[] =>
    found.filter((row) => !runs.includes(row.id)).map((row) => choiceOf(row, project));
  const choices = others(rows);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `others` reads nothing but these
  const search = useCallback<Search>(
    async (text, signal) => others((await findRuns(text, project, FOUND, signal)).runs),
    [project, runs],
  );
  return (
    <PickButton
      label="Run to add"
      placeholder="Find a run"
      className="small"
      disabled={choices.length === 0}
      choices={choices}
      search={search}
      onPick={(id) => put({ runs: [...runs, id] }, true)}
    >
      Add a run
    </PickButton>
  );
}

/** Nothing, or one run alone: how to get two. */
export function PickRuns({ project, runs, put }: Pick<Props, "project" | "runs" | "put">) {
  const rows = useNewest(project);
  const [own] = runs;
  const before = own === undefined ? [] : rows.slice(rows.findIndex((row) => row.id === own) + 1);
  // Beside a run stands the one before it; the first one has none.
  const others = [...before, ...rows].map((row) => row.id).filter((id) => id !== own);
  const two = own === undefined ? others.slice(0, 2) : [own, ...others.slice(0, 1)];
  return (
    <div className="teach">
      <h1>{runs.length === 1 ? "One more run to compare it with" : "Which runs shall be compared?"}</h1>
      <p className="muted">
        Two to {MOST_RUNS} runs stand side by side: config, results, charts, media, code, packages and architecture.
        Pick them here, or select rows in the <Link to={runsPath(project)}>table of runs</Link>.
      </p>
      <p className="cmp-pick">
        <AddRun project={project} runs={runs} put={put} />
        {two.length === 2 && (
          <button type="button" className="primary small" onClick={() => put({ runs: two }, true)}>
            {own === undefined
              ? "Compare the newest two"
              : before.length > 0
                ? "Compare it with the run before"
                : "Compare it with the newest"}
          </button>
        )}
      </p>
    </div>
  );
}
