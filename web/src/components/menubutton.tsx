/** A button that opens a menu. */

import type { ReactNode } from "react";
import { Menu, type MenuItem } from "./menu.tsx";
import { useOpener } from "./opener.ts";

interface Props {
  readonly label: string;
  readonly className?: string;
  readonly items: () => readonly MenuItem[];
  readonly children: ReactNode;
}

export function MenuButton({ label, className = "text", items, children }: Props) {
  const { anchor, close, button } = useOpener();
  return (
    <>
      <button {...button} type="button" className={className} aria-haspopup="menu">
        {children}
      </button>
      {anchor && <Menu label={label} anchor={anchor} items={items()} onClose={close} />}
    </>
  );
}
