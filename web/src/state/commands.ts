/** What can be done here: every page says it while it is shown, the palette lists it, and keys of the table do it. */

import { useEffect, useRef } from "react";
import { type Binding, chord, matching, type ShortcutId } from "../lib/shortcuts.ts";
import { Store } from "./store.ts";

export interface Command {
  /** Stays the same from visit to visit, so that recent ones can be told. */
  readonly id: string;
  readonly title: string;
  /** Heading it stands under in the palette. */
  readonly section: string;
  /** Stands small behind the title. */
  readonly note?: string;
  /** Found by these words too. */
  readonly words?: string;
  /** Its key in `lib/shortcuts.ts`. */
  readonly shortcut?: ShortcutId;
  /** Only a key: it makes no sense without something under the pointer, or is known by another name. */
  readonly unlisted?: boolean;
  readonly act: () => void;
}

type Source = () => readonly Command[];
const sources: Source[] = [];

/** Offer commands as long as the component is mounted; they are made when somebody asks. */
export function useCommands(make: Source): void {
  const latest = useRef(make);
  latest.current = make;
  useEffect(() => offer(() => latest.current()), []);
}

/** Offer commands until the returned function is called. */
export function offer(source: Source): () => void {
  sources.push(source);
  return () => {
    sources.splice(sources.indexOf(source), 1);
  };
}

/** Everything that can be done now; what was mounted last stands first. */
export function commands(): readonly Command[] {
  return sources.toReversed().flatMap((source) => source());
}

/** Whether the palette, the shortcuts or the settings are open. */
export const open = new Store<"palette" | "help" | "settings" | null>(null);

/** Whether keys are text right now. */
export function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  // An editor in a shadow root is seen from here as its host.
  if (target.dataset.typing !== undefined) return true;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "range", "button"].includes(target.type);
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

const SEQUENCE_MS = 1500;

/**
 * Turn key presses into commands. Returns how to stop.
 *
 * The element in focus comes first: what it has dealt with is no shortcut. The second key of a sequence belongs to the
 * sequence, whatever it means alone.
 */
export function listen(): () => void {
  let begun: { readonly presses: readonly string[]; readonly at: number } | null = null;
  const take = (event: KeyboardEvent, presses: readonly string[]): boolean => {
    const act = wanted(matching(presses).found, event);
    if (!act) return false;
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
    return true;
  };
  const early = (event: KeyboardEvent): void => {
    const press = chord(event);
    const before = begun && event.timeStamp - begun.at < SEQUENCE_MS ? begun.presses : null;
    if (press === "") return;
    begun = null;
    if (before && !typing(event.target)) take(event, [...before, press]);
    // What works while typing must come before the field, which may know the key too.
    else if (matching([press]).found.some((one) => one.always)) take(event, [press]);
  };
  const late = (event: KeyboardEvent): void => {
    const press = chord(event);
    if (event.defaultPrevented || press === "" || typing(event.target)) return;
    if (take(event, [press])) return;
    if (matching([press]).more && !modal()) begun = { presses: [press], at: event.timeStamp };
  };
  window.addEventListener("keydown", early, true);
  window.addEventListener("keydown", late);
  return () => {
    window.removeEventListener("keydown", early, true);
    window.removeEventListener("keydown", late);
  };
}

function wanted(found: readonly Binding[], event: KeyboardEvent): (() => void) | undefined {
  const ids = new Set(found.filter((one) => one.always || !typing(event.target)).map((one) => one.id));
  if (ids.size === 0 || (modal() && !found.some((one) => one.always))) return undefined;
  return commands().find((command) => command.shortcut !== undefined && ids.has(command.shortcut))?.act;
}

/** A window is open that takes all keys; one that only enlarges a part of the page leaves them to the page. */
function modal(): boolean {
  return document.querySelector("dialog:modal:not([data-keys])") !== null;
}
