/** A field with a list of what may be picked, opened at a button: type to narrow it down, arrow keys, Enter. */

import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";

export interface Choice {
  readonly value: string;
  readonly text: string;
  readonly note?: string;
}

interface Props {
  readonly label: string;
  readonly placeholder: string;
  readonly anchor: HTMLElement;
  readonly choices: readonly Choice[];
  /** Whether what is typed may be picked though no choice says it; the word for that. */
  readonly fresh?: string;
  readonly onPick: (value: string) => void;
  readonly onClose: () => void;
}

/** A project may have ten thousand keys; typing narrows them down. */
const SHOWN = 60;

export function Picker({ label, placeholder, anchor, choices, fresh, onPick, onClose }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  useEffect(() => {
    const popover = box.current;
    if (!popover) return;
    popover.showPopover();
    const corner = anchor.getBoundingClientRect();
    const top = corner.bottom + 2;
    popover.style.left = `${Math.max(8, Math.min(corner.left, window.innerWidth - popover.offsetWidth - 8))}px`;
    popover.style.top = `${top + 300 > window.innerHeight ? Math.max(8, corner.top - 302) : top}px`;
    field.current?.focus();
  }, [anchor]);
  const found = matches(choices, text, fresh);
  const pick = (choice: Choice | undefined): void => {
    if (!choice) return;
    anchor.focus();
    onPick(choice.value);
    onClose();
  };
  const key = (event: KeyboardEvent): void => {
    event.stopPropagation();
    const last = found.length - 1;
    const to = { ArrowDown: Math.min(at + 1, last), ArrowUp: Math.max(at - 1, 0) }[event.key];
    if (to !== undefined) setAt(to);
    else if (event.key === "Enter") pick(found[at]);
    else if (event.key === "Escape") {
      anchor.focus();
      onClose();
    } else return;
    event.preventDefault();
  };
  return (
    <div
      ref={box}
      popover="auto"
      className="menu picker"
      onToggle={(event) => event.newState === "closed" && onClose()}
    >
      <input
        ref={field}
        type="text"
        role="combobox"
        aria-label={label}
        aria-expanded
        aria-controls={id}
        aria-activedescendant={found.length > 0 ? `${id}-${at}` : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
        placeholder={placeholder}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={key}
      />
      <div role="listbox" id={id} aria-label={label} className="picker-list">
        {found.map((choice, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above hears the keys
          // biome-ignore lint/a11y/useFocusableInteractive: as above
          <div
            key={choice.value}
            role="option"
            id={`${id}-${i}`}
            aria-selected={i === at}
            className="option"
            onPointerMove={() => setAt(i)}
            onClick={() => pick(choice)}
          >
            <span className="menu-label">{choice.text}</span>
            {choice.note && <small>{choice.note}</small>}
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="muted">Nothing is called that.</p>}
    </div>
  );
}

/** Choices that hold what is typed, those that begin with it in front; then what is typed itself. */
function matches(choices: readonly Choice[], text: string, fresh: string | undefined): readonly Choice[] {
  const typed = text.trim();
  const wanted = typed.toLowerCase();
  const starts = (choice: Choice): number => (choice.text.toLowerCase().startsWith(wanted) ? 0 : 1);
  const found = choices
    .filter((choice) => choice.text.toLowerCase().includes(wanted))
    .sort((a, b) => starts(a) - starts(b))
    .slice(0, SHOWN);
  if (!fresh || typed === "" || found.some((choice) => choice.text === typed)) return found;
  return [...found, { value: typed, text: typed, note: fresh }];
}
