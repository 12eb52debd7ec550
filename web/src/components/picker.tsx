/** A field with a list of what may be picked, opened at a button: type to narrow it down, arrow keys, Enter. */

import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";

export interface Choice {
  readonly value: string;
  readonly text: string;
  readonly note?: string;
}

export type Search = (text: string, signal: AbortSignal) => Promise<readonly Choice[]>;

interface Props {
  readonly label: string;
  readonly placeholder: string;
  readonly anchor: HTMLElement;
  readonly choices: readonly Choice[];
  /** Whether what is typed may be picked though no choice says it; the word for that. */
  readonly fresh?: string;
  /** Finds what is not among the choices; asked when typing pauses. */
  readonly search?: Search;
  readonly onPick: (value: string) => void;
  readonly onClose: () => void;
}

/** A project may have ten thousand keys; typing narrows them down. */
const SHOWN = 60;
const PAUSE_MS = 120;
const NONE: readonly Choice[] = [];

export function Picker({ label, placeholder, anchor, choices, fresh, search, onPick, onClose }: Props) {
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
  const { more, busy } = useSearch(search, text.trim());
  const found = [
    ...matches(choices, text, fresh),
    ...more.filter(({ value }) => !choices.some((c) => c.value === value)),
  ];
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
      {found.length === 0 && <p className="muted">{busy ? "Looking…" : "Nothing is called that."}</p>}
    </div>
  );
}

/** What a search found for a text; nothing while it looks, or where there is no search. */
function useSearch(search: Search | undefined, text: string): { more: readonly Choice[]; busy: boolean } {
  const [found, setFound] = useState<{ readonly text: string; readonly choices: readonly Choice[] }>({
    text: "",
    choices: NONE,
  });
  useEffect(() => {
    if (!search || text === "") return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      search(text, stop.signal).then(
        (choices) => setFound({ text, choices }),
        () => !stop.signal.aborted && setFound({ text, choices: NONE }), // the page says when nobody answers
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [search, text]);
  const known = !search || text === "" || found.text === text;
  return { more: known && search && text !== "" ? found.choices : NONE, busy: !known };
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
