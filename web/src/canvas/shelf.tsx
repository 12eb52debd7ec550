/** The palette: all components by category; a click adds one behind the selection, dragging puts it where it is dropped. */

import { type DragEvent, type KeyboardEvent, useMemo, useRef, useState } from "react";
import type { ComponentSpec, Components, Target } from "../lib/graph.ts";
import { ranked } from "./finder.tsx";

export const DRAGGED = "application/x-gnomon-component";

interface Props {
  readonly components: Components;
  readonly target: Target;
  readonly onAdd: (type: string) => void;
}

export function Shelf({ components, target, onAdd }: Props) {
  const [text, setText] = useState("");
  const list = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const found = useMemo(() => shelved(components, text), [components, text]);
  const first = found[0]?.[1][0];
  const step = (event: KeyboardEvent): void => {
    const all = [...(list.current?.querySelectorAll<HTMLElement>("button") ?? [])];
    const here = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Escape" && here >= 0) field.current?.focus();
    else if (to === -1) field.current?.focus();
    else if (to !== undefined) all[Math.min(to, all.length - 1)]?.focus();
    else return;
    event.preventDefault();
  };
  return (
    <nav className="shelf" aria-label="Components">
      <input
        ref={field}
        type="search"
        className="shelf-find"
        aria-label="Find a component"
        placeholder="Find…"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && first) {
            onAdd(first.type);
            setText("");
          } else if (event.key === "Escape" && text !== "") setText("");
          else if (event.key === "ArrowDown") list.current?.querySelector("button")?.focus();
          else return;
          event.preventDefault();
        }}
      />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the buttons in it have the focus */}
      <div ref={list} className="shelf-list" onKeyDown={step}>
        {found.map(([category, all]) => (
          <section key={category} aria-label={category}>
            <h3>{category}</h3>
            {all.map((one) => (
              <Item key={one.type} one={one} target={target} first={one === first} onAdd={onAdd} />
            ))}
          </section>
        ))}
        {found.length === 0 && components.size > 0 && <p className="muted">Nothing is called that.</p>}
      </div>
    </nav>
  );
}

interface ItemProps {
  readonly one: ComponentSpec;
  readonly target: Target;
  /** The Tab key comes to this one; arrow keys go on. */
  readonly first: boolean;
  readonly onAdd: (type: string) => void;
}

function Item({ one, target, first, onAdd }: ItemProps) {
  const elsewhere = !one.targets.includes(target);
  const [sentence] = one.doc.split("\n\n");
  return (
    <button
      type="button"
      className={elsewhere ? "shelf-item elsewhere" : "shelf-item"}
      title={elsewhere ? `${sentence}\nNot in ${target === "torch" ? "PyTorch" : "Keras"}.` : sentence}
      tabIndex={first ? 0 : -1}
      draggable
      onDragStart={(event: DragEvent) => {
        event.dataTransfer.setData(DRAGGED, one.type);
        event.dataTransfer.effectAllowed = "copy";
      }}
      onClick={() => onAdd(one.type)}
    >
      {one.title}
    </button>
  );
}

/** Components by category, in the order of the palette; with a text those that fit it. */
function shelved(components: Components, text: string): readonly (readonly [string, readonly ComponentSpec[]])[] {
  const all = [...components.values()];
  const wanted = text.trim();
  const fit = wanted === "" ? null : new Set(ranked(all.map(findingOf), wanted).map((one) => one.value));
  const found = new Map<string, ComponentSpec[]>();
  for (const one of all) {
    if (fit && !fit.has(one.type)) continue;
    found.set(one.category, [...(found.get(one.category) ?? []), one]);
  }
  return [...found];
}

export function findingOf(one: ComponentSpec) {
  return { value: one.type, title: one.title, note: one.category, words: `${one.words.join(" ")} ${one.type}` };
}
