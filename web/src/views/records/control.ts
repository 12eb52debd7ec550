/** Joins one panel to its records: the tracks below, the view above, the slider beside. */

import type { KeyRow, RecordReader, RecordRow } from "../../api/records.ts";
import { formatInteger, plural } from "../../lib/format.ts";
import { indexAt, unionOf, upcoming } from "../../lib/steps.ts";
import type { MediaLinked } from "../../state/linked.ts";
import type { Player } from "../../state/player.ts";
import type { Track, Tracks } from "../../state/tracks.ts";
import { readPalette } from "../palette.ts";
import { write } from "./dom.ts";
import { viewerName, viewerOf } from "./index.ts";
import type { MakeRecordView, RecordItem, RecordView, RecordViewProps, RunStyle, Settings } from "./view.ts";

export interface MediaRun {
  readonly id: string;
  readonly name: string;
  readonly style: RunStyle;
}

/** What the panels of a page share. */
export interface Media {
  readonly reader: RecordReader;
  readonly tracks: Tracks;
  readonly player: Player;
  readonly linked: MediaLinked;
}

/** Elements of the panel that change with every step, and so are written without React. */
export interface PanelSlots {
  readonly body: HTMLElement;
  readonly step: HTMLElement;
  readonly summary: HTMLElement;
  readonly note: HTMLElement;
}

export interface PanelEvents {
  /** The records that are shown now. */
  shown(items: readonly RecordItem[]): void;
  settings(changes: Readonly<Record<string, string | null>>): void;
  state(state: PanelState): void;
}

export interface PanelState {
  /** Nothing was shown yet. */
  readonly loading: boolean;
  readonly problem: unknown;
  /** In place of the view. */
  readonly words: string;
}

/** Somebody who drags on has no use for the neighbours of what he passes. */
const REST_MS = 30;

export class PanelControl {
  private runs: readonly MediaRun[] = [];
  private settings: Settings = {};
  private full = false;
  private readonly held = new Map<string, { readonly track: Track; readonly leave: () => void }>();
  private view: RecordView | null = null;
  private viewHost: HTMLElement | null = null;
  private viewer = "";
  private steps: readonly number[] = [];
  private items: readonly RecordItem[] = [];
  private busy = false;
  private problem: unknown = null;
  private gone = false;
  private rest: ReturnType<typeof setTimeout> | null = null;
  /** The step at which the panel rested before. */
  private before: number | null = null;
  private readonly leave: (() => void)[];

  constructor(
    private readonly slots: PanelSlots,
    readonly key: string,
    private readonly media: Media,
    private readonly events: PanelEvents,
    private row: KeyRow | null,
  ) {
    this.leave = [media.player.step.subscribe(() => this.draw())];
  }

  show(runs: readonly MediaRun[], row: KeyRow | null, settings: Settings, full: boolean): void {
    this.runs = runs;
    this.row = row;
    this.settings = settings;
    this.full = full;
    this.follow();
    this.draw();
  }

  repaint(): void {
    this.draw();
  }

  retry(): void {
    this.problem = null;
    // A view that failed begins anew.
    this.drop();
    for (const { track } of this.held.values()) void track.load();
    this.draw();
  }

  /** Move the slider to the previous or the next record of this panel. */
  move(by: number): void {
    const { player } = this.media;
    const now = player.step.get();
    const found = by < 0 ? this.steps.findLast((step) => step < now) : this.steps.find((step) => step > now);
    if (found !== undefined) player.go(found);
  }

  destroy(): void {
    this.gone = true;
    if (this.rest !== null) clearTimeout(this.rest);
    for (const stop of this.leave) stop();
    for (const { leave } of this.held.values()) leave();
    this.held.clear();
    this.drop();
  }

  private follow(): void {
    const ids = new Set(this.runs.map((run) => run.id));
    for (const [id, { leave }] of this.held) {
      if (ids.has(id)) continue;
      leave();
      this.held.delete(id);
    }
    for (const id of ids) {
      if (this.held.has(id)) continue;
      const { track, drop } = this.media.tracks.hold(id, this.key);
      const unhear = track.state.subscribe(() => this.fed());
      this.held.set(id, {
        track,
        leave: () => {
          unhear();
          drop();
        },
      });
    }
    this.fed();
  }

  private fed(): void {
    const lists = [...this.held.values()].map(({ track }) => track.state.get().rows.map((row) => row.step));
    this.steps = unionOf(lists);
    this.draw();
  }

