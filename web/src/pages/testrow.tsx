/** Choosing a row of data: by its picture, by its number, by chance. */

import { useId } from "react";
import { type Dataset, getRows } from "../api/datasets.ts";
import { CellView } from "../components/data/cell.tsx";
import { Trouble } from "../components/trouble.tsx";
import { type Cells, isPicture, partOrder } from "../lib/dataset.ts";
import { formatInteger, formatValue } from "../lib/format.ts";
import { useRead } from "../state/read.ts";

interface Props {
  readonly data: Dataset;
  readonly part: string;
  /** Its place in the part. */
  readonly row: number;
  readonly onPick: (next: { readonly part: string; readonly row: number }) => void;
}

const PAGE = 16;

export function RowPicker({ data, part, row, onPick }: Props) {
  const id = useId();
  const total = data.parts[part] ?? 0;
  const first = Math.floor(row / PAGE) * PAGE;
  const query = { part, class: null, version: data.digest };
  const { answer, problem, again } = useRead(`${data.name} ${data.digest} ${part} ${first}`, (signal) =>
    getRows(data.name, query, first, first + PAGE - 1, signal),
  );
  const go = (next: number): void => onPick({ part, row: Math.min(Math.max(0, next), Math.max(0, total - 1)) });
  return (
    <div className="mt-picker">
      <div className="mt-bar">
        <label htmlFor={`${id}-part`}>part</label>
        <select id={`${id}-part`} value={part} onChange={(event) => onPick({ part: event.target.value, row: 0 })}>
          {partOrder(Object.keys(data.parts))
            .filter((one) => (data.parts[one] ?? 0) > 0)
            .map((one) => (
              <option key={one}>{one}</option>
            ))}
        </select>
        <label htmlFor={`${id}-row`}>row</label>
        <input
          id={`${id}-row`}
          type="number"
          min={0}
          max={Math.max(0, total - 1)}
          value={row}
          onChange={(event) => go(Number(event.target.value) || 0)}
        />
        <span className="muted">of {formatInteger(total)}</span>
        <button type="button" onClick={() => go(Math.floor(Math.random() * total))}>
          Any
        </button>
        <span className="grow" />
        <button
          type="button"
          className="quiet"
          aria-label="Earlier rows"
          disabled={first === 0}
          onClick={() => go(first - PAGE)}
        >
          ‹
        </button>
        <button
          type="button"
          className="quiet"
          aria-label="Later rows"
          disabled={first + PAGE >= total}
          onClick={() => go(first + PAGE)}
        >
          ›
        </button>
      </div>
      {problem !== null && <Trouble cause={problem} onRetry={again} small />}
      <ul className="mt-strip">
        {answer === null
          ? Array.from({ length: Math.min(PAGE, total - first) }, (_, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: places have no other name
              <li key={i} className="skeleton" />
            ))
          : answer.rows.map((one, i) => (
              <li key={one.row}>
                <button
                  type="button"
                  aria-pressed={first + i === row}
                  aria-label={`Row ${first + i}${labelOf(one, data) === "" ? "" : `, ${labelOf(one, data)}`}`}
                  onClick={() => go(first + i)}
                >
                  <Look sample={one} />
                  <span>{labelOf(one, data) || formatInteger(first + i)}</span>
                </button>
              </li>
            ))}
      </ul>
    </div>
  );
}

function Look({ sample }: { sample: Cells }) {
  const picture = Object.entries(sample.cells).find(([, cell]) => isPicture(cell));
  return picture === undefined ? null : <CellView cell={picture[1]} name={picture[0]} px={40} />;
}

function labelOf(sample: Cells, data: Dataset): string {
  const cell = sample.cells[data.target[0] ?? ""];
  return cell === null || cell === undefined || isPicture(cell) ? "" : formatValue(cell);
}
