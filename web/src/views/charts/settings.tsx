/** What one chart does differently from the others: what it draws, its axes, how it is drawn, whose runs. */

import { useState } from "react";
import { Dialog } from "../../components/dialog.tsx";
import { ExpressionField } from "../../components/expression.tsx";
import {
  added,
  configured,
  isCustom,
  type Layout,
  type LineSpec,
  lineName,
  linesOf,
  MOST_COLUMNS,
  removed,
  type Settings,
  settingsOf,
  titleOf,
} from "../../lib/arrangement.ts";
import type { Edit } from "../../state/layouts.ts";
import type { ChartRun } from "../line/control.ts";

interface Props {
  /** `null` is a chart that is yet to be made. */
  readonly id: string | null;
  readonly layout: Layout;
  readonly keys: readonly string[];
  readonly axes: readonly string[];
  readonly runs: readonly ChartRun[];
  readonly onEdit: (edit: Edit) => void;
  readonly onClose: () => void;
}

const SPANS = Array.from({ length: MOST_COLUMNS }, (_, i) => i + 1);
/** So many runs are listed to choose from. */
const LISTED = 100;

export function ChartSettingsDialog(props: Props) {
  const { layout, keys, axes, runs, onEdit, onClose } = props;
  const [made, setMade] = useState(props.id);
  const id = made;
  const settings = id === null ? {} : settingsOf(layout, id);
  const lines = id === null ? [] : linesOf(layout, id);
  const set = (changes: Settings): void => {
    if (id !== null) onEdit((now) => configured(now, id, changes));
  };
  const add = (line: LineSpec): void => {
    if (id !== null) {
      set({ lines: [...lines.filter((one) => lineName(one) !== lineName(line)), line] });
      return;
    }
    const fresh = added(layout, [line]);
    onEdit((now) => configured(now, fresh.id, { lines: [line] }));
    setMade(fresh.id);
  };
  const drop = (line: LineSpec): void => set({ lines: lines.filter((one) => one !== line) });
  return (
    <Dialog title={id === null ? "New chart" : `Settings of ${titleOf(layout, id)}`} onClose={onClose}>
      <div className="chart-settings">
        <fieldset>
          <legend>Metrics</legend>
          <ul aria-label="Metrics of the chart">
            {lines.map((line) => (
              <li key={lineName(line)}>
                <span className="key">{lineName(line)}</span>
                <button
                  type="button"
                  className="quiet"
                  disabled={lines.length === 1}
                  aria-label={`Remove ${lineName(line)}`}
                  onClick={() => drop(line)}
                >
                  ✕
                </button>
              </li>
            ))}
          </ul>
          <ExpressionField
            label="A metric, or an expression over metrics"
            keys={keys}
            action={id === null ? "Make" : "Add"}
            onAdd={add}
          />
        </fieldset>
        {id !== null && (
          <>
            <div className="settings-grid">
              <label>
                Title
                <input
                  type="text"
                  maxLength={256}
                  value={settings.title ?? ""}
                  placeholder={titleOf(configured(layout, id, { title: "" }), id)}
                  onChange={(event) => set({ title: event.target.value })}
                />
              </label>
              <label>
                X axis
                <select value={settings.x ?? ""} onChange={(event) => set({ x: event.target.value || null })}>
                  <option value="">as all charts</option>
                  {["step", "time", "relative", ...axes].map((axis) => (
                    <option key={axis}>{axis}</option>
                  ))}
                </select>
              </label>
              <Bound label="Y from" value={settings.low ?? null} set={(low) => set({ low })} />
              <Bound label="Y to" value={settings.high ?? null} set={(high) => set({ high })} />
              <Choice label="Log y" value={settings.y_log ?? null} set={(y_log) => set({ y_log })} />
              <Choice label="Log x" value={settings.x_log ?? null} set={(x_log) => set({ x_log })} />
              <Choice label="Bands" value={settings.bands ?? null} set={(bands) => set({ bands })} />
              <Choice
                label="Outliers"
                words={["shown", "off the axis"]}
                value={settings.outliers ?? null}
                set={(outliers) => set({ outliers })}
              />
              <label>
                Smoothing
                <select
                  value={settings.smoothing ?? ""}
                  onChange={(event) => {
                    const smoothing = (event.target.value || null) as Settings["smoothing"] & (string | null);
                    set({ smoothing, smooth: smoothing === null ? null : (settings.smooth ?? 0.6) });
                  }}
                >
                  <option value="">as all charts</option>
                  <option value="ema">exponential</option>
                  <option value="gauss">Gaussian</option>
                  <option value="mean">running mean</option>
                </select>
              </label>
              <label>
                Weight
                <input
                  type="number"
                  min="0"
                  max="0.99"
                  step="0.01"
                  disabled={!settings.smoothing}
                  value={settings.smooth ?? ""}
                  onChange={(event) => {
                    const smooth = Number(event.target.value);
                    if (smooth >= 0 && smooth < 1) set({ smooth });
                  }}
                />
              </label>
              <label>
                Width
                <select value={settings.span ?? 1} onChange={(event) => set({ span: Number(event.target.value) })}>
                  {SPANS.map((span) => (
                    <option key={span} value={span}>
                      {span === 1 ? "1 column" : `${span} columns`}
                    </option>
                  ))}
                </select>
              </label>
            </div>
            {runs.length > 1 && <Runs runs={runs} chosen={settings.runs ?? null} set={(ids) => set({ runs: ids })} />}
          </>
        )}
      </div>
      <footer>
        {id !== null && (
          <button
            type="button"
            onClick={() => {
              onEdit((now) => removed(now, id));
              if (isCustom(id)) onClose();
            }}
          >
            {isCustom(id) ? "Remove the chart" : "Back to the default"}
          </button>
        )}
        <button type="button" className="primary" onClick={onClose}>
          Done
        </button>
      </footer>
    </Dialog>
  );
}

