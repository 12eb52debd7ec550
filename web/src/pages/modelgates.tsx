/** What a version must pass before an alias may point at it, and how one stands before each gate. */

import { type FormEvent, useId, useState } from "react";
import type { Gate, ModelDetail, ModelJudgement, ModelVersion } from "../api/models.ts";
import { formatExact, formatNumber } from "../lib/format.ts";
import {
  figureOrder,
  figuresOf,
  GOALS,
  type Goal,
  gateWords,
  isAlias,
  isOfClass,
  lessIsBetter,
  readBar,
} from "../lib/models.ts";

interface Props {
  readonly model: ModelDetail;
  /** Whose standing is told. */
  readonly version: ModelVersion | null;
  readonly onGates: (gates: readonly Gate[]) => void;
}

export function Gates({ model, version, onGates }: Props) {
  const [adding, setAdding] = useState(false);
  return (
    <section aria-label="Gates" className="md-gates">
      <h2>
        Gates
        {!adding && (
          <button type="button" className="small" onClick={() => setAdding(true)}>
            Add a gate
          </button>
        )}
      </h2>
      {model.gates.length === 0 && !adding && (
        <p className="muted">
          None: an alias may point at any version. A gate says what one must pass first, such as champion: test/accuracy
          ≥ 0.95.
        </p>
      )}
      {model.gates.length > 0 && (
        <ul className="md-gate-list">
          {model.gates.map((gate, at) => (
            <li key={JSON.stringify(gate)}>
              <span>
                <b className="md-alias">{gate.alias}</b> {gateWords(gate)}
              </span>
              <button
                type="button"
                className="quiet"
                aria-label={`Remove the gate ${gate.alias}: ${gateWords(gate)}`}
                onClick={() => onGates(model.gates.filter((_, i) => i !== at))}
              >
                ✕
              </button>
              {version !== null && (
                <JudgementList
                  brief
                  judgements={model.judgements.filter(
                    (one) => one.version === version.number && JSON.stringify(one.gate) === JSON.stringify(gate),
                  )}
                />
              )}
            </li>
          ))}
        </ul>
      )}
      {adding && (
        <GateForm
          model={model}
          onAdd={(gate) => {
            setAdding(false);
            onGates([...model.gates, gate]);
          }}
          onClose={() => setAdding(false)}
        />
      )}
    </section>
  );
}

interface FormProps {
  readonly model: ModelDetail;
  readonly onAdd: (gate: Gate) => void;
  readonly onClose: () => void;
}

function GateForm({ model, onAdd, onClose }: FormProps) {
  const names = figureOrder(model.versions.flatMap((version) => Object.keys(figuresOf(version, model.tests))));
  const first = names.find((name) => !isOfClass(name)) ?? "";
  const [alias, setAlias] = useState(Object.keys(model.aliases)[0] ?? "champion");
  const [metric, setMetric] = useState(first);
  const [goal, setGoal] = useState<Goal>(lessIsBetter(first) ? "<=" : ">=");
  const [text, setText] = useState("");
  const id = useId();
  const value = readBar(text);
  const isGood = isAlias(alias) && metric !== "" && value !== null;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isGood) onAdd({ alias, metric, goal, value });
  };
  return (
    <form className="md-gate-form" aria-label="New gate" onSubmit={submit}>
      <label>
        alias
        <input type="text" autoComplete="off" value={alias} onChange={(event) => setAlias(event.target.value.trim())} />
      </label>
      <label className="grow">
        figure
        <input
          type="text"
          list={id}
          autoComplete="off"
          value={metric}
          onChange={(event) => setMetric(event.target.value.trim())}
        />
      </label>
      <datalist id={id}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <label>
        is
        <select value={goal} onChange={(event) => setGoal(event.target.value as Goal)}>
          {GOALS.map((one) => (
            <option key={one} value={one}>
              {{ ">=": "≥", "<=": "≤", ">": ">", "<": "<" }[one]}
            </option>
          ))}
        </select>
      </label>
      <label>
        bar
        <input
          type="text"
          autoComplete="off"
          placeholder="0.95 or champion"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      <span className="md-gate-answers">
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" className="primary" disabled={!isGood}>
          Add
        </button>
      </span>
      <p className="muted">A number, or an alias whose figure is the bar.</p>
    </form>
  );
}

/** How a version stands: the figure, and what was asked. */
export function JudgementList({
  judgements,
  brief = false,
}: {
  judgements: readonly ModelJudgement[];
  brief?: boolean;
}) {
  return (
    <ul className="md-judgements">
      {judgements.map((one) => (
        <li key={JSON.stringify(one.gate)} className={one.passed ? "md-pass" : "md-fail"}>
          <span aria-hidden="true">{one.passed ? "✓" : "✕"}</span> version {one.version}{" "}
          {one.passed ? "passes" : "does not pass"}
          {brief ? "" : ` ${gateWords(one.gate)}`}
          <span className="muted">
            {one.figure === null ? (
              `: ${one.why || "it has no such figure"}`
            ) : (
              <>
                : it has <Figure value={one.figure} />
              </>
            )}
            {one.figure !== null && one.bar !== null && typeof one.gate.value === "string" && (
              <>
                , {one.gate.value} has <Figure value={one.bar} />
              </>
            )}
            {one.passed &&
              one.bar === null &&
              typeof one.gate.value === "string" &&
              `, ${one.gate.value} is no other version`}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Figure({ value }: { value: number }) {
  return <b title={formatExact(value)}>{formatNumber(value)}</b>;
}
