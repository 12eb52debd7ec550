/** Times that tick. */

import { formatAge, formatAgo, formatDuration, formatMoment } from "../lib/time.ts";
import { useNow } from "../state/clock.ts";

/** `4 min`, or `4 min ago` in a sentence; the moment itself on hover. */
export function Age({ at, ago = false }: { at: number; ago?: boolean }) {
  const text = useNow((now) => (ago ? formatAgo(now - at) : formatAge(now - at)));
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={formatMoment(at)}>
      {text}
    </time>
  );
}

/** How long something took, or has been taking. */
export function Duration({ from, to }: { from: number; to: number | null }) {
  const text = useNow((now) => formatDuration((to ?? now) - from));
  return <span className="number">{text}</span>;
}
