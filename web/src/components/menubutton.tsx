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
  // A press on the button closes what is open before the click arrives: that must not open it again.
  const pressed = useRef(false);
  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        aria-haspopup="menu"
        aria-expanded={open}
        onPointerDown={() => {
          pressed.current = open;
        }}
        onClick={() => {
          setOpen(!pressed.current);
          pressed.current = false;
        }}
      >
        {children}
      </button>
      {open && button.current && (
        <Menu label={label} anchor={button.current} items={items()} onClose={() => setOpen(false)} />
      )}
    </>
  );
}
