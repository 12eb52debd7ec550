/** A record of a run on a dashboard: the newest of its key, or the one of a step, as its own view shows it. */

import { RecordReader, type RecordRow } from "../../api/records.ts";
import { assignStyles } from "../../lib/colour.ts";
import { MediaLinked } from "../../state/linked.ts";
import { onFrame, onReset, want } from "../../state/live.ts";
import { throttled } from "../../state/store.ts";
import { readPalette } from "../palette.ts";
import { viewerOf } from "../records/index.ts";
import type { MakeRecordView, RecordView, RecordViewProps } from "../records/view.ts";

export interface RecordAsked {
  readonly run: string;
  readonly key: string;
  readonly step: number | null;
}

export interface RecordEvents {
  /** What is shown, in words; "" while there is nothing. */
  told(words: string, problem: unknown): void;
}

const REFRESH_MS = 150;
const LOOK_BACK = 1000;

export class BoardRecord {
  private readonly reader = new RecordReader();
  private readonly linked = new MediaLinked();
  private readonly leave: (() => void)[];
  private readonly soon = throttled(() => void this.read(), REFRESH_MS);
  private asked: RecordAsked | null = null;
  private at: number | null = null;
  private unwish: (() => void) | null = null;
  private row: RecordRow | null = null;
  private view: RecordView | null = null;
  private viewer = "";
  private settings: Record<string, string> = {};
  private turn = 0;

  constructor(
    private readonly host: HTMLElement,
    private readonly events: RecordEvents,
  ) {
    this.leave = [
      onFrame((frame) => {
        if (frame.type === "records" && frame.run === this.asked?.run && this.asked.key in frame.keys) this.soon();
      }),
      onReset(this.soon),
    ];
  }

  show(asked: RecordAsked, at: number | null): void {
    if (JSON.stringify([asked, at]) === JSON.stringify([this.asked, this.at])) return;
    this.asked = asked;
    this.at = at;
    const before = this.unwish;
    this.unwish = want({ projects: [], runs: { [asked.run]: [asked.key] } });
    before?.();
    this.soon();
  }

  repaint(): void {
    this.draw();
  }

  destroy(): void {
    this.turn = Number.NaN;
    this.soon.cancel();
    for (const stop of this.leave) stop();
    this.unwish?.();
    this.view?.destroy();
  }

  private async read(): Promise<void> {
    const { asked, at } = this;
    if (!asked) return;
    const turn = ++this.turn;
    try {
      const found = await this.find(asked, at);
      const viewer = found?.kind ?? "";
      const make = found ? await viewerOf(viewer)() : null;
      if (this.turn !== turn) return;
      this.row = found;
      this.place(viewer, make);
      this.events.told(found ? `step ${found.step} · ${found.summary}` : "", null);
    } catch (cause) {
      if (this.turn === turn) this.events.told("", cause);
    }
  }

  private async find(asked: RecordAsked, at: number | null): Promise<RecordRow | null> {
    const until = asked.step === null ? {} : { last: asked.step };
    const limit = at === null ? 1 : LOOK_BACK;
    const { records } = await this.reader.list(asked.run, asked.key, { ...until, limit, newest: true });
    return records.findLast((record) => at === null || record.time <= at) ?? null;
  }

  private place(viewer: string, make: MakeRecordView | null): void {
    if (viewer !== this.viewer || !make) {
      this.view?.destroy();
      this.view = null;
      this.host.replaceChildren();
      this.viewer = viewer;
    }
    if (!make) return;
    const props = this.props();
    if (!props) return;
    if (this.view) this.view.update(props);
    else this.view = make(this.host, props, this.reader);
  }

  private draw(): void {
    const props = this.props();
    if (props) this.view?.update(props);
  }

  private props(): RecordViewProps | null {
    const { asked, row } = this;
    if (!asked || !row) return null;
    const style = assignStyles([asked.run]).get(asked.run) ?? { hue: 0, dash: 0 };
    return {
      key: asked.key,
      kind: row.kind,
      items: [{ run: { id: asked.run, name: asked.key, style }, record: row }],
      steps: [row.step],
      step: row.step,
      settings: this.settings,
      onSettings: (changes) => {
        const all: Record<string, string | null> = { ...this.settings, ...changes };
        this.settings = Object.fromEntries(
          Object.entries(all).filter((one): one is [string, string] => one[1] !== null),
        );
        this.draw();
      },
      onState: ({ problem }) => problem !== undefined && this.events.told("", problem),
      full: false,
      dark: document.documentElement.dataset.theme === "dark",
      theme: readPalette(this.host),
      linked: this.linked,
    };
  }
}
