/** Chooses the columns of the run table: by search, section by section. */

import { useState } from "react";
import { flip, type Layout } from "../lib/layout.ts";
import { configColumn, elsewhereColumn, metricColumn, parseColumn, tagColumn } from "../lib/metrics.ts";
import { matching } from "../lib/sections.ts";
import { Dialog } from "./dialog.tsx";
import { useFocus } from "./focus.ts";

interface Props {
  readonly layout: Layout;
  readonly metrics: readonly string[];
  readonly config: readonly string[];
  readonly tags: readonly string[];
  /** `null` is the default. */
  readonly onChange: (layout: Layout | null) => void;
  readonly onClose: () => void;
}

const STATS = ["last", "min", "max", "mean"] as const;
const ATTRIBUTES: readonly (readonly [string, string])[] = [
  ["trend", "Trend of the first metric"],
  ["tags", "All tags"],
  ["attr.created", "Age"],
  ["attr.duration", "Duration"],
  ["attr.state", "State"],
  ["attr.group", "Group"],
  ["attr.last_step", "Last step"],
  ["attr.seed", "Seed"],
  ["attr.parameters", "Parameters"],
  ["attr.commit", "Commit"],
  ["attr.branch", "Branch"],
  ["attr.dirty", "Uncommitted changes"],
  ["attr.script", "Script"],
  ["attr.data", "Data fingerprint"],
  ["attr.evaluation", "Evaluation"],
  ["attr.host", "Host"],
  ["attr.gpu", "GPU"],
  ["attr.cpu", "CPU"],
  ["attr.python", "Python"],
  ["attr.notes", "Notes"],
  ["attr.updated", "Last heard of"],
  ["attr.finished", "Finished"],
  ["attr.dropped", "Values dropped"],
];
/** A project may have ten thousand keys; the search narrows them down. */
const SHOWN = 200;

export function ColumnsDialog({ layout, metrics, config, tags, onChange, onClose }: Props) {
  const field = useFocus<HTMLInputElement>();
  const [search, setSearch] = useState("");
  const on = (column: string): boolean => layout.columns.includes(column);
  const turn = (column: string): void => onChange(flip(layout, column));
  const wanted = search.trim().toLowerCase();
  const attributes = ATTRIBUTES.filter(([id, title]) => `${id} ${title}`.toLowerCase().includes(wanted));
  const elsewhere = layout.columns.filter((column) => parseColumn(column).other !== undefined);
  const check = (column: string, label: string, name: string) => (
    <Check key={column} label={label} name={name} on={on(column)} flip={() => turn(column)} />
  );
  return (
    <Dialog title="Columns" onClose={onClose}>
      <input
        ref={field}
        type="search"
        placeholder="Find a metric, a config key, a tag or a fact of the run"
        aria-label="Find a column"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      <div className="columns-list">
        <Section title="Metrics" found={matching(metrics, search)}>
          {(key) => STATS.map((stat) => check(metricColumn(key, stat), stat, `${key} ${stat}`))}
        </Section>
        {metrics.length > 1 && wanted === "" && <Elsewhere metrics={metrics} columns={elsewhere} onFlip={turn} />}
        <Section title="Config" found={matching(config, search)}>
          {(key) => check(configColumn(key), "show", key)}
        </Section>
        <Section title="Tags" found={matching(tags, search)}>
          {(key) => check(tagColumn(key), "show", `tag ${key}`)}
        </Section>
        {attributes.length > 0 && (
          <fieldset>
            <legend>The run itself</legend>
            <div className="columns-grid">{attributes.map(([id, title]) => check(id, title, title))}</div>
          </fieldset>
        )}
      </div>
      <footer>
        <span className="muted">
          {layout.columns.map((column) => parseColumn(column).key).join(", ") || "no columns"}
        </span>
        <button type="button" onClick={() => onChange(null)}>
          Back to the default
        </button>
      </footer>
    </Dialog>
  );
}

interface SectionProps {
  readonly title: string;
  readonly found: readonly string[];
  readonly children: (key: string) => React.ReactNode;
}

function Section({ title, found, children }: SectionProps) {
  if (found.length === 0) return null;
  return (
    <fieldset>
      <legend>{title}</legend>
      {found.slice(0, SHOWN).map((key) => (
        <div key={key} className="columns-row">
          <span className="key" title={key}>
            {key}
          </span>
          {children(key)}
        </div>
      ))}
      {found.length > SHOWN && <p className="muted">{found.length - SHOWN} more: search to narrow them down.</p>}
    </fieldset>
  );
}

interface ElsewhereProps {
  readonly metrics: readonly string[];
  readonly columns: readonly string[];
  readonly onFlip: (column: string) => void;
}

/** A form for the value of one metric at the step where another one is best. */
function Elsewhere({ metrics, columns, onFlip }: ElsewhereProps) {
  const [key, setKey] = useState("");
  const [stat, setStat] = useState<"at_min" | "at_max">("at_max");
  const [other, setOther] = useState("");
  const ready = metrics.includes(key) && metrics.includes(other);
  const add = (): void => {
    const column = elsewhereColumn(key, stat, other);
    if (!columns.includes(column)) onFlip(column);
    setKey("");
  };
  const field = (name: string, value: string, set: (text: string) => void) => (
    <input
      type="text"
      list="columns-metrics"
      aria-label={name}
      placeholder="metric"
      spellCheck={false}
      value={value}
      onChange={(event) => set(event.target.value)}
    />
  );
  return (
    <fieldset>
      <legend>A metric at the best step of another</legend>
      <form
        className="columns-elsewhere"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) add();
        }}
      >
        {field("Metric to show", key, setKey)}
        <span>where</span>
        {field("Metric that is best there", other, setOther)}
        <span>is</span>
        <select
          aria-label="Lowest or highest"
          value={stat}
          onChange={(event) => setStat(event.target.value === "at_min" ? "at_min" : "at_max")}
        >
          <option value="at_max">highest</option>
          <option value="at_min">lowest</option>
        </select>
        <button type="submit" className="small" disabled={!ready}>
          Add
        </button>
        <datalist id="columns-metrics">
          {matching(metrics, "")
            .slice(0, SHOWN)
            .map((one) => (
              <option key={one} value={one} />
            ))}
        </datalist>
      </form>
      {columns.map((column) => {
        const parsed = parseColumn(column);
        const words = `${parsed.key} where ${parsed.other} is ${parsed.stat === "at_min" ? "lowest" : "highest"}`;
        return (
          <div key={column} className="columns-row">
            <span className="key">{words}</span>
            <Check label="show" name={words} on flip={() => onFlip(column)} />
          </div>
        );
      })}
    </fieldset>
  );
}

function Check({ label, name, on, flip }: { label: string; name: string; on: boolean; flip: () => void }) {
  return (
    <label className="check">
      <input type="checkbox" checked={on} onChange={flip} aria-label={name} />
      {label}
    </label>
  );
}
