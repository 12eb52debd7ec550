/** Media of the shown runs: toolbar, slider, sections of panels, full screen, and the keys that drive them. */

import { useCallback, useEffect, useMemo, useRef } from "react";
import type { KeyRow } from "../../api/records.ts";
import { Dialog } from "../../components/dialog.tsx";
import { SectionGrid } from "../../components/sections.tsx";
import { type MediaState, PANEL_SIZES, type PanelSize, readSettings } from "../../lib/media.ts";
import { matching } from "../../lib/sections.ts";
import { unionOf } from "../../lib/steps.ts";
import { typing, useCommands } from "../../state/commands.ts";
import type { Player } from "../../state/player.ts";
import type { KeysByRun } from "../../state/records.ts";
import { throttled, useStore } from "../../state/store.ts";
import type { Media, MediaRun } from "./control.ts";
import { RecordPanel } from "./panel.tsx";
import { Stepper } from "./stepper.tsx";
import type { Settings } from "./view.ts";

export interface MediaWorkspaceProps {
  readonly keys: KeysByRun;
  readonly runs: readonly MediaRun[];
  readonly media: Media;
  readonly state: MediaState;
  readonly onChange: (changes: Partial<MediaState>, push?: boolean) => void;
  /** Settings of a panel, as they stand in the address. */
  readonly settings: (key: string) => string | null;
  readonly onSettings: (key: string, changes: Readonly<Record<string, string | null>>) => void;
}

/** Height of a row and least width of a panel. */
const SIZES: Readonly<Record<PanelSize, { readonly row: number; readonly least: number }>> = {
  small: { row: 200, least: 220 },
  medium: { row: 312, least: 340 },
  large: { row: 532, least: 620 },
};
const STEPS_MS = 120;
const JUMP = 10;

export function MediaWorkspace(props: MediaWorkspaceProps) {
  const { keys, runs, media, state, onChange, onSettings } = props;
  const rows = useMemo(() => rowsOf(keys, runs), [keys, runs]);
  const names = useMemo(() => [...rows.keys()], [rows]);
  const shown = useMemo(() => matching(names, state.find), [names, state.find]);
  const search = useRef<HTMLInputElement>(null);
  const settings = useSettings(props.settings);
  useSteps(media, rows);
  useMediaKeys(props, shown, search);
  const onFull = useCallback((open: string | null) => onChange({ open }, open !== null), [onChange]);
  const holders = useHolders(keys, runs);
  const panel = (key: string, full = false) => (
    <RecordPanel
      key={key}
      name={key}
      row={rows.get(key) ?? null}
      runs={holders(key)}
      media={media}
      settings={settings(key)}
      onSettings={onSettings}
      onFull={onFull}
      full={full}
    />
  );
  const stepper = <Stepper player={media.player} speed={state.speed} onSpeed={(speed) => onChange({ speed })} />;
  const { row, least } = SIZES[state.size];
  return (
    <div className="charts-side media">
      <div className="toolbar" role="toolbar" aria-label="All panels">
        {stepper}
        <Sizes size={state.size} onSize={(size) => onChange({ size })} />
        <input
          ref={search}
          type="search"
          className="chart-filter"
          placeholder="Filter panels  /"
          aria-label="Filter panels by name, a regular expression"
          value={state.find}
          onChange={(event) => onChange({ find: event.target.value })}
        />
      </div>
      <SectionGrid
        label="Media"
        keys={shown}
        closed={state.folded}
        onFold={(folded) => onChange({ folded })}
        columns={(width) => Math.floor(width / least)}
        rowPx={row}
        notice={shown.length === 0 && <p className="muted pad">No panel matches “{state.find}”.</p>}
      >
        {(key) => panel(key)}
      </SectionGrid>
      {state.open !== null && (
        <Dialog title={state.open} wide bare keys onClose={() => onFull(null)}>
          <div className="full-screen">{panel(state.open, true)}</div>
          {stepper}
        </Dialog>
      )}
    </div>
  );
}

function Sizes({ size, onSize }: { size: PanelSize; onSize: (size: PanelSize) => void }) {
  return (
    <fieldset className="sizes">
      <legend className="visually-hidden">Size of the panels</legend>
      {PANEL_SIZES.map((one) => (
        <button
          key={one}
          type="button"
          className="toggle"
          aria-pressed={one === size}
          aria-label={`${one} panels`}
          title={`${one} panels`}
          onClick={() => onSize(one)}
        >
          {one[0]?.toUpperCase()}
        </button>
      ))}
    </fieldset>
  );
}

/** What each key holds; of several runs, that of the first which has it, over the steps of all. */
function rowsOf(keys: KeysByRun, runs: readonly MediaRun[]): ReadonlyMap<string, KeyRow> {
  const rows = new Map<string, KeyRow>();
  for (const run of runs) {
    for (const [key, row] of Object.entries(keys.get(run.id) ?? {})) {
      const known = rows.get(key);
      if (known)
        rows.set(key, {
          ...known,
          first_step: Math.min(known.first_step, row.first_step),
          last_step: Math.max(known.last_step, row.last_step),
        });
      else rows.set(key, row);
    }
  }
  return rows;
}

