/** What a view of records is given, and what it tells. One class per kind, in plain TypeScript. */

import type { RecordReader, RecordRow } from "../../api/records.ts";
import type { Style } from "../../lib/colour.ts";
import type { MediaLinked } from "../../state/linked.ts";
import type { Palette } from "../palette.ts";

export type RunStyle = Style;

/** One record of one run. */
export interface RecordItem {
  readonly run: { readonly id: string; readonly name: string; readonly style: RunStyle };
  readonly record: RecordRow;
}

/** Settings of one panel; they live in the address. */
export type Settings = Readonly<Record<string, string>>;

export interface ViewState {
  /** Something is on its way that has never been seen. */
  readonly busy?: boolean;
  /** Why nothing, or not everything, is shown; `null` takes it back. */
  readonly problem?: unknown;
  /** One line for the foot of the panel: "max |d| 0.25". */
  readonly note?: string;
}

export interface RecordViewProps {
  readonly key: string;
  readonly kind: string;
  /** One per shown run that has the key: the newest record at or before the slider's step. Never empty. */
  readonly items: readonly RecordItem[];
  /** All steps of the key, of all shown runs, ascending. */
  readonly steps: readonly number[];
  /** Where the slider stands. */
  readonly step: number;
  readonly settings: Settings;
  /** Change settings; `null` goes back to the default. */
  readonly onSettings: (changes: Readonly<Record<string, string | null>>) => void;
  readonly onState: (state: ViewState) => void;
  /** Fills the screen. */
  readonly full: boolean;
  readonly dark: boolean;
  readonly theme: Palette;
  readonly linked: MediaLinked;
}

export interface RecordView {
  /** Show something else; called with every step, often many times a second. */
  update(props: RecordViewProps): void;
  /** Forget everything; the host is removed by the caller. */
  destroy(): void;
}

/**
 * Make a view inside `host`, which is positioned, has a size of its own, and tells of changes of it by nobody: a view
 * that draws to its size observes it.
 */
export type MakeRecordView = (host: HTMLElement, props: RecordViewProps, reader: RecordReader) => RecordView;
