/** A panel of records with its caption: what it shows, at which step, and what can be done with it. */

import { memo, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { KeyRow } from "../../api/records.ts";
import { Trouble } from "../../components/trouble.tsx";
import { useShade } from "../../state/theme.ts";
import { type Media, type MediaRun, PanelControl, type PanelState } from "./control.ts";
import { fileName } from "./names.ts";
import type { RecordItem, Settings } from "./view.ts";

export interface RecordPanelProps {
  readonly name: string;
  readonly row: KeyRow | null;
  readonly runs: readonly MediaRun[];
  readonly media: Media;
  readonly settings: Settings;
  readonly onSettings: (key: string, changes: Readonly<Record<string, string | null>>) => void;
  readonly onFull: (key: string | null) => void;
  readonly full?: boolean;
}

const BEGINNING: PanelState = { loading: true, problem: null, words: "" };

export const RecordPanel = memo(function RecordPanel(props: RecordPanelProps) {
  const { name, row, runs, media, settings, full = false } = props;
  const slots = {
    body: useRef<HTMLDivElement>(null),
    step: useRef<HTMLSpanElement>(null),
    summary: useRef<HTMLSpanElement>(null),
    note: useRef<HTMLSpanElement>(null),
  };
  const figure = useRef<HTMLElement>(null);
  const control = useRef<PanelControl | null>(null);
  const shown = useRef<readonly RecordItem[]>([]);
  const onSettings = useRef(props.onSettings);
  onSettings.current = props.onSettings;
  const [state, setState] = useState(BEGINNING);
  const shade = useShade();

  // biome-ignore lint/correctness/useExhaustiveDependencies: the refs of the slots never change
  useLayoutEffect(() => {
    const elements = {
      body: slots.body.current as HTMLElement,
      step: slots.step.current as HTMLElement,
      summary: slots.summary.current as HTMLElement,
      note: slots.note.current as HTMLElement,
    };
    const made = new PanelControl(
      elements,
      name,
      media,
      {
        shown: (items) => {
          shown.current = items;
        },
        settings: (changes) => onSettings.current(name, changes),
        state: (next) => setState((before) => (same(before, next) ? before : next)),
      },
      row,
    );
    control.current = made;
    return () => made.destroy();
  }, [name, media]);
  // A dialog gives the focus to the first button, unless something says that it wants it.
  useLayoutEffect(() => {
    if (full) figure.current?.setAttribute("autofocus", "");
  }, [full]);
  useLayoutEffect(() => control.current?.show(runs, row, settings, full), [runs, row, settings, full]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shade` says that the colours changed
  useEffect(() => control.current?.repaint(), [shade]);

  return (
    <figure
      ref={figure}
      tabIndex={full ? -1 : undefined}
      className={full ? "chart record full" : "chart record"}
      aria-label={name}
      onPointerEnter={() => media.linked.active.set(name)}
      onPointerLeave={() => media.linked.active.set(null)}
      onPointerOver={tellWhole}
      onFocus={() => media.linked.active.set(name)}
    >
      <figcaption>
        <span className="chart-name" title={name}>
          {name}
        </span>
        <span className="chart-tools">
          <Tool label={`Previous record of ${name}`} onClick={() => control.current?.move(-1)}>
            <Arrow back />
          </Tool>
          <Tool label={`Next record of ${name}`} onClick={() => control.current?.move(1)}>
            <Arrow />
          </Tool>
          <Tool
            label={`Save ${name} as it was logged`}
            onClick={() => save(name, shown.current, media)}
            title="Save as it was logged"
          >
            save
          </Tool>
          <Tool
            label={full ? "Close the full screen" : `${name} in full screen`}
            onClick={() => props.onFull(full ? null : name)}
            title="Full screen (f)"
          >
            {full ? "close" : "full"}
          </Tool>
        </span>
        <span className="record-step" ref={slots.step} />
      </figcaption>
      <div className="chart-body record-body" aria-busy={state.loading}>
        <div className="record-host" ref={slots.body} />
        {state.loading && <div className="record-skeleton skeleton" aria-hidden="true" />}
        {state.words !== "" && <p className="muted center record-words">{state.words}</p>}
        {state.problem !== null && <Trouble cause={state.problem} onRetry={() => control.current?.retry()} small />}
      </div>
      <div className="chart-foot">
        <span className="record-summary" ref={slots.summary} />
        <span className="record-note" ref={slots.note} />
      </div>
    </figure>
  );
});

/** A line that is cut is told whole to who points at it. */
function tellWhole({ target }: { target: EventTarget }): void {
  if (!(target instanceof HTMLElement) || !target.matches(".viewer-facts, .record-note, .tile-head .name")) return;
  target.title = target.scrollWidth > target.clientWidth ? (target.textContent ?? "") : "";
}

interface ToolProps {
  readonly label: string;
  readonly title?: string;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

function Tool({ label, title, onClick, children }: ToolProps) {
  return (
    <button type="button" onClick={onClick} aria-label={label} title={title ?? label}>
      {children}
    </button>
  );
}

function Arrow({ back = false }: { back?: boolean }) {
  return (
    <svg viewBox="0 0 8 10" width="8" height="10" aria-hidden="true">
      <path d={back ? "M6 1 2 5l4 4" : "M2 1l4 4-4 4"} fill="none" stroke="currentColor" strokeWidth="1.4" />
    </svg>
  );
}

function same(a: PanelState, b: PanelState): boolean {
  return a.loading === b.loading && a.problem === b.problem && a.words === b.words;
}

/** Download what is shown, each record under a name that tells whose it is. */
function save(key: string, items: readonly RecordItem[], media: Media): void {
  for (const { run, record } of items) {
    const link = document.createElement("a");
    link.href = media.reader.dataUrl(run.id, record.id);
    link.download = items.length === 1 ? fileName(key, record) : `${run.name}-${fileName(key, record)}`;
    link.click();
  }
}