/** The runs that have a key; the same array for as long as they are the same. */
function useHolders(keys: KeysByRun, runs: readonly MediaRun[]): (key: string) => readonly MediaRun[] {
  return useMemo(() => {
    const made = new Map<string, readonly MediaRun[]>();
    const has = new Map(runs.map((run) => [run, keys.get(run.id) ?? {}]));
    return (key) => {
      const known = made.get(key);
      if (known) return known;
      const found = runs.filter((run) => Object.hasOwn(has.get(run) ?? {}, key));
      made.set(key, found);
      return found;
    };
  }, [keys, runs]);
}

/** Settings read from their text once, so that a panel sees them change only when they do. */
function useSettings(read: (key: string) => string | null): (key: string) => Settings {
  const known = useRef(new Map<string, { readonly text: string | null; readonly settings: Settings }>());
  return (key) => {
    const text = read(key);
    const before = known.current.get(key);
    if (before && before.text === text) return before.settings;
    const settings = readSettings(text);
    known.current.set(key, { text, settings });
    return settings;
  };
}

/** Steps of what is in sight, and the ends of what is not. */
export function useSteps(media: Media, rows: ReadonlyMap<string, KeyRow>): void {
  useEffect(() => {
    const ends = unionOf([...rows.values()].map((row) => [row.first_step, row.last_step]));
    const gather = (): void => {
      const mine = media.tracks.held.filter((track) => rows.has(track.key));
      const lists = mine.map((track) => track.state.get().rows.map((row) => row.step));
      media.player.setSteps(unionOf([...lists, ends]));
    };
    const soon = throttled(gather, STEPS_MS);
    soon();
    const leave = media.tracks.version.subscribe(soon);
    return () => {
      leave();
      soon.cancel();
    };
  }, [media, rows]);
}

/** Whether an element makes use of arrow keys and space itself. */
function ownsKeys(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest("[data-own-keys], [role=tablist], [role=grid], [role=tree], select")) return true;
  return target instanceof HTMLInputElement && target.type === "range" && target.closest(".stepper") === null;
}

function useMediaKeys(
  { media, state, onChange }: MediaWorkspaceProps,
  shown: readonly string[],
  search: React.RefObject<HTMLInputElement | null>,
): void {
  const { player, linked } = media;
  const { open } = state;
  const full = (): void => {
    const active = linked.active.get();
    if (open !== null) onChange({ open: null });
    else if (active !== null) onChange({ open: active }, true);
  };
  const turn = (by: number): void => {
    if (open === null) return;
    const next = shown[shown.indexOf(open) + by];
    if (next !== undefined) onChange({ open: next });
  };
  const section = "Media";
  useCommands(() => [
    {
      id: "media.search",
      title: "Filter the media",
      section,
      shortcut: "media.search",
      act: () => search.current?.focus(),
    },
    { id: "media.full", title: "Full screen", section, shortcut: "media.full", unlisted: true, act: full },
    {
      id: "media.before",
      title: "Previous panel",
      section,
      shortcut: "media.before",
      unlisted: true,
      act: () => turn(-1),
    },
    { id: "media.after", title: "Next panel", section, shortcut: "media.after", unlisted: true, act: () => turn(1) },
    { id: "media.play", title: "Play", section, words: "pause steps", act: () => player.toggle() },
    { id: "media.first", title: "First step", section, act: () => player.first() },
    { id: "media.newest", title: "Newest step, and follow", section, act: () => player.newest() },
    ...shown.map((key) => ({
      id: `media:${key}`,
      title: key,
      section: "Media keys",
      act: () => onChange({ open: key }, true),
    })),
  ]);
  useStepKeys(player);
}

/** Arrows and space move through the steps unless what is in focus needs them itself. */
export function useStepKeys(player: Player): void {
  useEffect(() => {
    const key = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (ownsKeys(event.target)) return;
      const button = event.target instanceof Element && event.target.closest("button, a, summary") !== null;
      const acts: Record<string, () => void> = {
        ArrowLeft: () => player.move(event.shiftKey ? -JUMP : -1),
        ArrowRight: () => player.move(event.shiftKey ? JUMP : 1),
        Home: () => player.first(),
        End: () => player.newest(),
        ...(button ? {} : { " ": () => player.toggle() }),
      };
      const act = acts[event.key];
      if (!act) return;
      event.preventDefault();
      if (event.key.startsWith("Arrow")) player.pause();
      act();
    };
    document.addEventListener("keydown", key);
    return () => document.removeEventListener("keydown", key);
  }, [player]);
}

/** Hear of the step, for the address: at once when it was chosen, and when playing ends. */
export function usePlayerAddress(media: Media, state: MediaState, onChange: MediaWorkspaceProps["onChange"]): void {
  const { player } = media;
  const playing = useStore(player.playing);
  useEffect(() => {
    player.speed = state.speed;
  }, [player, state.speed]);
  useEffect(() => {
    if (player.at.get() !== state.at) player.go(state.at);
  }, [player, state.at]);
  useEffect(() => {
    const tell = (): void => {
      if (!player.playing.get()) onChange({ at: player.at.get() });
    };
    const soon = throttled(tell, 250);
    if (!playing) soon();
    const leave = player.at.subscribe(soon);
    return () => {
      leave();
      tell();
      soon.cancel();
    };
  }, [player, playing, onChange]);
}
