/** A field for a metric or an expression over several: completes names, and points at the character that is wrong. */

import { type KeyboardEvent, useId, useMemo, useRef, useState } from "react";
import type { LineSpec } from "../lib/arrangement.ts";
import { ExpressionError, FUNCTIONS, parseExpression, quoted, wordBefore } from "../lib/expression.ts";

interface Props {
  readonly label: string;
  readonly keys: readonly string[];
  readonly action: string;
  readonly onAdd: (line: LineSpec) => void;
}

const OFFERED = 8;

interface Offer {
  readonly text: string;
  readonly note: string;
  readonly insert: string;
}

export function ExpressionField({ label, keys, action, onAdd }: Props) {
  const [text, setText] = useState("");
  const [caret, setCaret] = useState(0);
  const [chosen, setChosen] = useState(-1);
  const [open, setOpen] = useState(false);
  const [problem, setProblem] = useState<{ readonly message: string; readonly position: number } | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const known = useMemo(() => new Set(keys), [keys]);
  const { word, start } = wordBefore(text, caret);
  const offers = useMemo(() => (open ? offersFor(word, keys) : []), [open, word, keys]);
  const change = (next: string, at: number): void => {
    setText(next);
    setCaret(at);
    setChosen(-1);
    setProblem(null);
    setOpen(true);
  };
  const pick = (offer: Offer): void => {
    const next = `${text.slice(0, start)}${offer.insert}${text.slice(caret)}`;
    const at = start + offer.insert.length;
    change(next, at);
    setOpen(false);
    requestAnimationFrame(() => input.current?.setSelectionRange(at, at));
    input.current?.focus();
  };
  const add = (): void => {
    try {
      const line = read(text.trim(), known);
      onAdd(line);
      change("", 0);
      setOpen(false);
    } catch (cause) {
      if (!(cause instanceof ExpressionError)) throw cause;
      setOpen(false);
      setProblem({ message: cause.message, position: cause.position + text.length - text.trimStart().length });
    }
  };
  const key = (event: KeyboardEvent<HTMLInputElement>): void => {
    const offer = offers[chosen];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const by = event.key === "ArrowDown" ? 1 : -1;
      setOpen(true);
      setChosen((now) =>
        offers.length === 0 ? -1 : (now + by + offers.length + (now < 0 && by < 0 ? 1 : 0)) % offers.length,
      );
    } else if (event.key === "Enter" || (event.key === "Tab" && offer)) {
      if (offer) pick(offer);
      else add();
    } else if (event.key === "Escape" && offers.length > 0) setOpen(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className={problem ? "expression wrong" : "expression"}>
      <input
        ref={input}
        type="text"
        role="combobox"
        value={text}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        placeholder="train/loss - val/loss"
        aria-label={label}
        aria-expanded={offers.length > 0}
        aria-controls={`${id}-offers`}
        aria-activedescendant={chosen >= 0 ? `${id}-${chosen}` : undefined}
        aria-invalid={problem !== null}
        aria-describedby={`${id}-problem`}
        onChange={(event) => change(event.target.value, event.target.selectionStart ?? event.target.value.length)}
        onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
        onBlur={() => setOpen(false)}
        onKeyDown={key}
      />
      <button type="button" disabled={text.trim() === ""} onClick={add}>
        {action}
      </button>
      <div role="listbox" id={`${id}-offers`} aria-label="Completions" className="offers" hidden={offers.length === 0}>
        {offers.map((offer, i) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field, as a combobox has it
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are those of the field
          <div
            key={offer.text}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === chosen}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => pick(offer)}
          >
            <span>{offer.text}</span>
            <small>{offer.note}</small>
          </div>
        ))}
      </div>
      <div id={`${id}-problem`} className="expression-problem" aria-live="polite">
        {problem && (
          <>
            <div className="filter-caret" aria-hidden="true" data-position={problem.position}>
              <span className="filter-space">{text.slice(0, problem.position)}</span>
              <span className="filter-arrow">▲</span>
            </div>
            <p>{problem.message}</p>
          </>
        )}
      </div>
    </div>
  );
}

/** What was typed: a key where it is one, else an expression over keys that are known. */
function read(text: string, known: ReadonlySet<string>): LineSpec {
  if (known.has(text)) return { key: text };
  const { root, keys } = parseExpression(text);
  const strange = keys.find((one) => !known.has(one));
  if (strange !== undefined) {
    const parts = /^(.+)([/-])(.+)$/.exec(strange);
    const remedy = parts ? ` Between names an operator needs spaces: ${parts[1]} ${parts[2]} ${parts[3]}.` : "";
    throw new ExpressionError(`no drawn run has a series ${strange}.${remedy}`, Math.max(0, text.indexOf(strange)));
  }
  return root.kind === "key" ? { key: root.key } : { expression: text };
}

function offersFor(word: string, keys: readonly string[]): Offer[] {
  const wanted = word.toLowerCase();
  const found: Offer[] = [];
  for (const first of [true, false]) {
    for (const key of keys) {
      if (found.length >= OFFERED) break;
      const low = key.toLowerCase();
      if (low.startsWith(wanted) === first && low.includes(wanted) && key !== word)
        found.push({ text: key, note: "", insert: quoted(key) });
    }
  }
  const functions = Object.entries(FUNCTIONS)
    .filter(([name]) => wanted !== "" && name.startsWith(wanted))
    .map(([name, args]) => ({ text: `${name}(${args.join(", ")})`, note: "function", insert: `${name}(` }));
  return [...functions.slice(0, 4), ...found];
}
