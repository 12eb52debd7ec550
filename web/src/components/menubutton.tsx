/** A button that opens a menu. */

import { type ReactNode, useRef, useState } from "react";
import { Menu, type MenuItem } from "./menu.tsx";

interface Props {
  readonly label: string;
  readonly className?: string;
  readonly items: () => readonly MenuItem[];
  readonly children: ReactNode;
}

export function MenuButton({ label, className = "text", items, children }: Props) {
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  // A press on the button closes the menu before the click arrives: it must not open it again.
  const closed = useRef(0);
  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={(event) => setOpen(event.timeStamp - closed.current > 200)}
      >
        {children}
      </button>
      {open && button.current && (
        <Menu
          label={label}
          anchor={button.current}
          items={items()}
          onClose={() => {
            closed.current = performance.now();
            setOpen(false);
          }}
        />
      )}
    </>
  );
}
