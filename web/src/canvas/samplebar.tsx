/** Which sample previews show: a row of the data, stepped through or chosen from a grid, or one that is made up. */

import "../styles/previews.css";
import { type KeyboardEvent, useContext, useEffect, useRef, useState } from "react";
import { getRows, type RowsPage } from "../api/datasets.ts";
import { CellView } from "../components/data/cell.tsx";
import { useOpener } from "../components/opener.ts";
import { Trouble } from "../components/trouble.tsx";
import { isPicture } from "../lib/dataset.ts";
import { formatInteger, formatValue } from "../lib/format.ts";
import { readRef } from "../lib/graphdata.ts";
import { type Command, useCommands } from "../state/commands.ts";
import type { Previews, PreviewsView } from "../state/previews.ts";
import { useRead } from "../state/read.ts";
import { useStore } from "../state/store.ts";
import { Shows } from "./stripbox.tsx";
import { WeightsButton } from "./weights.tsx";

const PARTS = ["train", "validation", "test"] as const;
const GRID = 24;
const PX = 44;
const MARGIN = 8;

export function SampleBar() {
  const previews = useContext(Shows);
  return previews && <Bar previews={previews} />;
}

function Bar({ previews }: { previews: Previews }) {
  const view = useStore(previews.view);
  const { on, sample, asked, busy, problem } = view;
  const step = (by: number): void => stepped(previews, view, by);
  useCommands(() => commandsOf(previews));
  const { anchor, close, button } = useOpener();
  const made = sample !== null && sample.dataset === "";
  return (
    <div className="sample-bar">
      <button
        type="button"
        className="toggle"
        aria-pressed={on}
        title="What a sample becomes at every node (V)"
        onClick={() => previews.turn(!on)}
      >
        Previews
      </button>
      {on && sample !== null && (
        <>
          <button
            type="button"
            className="quiet"
            aria-label="Previous sample"
            title="Previous sample ([)"
            onClick={() => step(-1)}
          >
            ‹
          </button>
          <button {...button} type="button" className="sample-now" aria-haspopup="dialog" title="Choose a sample">
            {made ? "made-up sample" : wordsOf(sample, asked)}
          </button>
          <button
            type="button"
            className="quiet"
            aria-label="Next sample"
            title="Next sample (])"
            onClick={() => step(1)}
          >
            ›
          </button>
        </>
      )}
      {on && sample !== null && <WeightsButton previews={previews} view={view} />}
      {on && sample === null && problem === null && busy && (
        <span className="muted sample-wait-words" role="status">
          computing…
        </span>
      )}
      {on && sample === null && problem !== null && (
        <button {...button} type="button" className="sample-now" aria-haspopup="dialog">
          none here
        </button>
      )}
      {anchor && <Chooser anchor={anchor} previews={previews} view={view} onClose={close} />}
    </div>
  );
}

type Sample = NonNullable<PreviewsView["sample"]>;

function wordsOf({ part, row, rows, label }: Sample, asked: PreviewsView["asked"]): string {
  const [said] = Object.values(label);
  // What is asked for is told at once; what it is, when the answer is there.
  if (asked && (asked.row !== row || asked.part !== part)) return `${asked.part} ${formatInteger(asked.row + 1)} …`;
  return `${part} ${formatInteger(row + 1)} of ${formatInteger(rows)}${said === undefined ? "" : ` · ${said}`}`;
}

/** A sample further on, round at the ends; of a made-up one another is drawn. */
function stepped(previews: Previews, { sample, asked, seed }: PreviewsView, by: number): void {
  if (sample === null) return;
  if (sample.dataset === "") {
    previews.draw(Math.max(0, seed + by));
    return;
  }
  const { part, row } = asked ?? sample;
  const rows = part === sample.part ? Math.max(1, sample.rows) : Number.MAX_SAFE_INTEGER;
  previews.choose({ dataset: asked?.dataset ?? "", part, row: (row + by + rows) % rows });
}

function anywhere(previews: Previews): void {
  const view = previews.view.get();
  const { sample } = view;
  if (sample === null) return;
  if (sample.dataset === "") previews.draw(Math.floor(Math.random() * 2 ** 31));
  else previews.choose({ dataset: "", part: sample.part, row: Math.floor(Math.random() * Math.max(1, sample.rows)) });
}

function commandsOf(previews: Previews): readonly Command[] {
  const { on } = previews.view.get();
  const one = (
    shortcut: "canvas.previews" | "canvas.before" | "canvas.after" | "canvas.random",
    title: string,
    act: () => void,
  ): Command => ({
    id: shortcut,
    title,
    section: "Canvas",
    shortcut,
    words: "preview sample row",
    act,
  });
  return [
    one("canvas.previews", on ? "Hide previews" : "Show previews", () => previews.turn(!on)),
    ...(on
      ? [
          one("canvas.before", "Previous sample", () => stepped(previews, previews.view.get(), -1)),
          one("canvas.after", "Next sample", () => stepped(previews, previews.view.get(), 1)),
          one("canvas.random", "Any sample", () => anywhere(previews)),
        ]
      : []),
  ];
}

interface ChooserProps {
  readonly anchor: HTMLElement;
  readonly previews: Previews;
  readonly view: PreviewsView;
  readonly onClose: () => void;
}

