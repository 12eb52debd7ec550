/** The palette: all components by category; a click adds one behind the selection, dragging puts it where it is dropped. */

import { type DragEvent, type KeyboardEvent, type ReactNode, useMemo, useRef, useState } from "react";
import { ranked } from "../lib/choices.ts";
import type { Components, Target } from "../lib/graph.ts";
import { BLOCKS, type Block, blockKey } from "../lib/graphblock.ts";

export const DRAGGED = "application/x-gnomon-component";

interface Props {
  readonly components: Components;
  readonly blocks: readonly Block[];
  readonly target: Target;
  readonly onAdd: (type: string) => void;
  /** Below the list. */
  readonly foot?: ReactNode;
}

/** What can be added: a component, or a block of several. */
interface Piece {
  /** Type of a component, key of a block. */
  readonly type: string;
  readonly title: string;
  readonly category: string;
  readonly doc: string;
  readonly words: readonly string[];
  readonly targets?: readonly Target[];
}

export function Shelf({ components, blocks, target, onAdd, foot }: Props) {
  const [text, setText] = useState("");
  const list = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const found = useMemo(() => shelved(piecesOf(components, blocks), text), [components, blocks, text]);
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
      {foot}
    </nav>
  );
}

interface ItemProps {
  readonly one: Piece;
  readonly target: Target;
  /** The Tab key comes to this one; arrow keys go on. */
  readonly first: boolean;
  readonly onAdd: (type: string) => void;
}

function Item({ one, target, first, onAdd }: ItemProps) {
  const elsewhere = one.targets?.includes(target) === false;
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

/** Everything that can be added, in the order of the palette: blocks stand before the Code node, which comes last. */
function piecesOf(components: Components, blocks: readonly Block[]): readonly Piece[] {
  // Older versions of own components have no category: nodes may be of them, and nobody adds one.
  const all: readonly Piece[] = [...components.values()].filter((one) => one.category !== "");
  const after = all.findIndex((one) => one.category === "Code");
  const made = blocks.map((one): Piece => ({ ...one, type: blockKey(one), category: BLOCKS }));
  return after < 0 ? [...all, ...made] : [...all.slice(0, after), ...made, ...all.slice(after)];
}

/** Pieces by category, in the order of the palette; with a text those that fit it. */
function shelved(all: readonly Piece[], text: string): readonly (readonly [string, readonly Piece[]])[] {
  const wanted = text.trim();
  const fit = wanted === "" ? null : new Set(ranked(all.map(findingOf), wanted).map((one) => one.value));
  const found = new Map<string, Piece[]>();
  for (const one of all) {
    if (fit && !fit.has(one.type)) continue;
    found.set(one.category, [...(found.get(one.category) ?? []), one]);
  }
  return [...found];
}

export function findingOf(one: Piece) {
  return { value: one.type, text: one.title, note: one.category, words: `${one.words.join(" ")} ${one.type}` };
}

/** A block as the palette and the field above the canvas find it. */
export function blockFinding(block: Block) {
  return findingOf({ ...block, type: blockKey(block), category: BLOCKS });
}
