/** What a leaderboard ranks by: metric, direction, what makes an entry, the test; columns, saved views and exports. */

import { useState } from "react";
import type { Leaderboard, RankedProtocol } from "../api/analysis.ts";
import { queryRuns } from "../api/client.ts";
import { copyText } from "../components/copy.tsx";
import { Dialog } from "../components/dialog.tsx";
import { MenuButton } from "../components/menubutton.tsx";
import { PickButton } from "../components/pickbutton.tsx";
import { save } from "../components/save.ts";
import { Trouble } from "../components/trouble.tsx";
import { byImportance, configColumn, parseColumn } from "../lib/metrics.ts";
import { useCommands } from "../state/commands.ts";
import type { Keys } from "../state/keys.ts";
import type { Views } from "../state/views.ts";
import {
  type BoardState,
  readGrouped,
  readMetric,
  STATISTICS,
  TEST_WORDS,
  TESTS,
  writeGrouped,
  writeMetric,
} from "../views/leaderboard/model.ts";
import { boardCsv, boardLatex, boardMarkdown } from "../views/leaderboard/text.ts";
import { BoardColumnsDialog } from "./boardcolumns.tsx";
import type { PutBoard } from "./leaderboard.tsx";
import { ViewsMenu } from "./views.tsx";

interface Props {
  readonly project: string;
  readonly state: BoardState;
  readonly metric: string;
  readonly known: Keys | null;
  readonly board: Leaderboard | null;
  readonly columns: readonly string[];
  /** The ranking with all its entries. */
  readonly whole: () => Promise<Leaderboard | null>;
  readonly views: Views;
  readonly put: PutBoard;
}

export function RankingBar(props: Props) {
  const { project, state, metric, known, board, columns, views, put } = props;
  const [choosing, setChoosing] = useState<"columns" | "test" | null>(null);
  const [said, setSaid] = useState("");
  const { key, stat } = readMetric(metric);
  const metrics = byImportance(known?.metrics ?? []).map((one) => ({ value: one, text: one }));
  const goal = board?.goal ?? state.goal ?? "max";
  const write = async (act: (board: Leaderboard) => void | Promise<void>): Promise<void> => {
    const all = await props.whole().catch(() => null);
    if (all === null) setSaid("The server did not send all rows: try again");
    else await act(all);
  };
  const copy = (text: string, what: string): Promise<void> =>
    copyText(text).then(
      () => setSaid(`${what} copied`),
      () => setSaid("The browser refused to copy: choose CSV instead"),
    );
  useCommands(() => {
    const section = "Leaderboard";
    return [
      { id: "rank.columns", title: "Choose columns", section, act: () => setChoosing("columns") },
      { id: "rank.test", title: "Choose the test", section, words: "significance", act: () => setChoosing("test") },
      {
        id: "rank.goal",
        title: goal === "max" ? "Smaller is better" : "Larger is better",
        section,
        act: () => put({ goal: goal === "max" ? "min" : "max" }),
      },
      ...metrics.map(({ value }) => ({
        id: `rank.by.${value}`,
        title: `Rank by ${value}`,
        section: "Rank",
        act: () => put({ metric: writeMetric(value, "last"), goal: null, sort: null }, true),
      })),
    ];
  });
  return (
    <div className="runs-bar lb-bar">
      <span className="lb-by">Rank by</span>
      <PickButton
        label="Metric"
        placeholder="Find a metric"
        className="small lb-metric"
        choices={metrics}
        fresh="as a column"
        onPick={(picked) => put({ metric: writeMetric(picked, "last"), goal: null, sort: null }, true)}
      >
        {key || "…"} <span aria-hidden="true">▾</span>
      </PickButton>
      {stat !== "" && (
        <select
          className="lb-stat"
          aria-label="Which value of the metric"
          value={stat}
          onChange={(event) => put({ metric: writeMetric(key, event.target.value) })}
        >
          {STATISTICS.map((one) => (
            <option key={one} value={one}>
              {STATISTIC_WORDS[one]}
            </option>
          ))}
        </select>
      )}
      <button
        type="button"
        className="text"
        title={`${goalReason(board)} Click to turn it round.`}
        onClick={() => put({ goal: goal === "max" ? "min" : "max" })}
      >
        {goal === "max" ? "↑ larger is better" : "↓ smaller is better"}
      </button>
      <Entries state={state} known={known} put={put} />
      <span className="grow" />
      <span role="status" className="lb-status">
        {said}
      </span>
      <button type="button" className="text" aria-haspopup="dialog" onClick={() => setChoosing("test")}>
        Test: {TEST_WORDS[state.test].name}
      </button>
      <button type="button" className="text" aria-haspopup="dialog" onClick={() => setChoosing("columns")}>
        Columns
      </button>
      <ViewsMenu views={views} view={state.view} />
      {board && (
        <MenuButton
          label="Export"
          items={() => [
            { heading: "The rows as they are ranked, with these columns" },
            {
              label: "Download CSV",
              act: () =>
                void write((all) =>
                  save(new Blob([boardCsv(all)], { type: "text/csv" }), `${project}-leaderboard.csv`),
                ),
            },
            {
              label: "Copy as Markdown",
              act: () => void write((all) => copy(boardMarkdown(all, columns), "Markdown")),
            },
            { label: "Copy as LaTeX", act: () => void write((all) => copy(boardLatex(all, columns), "LaTeX")) },
          ]}
        >
          Export
        </MenuButton>
      )}
      {choosing === "test" && (
        <TestDialog test={state.test} onTest={(test) => put({ test })} onClose={() => setChoosing(null)} />
      )}
      {choosing === "columns" && (
        <BoardColumnsDialog
          project={project}
          metric={metric}
          columns={columns}
          known={known}
          onChange={(next) => put({ columns: next })}
          onClose={() => setChoosing(null)}
        />
      )}
    </div>
  );
}

