/** A row of tabs: one stop of the Tab key; arrow keys go round, Home and End go to the ends. */

import { useEffect, useRef } from "react";

export interface Tab {
  readonly name: string;
  readonly label: React.ReactNode;
}

interface Props {
  /** What the row is called. */
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly chosen: string;
  readonly onChoose: (name: string) => void;
  /** The element whose content the row chooses; it is labelled by `tabId`. */
  readonly controls?: string;
}

export function Tabs({ label, tabs, chosen, onChoose, controls }: Props) {
  const row = useRef<HTMLDivElement>(null);
  const at = tabs.findIndex((tab) => tab.name === chosen);
  useEffect(() => {
    // Where the row is wider than a phone, the chosen one is to be seen.
    row.current?.children[at]?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [at]);
  return (
    <div
      ref={row}
      role="tablist"
      className="tabs"
      aria-label={label}
      onKeyDown={(event) => {
        const next = nextTab(event.key, at, tabs.length);
        const tab = next === null ? undefined : tabs[next];
        if (next === null || tab === undefined) return;
        event.preventDefault();
        onChoose(tab.name);
        (row.current?.children[next] as HTMLElement | undefined)?.focus();
      }}
    >
      {tabs.map(({ name, label: text }) => (
        <button
          key={name}
          type="button"
          role="tab"
          id={controls && tabId(controls, name)}
          aria-controls={controls}
          aria-selected={name === chosen}
          tabIndex={name === chosen ? 0 : -1}
          onClick={() => onChoose(name)}
        >
          {text}
        </button>
      ))}
    </div>
  );
}

/** Id of the tab that labels what it chose. */
export function tabId(controls: string, name: string): string {
  return `${controls}-${name}`;
}

/** Which of so many tabs a key goes to; `null` when it is no key of theirs. */
export function nextTab(key: string, at: number, count: number): number | null {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (by !== undefined) return (at + by + count) % count;
  return { Home: 0, End: count - 1 }[key] ?? null;
}
