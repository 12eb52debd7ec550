/** A list of actions that opens at a button: arrow keys go through it, Escape closes it and gives the focus back. */

import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";

export type MenuItem =
  | {
      readonly label: string;
      readonly act: () => void;
      /** Which of several holds, or whether something is on. */
      readonly checked?: boolean;
      readonly disabled?: boolean;
      /** Stands small at the right: a key, or a number. */
      readonly note?: ReactNode;
      readonly danger?: boolean;
    }
  | { readonly heading: string }
  | "line";

interface Props {
  readonly label: string;
  /** What it opens at. */
  readonly anchor: HTMLElement;
  readonly items: readonly MenuItem[];
  readonly onClose: () => void;
}

const MARGIN_PX = 8;

export function Menu({ label, anchor, items, onClose }: Props) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const menu = list.current;
    if (!menu) return;
    menu.showPopover();
    place(menu, anchor);
    (menu.querySelector<HTMLElement>("[role]:not([aria-disabled=true])") ?? menu).focus();
    return () => {
      // Only where nothing else took it: a dialog that an action opened keeps the focus.
      if (menu.contains(document.activeElement) || document.activeElement === document.body) anchor.focus();
    };
  }, [anchor]);
  const key = (event: KeyboardEvent): void => {
    const all = [...(list.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
    const here = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: all.length - 1 }[event.key];
    event.stopPropagation();
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      anchor.focus();
      onClose();
    } else if (to !== undefined) {
      event.preventDefault();
      all[(to + all.length) % all.length]?.focus();
    } else if (event.key.length === 1 && event.key !== " ") {
      const rest = [...all.slice(here + 1), ...all.slice(0, here + 1)];
      rest.find((item) => item.textContent?.trim().toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
    }
  };
  return (
    <div
      ref={list}
      popover="auto"
      role="menu"
      tabIndex={-1}
      className="menu"
      aria-label={label}
      onKeyDown={key}
      onToggle={(event) => event.newState === "closed" && onClose()}
    >
      {items.map((item, i) =>
        item === "line" ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no name
          <hr key={i} />
        ) : "heading" in item ? (
          <div key={item.heading} className="menu-heading" role="presentation">
            {item.heading}
          </div>
        ) : (
          <button
            type="button"
            key={item.label}
            {...roleOf(item.checked)}
            aria-disabled={item.disabled ?? false}
            tabIndex={-1}
            className={item.danger ? "danger" : undefined}
            onClick={(event) => {
              event.stopPropagation();
              if (item.disabled) return;
              anchor.focus();
              onClose();
              item.act();
            }}
          >
            <span className="menu-mark" aria-hidden="true">
              {item.checked ? "✓" : ""}
            </span>
            <span className="menu-label">{item.label}</span>
            {item.note !== undefined && <small>{item.note}</small>}
          </button>
        ),
      )}
    </div>
  );
}

function roleOf(checked: boolean | undefined) {
  return checked === undefined ? { role: "menuitem" } : { role: "menuitemcheckbox", "aria-checked": checked };
}

/** Below the anchor, or above it where there is no room; always on the screen. */
function place(menu: HTMLElement, anchor: HTMLElement): void {
  const at = anchor.getBoundingClientRect();
  const [wide, high] = [menu.offsetWidth, menu.offsetHeight];
  const below = at.bottom + 2;
  const top = below + high + MARGIN_PX <= window.innerHeight ? below : Math.max(MARGIN_PX, at.top - 2 - high);
  menu.style.left = `${Math.max(MARGIN_PX, Math.min(at.left, window.innerWidth - wide - MARGIN_PX))}px`;
  menu.style.top = `${top}px`;
}
