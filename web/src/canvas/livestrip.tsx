/** Below a card: the last histogram of what the followed run watched there. */

import { memo } from "react";
import { outline, sayVariable, shownOf, zeroAt } from "../lib/watched.ts";
import { useStore } from "../state/store.ts";
import { following } from "../state/watched.ts";

const WIDTH = 148;
const HEIGHT = 16;

export const LiveStrip = memo(function LiveStrip({ node }: { node: string }) {
  const variables = useStore(following)?.variables.get(node);
  const shown = variables && shownOf(variables);
  if (!shown) return null;
  const zero = zeroAt(shown, WIDTH);
  return (
    <div className="live-strip" title={sayVariable(shown)}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} aria-hidden="true">
        {zero !== null && <path className="live-zero" d={`M${zero.toFixed(1)} 0V${HEIGHT}`} />}
        <path d={outline(shown.counts, WIDTH, HEIGHT)} />
      </svg>
      <span className="visually-hidden">{sayVariable(shown)}</span>
    </div>
  );
});
