/** What is done to the values of one column, and some of them before and after. */

import { useId, useState } from "react";
import { sample } from "../api/datasets.ts";
import { CellView } from "../components/data/cell.tsx";
import { Trouble } from "../components/trouble.tsx";
import type { Augment, Column, ColumnKind, Transform } from "../lib/dataset.ts";
import { formatInteger } from "../lib/format.ts";
import type { Draft } from "../state/draft.ts";
import { useRead } from "../state/read.ts";
import { useStore } from "../state/store.ts";

interface Props {
  readonly draft: Draft;
  readonly column: Column;
  readonly transform: Transform | undefined;
  readonly onChange: (changes: Transform) => void;
}

const NORMALISE = [
  ["none", "as they are"],
  ["scale", "to 0 … 1"],
  ["standard", "mean 0, deviation 1"],
  ["minmax", "lowest 0, highest 1"],
] as const;
const MISSING = [
  ["fill", "fill them in"],
  ["zero", "take 0"],
  ["drop", "leave the row out"],
] as const;
const FLIPS = [
  ["none", "never"],
  ["horizontal", "left to right"],
  ["vertical", "upside down"],
  ["both", "both"],
] as const;
/** Amounts by which pictures are changed, as they are shown: in degrees, in percent, or as they are. */
const AMOUNTS: readonly (readonly [name: keyof Augment, word: string, unit: string, factor: number, most: number])[] = [
  ["rotate", "rotate ±", "°", 1, 180],
  ["shift", "shift ±", "%", 100, 100],
  ["zoom", "zoom ±", "%", 100, 90],
  ["brightness", "brightness ±", "%", 100, 100],
  ["noise", "noise", "", 1, 1],
];
const NUMBERS: readonly ColumnKind[] = ["number", "image", "array"];

export function TransformForm({ draft, column, transform = {}, onChange }: Props) {
  const { name, kind, missing } = column;
  const id = useId();
  const augment = transform.augment ?? {};
  const change = (part: Augment): void => onChange({ augment: { ...augment, ...part } });
  const nothing = !NUMBERS.includes(kind) && kind !== "text" && kind !== "mask" && missing === 0;
  return (
    <div className="ds-transform">
      <fieldset className="ds-transform-fields" aria-label={`What is done to ${name}`}>
        {NUMBERS.includes(kind) && (
          <Choice
            id={`${id}-n`}
            label="normalise"
            value={transform.normalise ?? "none"}
            options={NORMALISE}
            onChange={(normalise) => onChange({ normalise })}
          />
        )}
        {missing > 0 && (
          <Choice
            id={`${id}-m`}
            label={`${formatInteger(missing)} missing`}
            value={transform.missing ?? "fill"}
            options={MISSING}
            onChange={(next) => onChange({ missing: next })}
          />
        )}
        {(kind === "image" || kind === "mask") && <Resize id={`${id}-r`} transform={transform} onChange={onChange} />}
        {kind === "image" && (
          <label className="ds-check">
            <input
              type="checkbox"
              checked={transform.grey === true}
              onChange={(event) => onChange({ grey: event.target.checked })}
            />
            grey
          </label>
        )}
        {kind === "text" && (
          <>
            <Amount
              id={`${id}-v`}
              label="words"
              value={transform.vocabulary ?? 10_000}
              most={1_000_000}
              onChange={(vocabulary) => onChange({ vocabulary: Math.max(3, Math.round(vocabulary)) })}
            />
            <Amount
              id={`${id}-l`}
              label="words of each"
              value={transform.length ?? 128}
              most={65_536}
              onChange={(length) => onChange({ length: Math.max(1, Math.round(length)) })}
            />
          </>
        )}
        {kind === "image" && (
          <fieldset className="ds-augment">
            <legend>each time a row of train is seen, at random</legend>
            <Choice
              id={`${id}-f`}
              label="flip"
              value={augment.flip ?? "none"}
              options={FLIPS}
              onChange={(flip) => change({ flip })}
            />
            {AMOUNTS.map(([part, word, unit, factor, most]) => (
              <Amount
                key={part}
                id={`${id}-${part}`}
                label={word}
                unit={unit}
                value={Number(((Number(augment[part]) || 0) * factor).toPrecision(4))}
                most={most}
                onChange={(amount) => change({ [part]: amount / factor })}
              />
            ))}
          </fieldset>
        )}
        {nothing && <p className="muted">{NOTHING[kind] ?? "Its values are taken as they are."}</p>}
      </fieldset>
      <Strip draft={draft} column={column} />
    </div>
  );
}

