/** How many runs lie in the ranges, and what to do with them. */

import { formatInteger, plural } from "../../lib/format.ts";
import { MOST_EXPLORED } from "../../state/explored.ts";

interface RangesProps {
  readonly inside: number;
  readonly all: number;
  readonly matched: number;
  readonly some: boolean;
  readonly onSelect: () => void;
  readonly onFilter: () => void;
  readonly onClear: () => void;
}

export function Ranges({ inside, all, matched, some, onSelect, onFilter, onClear }: RangesProps) {
  const drawn =
    matched > all
      ? `the newest ${formatInteger(Math.min(all, MOST_EXPLORED))} of ${formatInteger(matched)} runs`
      : plural(all, "run");
  return (
    <div className="explore-ranges">
      <span role="status">
        {some
          ? `${formatInteger(inside)} of ${drawn}`
          : `${drawn[0]?.toUpperCase()}${drawn.slice(1)}. Drag along an axis to choose a range.`}
      </span>
      <span className="grow" />
      {some && (
        <>
          <button type="button" className="small" disabled={inside === 0} onClick={onSelect}>
            Select them
          </button>
          <button type="button" className="small" onClick={onFilter}>
            Filter to them
          </button>
          <button type="button" className="small" onClick={onClear}>
            Clear
          </button>
        </>
      )}
    </div>
  );
}
