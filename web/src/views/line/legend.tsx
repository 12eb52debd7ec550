/** Which line is which, where the run table does not say it already. */

import { Swatch } from "../../components/swatch.tsx";
import type { Style } from "../../lib/colour.ts";
import type { Linked } from "../../state/linked.ts";

interface Props {
  readonly lines: readonly { readonly run: string; readonly name: string; readonly style: Style }[];
  readonly linked: Linked;
}

const NAMED = 24;

export function Legend({ lines, linked }: Props) {
  return (
    <ul className="chart-legend" aria-label="Legend">
      {lines.slice(0, NAMED).map(({ run, name, style }) => (
        <li
          key={`${run} ${name}`}
          title={name}
          onPointerEnter={() => linked.hover.set(run)}
          onPointerLeave={() => linked.hover.set(null)}
        >
          <Swatch style={style} />
          {name}
        </li>
      ))}
      {lines.length > NAMED && <li className="muted">{lines.length - NAMED} more</li>}
    </ul>
  );
}
