/** Keys as they stand on a keyboard. */

import { Fragment } from "react";
import { caps } from "../lib/shortcuts.ts";

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);

/** A way to press a shortcut: `g r` is two keys, one after the other. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className="keys">
      {caps(keys, MAC).map((cap, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same key may be pressed twice
        <Fragment key={i}>
          {i > 0 && <span className="visually-hidden"> then </span>}
          <kbd>{cap}</kbd>
        </Fragment>
      ))}
    </span>
  );
}
