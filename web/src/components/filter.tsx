/** The filter of the run table: completes what is typed, and underlines the character where a mistake was found. */

import { type KeyboardEvent, type Ref, useEffect, useImperativeHandle, useRef, useState } from "react";
import type { Problem } from "../api/client.ts";
import { insert, type Option, optionsOf } from "../lib/completion.ts";
import { useCommands } from "../state/commands.ts";
import type { Completer } from "../state/completer.ts";
import { useStore } from "../state/store.ts";
import { FilterHelp } from "./filterhelp.tsx";
import { withCode } from "./trouble.tsx";

export interface FilterHandle {
  /** Write something at the end, joined with `and` to what stands there, and go on typing. */
  append(text: string): void;
}

interface Props {
  readonly ref: Ref<FilterHandle>;
  /** What the examples of the help are about. */
  readonly name: string;
  readonly value: string;
  readonly problem: Problem | null;
  readonly completer: Completer;
  readonly onChange: (where: string) => void;
}

const PAUSE_MS = 150;
const LIST = "filter-options";

export function FilterBox({ ref, value, problem, completer, onChange }: Props) {
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const [scroll, setScroll] = useState(0);
  const [open, setOpen] = useState(false);
  /** The option under the keys; -1 is none, and Enter then filters. */
  const [at, setAt] = useState(-1);
  const [help, setHelp] = useState(false);
  const answer = useStore(completer.found);
  const found = answer?.text === text ? answer : null;
  const unfinished = found?.completion?.problem ?? null;
  const options = open ? optionsOf(text, found?.completion ?? null, completer.recent()) : [];
  useEffect(() => setText(value), [value]);
  // What cannot be asked yet waits for the rest of its words.
  const ready = text !== value && found !== null && unfinished === null;
  useEffect(() => {
    if (!ready) return;
    const timer = setTimeout(() => onChange(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [ready, text, onChange]);

  const ask = (next: string, caret: number): void => {
    setOpen(true);
    setAt(-1);
    completer.ask(next, caret);
  };
  const write = (next: string, caret: number): void => {
    setText(next);
    ask(next, caret);
    // The caret can be put once the field says the new text.
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(caret, caret);
    });
  };
  const shut = (): void => setOpen(false);
  const use = (where: string): void => {
    shut();
    completer.keep(where);
    setText(where);
    onChange(where);
  };
  const take = (option: Option): void => {
    if (option.whole) use(option.text);
    else write(...insert(text, option));
  };
  useCommands(() => [
    {
      id: "runs.filter",
      title: "Write a filter",
      section: "Run table",
      shortcut: "runs.filter",
      act: () => field.current?.focus(),
    },
  ]);
  useImperativeHandle(ref, () => ({
    append: (added) => {
      const before = text.trim() === "" ? "" : `${text.trim()} and `;
      write(before + added, (before + added).length);
    },
  }));
  const key = (event: KeyboardEvent): void => {
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
    const option = options[at];
    if (event.key === "Escape" && options.length > 0) shut();
    else if (to !== undefined && options.length > 0) setAt(Math.max(-1, Math.min(options.length - 1, to)));
    else if (event.key === "ArrowDown") ask(text, field.current?.selectionStart ?? text.length);
    else if (event.key === "Enter" && option) take(option);
    else if (event.key === "Tab" && option && !event.shiftKey) take(option);
    else if (event.key === "Enter") use(text);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const said = text === value && problem !== null ? problem : options.length === 0 ? unfinished : null;
  const wrong = said !== null;
  return (
    <div className={wrong ? "filter wrong" : "filter"}>
      <div className="filter-field">
        <input
          ref={field}
          type="text"
          id="filter"
          role="combobox"
          value={text}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          placeholder="config.lr < 0.3 and metric.val/acc.max > 0.9"
          aria-label="Filter runs"
          aria-invalid={wrong}
          aria-describedby="filter-problem"
          aria-autocomplete="list"
          aria-expanded={options.length > 0}
          aria-controls={LIST}
          aria-activedescendant={at >= 0 ? `${LIST}-${at}` : undefined}
          onChange={(event) => {
            setText(event.target.value);
            ask(event.target.value, event.target.selectionStart ?? event.target.value.length);
          }}
          onFocus={() => text === "" && ask("", 0)}
          onBlur={() => {
            shut();
            if (value === text && problem === null) completer.keep(value);
          }}
          onScroll={(event) => setScroll(event.currentTarget.scrollLeft)}
          onKeyDown={key}
        />
        {said?.position !== undefined && <Underline text={text} position={said.position} scroll={scroll} />}
        {text !== "" && (
          <button type="button" className="quiet" aria-label="Clear the filter" onClick={() => use("")}>
            ✕
          </button>
        )}
        <button
          type="button"
          className="quiet"
          aria-label="Help with filters"
          aria-haspopup="dialog"
          onClick={() => setHelp(true)}
        >
          ?
        </button>
        <div role="listbox" id={LIST} aria-label="Completions" className="filter-options" hidden={options.length === 0}>
          {options.map((option, i) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field above hears the keys
            // biome-ignore lint/a11y/useFocusableInteractive: as above
            <div
              key={`${option.kind} ${option.text}`}
              role="option"
              id={`${LIST}-${i}`}
              aria-selected={i === at}
              className="option"
              ref={i === at ? intoView : undefined}
              // The field keeps the focus.
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => take(option)}
            >
              <code className="menu-label">{option.text}</code>
              <small>{option.detail}</small>
            </div>
          ))}
        </div>
      </div>
      <div id="filter-problem" className="filter-problem" aria-live="polite">
        {wrong && (
          <>
            <p>{withCode(said.detail)}</p>
            {"hint" in said && said.hint && <p className="muted">{withCode(said.hint)}</p>}
          </>
        )}
      </div>
      {help && <FilterHelp onTry={use} onClose={() => setHelp(false)} />}
    </div>
  );
}

function intoView(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}

/** A wave under what the server stopped at: the word that begins there, or the end. */
function Underline({ text, position, scroll }: { text: string; position: number; scroll: number }) {
  const word = /^\S+/.exec(text.slice(position))?.[0] ?? " ";
  return (
    <div className="filter-wave" aria-hidden="true" data-position={position}>
      <span style={{ marginLeft: -scroll }}>{text.slice(0, position)}</span>
      <u>{word}</u>
    </div>
  );
}
