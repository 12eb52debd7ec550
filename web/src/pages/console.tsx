/** What a run printed: searched, followed, linked to line by line. */

import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { consoleTextUrl, readConsoleText } from "../api/console.ts";
import type { RunDetail } from "../api/types.ts";
import { CodeBlock } from "../components/copy.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatInteger, plural } from "../lib/format.ts";
import { useCommands } from "../state/commands.ts";
import { ConsoleFeed, type ConsoleState, type FoundState } from "../state/console.ts";
import { recall, remember } from "../state/remember.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { useStore } from "../state/store.ts";
import { type ConsoleLine, ConsoleView } from "../views/console/console.ts";

const WRAP = "console.wrap";

export function ConsolePane({ run }: { run: RunDetail }) {
  const { search } = usePlace();
  const onlyErrors = search.get("stream") === "err";
  const [feed, setFeed] = useState<ConsoleFeed | null>(null);
  useEffect(() => {
    const made = new ConsoleFeed(run.id, onlyErrors ? 1 : null);
    setFeed(made);
    return () => made.destroy();
  }, [run.id, onlyErrors]);
  return feed === null ? null : <Console key={onlyErrors ? "err" : "all"} run={run} feed={feed} />;
}

function Console({ run, feed }: { run: RunDetail; feed: ConsoleFeed }) {
  const { search } = usePlace();
  const state = useStore(feed.state);
  const found = useStore(feed.found);
  const asked = Number(search.get("line"));
  const chosen = Number.isInteger(asked) && asked > 0 ? asked - 1 : null;
  const [follow, setFollow] = useState(chosen === null && run.state === "running");
  const [wrap, setWrap] = useState(() => recall(WRAP) !== "off");
  const [current, setCurrent] = useState<number | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const view = useRef<ConsoleView | null>(null);
  const onlyErrors = search.get("stream") === "err";
  const finding = useMemo(
    () => ({
      text: search.get("find") ?? "",
      regex: search.get("regex") === "on",
      matchCase: search.get("case") === "on",
    }),
    [search],
  );
  const { text, regex, matchCase } = finding;
  useEffect(() => {
    feed.find({ text, regex, matchCase });
    setCurrent(null);
  }, [feed, text, regex, matchCase]);

  const go = useCallback(
    (n: number) => {
      setFollow(false);
      requestAnimationFrame(() => view.current?.reveal(feed.placeOf(n)));
    },
    [feed],
  );
  const choose = useCallback(
    (n: number) => {
      setSearch({ line: String(n + 1) });
      go(n);
    },
    [go],
  );
  const move = useCallback(
    (by: -1 | 1) => {
      const next = neighbour(found.numbers, current, by);
      if (next === null) return;
      setCurrent(next);
      go(next);
    },
    [found.numbers, current, go],
  );
  const { ready } = state;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the line that the page was opened with, once there are lines
  useEffect(() => {
    if (ready && chosen !== null) go(chosen);
  }, [ready]);
  useKeys(input, move);

  if (state.ready && state.total === 0 && state.open.length === 0 && state.problem === null) return <Empty run={run} />;
  const count = state.count + state.open.length;
  return (
    <section className="console" aria-label="Console">
      <div className="console-bar">
        <SearchBox input={input} found={found} current={current} move={move} />
        <label className="toggle">
          <input
            type="checkbox"
            checked={onlyErrors}
            onChange={(event) => setSearch({ stream: event.currentTarget.checked ? "err" : null }, true)}
          />
          stderr only
        </label>
        <label className="toggle">
          <input
            type="checkbox"
            checked={wrap}
            onChange={(event) => {
              setWrap(event.currentTarget.checked);
              remember(WRAP, event.currentTarget.checked ? "on" : "off");
            }}
          />
          wrap
        </label>
        <label className="toggle" title="Stay at the newest line">
          <input type="checkbox" checked={follow} onChange={(event) => setFollow(event.currentTarget.checked)} />
          follow
        </label>
        {state.firstError !== null && (
          <button type="button" className="small console-error" onClick={() => choose(state.firstError as number)}>
            ✕ First error
          </button>
        )}
        <span className="console-count muted">{countText(state, onlyErrors)}</span>
        <CopyAll run={run.id} />
        <a className="button small" href={consoleTextUrl(run.id)} download>
          Download
        </a>
      </div>
      {state.problem !== null && <Trouble cause={state.problem} small />}
      {found.problem !== null && <Trouble cause={found.problem} small />}
      <Lines
        feed={feed}
        state={state}
        count={count}
        finding={finding}
        chosen={chosen}
        current={current}
        wrap={wrap}
        follow={follow}
        view={view}
        onEnd={setFollow}
        onChoose={choose}
      />
    </section>
  );
}

interface LinesProps {
  readonly feed: ConsoleFeed;
  readonly state: ConsoleState;
  readonly count: number;
  readonly finding: FoundState["finding"];
  readonly chosen: number | null;
  readonly current: number | null;
  readonly wrap: boolean;
  readonly follow: boolean;
  readonly view: React.RefObject<ConsoleView | null>;
  readonly onEnd: (at: boolean) => void;
  readonly onChoose: (n: number) => void;
}

