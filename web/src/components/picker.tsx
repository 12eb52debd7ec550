/** A field with a list of what may be picked, opened at a button or a point: type to narrow it down, arrow keys, Enter. */

import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { type Choice, holding } from "../lib/choices.ts";

export type { Choice };

export type Search = (text: string, signal: AbortSignal) => Promise<readonly Choice[]>;

interface Props {
  readonly label: string;
  readonly placeholder: string;
  /** The button, which gets the focus back, or a point of the window. */
  readonly anchor: HTMLElement | Point;
  readonly className?: string;
  readonly choices: readonly Choice[];
  /** Whether what is typed may be picked though no choice says it; the word for that. */
  readonly fresh?: string;
  /** Finds what is not among the choices; asked when typing pauses. */
  readonly search?: Search;
  /** Which choices a text finds, the best first. */
  readonly rank?: (choices: readonly Choice[], text: string) => readonly Choice[];
  /** After it was closed. */
  readonly onPick: (value: string) => void;
  readonly onClose: () => void;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const HIGH = 320;
const MARGIN = 8;
const PAUSE_MS = 120;
const NONE: readonly Choice[] = [];

export function Picker(props: Props) {
  const { label, placeholder, anchor, choices, fresh, search, rank = holding, onPick, onClose } = props;
  const box = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const closing = useRef(onClose);
  closing.current = onClose;
  useEffect(() => {
    const popover = box.current;
    if (!popover) return;
    popover.showPopover();
    place(popover, anchor);
    field.current?.focus();
  }, [anchor]);
  useEffect(() => {
    box.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  });
  const { more, busy } = useSearch(search, text.trim());
  const here = useMemo(() => withTyped(rank(choices, text), text, fresh), [rank, choices, text, fresh]);
  const found = [...here, ...more.filter(({ value }) => !choices.some((one) => one.value === value))];
  const leave = (): void => {
    if (anchor instanceof HTMLElement) anchor.focus();
    onClose();
  };
  const pick = (choice: Choice | undefined): void => {
    if (!choice) return;
    leave();
    onPick(choice.value);
  };
  const key = (event: KeyboardEvent): void => {
    event.stopPropagation();
    const last = found.length - 1;
    const to = { ArrowDown: at >= last ? 0 : at + 1, ArrowUp: at <= 0 ? last : at - 1 }[event.key];
    if (to !== undefined) setAt(Math.max(0, to));
    else if (event.key === "Enter") pick(found[at]);
    else if (event.key === "Escape") leave();
    else return;
    event.preventDefault();
  };
  return (
    <div
      ref={box}
      popover="auto"
      className={`menu picker ${props.className ?? ""}`}
      onToggle={(event) => event.newState === "closed" && closing.current()}
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
            onPointerMove={() => i !== at && setAt(i)}
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

/** Below a button, or above it where there is no room; at a point, within the window. */
function place(popover: HTMLElement, anchor: HTMLElement | Point): void {
  const within = (at: number, most: number): string => `${Math.max(MARGIN, Math.min(at, most - MARGIN))}px`;
  const wide = window.innerWidth - popover.offsetWidth;
  if (!(anchor instanceof HTMLElement)) {
    popover.style.left = within(anchor.x, wide);
    popover.style.top = within(anchor.y, window.innerHeight - HIGH);
    return;
  }
  const corner = anchor.getBoundingClientRect();
  const top = corner.bottom + 2;
  popover.style.left = within(corner.left, wide);
  popover.style.top = `${top + 300 > window.innerHeight ? Math.max(MARGIN, corner.top - 302) : top}px`;
}

/** What is typed may be picked itself, where nothing is called so. */
function withTyped(found: readonly Choice[], text: string, fresh: string | undefined): readonly Choice[] {
  const typed = text.trim();
  if (!fresh || typed === "" || found.some((choice) => choice.text === typed)) return found;
  return [...found, { value: typed, text: typed, note: fresh }];
}
