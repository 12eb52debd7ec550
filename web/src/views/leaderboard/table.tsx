/** The rows of a leaderboard: a bracket joins those that may be the best; protocols that are not ranked stand below. */

import { Fragment, memo, type ReactNode, useMemo } from "react";
import type { BoardColumn, Entry, Leaderboard, RankedProtocol } from "../../api/analysis.ts";
import { formatExact, formatInteger, plural } from "../../lib/format.ts";
import { type Cell, cellWriters, type WriteCell } from "./cells.ts";
import { entryKey, reach as reachOf, sorted } from "./model.ts";
import { meanText } from "./text.ts";
import { Axis, type Reach, Whisker } from "./whisker.tsx";

/** So many rows of each protocol at first; a button shows the rest. */
const FIRST = 200;
/** With fewer runs an entry is never called worse. */
const FEWEST = 3;

interface Props {
  readonly board: Leaderboard;
  /** Names of the columns that are shown. */
  readonly columns: readonly string[];
  readonly metric: ReactNode;
  readonly sort: string | null;
  readonly open: readonly string[];
  /** Every row is wanted. */
  readonly all: boolean;
  readonly onAll: () => void;
  readonly onSort: (sort: string | null) => void;
  readonly onOpen: (key: string) => void;
  /** What an open row shows. */
  readonly detail: (entry: Entry, protocol: RankedProtocol) => ReactNode;
  /** What to do about runs that are not ranked with the others. */
  readonly remedy: (protocol: RankedProtocol) => ReactNode;
}

export function LeaderboardTable(props: Props) {
  const { board, columns, sort, open, all } = props;
  const writers = useMemo(() => cellWriters(board), [board]);
  const described = useMemo(
    () => columns.flatMap((name) => board.columns.find((column) => column.name === name) ?? []),
    [board, columns],
  );
  const [first, ...apart] = board.protocols;
  const ranked = useMemo(() => sorted(first?.entries ?? [], sort), [first, sort]);
  const reach = useMemo(() => reachOf(first?.entries ?? []), [first]);
  const best = first?.entries[0]?.mean ?? null;
  const shown = all ? ranked : ranked.slice(0, FIRST);
  const width = 6 + described.length;
  const row = (entry: Entry, protocol: RankedProtocol, edges: Edges) => {
    const key = entryKey(entry);
    const isOpen = open.includes(key);
    return (
      <Fragment key={key}>
        <EntryRow
          entry={entry}
          id={key}
          columns={described}
          writers={writers}
          reach={reach}
          best={best}
          edges={edges}
          isOpen={isOpen}
          onOpen={props.onOpen}
        />
        {isOpen && (
          <tr className="lb-detail" id={`entry-${key}`} data-edges={edges}>
            <td colSpan={width}>
              <div className="lb-detail-body">{props.detail(entry, protocol)}</div>
            </td>
          </tr>
        )}
      </Fragment>
    );
  };
  const more = ({ total, entries }: RankedProtocol) =>
    ((!all && total > FIRST) || entries.length < total) && (
      <tr className="lb-more">
        <td colSpan={width}>
          <button type="button" className="small" disabled={all} onClick={props.onAll}>
            Show all {formatInteger(total)}
          </button>
        </td>
      </tr>
    );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, and keys must be able to
    <section className="lb-scroll" tabIndex={0} aria-label="Leaderboard">
      <table className="lb">
        <thead>
          <tr>
            <th className="lb-bracket">
              <span className="visually-hidden">May be the best</span>
            </th>
            <Head name="rank" title="rank" className="lb-rank" {...props} reset />
            <Head name="label" title="configuration" className="lb-label" {...props} />
            <th className="lb-plot" scope="col">
              <span className="visually-hidden">Mean and interval, drawn</span>
              {reach && <Axis reach={reach} />}
            </th>
            <th className="lb-mean number" scope="col" title="Mean over the runs, ± half of its 95 % interval">
              {props.metric}
            </th>
            <Head name="n" title="runs" className="number" {...props} />
            {described.map((column) => (
              <Head
                key={column.name}
                name={column.name}
                title={column.title}
                falls={column.goal === "max"}
                hint={column.source.join(", ")}
                className={isNumeric(column) ? "number" : ""}
                {...props}
              />
            ))}
          </tr>
        </thead>
        <tbody>{first && shown.map((entry, i) => row(entry, first, edgesOf(shown, i)))}</tbody>
        {first && <tbody>{more(first)}</tbody>}
        {apart.map((protocol) => (
          <tbody key={JSON.stringify([protocol.data, protocol.evaluation])} className="lb-apart">
            <tr className="lb-why">
              <th colSpan={width} scope="rowgroup">
                <div>
                  <b>{plural(protocol.runs, "run is", "runs are")} not ranked with these:</b> {protocol.reason}
                  {protocol.reason?.endsWith("…") ? " " : ". "}
                  {props.remedy(protocol)}
                </div>
              </th>
            </tr>
            {sorted(protocol.entries, sort)
              .slice(0, all ? undefined : FIRST)
              .map((entry) => row(entry, protocol, "apart"))}
            {more(protocol)}
          </tbody>
        ))}
      </table>
    </section>
  );
}

