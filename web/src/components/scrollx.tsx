/** What may be wider than its place: it scrolls sideways, by keys too, and the page does not. */

import type { ReactNode } from "react";

export function ScrollX({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys must be able to
    <section className="scroll-x" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
