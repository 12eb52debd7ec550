/** Which line is which, where the run table does not say it already. */

import { Swatch } from "../../components/swatch.tsx";
import { DASHES, type Style } from "../../lib/colour.ts";
import type { Linked } from "../../state/linked.ts";

export interface Entry {
  /** Run or group that it lights; `null` for a metric, which only has a dash. */
  readonly run: string | null;
  readonly name: string;
  readonly style: Style;
}

interface Props {
  readonly lines: readonly Entry[];
  readonly linked: Linked;
  /** Groups whose members are drawn too; `null` where the lines are no groups. */
  readonly expanded: readonly string[] | null;
  readonly onExpand: (group: string) => void;
}

const NAMED = 24;

export function Legend({ lines, linked, expanded, onExpand }: Props) {
  return (
    <ul className="chart-legend" aria-label="Legend">
      {lines.slice(0, NAMED).map(({ run, name, style }) => (
        <li
          key={`${run} ${name}`}
          title={name}
          onPointerEnter={() => linked.hover.set(run)}
          onPointerLeave={() => linked.hover.set(null)}
        >
          {run === null ? (
            <>
              <svg className="metric" viewBox="0 0 22 10" aria-hidden="true">
                <path
                  d="M0 5h22"
                  stroke="currentColor"
                  strokeWidth="2"
                  strokeDasharray={DASHES[style.dash]?.join(" ")}
                />
              </svg>
              {name}
            </>
          ) : expanded === null ? (
            <>
              <Swatch style={style} />
              {name}
            </>
          ) : (
            <button
              type="button"
              aria-pressed={expanded.includes(groupOf(run))}
              title="Show the runs of the group behind its mean"
              onClick={() => onExpand(groupOf(run))}
            >
              <Swatch style={style} />
              {name}
            </button>
          )}
        </li>
      ))}
      {lines.length > NAMED && <li className="muted">{lines.length - NAMED} more</li>}
    </ul>
  );
}

/** The group that a line is the mean of. */
function groupOf(run: string): string {
  return run.replace(/^group /, "");
}
