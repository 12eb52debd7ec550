/** One parameter as a row of a form: what it may be, what it is, what is wrong with it, what is suggested. */

import { type FocusEvent, type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { plural } from "../lib/format.ts";
import type { Issue, ParamSpec, Suggestion } from "../lib/graph.ts";
import type { Reason } from "../lib/graphdata.ts";
import { labelOf, rangeOf, readParam, same, showParam, stepped } from "../lib/params.ts";

interface Props {
  readonly spec: ParamSpec;
  /** `undefined` when several nodes differ. */
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
  /** What the server says of it. */
  readonly issues?: readonly Issue[];
  readonly suggestion?: Suggestion | undefined;
  /** Why it has the value that it has, when that was chosen for its user. */
  readonly reason?: Reason | undefined;
  readonly onRefuse?: (reason: Reason) => void;
  /** Axes that one of `sizes` may be given for. */
  readonly axes?: number | null;
  /** Somebody asked for this field: it takes the focus, then tells. */
  readonly wanted?: boolean;
  readonly onWanted?: () => void;
}

export function Field(props: Props) {
  const {
    spec,
    value,
    onChange,
    issues = [],
    suggestion,
    reason,
    onRefuse,
    axes = null,
    wanted = false,
    onWanted,
  } = props;
  const id = useId();
  const row = useRef<HTMLDivElement>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  useEffect(() => {
    if (!wanted) return;
    const field = row.current?.querySelector<HTMLElement>("[data-field]");
    field?.focus();
    if (field instanceof HTMLInputElement) field.select();
    onWanted?.();
  }, [wanted, onWanted]);
  // An undo, or somebody else, may have made good what was typed.
  // biome-ignore lint/correctness/useExhaustiveDependencies: of every new value
  useEffect(() => setWrong(null), [JSON.stringify(value)]);
  const changed = value !== undefined && !same(value, spec.default);
  const told = wrong ?? issues.find((issue) => issue.level !== "tip")?.message ?? null;
  const isError = wrong !== null || issues.some((issue) => issue.level === "error");
  const offered = suggestion && !same(suggestion.value, value) ? suggestion : undefined;
  const control = { id, spec, value, onChange, axes, onWrong: setWrong, invalid: isError, described: `${id}-help` };
  return (
    <div
      ref={row}
      className="field"
      data-changed={changed || undefined}
      data-doc={changed ? `${spec.doc} Default ${showDefault(spec)}.` : spec.doc}
    >
      <span className="field-label">
        <label htmlFor={id} title={spec.doc}>
          {labelOf(spec.name)}
        </label>
        {changed && (
          <button
            type="button"
            className="reset"
            title={`Back to the default: ${showDefault(spec)}`}
            aria-label={`Reset ${labelOf(spec.name)} to ${showDefault(spec)}`}
            onClick={() => onChange(spec.default)}
          >
            ↺
          </button>
        )}
      </span>
      <Control {...control} />
      <div className="field-below" id={`${id}-help`}>
        <span className="visually-hidden">{spec.doc}</span>
        {told !== null && (
          <p className={isError ? "field-wrong bad" : "field-wrong now"}>
            <span aria-hidden="true">{isError ? "✕ " : "▲ "}</span>
            {told}
          </p>
        )}
        {reason && onRefuse && <Because reason={reason} word="refuse" onRefuse={() => onRefuse(reason)} />}
        {offered && (
          <p className="field-offer">
            suggested <b>{showParam(offered.value)}</b>: {offered.why}{" "}
            <button
              type="button"
              className="link"
              aria-label={`Use ${showParam(offered.value)} for ${labelOf(spec.name)}`}
              onClick={() => onChange(offered.value)}
            >
              use
            </button>
          </p>
        )}
      </div>
    </div>
  );
}

/** A reason, and the way to refuse what was chosen for it. */
export function Because({ reason, word, onRefuse }: { reason: Reason; word: string; onRefuse: () => void }) {
  const what = reason.param === "" ? reason.node : labelOf(reason.param);
  return (
    <p className="field-offer because">
      {reason.why}{" "}
      <button
        type="button"
        className="link"
        title={reason.param === "" ? "Take the node out" : "Back to the default"}
        onClick={onRefuse}
      >
        {word}
        <span className="visually-hidden"> {what}</span>
      </button>
    </p>
  );
}

function showDefault(spec: ParamSpec): string {
  return spec.default === null ? "none" : spec.default === "" ? "empty" : showParam(spec.default);
}

interface ControlProps {
  readonly id: string;
  readonly spec: ParamSpec;
  readonly value: unknown;
  readonly axes: number | null;
  readonly onChange: (value: unknown) => void;
  readonly onWrong: (why: string | null) => void;
  readonly invalid: boolean;
  readonly described: string;
}

function Control(props: ControlProps) {
  const { id, spec, value, onChange, invalid, described } = props;
  const shared = { id, "aria-describedby": described, "aria-invalid": invalid, "data-field": true } as const;
  if (spec.kind === "bool")
    return (
      <span className="field-control">
        <input
          {...shared}
          type="checkbox"
          ref={(box) => {
            if (box) box.indeterminate = value === undefined;
          }}
          checked={value === true}
          onChange={(event) => onChange(event.target.checked)}
        />
        <span className="muted">{value === undefined ? "they differ" : value === true ? "yes" : "no"}</span>
      </span>
    );
  if (spec.kind === "choice")
    return (
      <select
        {...shared}
        value={value === undefined ? "" : value === null ? "\n" : String(value)}
        onChange={(event) => onChange(event.target.value === "\n" ? null : event.target.value)}
      >
        {value === undefined && <option value="">they differ</option>}
        {spec.nullable && <option value={"\n"}>none</option>}
        {typeof value === "string" && !spec.choices.includes(value) && <option value={value}>{value}</option>}
        {spec.choices.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
    );
  if (spec.kind === "graph")
    return (
      <span className="field-control muted" id={id}>
        {plural(((value as { nodes?: readonly unknown[] } | null)?.nodes ?? []).length, "node")} inside
      </span>
    );
  return <Typed {...props} />;
}

/** A field that is typed in: what is valid is applied at once, what is not stays as it was typed and says why. */
function Typed({ id, spec, value, axes, onChange, onWrong, invalid, described }: ControlProps) {
  const { text, type, leave, rest } = useDraft(spec, value, onChange, onWrong);
  const numeric = spec.kind === "int" || spec.kind === "float";
  const step = (direction: 1 | -1, large: boolean): void => {
    const next = stepped(spec, value, direction, large);
    if (next !== null) onChange(next);
  };
  const key = (event: KeyboardEvent): void => {
    const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key] as 1 | -1 | undefined;
    if (event.key === "Escape" && text !== showParam(value)) {
      event.stopPropagation();
      rest();
    }
    if (!numeric || direction === undefined) return;
    event.preventDefault();
    rest();
    step(direction, event.shiftKey);
  };
  const shared = {
    id,
    value: text,
    placeholder: value === undefined ? "they differ" : spec.nullable ? "none" : "",
    autoComplete: "off",
    spellCheck: false,
    "aria-invalid": invalid,
    "aria-describedby": described,
    "data-field": true,
    onChange: (event: { target: { value: string } }) => type(event.target.value),
    onBlur: leave,
    onKeyDown: key,
  } as const;
  if (spec.kind === "code")
    return <textarea {...shared} rows={Math.min(16, Math.max(3, text.split("\n").length + 1))} className="mono" />;
  if (!numeric)
    return (
      <span className="field-control stepper">
        <input {...shared} type="text" />
        {spec.kind === "sizes" && <PerAxis {...{ spec, value, axes, onChange }} />}
      </span>
    );
  const range = rangeOf(spec);
  return (
    <span className="field-control stepper">
      <input
        {...shared}
        type="text"
        inputMode="decimal"
        role="spinbutton"
        aria-valuenow={typeof value === "number" ? value : undefined}
        aria-valuetext={text || "none"}
        aria-valuemin={spec.min ?? undefined}
        aria-valuemax={spec.max ?? undefined}
      />
      {range && typeof value === "number" && (
        <input
          type="range"
          tabIndex={-1}
          aria-label={`${labelOf(spec.name)}, slider`}
          {...range}
          value={value}
          onChange={(event) => {
            const next = Number(event.target.value);
            if ("value" in readParam(spec, String(next))) onChange(next);
          }}
        />
      )}
      <button
        type="button"
        tabIndex={-1}
        className="step"
        aria-label={`Less ${labelOf(spec.name)}`}
        disabled={stepped(spec, value, -1) === null}
        onClick={() => step(-1, false)}
      >
        −
      </button>
      <button
        type="button"
        tabIndex={-1}
        className="step"
        aria-label={`More ${labelOf(spec.name)}`}
        disabled={stepped(spec, value, 1) === null}
        onClick={() => step(1, false)}
      >
        +
      </button>
    </span>
  );
}

/** Between one number for all axes and one for each. */
function PerAxis({ spec, value, axes, onChange }: Pick<ControlProps, "spec" | "value" | "axes" | "onChange">) {
  if (axes === null || axes < 2) return null;
  const name = labelOf(spec.name);
  const list = Array.isArray(value) ? value : null;
  if (list !== null && !list.every((one) => one === list[0])) return null;
  const title = list ? `Give one ${name} for all axes` : `Give ${name} for each axis`;
  return (
    <button
      type="button"
      className="step"
      title={title}
      aria-label={title}
      disabled={value === undefined}
      onClick={() => onChange(list ? list[0] : new Array(axes).fill(value))}
    >
      {list ? "all" : "each"}
    </button>
  );
}

interface DraftField {
  readonly text: string;
  readonly type: (text: string) => void;
  /** What cannot be read stays, with the reason; nothing may move under a pointer that is about to click elsewhere. */
  readonly leave: () => void;
  /** Show the value again as it is written everywhere. */
  readonly rest: () => void;
}

/** What stands in a field: what was typed as long as it means the value, or cannot be read; else the value. */
function useDraft(
  spec: ParamSpec,
  value: unknown,
  onChange: (value: unknown) => void,
  onWrong: (why: string | null) => void,
): DraftField {
  const [draft, setDraft] = useState<{ readonly text: string; readonly of: unknown } | null>(null);
  const reading = draft === null ? null : readParam(spec, draft.text);
  const holds =
    draft !== null && reading !== null && ("value" in reading ? same(reading.value, value) : same(draft.of, value));
  return {
    text: holds ? draft.text : showParam(value),
    type: (text) => {
      const found = readParam(spec, text);
      if ("problem" in found) {
        setDraft({ text, of: value });
        onWrong(found.problem);
        return;
      }
      setDraft({ text, of: found.value });
      onWrong(null);
      if (!same(found.value, value)) onChange(found.value);
    },
    leave: () => {
      if (reading === null || "value" in reading) setDraft(null);
    },
    rest: () => {
      setDraft(null);
      onWrong(null);
    },
  };
}

/** What the field in focus is for, at the lower edge; it takes no room, so that nothing moves when the focus does. */
export function HelpStrip({ children }: { children: ReactNode }) {
  const [doc, setDoc] = useState("");
  const look = (event: FocusEvent<HTMLElement>): void => {
    setDoc((event.target as HTMLElement).closest<HTMLElement>("[data-doc]")?.dataset.doc ?? "");
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only hears where the focus is
    <div className="helped" onFocus={look} onBlur={() => setDoc("")}>
      {children}
      <div className="help-strip" aria-hidden="true">
        {doc !== "" && <p>{doc}</p>}
      </div>
    </div>
  );
}

/** A number with its name, as a list of facts shows it. */
export function Fact({ name, title, children }: { name: string; title?: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd title={title}>{children}</dd>
    </>
  );
}
