/** Rows of a test: pictures as tiles, others as lines, each with truth, prediction and score; one is opened large. */

import { useState } from "react";
import { type TestRowsQuery, testRows } from "../../api/testing.ts";
import { CellView } from "../../components/data/cell.tsx";
import { ScrollX } from "../../components/scrollx.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { type Cell, isPicture, type Picture } from "../../lib/dataset.ts";
import { columnFormat, formatInteger, formatNumber, formatValue } from "../../lib/format.ts";
import type { TestRow } from "../../lib/testing.ts";
import { useRead } from "../../state/read.ts";

interface Props {
  readonly name: string;
  readonly version: string;
  readonly test: string;
  /** When it was made: another has other rows. */
  readonly us: number;
  readonly query: TestRowsQuery;
  /** The column that is predicted: its truth stands in front. */
  readonly target: string;
  readonly onRow: (at: number) => void;
}

const PAGE = 12;
const TILE_PX = 64;

export function TestedRows(props: Props) {
  const { name, version, test, us, query } = props;
  const [first, setFirst] = useState(0);
  const asked = { ...query, first, limit: PAGE };
  const key = [name, version, test, us, JSON.stringify(asked)].join(" ");
  const { answer, problem, again } = useRead(key, (signal) => testRows(name, version, test, asked, signal));
  if (problem !== null) return <Trouble cause={problem} onRetry={again} small />;
  if (answer === null) return <div className="skeleton mt-rows-wait" />;
  if (answer.total === 0) return <p className="muted mt-none">{noneWords(query)}</p>;
  const { rows, total } = answer;
  const pictured = rows.some(({ cells, prediction }) => prediction !== null || Object.values(cells).some(isPicture));
  return (
    <div className="mt-rows">
      {pictured ? (
        <Tiles rows={rows} onRow={props.onRow} />
      ) : (
        <Lines rows={rows} columns={answer.columns.filter((column) => column !== props.target)} onRow={props.onRow} />
      )}
      {total > PAGE && (
        <p className="mt-pages">
          <button type="button" disabled={first === 0} onClick={() => setFirst(Math.max(0, first - PAGE))}>
            Earlier
          </button>
          <span className="muted" role="status">
            {formatInteger(first + 1)} to {formatInteger(Math.min(total, first + PAGE))} of {formatInteger(total)}
          </span>
          <button type="button" disabled={first + PAGE >= total} onClick={() => setFirst(first + PAGE)}>
            Later
          </button>
        </p>
      )}
    </div>
  );
}

function noneWords({ actual, predicted, order }: TestRowsQuery): string {
  if (actual !== undefined && predicted !== undefined && actual !== predicted)
    return `No row of ${actual} was taken for ${predicted}.`;
  return order === "confident_wrong" ? "No row was wrong." : "There is no such row.";
}

function Tiles({ rows, onRow }: { rows: readonly TestRow[]; onRow: (at: number) => void }) {
  return (
    <ul className="mt-tiles">
      {rows.map((row) => (
        <li key={row.at}>
          <button type="button" title={whereWords(row)} onClick={() => onRow(row.at)}>
            <span className="mt-tile-pictures">
              {picturesOf(row).map(([name, picture]) => (
                <CellView key={name} cell={picture} name={name} px={TILE_PX} />
              ))}
            </span>
            <Verdict row={row} />
          </button>
        </li>
      ))}
    </ul>
  );
}

/** The input, and of what is drawn pixel by pixel the truth and what the model says. */
function picturesOf(row: TestRow): readonly (readonly [string, Picture])[] {
  const own = Object.entries(row.cells).filter((entry): entry is [string, Picture] => isPicture(entry[1]));
  const drawn: readonly (readonly [string, Picture | null])[] = [
    ["in truth", row.target],
    ["what it says", row.prediction],
  ];
  const found = row.prediction === null ? own : own.slice(0, 1);
  return [...found, ...drawn.filter((entry): entry is [string, Picture] => entry[1] !== null)];
}

function Verdict({ row }: { row: TestRow }) {
  const { truth, predicted, score, is_right } = row;
  return (
    <span className="mt-verdict">
      {predicted !== null && (
        <span className={is_right === false ? "md-fail" : undefined}>
          {truth !== null && truth !== predicted ? `${words(truth)} → ` : ""}
          {words(predicted)}
        </span>
      )}
      {score !== null && <span className="muted">{`${row.prediction === null ? "" : "IoU "}${score.toFixed(3)}`}</span>}
    </span>
  );
}

function words(value: string | number): string {
  return typeof value === "number" ? formatNumber(value) : value;
}

/** Its place in the part, which the rest of the page goes by, and its number in the data. */
function whereWords({ at, row }: TestRow): string {
  return `Open row ${formatInteger(at)}: number ${formatInteger(row)} of the data`;
}

interface LinesProps {
  readonly rows: readonly TestRow[];
  readonly columns: readonly string[];
  readonly onRow: (at: number) => void;
}

function Lines({ rows, columns, onRow }: LinesProps) {
  const numbers = rows.some(({ predicted }) => typeof predicted === "number");
  const write = columnFormat(rows.map(({ score, loss }) => score ?? loss));
  return (
    <ScrollX label="Rows">
      <table className="mt-lines">
        <thead>
          <tr>
            <th scope="col" className="number">
              row
            </th>
            <th scope="col" className={numbers ? "number" : undefined}>
              true
            </th>
            <th scope="col" className={numbers ? "number" : undefined}>
              predicted
            </th>
            <th scope="col" className="number">
              {rows.some(({ score }) => score !== null) ? "score" : "loss"}
            </th>
            {columns.map((name) => (
              <th key={name} scope="col" className={isNumber(rows, name) ? "number key" : "key"}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.at}>
              <td className="number">
                <button type="button" className="link" title={whereWords(row)} onClick={() => onRow(row.at)}>
                  {formatInteger(row.at)}
                </button>
              </td>
              <td className={numbers ? "number" : undefined}>{row.truth === null ? "–" : words(row.truth)}</td>
              <td className={`${numbers ? "number " : ""}${row.is_right === false ? "md-fail" : ""}`}>
                {row.predicted === null ? "–" : words(row.predicted)}
              </td>
              <td className="number">{write(row.score ?? row.loss)}</td>
              {columns.map((name) => (
                <td key={name} className={isNumber(rows, name) ? "number" : undefined}>
                  {cellText(row.cells[name])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollX>
  );
}

function isNumber(rows: readonly TestRow[], name: string): boolean {
  return rows.some(({ cells }) => typeof cells[name] === "number");
}

function cellText(cell: Cell | undefined): string {
  return cell === null || cell === undefined || isPicture(cell) ? "–" : formatValue(cell);
}
