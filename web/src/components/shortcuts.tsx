/** What keys do. */

import { Fragment } from "react";
import { GROUPS, type Group } from "../lib/shortcuts.ts";
import { Dialog } from "./dialog.tsx";
import { Keys } from "./keys.tsx";

export function Shortcuts({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Shortcuts" className="shortcuts-dialog" onClose={onClose}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the list scrolls, and keys must be able to */}
      <section className="shortcuts-list" tabIndex={0} aria-label="Keys and what they do">
        {(GROUPS as readonly Group[]).map(({ title, rows }) => (
          <section key={title} className="shortcuts">
            <h3>{title}</h3>
            <dl>
              {rows.map((row) => (
                <div key={row.what}>
                  <dt>{"id" in row ? <Ways keys={row.keys} /> : <kbd>{row.gesture}</kbd>}</dt>
                  <dd>{row.what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </section>
    </Dialog>
  );
}

function Ways({ keys }: { keys: readonly string[] }) {
  return keys.map((way, i) => (
    <Fragment key={way}>
      {i > 0 && <span className="muted"> or </span>}
      <Keys keys={way} />
    </Fragment>
  ));
}