  /** The record of each run at the slider's step, those of one kind. */
  private find(): RecordItem[] {
    const step = this.media.player.step.get();
    const found = this.runs.flatMap((run) => {
      const record = this.held.get(run.id)?.track.at(step);
      return record ? [{ run, record }] : [];
    });
    const kind = found[0]?.record.kind;
    return found.filter((item) => item.record.kind === kind);
  }

  private draw(): void {
    if (this.gone) return;
    this.items = this.find();
    const [first] = this.items;
    this.label();
    if (!first) this.drop();
    else this.give(first.record);
    this.tell();
    this.events.shown(this.items);
    if (this.rest !== null) clearTimeout(this.rest);
    this.rest = setTimeout(() => this.lookAhead(), REST_MS);
  }

  /** Read the neighbours of what is shown, so that the next step of the slider waits for nothing. */
  private lookAhead(): void {
    const step = this.media.player.step.get();
    for (const { run, record } of this.items) {
      const rows = this.held.get(run.id)?.track.state.get().rows ?? [];
      const steps = rows.map((row) => row.step);
      const now = indexAt(steps, record.step);
      for (const place of upcoming(rows.length, now, indexAt(steps, this.before ?? step)))
        this.media.reader.ahead(run.id, rows[place] as RecordRow);
    }
    this.before = step;
  }

  private give(record: RecordRow): void {
    const viewer = viewerName(record.kind, this.row);
    if (viewer === this.viewer) {
      this.view?.update(this.props());
      return;
    }
    this.drop();
    this.viewer = viewer;
    this.busy = true;
    viewerOf(viewer)().then(
      (make) => {
        if (this.gone || this.viewer !== viewer || this.items.length === 0) return;
        this.busy = false;
        this.make(make);
        this.tell();
      },
      (problem: unknown) => {
        this.problem = problem;
        this.busy = false;
        this.tell();
      },
    );
  }

  private make(make: MakeRecordView): void {
    this.viewHost = document.createElement("div");
    this.viewHost.className = "record-view";
    this.slots.body.append(this.viewHost);
    try {
      this.view = make(this.viewHost, this.props(), this.media.reader);
    } catch (problem) {
      this.problem = problem;
    }
  }

  private drop(): void {
    this.view?.destroy();
    this.viewHost?.remove();
    this.view = null;
    this.viewHost = null;
    this.viewer = "";
    this.busy = false;
    this.problem = null;
    write(this.slots.note, "");
  }

  private props(): RecordViewProps {
    return {
      key: this.key,
      kind: this.items[0]?.record.kind ?? "",
      items: this.items,
      steps: this.steps,
      step: this.media.player.step.get(),
      settings: this.settings,
      onSettings: this.events.settings,
      onState: (state) => {
        if (state.busy !== undefined) this.busy = state.busy;
        if (state.problem !== undefined) this.problem = state.problem;
        if (state.note !== undefined) write(this.slots.note, state.note);
        this.tell();
      },
      full: this.full,
      dark: document.documentElement.dataset.theme === "dark",
      theme: readPalette(this.slots.body),
      linked: this.media.linked,
    };
  }

  private label(): void {
    const step = this.media.player.step.get();
    const steps = [...new Set(this.items.map((item) => item.record.step))];
    // What was logged once is as true now as then.
    const other = steps.length === 1 && steps[0] !== step && this.steps.length > 1;
    write(this.slots.step, steps.length === 1 ? `step ${formatInteger(steps[0] as number)}` : "");
    this.slots.step.classList.toggle("other", other);
    this.slots.step.title = other ? `The newest at or before step ${formatInteger(step)}` : "";
    const summaries = [...new Set(this.items.map((item) => item.record.summary))];
    // What one run logged says nothing of the others.
    const said = summaries.length > 1 ? [] : summaries;
    if (this.items.length > 1) said.push(plural(this.items.length, "run"));
    write(this.slots.summary, said.join(" · "));
    this.slots.summary.title = this.items
      .map(({ run, record }) => (this.items.length > 1 ? `${run.name}: ${record.summary}` : record.summary))
      .join("\n");
  }

  private tell(): void {
    const states = [...this.held.values()].map(({ track }) => track.state.get());
    const reading = states.some((state) => state.loading);
    const problem = this.problem ?? states.find((state) => state.problem !== null)?.problem ?? null;
    const nothing = this.items.length === 0 && !reading && problem === null;
    const words = nothing ? this.absence() : "";
    this.events.state({ loading: (reading && this.items.length === 0) || this.busy, problem, words });
  }

  private absence(): string {
    const [first] = this.steps;
    if (first === undefined) return "These runs have no record of this key.";
    return `Nothing yet at this step: the first one is at step ${formatInteger(first)}.`;
  }
}