function Chooser({ anchor, previews, view, onClose }: ChooserProps) {
  const { sample, problem } = view;
  const box = useRef<HTMLDivElement>(null);
  const closing = useRef(onClose);
  closing.current = onClose;
  useEffect(() => {
    const popover = box.current;
    if (!popover) return;
    popover.showPopover();
    const corner = anchor.getBoundingClientRect();
    popover.style.left = `${Math.max(MARGIN, Math.min(corner.left, window.innerWidth - popover.offsetWidth - MARGIN))}px`;
    popover.style.top = `${corner.bottom + 4}px`;
    popover.querySelector<HTMLElement>("button, input")?.focus();
    return () => {
      if (popover.contains(document.activeElement) || document.activeElement === document.body) anchor.focus();
    };
  }, [anchor]);
  const key = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (event.key === "Escape") closing.current();
  };
  return (
    <div
      ref={box}
      popover="auto"
      role="dialog"
      className="menu sample-chooser"
      aria-label="Sample"
      onKeyDown={key}
      onToggle={(event) => event.newState === "closed" && closing.current()}
    >
      {problem !== null && <Trouble cause={problem} small onRetry={() => previews.again()} />}
      {sample !== null && sample.dataset === "" && <MadeUp previews={previews} view={view} why={sample.why} />}
      {sample !== null && sample.dataset !== "" && <OfData previews={previews} view={view} sample={sample} />}
    </div>
  );
}

function MadeUp({ previews, view, why }: { previews: Previews; view: PreviewsView; why: string }) {
  return (
    <>
      <p>
        The sample is noise, made from seed {view.seed}
        {typeof view.step !== "number" && ", as are the weights"}. {why}
      </p>
      <p className="muted">Choose data for the graph, with nothing selected, to see what rows of it become.</p>
      <button type="button" className="small" onClick={() => anywhere(previews)}>
        Draw another
      </button>
    </>
  );
}

function OfData({ previews, view, sample }: { previews: Previews; view: PreviewsView; sample: Sample }) {
  const at = view.asked ?? sample;
  const [page, setPage] = useState(() => Math.floor(at.row / GRID));
  const { name, version } = readRef(sample.dataset);
  const first = page * GRID;
  const { answer, problem } = useRead(`pick ${sample.dataset} ${at.part} ${first}`, (signal) =>
    getRows(name, { part: at.part, class: null, version }, first, first + GRID - 1, signal),
  );
  const choose = (part: string, row: number): void => previews.choose({ dataset: "", part, row });
  const rows = answer?.total ?? sample.rows;
  const last = Math.max(0, Math.ceil(rows / GRID) - 1);
  return (
    <>
      <div className="sample-head">
        {PARTS.map((part) => (
          <button
            key={part}
            type="button"
            className="toggle"
            aria-pressed={part === at.part}
            onClick={() => {
              setPage(0);
              choose(part, 0);
            }}
          >
            {part}
          </button>
        ))}
        <label>
          row{" "}
          <input
            type="number"
            min={1}
            max={rows}
            value={at.row + 1}
            onChange={(event) => {
              const row = Math.round(Number(event.target.value)) - 1;
              if (row < 0 || row >= rows) return;
              setPage(Math.floor(row / GRID));
              choose(at.part, row);
            }}
          />
        </label>
        <button type="button" className="small" title="Any sample (R)" onClick={() => anywhere(previews)}>
          Any
        </button>
      </div>
      {problem !== null && <Trouble cause={problem} small />}
      <Grid answer={answer} first={first} chosen={at.row} onPick={(row) => choose(at.part, row)} />
      <div className="sample-foot">
        <button type="button" className="small" disabled={page === 0} onClick={() => setPage(page - 1)}>
          Before
        </button>
        <span className="muted">
          {rows === 0
            ? "no rows"
            : `${formatInteger(first + 1)}–${formatInteger(Math.min(rows, first + GRID))} of ${formatInteger(rows)}`}
        </span>
        <button type="button" className="small" disabled={page >= last} onClick={() => setPage(page + 1)}>
          After
        </button>
      </div>
    </>
  );
}

interface GridProps {
  readonly answer: RowsPage | null;
  readonly first: number;
  readonly chosen: number;
  readonly onPick: (row: number) => void;
}

/** Pictures side by side; rows without any as lines. */
function Grid({ answer, first, chosen, onPick }: GridProps) {
  if (answer === null) return <div className="skeleton sample-wait" />;
  const picture = answer.columns.find((column) => isPictured(answer, column));
  return (
    <div className={picture === undefined ? "sample-lines" : "sample-grid"}>
      {answer.rows.map(({ cells }, i) => {
        const words = answer.columns
          .filter((column) => !isPictured(answer, column))
          .map((column) => `${column} ${formatValue(cells[column])}`);
        const label = `Row ${formatInteger(first + i + 1)}${words.length > 0 ? `: ${words.join(", ")}` : ""}`;
        return (
          <button
            // biome-ignore lint/suspicious/noArrayIndexKey: rows are known by their place
            key={first + i}
            type="button"
            aria-pressed={first + i === chosen}
            aria-label={label}
            title={label}
            onClick={() => onPick(first + i)}
          >
            {picture === undefined ? words.join("  ") : <CellView cell={cells[picture]} name="" px={PX} />}
          </button>
        );
      })}
    </div>
  );
}

function isPictured({ rows }: RowsPage, column: string): boolean {
  const cell = rows[0]?.cells[column];
  return cell !== null && cell !== undefined && isPicture(cell);
}
