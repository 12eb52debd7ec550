/** Chooses the columns of the run table. */

import { useState } from "react";
import { configColumn, metricColumn, parseColumn } from "../lib/metrics.ts";
import { matching } from "../lib/sections.ts";
import { Dialog } from "./dialog.tsx";

interface Props {
  readonly columns: readonly string[];
  readonly metrics: readonly string[];
  readonly config: readonly string[];
  readonly onChange: (columns: readonly string[] | null) => void;
  readonly onClose: () => void;
}

const STATS = ["last", "min", "max"] as const;
/** A project may have ten thousand keys; the search narrows them down. */
const SHOWN = 200;

export function ColumnsDialog({ columns, metrics, config, onChange, onClose }: Props) {
  const [search, setSearch] = useState("");
  const flip = (column: string): void =>
    onChange(columns.includes(column) ? columns.filter((one) => one !== column) : [...columns, column]);
  const found = { metrics: matching(metrics, search), config: matching(config, search) };
  return (
    <Dialog title="Columns" onClose={onClose}>
      <input
        type="search"
        placeholder="Find a metric or a config key"
        aria-label="Find a column"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      <div className="columns-list">
        <fieldset>
          <legend>Metrics</legend>
          {found.metrics.slice(0, SHOWN).map((key) => (
            <div key={key} className="columns-row">
              <span className="key">{key}</span>
              {STATS.map((stat) => (
                <Check
                  key={stat}
                  label={stat}
                  name={`${key} ${stat}`}
                  on={columns.includes(metricColumn(key, stat))}
                  flip={() => flip(metricColumn(key, stat))}
                />
              ))}
            </div>
          ))}
          <More count={found.metrics.length - SHOWN} />
        </fieldset>
        <fieldset>
          <legend>Config</legend>
          {found.config.slice(0, SHOWN).map((key) => (
            <div key={key} className="columns-row">
              <span className="key">{key}</span>
              <Check
                label="show"
                name={key}
                on={columns.includes(configColumn(key))}
                flip={() => flip(configColumn(key))}
              />
            </div>
          ))}
          <More count={found.config.length - SHOWN} />
        </fieldset>
      </div>
      <footer>
        <span className="muted">{columns.map((column) => parseColumn(column).key).join(", ") || "no columns"}</span>
        <button type="button" onClick={() => onChange(null)}>
          Back to the default
        </button>
      </footer>
    </Dialog>
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

function More({ count }: { count: number }) {
  return count > 0 ? <p className="muted">{count} more: search to narrow them down.</p> : null;
}
