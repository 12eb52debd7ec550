/** The colour of a run, and its dash where colours ran out. */

import { DASHES, type Style } from "../lib/colour.ts";

export function Swatch({ style }: { style: Style | undefined }) {
  if (!style) return <span className="swatch" aria-hidden="true" />;
  if (style.dash === 0) return <span className={`swatch hue-${style.hue + 1}`} aria-hidden="true" />;
  return (
    <svg className={`swatch-dash ink-${style.hue + 1}`} viewBox="0 0 10 10" aria-hidden="true">
      <path
        d="M0 5h10"
        stroke="currentColor"
        strokeWidth="3"
        strokeDasharray={(DASHES[style.dash] ?? []).map((d) => d / 2).join(" ")}
      />
    </svg>
  );
}
