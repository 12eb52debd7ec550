/** The data of an input or output node: its columns, some of their values, how they are spread, how many are missing. */

import "../styles/dataparts.css";
import { type Dataset, getDataset, getProfile, getRows } from "../api/datasets.ts";
import { ClassBalance } from "../components/data/balance.tsx";
import { CellView } from "../components/data/cell.tsx";
import { SmallSpread } from "../components/data/small.tsx";
import { Link } from "../components/link.tsx";
import { Trouble } from "../components/trouble.tsx";
import { type Cells as CellsOf, type Column, columnWords, isPicture, type Profile } from "../lib/dataset.ts";
import { formatInteger, formatNumber, formatValue } from "../lib/format.ts";
import type { Graph, GraphNode } from "../lib/graph.ts";
import { boundOf, columnsOf, readRef } from "../lib/graphdata.ts";
import { datasetPath } from "../lib/url.ts";
import { type Read, useRead } from "../state/read.ts";

/** A version of a data set as a graph names it; it never changes. */
export function useBound(ref: string): Read<Dataset> {
  const { name, version } = readRef(ref);
  return useRead(ref === "" ? null : `bound ${ref}`, () => getDataset(name, version));
}

const SAMPLES = 12;
const PX = 56;
/** Rows and columns of the small table. */
const VALUES = 5;
const MOST_COLUMNS = 12;

export function NodeData({ graph, node }: { graph: Graph; node: GraphNode }) {
  const bound = boundOf(graph.data);
  const { answer: data, problem, again } = useBound(bound.dataset);
  const { name, version } = readRef(bound.dataset);
  const profile = useRead(data && `profile ${bound.dataset}`, (signal) => getProfile(name, version, signal));
  const columns = columnsOf(bound, node.id);
  if (bound.dataset === "") return null;
  const where = data?.columns.filter((column) => columns.includes(column.name)) ?? [];
  return (
    <section className="facts node-data" aria-label={`Data of ${node.id}`}>
      <p className="node-data-head">
        <Link to={datasetPath(name, { version })} className="link">
          {name}
        </Link>{" "}
        {data && <span className="muted">version {data.version}</span>}
      </p>
      {problem !== null && <Trouble cause={problem} onRetry={again} small />}
      {data !== null && columns.length === 0 && (
        <p className="muted">No column is led here. Choose one under Data, with nothing selected.</p>
      )}
      {columns
        .filter((column) => data !== null && !where.some(({ name: one }) => one === column))
        .map((column) => (
          <p key={column} className="bad">
            ✕ {name} has no column <code>{column}</code> in this version.
          </p>
        ))}
      {data !== null && where.length > 0 && (
        <>
          <Cells data={data} columns={where} version={version} />
          {where.slice(0, MOST_COLUMNS).map((column) => (
            <ColumnFacts key={column.name} column={column} data={data} profile={profile.answer} />
          ))}
          {where.length > MOST_COLUMNS && <p className="muted">and {where.length - MOST_COLUMNS} more columns</p>}
        </>
      )}
    </section>
  );
}

/** What the columns hold in the first rows of train. */
function Cells({ data, columns, version }: { data: Dataset; columns: readonly Column[]; version: string | null }) {
  const part = (data.parts.train ?? 0) > 0 ? "train" : null;
  const { answer } = useRead(`cells ${data.name}@${data.digest}`, (signal) =>
    getRows(data.name, { part, class: null, version }, 0, SAMPLES - 1, signal),
  );
  if (answer === null) return <div className="skeleton node-cells-wait" />;
  const pictures = columns.filter(({ kind }) => kind === "image" || kind === "mask");
  return (
    <>
      {pictures.map(({ name }) => (
        <Pictures key={name} name={name} rows={answer.rows} label={data.target.find((one) => one !== name)} />
      ))}
      {pictures.length < columns.length && (
        <Values columns={columns.filter((column) => !pictures.includes(column))} rows={answer.rows} />
      )}
    </>
  );
}

interface PicturesProps {
  readonly name: string;
  readonly rows: readonly CellsOf[];
  readonly label: string | undefined;
}

function Pictures({ name, rows, label }: PicturesProps) {
  return (
    <ul className="node-cells" aria-label={`Values of ${name}`}>
      {rows.map(({ row, cells }) => {
        const said = label === undefined ? undefined : cells[label];
        const words = said === undefined || said === null || isPicture(said) ? "" : formatValue(said);
        return (
          <li key={row} title={`Row ${formatInteger(row)}${words === "" ? "" : `, ${label} ${words}`}`}>
            <CellView cell={cells[name]} name={words === "" ? name : `${name} of ${words}`} px={PX} />
          </li>
        );
      })}
    </ul>
  );
}

function Values({ columns, rows }: { columns: readonly Column[]; rows: readonly CellsOf[] }) {
  const shown = rows.slice(0, VALUES);
  return (
    <table className="node-values" aria-label="First rows of train">
      <tbody>
        {columns.slice(0, MOST_COLUMNS).map(({ name }) => (
          <tr key={name}>
            <th scope="row" className="key" title={name}>
              {name}
            </th>
            {shown.map(({ row, cells }) => (
              <td key={row} title={`Row ${formatInteger(row)}`}>
                <CellView cell={cells[name]} name={name} px={24} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ColumnFacts({ column, data, profile }: { column: Column; data: Dataset; profile: Profile | null }) {
  const known = profile?.columns.find(({ name }) => name === column.name) ?? column;
  const balance = profile?.target[0] === column.name ? profile.balance : null;
  return (
    <div className="node-column">
      <p className="node-column-head">
        <b className="key">{column.name}</b>
        <span className="muted">
          {column.kind}
          {columnWords(column) !== "" && `, ${columnWords(column)}`}
        </span>
      </p>
      {!balance && <SmallSpread column={known} />}
      {balance && <ClassBalance balance={balance} parts={profile?.parts ?? {}} />}
      <p className={column.missing > 0 ? "now-word" : "muted"}>
        {column.missing > 0
          ? `▲ ${formatInteger(column.missing)} of ${formatInteger(data.rows)} missing (${formatNumber((100 * column.missing) / Math.max(1, data.rows), 2)} %)`
          : "none missing"}
      </p>
    </div>
  );
}
