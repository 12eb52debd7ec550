/** Everything by its name: runs, metrics, pages, dashboards, views and what can be done here; Ctrl K. */

import { Fragment, type KeyboardEvent, useDeferredValue, useEffect, useId, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { formatInteger, plural } from "../lib/format.ts";
import { pieces, type Ranked, ranked } from "../lib/ranking.ts";
import { commands } from "../state/commands.ts";
import { noteRecent, Reach, readRecent } from "../state/reach.ts";
import { href } from "../state/router.ts";
import { useStore } from "../state/store.ts";
import { Dialog } from "./dialog.tsx";
import { Keys } from "./keys.tsx";
import { allEntries } from "./reachable.ts";
import { Trouble } from "./trouble.tsx";

interface Props {
  readonly project: string | null;
  readonly onClose: () => void;
}

const PAGE = 8;

export function Palette({ project, onClose }: Props) {
  const [text, setText] = useState("");
  // By its name and not by its place: what arrives later must not come under the finger that presses Enter.
  const [chosen, setChosen] = useState<string | null>(null);
  const [reach] = useState(() => new Reach(project));
  const [recent] = useState(readRecent);
  // As the page was when it was asked: the chart in focus loses it to this window.
  const [offered] = useState(commands);
  useEffect(() => () => reach.destroy(), [reach]);
  const found = useStore(reach.found);
  const entries = useMemo(() => allEntries(project, offered, found, recent), [project, offered, found, recent]);
  const asked = useDeferredValue(text);
  const parts = useMemo(
    () =>
      ranked(
        entries,
        asked,
        recent.map((one) => one.id),
      ),
    [entries, asked, recent],
  );
  const shown = parts.flatMap((part) => part.entries);
  const at = Math.max(
    0,
    shown.findIndex((one) => one.entry.id === chosen),
  );
  const active = shown[at];
  const setAt = (place: number): void => setChosen(shown[place]?.entry.id ?? null);
  const first = active?.entry.id ?? null;
  useEffect(() => {
    if (!found.searching && asked === text && chosen === null) setChosen(first);
  }, [found.searching, asked, text, chosen, first]);
  const list = useId();
  const said = status(shown.length, asked, found.matched);
  const choose = ({ entry }: Ranked, elsewhere: boolean): void => {
    noteRecent(entry);
    // The focus is back where it was before the action may move it.
    flushSync(onClose);
    if (elsewhere && entry.path !== undefined) window.open(href(entry.path), "_blank", "noopener");
    else entry.act();
  };
  const key = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE }[event.key];
    if (event.key === "Enter" && active) {
      event.preventDefault();
      choose(active, event.ctrlKey || event.metaKey);
    } else if (by !== undefined && shown.length > 0) {
      event.preventDefault();
      const next = at + by;
      setAt(Math.abs(by) === 1 ? (next + shown.length) % shown.length : Math.max(0, Math.min(shown.length - 1, next)));
    }
  };
  return (
    <Dialog title="Find anything" bare className="palette" onClose={onClose}>
      <div className="palette-head">
        <input
          type="text"
          role="combobox"
          aria-expanded={shown.length > 0}
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={active && `${list}-${shown.indexOf(active)}`}
          aria-label="Find runs, metrics, pages and actions"
          placeholder="Find a run, a metric, a page, an action"
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setChosen(null);
            reach.search(event.target.value);
          }}
          onKeyDown={key}
        />
        <button type="button" className="text" onClick={onClose} aria-label="Close, Esc">
          Esc
        </button>
      </div>
      <div className="palette-list" role="listbox" id={list} aria-label="Found" tabIndex={-1}>
        {parts.map((part) => (
          // biome-ignore lint/a11y/useSemanticElements: options of a listbox are grouped by role
          <div key={part.title} role="group" aria-label={part.title}>
            <div className="palette-title" aria-hidden="true">
              {part.title}
              {part.more > 0 && <span>{formatInteger(part.more)} more</span>}
            </div>
            {part.entries.map((one) => (
              <Option
                key={one.entry.id}
                id={`${list}-${shown.indexOf(one)}`}
                one={one}
                active={one === active}
                onPoint={() => setAt(shown.indexOf(one))}
                onChoose={(elsewhere) => choose(one, elsewhere)}
              />
            ))}
          </div>
        ))}
      </div>
      {shown.length === 0 && !found.searching && <Nothing text={asked} />}
      {found.problem !== null && <Trouble cause={found.problem} />}
      <footer className="palette-foot">
        <span aria-hidden="true">{found.searching ? "Looking among all runs…" : said}</span>
        {/* Told once typing rests, not letter by letter. */}
        <span className="visually-hidden" role="status">
          {found.searching ? "" : said}
        </span>
        <span className="palette-keys" aria-hidden="true">
          <kbd>↑</kbd> <kbd>↓</kbd> choose <kbd>Enter</kbd> open <kbd>Ctrl Enter</kbd> in a new tab
        </span>
      </footer>
    </Dialog>
  );
}

interface OptionProps {
  readonly id: string;
  readonly one: Ranked;
  readonly active: boolean;
  readonly onPoint: () => void;
  readonly onChoose: (elsewhere: boolean) => void;
}

function Option({ id, one, active, onPoint, onChoose }: OptionProps) {
  const { entry, hits } = one;
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (active) element.current?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field takes the keys
    <div
      ref={element}
      id={id}
      role="option"
      aria-selected={active}
      className="palette-option"
      onPointerMove={() => !active && onPoint()}
      onClick={(event) => onChoose(event.ctrlKey || event.metaKey)}
    >
      <span className="palette-name">
        <Marked text={entry.title} hits={hits} />
      </span>
      {entry.note && <span className="palette-note">{entry.note}</span>}
      {entry.keys && <Keys keys={entry.keys} />}
    </div>
  );
}

function Marked({ text, hits }: { text: string; hits: readonly number[] }) {
  return pieces(text, hits).map((piece, i) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text have no other name
    i % 2 === 1 ? <mark key={i}>{piece}</mark> : <Fragment key={i}>{piece}</Fragment>,
  );
}

function Nothing({ text }: { text: string }) {
  return (
    <p className="palette-nothing">
      Nothing here is called “{text.trim()}”. Runs are found in every project, by words of their name or the beginning
      of their id.
    </p>
  );
}

function status(shown: number, text: string, matched: number): string {
  if (text.trim() === "") return "";
  return matched > shown ? plural(matched, "run fits", "runs fit") : plural(shown, "result", "results");
}
