/** Rows of a data set, pictures as a grid and others as a table; only those in sight are there. */

import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import { type Cells, type Column, isPicture } from "../../lib/dataset.ts";
import { formatInteger, formatValue } from "../../lib/format.ts";
import type { Samples } from "../../state/samples.ts";
import { useStore } from "../../state/store.ts";
import { Trouble } from "../trouble.tsx";
import { CellView } from "./cell.tsx";

const TILE = { width: 84, height: 100, px: 72 } as const;
const ROW_PX = 30;
const CELL_PX = 26;

interface Props {
  readonly samples: Samples;
  readonly columns: readonly Column[];
  readonly target: readonly string[];
}

export function SampleGrid({ samples, columns, target }: Props) {
  const { total, problem } = useStore(samples.state);
  const pictures = columns.filter(({ kind }) => kind === "image" || kind === "mask").map(({ name }) => name);
  if (problem !== null && total === null) return <Trouble cause={problem} />;
  if (total === null) return <div className="skeleton ds-samples-wait" />;
  if (total === 0) return <p className="muted ds-none">No row is in this part and of this class.</p>;
  const first = pictures[0];
  return first !== undefined && columns.length <= pictures.length + 3 ? (
    <Tiles samples={samples} total={total} pictures={pictures} columns={columns} target={target} />
  ) : (
    <Rows samples={samples} total={total} columns={columns} />
  );
}

interface TilesProps extends Props {
  readonly total: number;
  readonly pictures: readonly string[];
}

function Tiles({ samples, total, pictures, columns, target }: TilesProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const { chunks } = useStore(samples.state);
  const wide = TILE.width * pictures.length;
  const across = Math.max(1, Math.floor(width / wide));
  const lines = useVirtualizer({
    count: Math.ceil(total / across),
    getScrollElement: () => box.current,
    estimateSize: () => TILE.height,
    overscan: 2,
  });
  const seen = lines.getVirtualItems();
  useNeed(samples, (seen[0]?.index ?? 0) * across, ((seen.at(-1)?.index ?? 0) + 1) * across - 1, chunks);
  const label = columns.find(({ name }) => target.includes(name) && !pictures.includes(name))?.name ?? null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys must be able to
    <section ref={box} className="ds-samples" tabIndex={0} aria-label={`${formatInteger(total)} samples`}>
      <ul className="ds-tiles" style={{ height: lines.getTotalSize() }}>
        {seen.flatMap((line) =>
          Array.from({ length: Math.min(across, total - line.index * across) }, (_, i) => {
            const index = line.index * across + i;
            const place = { transform: `translate(${i * wide}px, ${line.start}px)`, width: wide - 8 };
            return <Tile key={index} style={place} sample={samples.row(index)} pictures={pictures} label={label} />;
          }),
        )}
      </ul>
    </section>
  );
}

interface TileProps {
  readonly style: React.CSSProperties;
  readonly sample: Cells | null;
  readonly pictures: readonly string[];
  readonly label: string | null;
}

function Tile({ style, sample, pictures, label }: TileProps) {
  if (sample === null) return <li className="ds-tile waiting" style={style} />;
  const said = label === null ? "" : words(sample, label);
  return (
    <li className="ds-tile" style={style} title={`Row ${formatInteger(sample.row)}, ${sample.part}`}>
      <span className="ds-tile-pictures">
        {pictures.map((name) => (
          <CellView key={name} cell={sample.cells[name]} name={said ? `${name} of ${said}` : name} px={TILE.px} />
        ))}
      </span>
      <span className="ds-tile-words">
        <i className={`ds-part ${sample.part}`} aria-hidden="true" />
        {said || formatInteger(sample.row)}
      </span>
    </li>
  );
}

function words(sample: Cells, column: string): string {
  const cell = sample.cells[column];
  return cell === null || cell === undefined || isPicture(cell) ? "–" : formatValue(cell);
}

function Rows({ samples, total, columns }: Omit<TilesProps, "pictures" | "target">) {
  const box = useRef<HTMLDivElement>(null);
  const { chunks } = useStore(samples.state);
  const lines = useVirtualizer({
    count: total,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
  });
  const seen = lines.getVirtualItems();
  useNeed(samples, seen[0]?.index ?? 0, seen.at(-1)?.index ?? 0, chunks);
  const before = seen[0]?.start ?? 0;
  const after = lines.getTotalSize() - (seen.at(-1)?.end ?? 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys must be able to
    <section ref={box} className="ds-samples" tabIndex={0} aria-label={`${formatInteger(total)} samples`}>
      <table className="ds-rows" aria-rowcount={total + 1}>
        <thead>
          <tr>
            <th scope="col" className="number">
              row
            </th>
            <th scope="col">part</th>
            {columns.map(({ name, kind }) => (
              <th key={name} scope="col" className={kind === "number" ? "number key" : "key"}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <tr style={{ height: before }} />}
          {seen.map(({ index }) => (
            <OneRow key={index} at={index} sample={samples.row(index)} columns={columns} />
          ))}
          {after > 0 && <tr style={{ height: after }} />}
        </tbody>
      </table>
    </section>
  );
}

function OneRow({ at, sample, columns }: { at: number; sample: Cells | null; columns: readonly Column[] }) {
  return (
    <tr aria-rowindex={at + 2}>
      <td className="number muted">{sample === null ? "…" : formatInteger(sample.row)}</td>
      <td className="muted">{sample?.part}</td>
      {columns.map(({ name, kind }) => (
        <td key={name} className={kind === "number" ? "number" : undefined}>
          {sample !== null && <CellView cell={sample.cells[name]} name={name} px={CELL_PX} />}
        </td>
      ))}
    </tr>
  );
}

/** Ask for what came into sight, also when what was there had to go. */
function useNeed(samples: Samples, first: number, last: number, chunks: unknown): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: chunks may have been taken away
  useEffect(() => samples.need(first, last), [samples, first, last, chunks]);
}

function useWidth(box: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return width;
}
