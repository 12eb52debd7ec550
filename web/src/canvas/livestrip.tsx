/** On a card, where a preview would be: the last histogram of what the followed run watched there. */

import { memo } from "react";
import { outline, sayVariable, shownOf, zeroAt } from "../lib/watched.ts";
import { useStore } from "../state/store.ts";
import { following, onCards } from "../state/watched.ts";
import { SIZE, StripBox } from "./stripbox.tsx";

/** What a card shows of the numbers that come out of its node: of a sample, or what a run watched. */
export const CardStrip = memo(function CardStrip({ node }: { node: string }) {
  return useShowsRun() ? <LiveStrip node={node} /> : <StripBox node={node} />;
});

/** Whether cards show what the followed run watched. */
export function useShowsRun(): boolean {
  const what = useStore(onCards);
  return useStore(following) !== null && what === "statistics";
}

function LiveStrip({ node }: { node: string }) {
  const variables = useStore(following)?.variables.get(node);
  const shown = variables && shownOf(variables);
  if (!shown) return null;
  const { width, height } = SIZE;
  const zero = zeroAt(shown, width);
  return (
    <div className="node-strip live-strip" title={sayVariable(shown)}>
      <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true">
        {zero !== null && <path className="live-zero" d={`M${zero.toFixed(1)} 0V${height}`} />}
        <path d={outline(shown.counts, width, height)} />
      </svg>
      <span className="visually-hidden">{sayVariable(shown)}</span>
    </div>
  );
}
