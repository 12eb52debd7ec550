/** A field with a list below it, opened at a point of the canvas: components to add, ports to connect to. */

import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { fuzzy } from "../lib/fuzzy.ts";

export interface Finding {
  readonly value: string;
  readonly title: string;
  /** Stands small at the right. */
  readonly note?: string;
  /** Found by these words too. */
  readonly words?: string;
}

interface Props {
  readonly label: string;
  readonly placeholder: string;
  /** Where it opens, in pixels of the window. */
  readonly at: { readonly x: number; readonly y: number };
  readonly findings: readonly Finding[];
  readonly onPick: (value: string) => void;
  readonly onClose: () => void;
}

const SHOWN = 60;
const HIGH = 320;
const WIDE = 264;
const MARGIN = 8;

export function Finder({ label, placeholder, at, findings, onPick, onClose }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const found = useMemo(() => ranked(findings, text), [findings, text]);
  const closing = useRef(onClose);
  closing.current = onClose;
  useEffect(() => {
    const popover = box.current;
    if (!popover) return;
    popover.showPopover();
    popover.style.left = `${Math.max(MARGIN, Math.min(at.x, window.innerWidth - WIDE - MARGIN))}px`;
    popover.style.top = `${Math.max(MARGIN, Math.min(at.y, window.innerHeight - HIGH - MARGIN))}px`;
    field.current?.focus();
  }, [at]);
  useEffect(() => {
    box.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  });
  const key = (event: KeyboardEvent): void => {
    event.stopPropagation();
    const last = found.length - 1;
    const to = {
      ArrowDown: chosen >= last ? 0 : chosen + 1,
      ArrowUp: chosen <= 0 ? last : chosen - 1,
    }[event.key];
    if (to !== undefined) setChosen(to);
    else if (event.key === "Enter") {
      const one = found[chosen];
      if (one) onPick(one.value);
    } else if (event.key === "Escape") onClose();
    else return;
    event.preventDefault();
  };
  return (
    <div
      ref={box}
      popover="auto"
      className="menu picker canvas-finder"
      onToggle={(event) => event.newState === "closed" && closing.current()}
    >
      <input
        ref={field}
        type="text"
        role="combobox"
        aria-label={label}
        aria-expanded
        aria-controls={id}
        aria-activedescendant={found.length > 0 ? `${id}-${chosen}` : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
        placeholder={placeholder}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setChosen(0);
        }}
        onKeyDown={key}
      />
      <div role="listbox" id={id} aria-label={label} className="picker-list">
        {found.map((one, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above hears the keys
          // biome-ignore lint/a11y/useFocusableInteractive: as above
          <div
            key={one.value}
            role="option"
            id={`${id}-${i}`}
            aria-selected={i === chosen}
            className="option"
            onPointerMove={() => i !== chosen && setChosen(i)}
            onClick={() => onPick(one.value)}
          >
            <span className="menu-label">{one.title}</span>
            {one.note && <small>{one.note}</small>}
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="muted">Nothing is called that.</p>}
    </div>
  );
}

/** Titles first, then other words that it is known by; without a text all in their order. */
export function ranked(findings: readonly Finding[], text: string): readonly Finding[] {
  const wanted = text.trim();
  if (wanted === "") return findings.slice(0, SHOWN);
  return findings
    .flatMap((one) => {
      const [title, words] = [fuzzy(wanted, one.title), fuzzy(wanted, one.words ?? "")];
      const score = Math.max(title ? title.score + 0.4 : -1, words ? words.score : -1);
      return score < 0 ? [] : [{ one, score }];
    })
    .sort((a, b) => b.score - a.score)
    .slice(0, SHOWN)
    .map(({ one }) => one);
}
