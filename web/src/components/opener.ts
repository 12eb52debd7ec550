/** What a button does that opens something beside itself. */

import { type RefObject, useRef, useState } from "react";

interface Opener {
  /** The button while what it opens is open. */
  readonly anchor: HTMLButtonElement | null;
  readonly close: () => void;
  readonly button: {
    readonly ref: RefObject<HTMLButtonElement | null>;
    readonly "aria-expanded": boolean;
    readonly onPointerDown: () => void;
    readonly onClick: () => void;
  };
}

export function useOpener(): Opener {
  const ref = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  // A press on the button closes what is open before the click arrives: that must not open it again.
  const pressed = useRef(false);
  return {
    anchor: open ? ref.current : null,
    close: () => setOpen(false),
    button: {
      ref,
      "aria-expanded": open,
      onPointerDown: () => {
        pressed.current = open;
      },
      onClick: () => {
        setOpen(!pressed.current);
        pressed.current = false;
      },
    },
  };
}