function isNumeric(column: BoardColumn): boolean {
  return column.kind === "number" || column.kind === "count" || column.kind === "duration";
}

type Edges = "apart" | "none" | "alone" | "first" | "middle" | "last";

/** Where a row stands in the bracket of its neighbours. */
function edgesOf(entries: readonly Entry[], i: number): Edges {
  const tied = (at: number): boolean => entries[at]?.tied ?? false;
  if (!tied(i)) return "none";
  if (tied(i - 1)) return tied(i + 1) ? "middle" : "last";
  return tied(i + 1) ? "first" : "alone";
}

interface HeadProps {
  readonly name: string;
  readonly title: string;
  readonly className: string;
  readonly hint?: string;
  /** Whether the largest come first at the first click. */
  readonly falls?: boolean;
  /** The order that needs no word in the address. */
  readonly reset?: boolean;
  readonly sort: string | null;
  readonly onSort: (sort: string | null) => void;
}

function Head({ name, title, className, hint, falls = false, reset = false, sort, onSort }: HeadProps) {
  const up = reset ? sort === null : sort === name;
  const down = sort === `-${name}`;
  const first = falls ? `-${name}` : name;
  const then = falls ? name : `-${name}`;
  const next = reset || sort === then ? null : sort === first ? then : first;
  return (
    <th scope="col" className={className} aria-sort={up ? "ascending" : down ? "descending" : undefined}>
      <button type="button" className="lb-sort" title={hint} onClick={() => onSort(next)}>
        {title}
        <span aria-hidden="true">{up && !reset ? " ↑" : down ? " ↓" : ""}</span>
      </button>
    </th>
  );
}

interface RowProps {
  readonly entry: Entry;
  readonly id: string;
  readonly columns: readonly BoardColumn[];
  readonly writers: ReadonlyMap<string, WriteCell>;
  readonly reach: Reach | null;
  readonly best: number | null;
  readonly edges: Edges;
  readonly isOpen: boolean;
  readonly onOpen: (key: string) => void;
}