function Lines(props: LinesProps) {
  const { feed, state, count, finding, chosen, current, wrap, follow, view, onEnd, onChoose } = props;
  const host = useRef<HTMLDivElement>(null);
  const events = useRef({ onEnd, onChoose });
  events.current = { onEnd, onChoose };
  useLayoutEffect(() => {
    const made = new ConsoleView(host.current as HTMLElement, {
      need: (first, end) => feed.need(first, end),
      atEnd: (at) => events.current.onEnd(at),
      choose: (n) => events.current.onChoose(n),
    });
    view.current = made;
    return () => {
      view.current = null;
      made.destroy();
    };
  }, [feed, view]);
  useLayoutEffect(() => {
    const line = (place: number): ConsoleLine | null => {
      if (place < state.count) return feed.row(place);
      const open = state.open[place - state.count];
      return open ? { n: null, ...open } : null;
    };
    view.current?.update({ count, line, finding, chosen, current, wrap, follow });
  }, [feed, view, state, count, finding, chosen, current, wrap, follow]);
  return <div className="console-host" ref={host} />;
}

function SearchBox({
  input,
  found,
  current,
  move,
}: {
  input: React.RefObject<HTMLInputElement | null>;
  found: FoundState;
  current: number | null;
  move: (by: -1 | 1) => void;
}) {
  const { finding, matched, numbers, busy } = found;
  const at = current === null ? null : numbers.indexOf(current) + 1;
  const said =
    finding.text === ""
      ? ""
      : busy
        ? "…"
        : matched === 0
          ? "no line"
          : at
            ? `${formatInteger(at)} of ${formatInteger(matched)}`
            : plural(matched, "line", "lines");
  return (
    <search className="console-search">
      <input
        ref={input}
        type="search"
        placeholder="Search…"
        aria-label="Search the console"
        title="Search the console (/). Enter: next; Shift+Enter: the one before"
        value={finding.text}
        maxLength={1000}
        spellCheck={false}
        onChange={(event) => setSearch({ find: event.currentTarget.value || null })}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            event.preventDefault();
            move(event.shiftKey ? -1 : 1);
          } else if (event.key === "Escape" && finding.text !== "") {
            event.stopPropagation();
            setSearch({ find: null });
          }
        }}
      />
      <button
        type="button"
        className="small"
        aria-pressed={finding.regex}
        aria-label="Regular expression"
        title="Regular expression"
        onClick={() => setSearch({ regex: finding.regex ? null : "on" })}
      >
        .*
      </button>
      <button
        type="button"
        className="small"
        aria-pressed={finding.matchCase}
        aria-label="Match case"
        title="Match case"
        onClick={() => setSearch({ case: finding.matchCase ? null : "on" })}
      >
        Aa
      </button>
      <button
        type="button"
        className="small"
        aria-label="Match before"
        disabled={numbers.length === 0}
        onClick={() => move(-1)}
      >
        ↑
      </button>
      <button
        type="button"
        className="small"
        aria-label="Next match"
        disabled={numbers.length === 0}
        onClick={() => move(1)}
      >
        ↓
      </button>
      <span className="console-said" role="status">
        {said}
      </span>
    </search>
  );
}

function CopyAll({ run }: { run: string }) {
  const [done, setDone] = useState<"Copy all" | "Copied" | "Not allowed">("Copy all");
  useEffect(() => {
    if (done === "Copy all") return;
    const timer = setTimeout(() => setDone("Copy all"), 1600);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = (): void => {
    readConsoleText(run)
      .then((text) => navigator.clipboard.writeText(text))
      .then(
        () => setDone("Copied"),
        () => setDone("Not allowed"),
      );
  };
  return (
    <button type="button" className="small" onClick={copy}>
      <span aria-live="polite">{done}</span>
    </button>
  );
}

function Empty({ run }: { run: RunDetail }) {
  return (
    <div className="teach">
      <h2>{run.state === "running" ? "Nothing was printed yet" : "This run printed nothing"}</h2>
      <p>
        What Python prints on stdout and stderr is kept here by itself from <code>gnomon.init</code> on; lines appear as
        they end. To keep what C libraries and other programs print too, start the program under gnomon:
      </p>
      <CodeBlock code="gnomon run -- python train.py" what="the command" />
      <p className="muted">
        <code>GNOMON_CONSOLE=off</code> or <code>gnomon.init(console=False)</code> keeps nothing.
      </p>
    </div>
  );
}

function useKeys(input: React.RefObject<HTMLInputElement | null>, move: (by: -1 | 1) => void): void {
  const section = "Console";
  useCommands(() => [
    {
      id: "console.search",
      title: "Search the console",
      section,
      shortcut: "console.search",
      act: () => input.current?.focus(),
    },
    { id: "console.after", title: "Next match", section, shortcut: "console.after", act: () => move(1) },
    { id: "console.before", title: "Previous match", section, shortcut: "console.before", act: () => move(-1) },
  ]);
}

/** The match after or before another, round and round. */
export function neighbour(numbers: readonly number[], current: number | null, by: -1 | 1): number | null {
  if (numbers.length === 0) return null;
  const at = current === null ? (by === 1 ? -1 : 0) : numbers.indexOf(current);
  return numbers[(at + by + numbers.length) % numbers.length] ?? null;
}

function countText({ total, errors, ready }: ConsoleState, onlyErrors: boolean): string {
  if (!ready) return "Reading…";
  const all = plural(total, "line", "lines");
  return onlyErrors ? `${formatInteger(errors)} of ${all}` : all;
}