const STATISTIC_WORDS = { last: "last value", min: "lowest value", max: "highest value", mean: "mean over steps" };

function goalReason(board: Leaderboard | null): string {
  const from = board?.goal_from;
  if (from === "asked") return "You chose so.";
  if (from === "define") return "The runs say so (run.define).";
  if (from === "name") return "The name of the metric says so.";
  return "Nothing says which is better, so this is assumed.";
}

/** What makes an entry: the whole config but some keys, or single columns. */
function Entries({ state, known, put }: Pick<Props, "state" | "known" | "put">) {
  const grouped = readGrouped(state.groupBy);
  const whole = grouped.columns.includes("config");
  const change = (next: Partial<typeof grouped>): void =>
    put({ groupBy: writeGrouped({ ...grouped, ...next }), open: [] });
  const keys = known?.config ?? [];
  const first = new Set(known?.differing ?? []);
  const ordered = [...keys.filter((key) => first.has(key)), ...keys.filter((key) => !first.has(key))];
  const choices = [
    { value: "config - seed", text: "the whole config, seed aside", note: "usual" },
    { value: "config", text: "the whole config, seed and all" },
    { value: "attr.group", text: "the group of the run" },
    { value: "attr.name", text: "the name of the run" },
    ...(whole
      ? ordered
          .filter((key) => !grouped.without.includes(key))
          .map((key) => ({ value: `- ${key}`, text: `without ${key}`, note: "leave aside" }))
      : []),
    ...ordered
      .filter((key) => !grouped.columns.includes(configColumn(key)))
      .map((key) => ({ value: configColumn(key), text: `by ${key}`, note: whole ? "this alone" : "this too" })),
  ];
  const pick = (value: string): void => {
    if (value.startsWith("- ")) change({ without: [...grouped.without, value.slice(2)] });
    else if (value.startsWith("config.")) change({ columns: whole ? [value] : [...grouped.columns, value] });
    else put({ groupBy: value, open: [] });
  };
  return (
    <>
      <PickButton label="What makes a row" placeholder="What makes a row" choices={choices} onPick={pick}>
        One row per {whole ? "config" : ""}
        <span aria-hidden="true"> ▾</span>
      </PickButton>
      {!whole &&
        grouped.columns.map((column) => (
          <Chip
            key={column}
            text={parseColumn(column).key}
            says={`Do not tell rows apart by ${parseColumn(column).key}`}
            onRemove={() => change({ columns: grouped.columns.filter((one) => one !== column) })}
          />
        ))}
      {whole && grouped.without.length > 0 && <span>without</span>}
      {whole &&
        grouped.without.map((key) => (
          <Chip
            key={key}
            text={key}
            says={`Tell rows apart by ${key} too`}
            onRemove={() => change({ without: grouped.without.filter((one) => one !== key) })}
          />
        ))}
    </>
  );
}

function Chip({ text, says, onRemove }: { text: string; says: string; onRemove: () => void }) {
  return (
    <span className="chip">
      {text}
      <button type="button" aria-label={says} title={says} onClick={onRemove}>
        ✕
      </button>
    </span>
  );
}

interface TestProps {
  readonly test: BoardState["test"];
  readonly onTest: (test: BoardState["test"]) => void;
  readonly onClose: () => void;
}

function TestDialog({ test, onTest, onClose }: TestProps) {
  return (
    <Dialog title="Which rows are worse than the best?" onClose={onClose}>
      <p className="muted">
        Each row is tested against those with a better mean, at 5 %, corrected for how many rows there are. What is not
        significantly worse shares the bracket on the left.
      </p>
      <fieldset className="lb-tests">
        <legend className="visually-hidden">Test</legend>
        {TESTS.map((one) => (
          <label key={one}>
            <input type="radio" name="test" value={one} checked={one === test} onChange={() => onTest(one)} />
            <span>
              <b>{TEST_WORDS[one].name}</b>
              <span className="muted"> {TEST_WORDS[one].says}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <footer>
        <span />
        <button type="button" className="primary" onClick={onClose}>
          Done
        </button>
      </footer>
    </Dialog>
  );
}

/** Ranks the runs of a protocol that stands apart among themselves, by a filter on their fingerprints. */
export function RankAlone({ project, protocol, put }: { project: string; protocol: RankedProtocol; put: PutBoard }) {
  const [problem, setProblem] = useState<unknown>(null);
  const runs = protocol.entries.flatMap((entry) => entry.seeds.map((seed) => seed.run));
  const alone = async (): Promise<void> => {
    const columns = ["attr.data", "attr.evaluation"];
    const found = await queryRuns({ project, ids: runs.slice(0, 1), columns, limit: 1, archived: null });
    const told = columns.map((column) => {
      const value = found.columns[column]?.[0];
      return typeof value === "string" ? `${column} = '${value}'` : `${column} is null`;
    });
    put({ where: told.join(" and "), open: [] }, true);
  };
  return (
    <>
      <button type="button" className="small" onClick={() => void alone().catch(setProblem)}>
        Rank {protocol.runs === 1 ? "it" : "them"} alone
      </button>
      {problem !== null && <Trouble cause={problem} />}
    </>
  );
}
