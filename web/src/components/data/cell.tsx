/** What one cell of a data set holds. */

import { type Cell, isPicture, pictureSource } from "../../lib/dataset.ts";
import { formatNumber, MISSING } from "../../lib/format.ts";

export function CellView({ cell, name, px }: { cell: Cell | undefined; name: string; px: number }) {
  if (cell === null || cell === undefined) return <span className="muted">{MISSING}</span>;
  if (isPicture(cell)) {
    const scale = Math.min(px / cell.width, px / cell.height);
    return (
      <img
        className={scale >= 1 ? "ds-picture sharp" : "ds-picture"}
        src={pictureSource(cell.image)}
        width={Math.max(1, Math.round(cell.width * scale))}
        height={Math.max(1, Math.round(cell.height * scale))}
        alt={name}
        title={`${cell.height}×${cell.width}`}
      />
    );
  }
  if (typeof cell === "number") return <span title={String(cell)}>{formatNumber(cell)}</span>;
  // A day is a moment at midnight.
  return <span title={cell}>{cell.replace(/T00:00:00Z$/, "")}</span>;
}