const NOTHING: Partial<Record<ColumnKind, string>> = {
  category: "Its classes become whole numbers, in the order in which they stand.",
  time: "Times order rows and split them; a model is given none.",
  boxes: "Boxes go with their pictures: what moves these moves them.",
};

interface ChoiceProps<T extends string> {
  readonly id: string;
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [T, string])[];
  readonly onChange: (value: T) => void;
}

function Choice<T extends string>({ id, label, value, options, onChange }: ChoiceProps<T>) {
  return (
    <span className="ds-field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.target.value as T)}>
        {options.map(([one, word]) => (
          <option key={one} value={one}>
            {word}
          </option>
        ))}
      </select>
    </span>
  );
}

interface AmountProps {
  readonly id: string;
  readonly label: string;
  readonly unit?: string;
  readonly value: number;
  readonly most: number;
  readonly onChange: (value: number) => void;
}

/** A number that is at least 0; what is no number is not taken. */
function Amount({ id, label, unit = "", value, most, onChange }: AmountProps) {
  const [text, setText] = useState<string | null>(null);
  const type = (next: string): void => {
    setText(next);
    const number = Number(next.replace(",", "."));
    if (next.trim() !== "" && number >= 0 && number <= most) onChange(number);
  };
  const wrong = text !== null && !(text.trim() !== "" && Number(text.replace(",", ".")) >= 0 && Number(text) <= most);
  return (
    <span className="ds-field ds-amount">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="text"
        inputMode="decimal"
        aria-invalid={wrong}
        title={wrong ? `A number from 0 to ${most}` : undefined}
        value={text ?? String(value)}
        onChange={(event) => type(event.target.value)}
        onBlur={() => setText(null)}
      />
      {unit}
    </span>
  );
}

function Resize({ id, transform, onChange }: { id: string } & Pick<Props, "onChange"> & { transform: Transform }) {
  const [text, setText] = useState<string | null>(null);
  const shown = transform.resize ? transform.resize.join(" × ") : "";
  const type = (next: string): void => {
    setText(next);
    const sides = next
      .split(/[^0-9]+/)
      .filter(Boolean)
      .map(Number);
    const [height, width = height] = sides;
    if (next.trim() === "") onChange({ resize: null });
    else if (height !== undefined && width !== undefined && height >= 1 && width >= 1 && sides.length < 3)
      onChange({ resize: [height, width] });
  };
  return (
    <span className="ds-field ds-amount">
      <label htmlFor={id}>resize to</label>
      <input
        id={id}
        type="text"
        placeholder="no"
        title="Height × width, in pixels; empty leaves them as they are"
        value={text ?? shown}
        onChange={(event) => type(event.target.value)}
        onBlur={() => setText(null)}
      />
    </span>
  );
}

const COUNT = 8;
const PX = 64;

/** Some values of train before and after. */
function Strip({ draft, column }: Pick<Props, "draft" | "column">) {
  const { changes, busy, profile } = useStore(draft.state);
  const asked = JSON.stringify([changes, column.name]);
  // Asked once the server has taken what was said last: what it refuses has no samples.
  const { answer, problem, loading } = useRead(busy ? null : asked, (signal) =>
    sample({ path: draft.path }, changes, column.name, COUNT, signal),
  );
  if (profile === null) return null;
  if (problem !== null) return <Trouble cause={problem} small />;
  return (
    <section className="ds-before" aria-label={`${column.name} before and after`} aria-busy={loading || busy}>
      <table>
        <tbody>
          {(["before", "after"] as const).map((when) => (
            <tr key={when}>
              <th scope="row">{when}</th>
              {(answer?.values ?? Array.from({ length: COUNT }, () => null)).map((value, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: samples have no other name
                <td key={i}>
                  {value === null ? (
                    <span className="ds-blank" />
                  ) : (
                    <CellView cell={value[when]} name={`Row ${value.row} ${when}`} px={PX} />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