/** An end of the y axis: any number, or nothing for what is drawn. */
function Bound({ label, value, set }: { label: string; value: number | null; set: (value: number | null) => void }) {
  const [text, setText] = useState(value === null ? "" : String(value));
  const number = Number(text);
  const wrong = text.trim() !== "" && !Number.isFinite(number);
  return (
    <label>
      {label}
      <input
        type="text"
        inputMode="decimal"
        placeholder="automatic"
        value={text}
        aria-invalid={wrong}
        onChange={(event) => {
          setText(event.target.value);
          const next = Number(event.target.value);
          if (event.target.value.trim() === "") set(null);
          else if (Number.isFinite(next)) set(next);
        }}
      />
    </label>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: boolean | null;
  readonly words?: readonly [string, string];
  readonly set: (value: boolean | null) => void;
}

/** As all charts, yes, or no. */
function Choice({ label, value, words = ["on", "off"], set }: ChoiceProps) {
  return (
    <label>
      {label}
      <select
        value={value === null ? "" : value ? "on" : "off"}
        onChange={(event) => set(event.target.value === "" ? null : event.target.value === "on")}
      >
        <option value="">as all charts</option>
        <option value="on">{words[0]}</option>
        <option value="off">{words[1]}</option>
      </select>
    </label>
  );
}

interface RunsProps {
  readonly runs: readonly ChartRun[];
  readonly chosen: readonly string[] | null;
  readonly set: (ids: readonly string[] | null) => void;
}

function Runs({ runs, chosen, set }: RunsProps) {
  const shown = new Set(chosen ?? runs.map((run) => run.id));
  const flip = (id: string): void => {
    const next = runs.map((run) => run.id).filter((one) => (one === id ? !shown.has(one) : shown.has(one)));
    set(next.length === runs.length ? null : next);
  };
  return (
    <fieldset className="settings-runs">
      <legend>Runs</legend>
      <label className="check">
        <input type="checkbox" checked={chosen === null} onChange={() => set(chosen === null ? [] : null)} />
        all that are drawn
      </label>
      {runs.slice(0, LISTED).map((run) => (
        <label key={run.id} className="check">
          <input type="checkbox" checked={shown.has(run.id)} onChange={() => flip(run.id)} />
          {run.name}
        </label>
      ))}
    </fieldset>
  );
}