const EntryRow = memo(
  function EntryRow({ entry, id, columns, writers, reach, best, edges, isOpen, onOpen }: RowProps) {
    const apart = edges === "apart";
    const few = entry.tied && entry.n < FEWEST;
    const label = labelOf(entry);
    const running = entry.seeds.filter((seed) => seed.state === "running").length;
    return (
      // The button in it hears the keys.
      <tr
        className={isOpen ? "lb-row open" : "lb-row"}
        data-edges={edges}
        data-few={few || undefined}
        // Whoever marks text to copy it does not want the row to open.
        onClick={() => window.getSelection()?.isCollapsed !== false && onOpen(id)}
      >
        <td className="lb-bracket" title={tieWords(entry, apart)}>
          <span className="visually-hidden">{tieWords(entry, apart)}</span>
        </td>
        <td className="lb-rank number">{apart || entry.mean === null ? "–" : entry.rank}</td>
        <th scope="row" className="lb-label">
          <button
            type="button"
            className="lb-open"
            aria-expanded={isOpen}
            aria-controls={isOpen ? `entry-${id}` : undefined}
            title={label}
          >
            <span className="lb-turn" aria-hidden="true">
              {isOpen ? "▾" : "▸"}
            </span>
            <span className="lb-words">{label}</span>
          </button>
        </th>
        <td className="lb-plot">{reach && <Whisker entry={entry} reach={reach} best={best} apart={apart} />}</td>
        <td className="lb-mean number" title={exact(entry)}>
          <Mean entry={entry} />
        </td>
        <td className="number" title={counted(entry)}>
          {running > 0 && (
            <>
              <span className="dot" aria-hidden="true" />
              <span className="visually-hidden">{formatInteger(running)} running, </span>
            </>
          )}
          {entry.missing > 0 ? `${entry.n} of ${entry.n + entry.missing}` : entry.n}
        </td>
        {columns.map((column) => (
          <ValueCell key={column.name} cell={writers.get(column.name)?.(entry)} column={column} />
        ))}
      </tr>
    );
  },
  (a, b) =>
    // Another answer that says the same of this row leaves it alone.
    a.isOpen === b.isOpen &&
    a.edges === b.edges &&
    a.best === b.best &&
    a.onOpen === b.onOpen &&
    a.columns.length === b.columns.length &&
    JSON.stringify([a.reach, a.columns, a.entry, texts(a)]) === JSON.stringify([b.reach, b.columns, b.entry, texts(b)]),
);

function texts({ columns, writers, entry }: RowProps): (string | undefined)[] {
  return columns.map((column) => writers.get(column.name)?.(entry).text);
}

function ValueCell({ cell, column }: { cell: Cell | undefined; column: BoardColumn }) {
  const kind = column.kind === "hash" ? "mono" : isNumeric(column) ? "number" : "";
  return (
    <td className={kind} title={cell?.title}>
      {cell?.text ?? "–"}
    </td>
  );
}

/** Mean and half the interval, so that the signs between them stand in a line. */
function Mean({ entry }: { entry: Entry }) {
  const [mean, half] = meanText(entry).split(/ (?=[±[])/);
  return (
    <>
      {mean} <span className="lb-half">{half}</span>
    </>
  );
}

/** An entry that nothing tells apart is known by its run. */
function labelOf(entry: Entry): string {
  if (Object.keys(entry.config).length > 0) return entry.label;
  return entry.seeds.length === 1 ? (entry.seeds[0]?.name ?? entry.label) : entry.label;
}

function tieWords(entry: Entry, apart: boolean): string {
  if (apart) return "";
  if (entry.mean === null) return "no value";
  if (entry.tied && entry.n < FEWEST)
    return `may be the best: ${plural(entry.n, "run is", "runs are")} too few to tell`;
  if (entry.tied) return entry.rank === 1 ? "the best" : "not significantly worse than the best";
  return entry.p === null ? "worse than the best" : `worse than another entry, p = ${entry.p.toPrecision(2)}`;
}

function exact({ mean, interval, best }: Entry): string {
  const words = [`mean ${formatExact(mean)}`];
  if (interval) words.push(`95 % interval ${formatExact(interval[0])} to ${formatExact(interval[1])}`);
  if (best !== null) words.push(`best single run ${formatExact(best)}`);
  return words.join("\n");
}

function counted({ n, missing }: Entry): string {
  if (missing === 0) return plural(n, "run");
  return `${plural(n, "run")} with a value; ${formatInteger(missing)} failed, diverged or have not come so far`;
}
