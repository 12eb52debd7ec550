/** What differs: config, results, what ran, data. */

import { useMemo } from "react";
import type { ComparedRow } from "../api/analysis.ts";
import { formatBytes, formatInteger, formatValue } from "../lib/format.ts";
import { byImportance } from "../lib/metrics.ts";
import { matching } from "../lib/sections.ts";
import { formatDuration } from "../lib/time.ts";
import { STATISTICS } from "../views/compare/model.ts";
import { CompareTable, MetricSection, RowSection } from "../views/compare/table.tsx";
import type { Compared } from "./compare.tsx";

const STATISTIC_WORDS = { last: "last", min: "lowest", max: "highest" } as const;

export function DifferencesPane({ comparison, state, styles, baseline, put }: Compared) {
  const width = comparison.runs.length;
  const metrics = useMemo(() => {
    const rows = new Map(comparison.metrics.map((metric) => [metric.key, metric]));
    // Figures of single classes follow those of all.
    const few = (key: string): boolean => key.split("/").length < 3;
    const ordered = byImportance([...rows.keys()]);
    const keys = [...ordered.filter(few), ...ordered.filter((key) => !few(key))];
    return matching(keys, state.metrics).flatMap((key) => rows.get(key) ?? []);
  }, [comparison, state.metrics]);
  const section = { width, baseline, all: state.all };
  const facts = useMemo(() => {
    const told: readonly (readonly [string, ComparedRow["values"]])[] = [
      ["state", comparison.runs.map((run) => run.state)],
      ["duration", comparison.runs.map((run) => formatDuration(run.duration))],
      ["last step", comparison.runs.map((run) => run.last_step)],
    ];
    const own = told.map(([key, values]) => ({ key, values, differs: new Set(values).size > 1 }));
    return [...own, ...comparison.facts];
  }, [comparison]);
  return (
    <>
      <div className="runs-bar cmp-bar">
        <button
          type="button"
          className="toggle"
          aria-pressed={state.all}
          onClick={() => put({ all: !state.all })}
          title="Rows that are the same in all runs"
        >
          All rows
        </button>
        <span>{state.all ? "every row" : "only what differs"}; bold is not as in the baseline</span>
      </div>
      <CompareTable label="Differences" comparison={comparison} styles={styles} baseline={baseline}>
        <RowSection title="Config" rows={comparison.config} {...section} none="none of these runs has one" />
        <MetricSection
          metrics={metrics}
          total={comparison.metrics_total}
          width={width}
          stat={state.stat}
          baseline={baseline}
          tools={
            <>
              <fieldset className="segments">
                <legend className="visually-hidden">Which value</legend>
                {STATISTICS.map((one) => (
                  <button
                    type="button"
                    key={one}
                    className="toggle"
                    aria-pressed={state.stat === one}
                    onClick={() => put({ stat: one })}
                  >
                    {STATISTIC_WORDS[one]}
                  </button>
                ))}
              </fieldset>
              <input
                type="search"
                className="chart-filter"
                placeholder="Filter metrics"
                aria-label="Filter metrics by name, a regular expression"
                value={state.metrics}
                onChange={(event) => put({ metrics: event.target.value })}
              />
            </>
          }
        />
        <RowSection title="What ran" rows={facts} {...section} none="nothing was captured" write={writeFact} />
        <RowSection
          title="Data"
          rows={comparison.data}
          {...section}
          none={
            <>
              none recorded: call <code>run.use_data</code>
            </>
          }
        />
        <RowSection
          title="Evaluation"
          rows={comparison.evaluation}
          {...section}
          none={
            <>
              none recorded: call <code>run.evaluate</code>
            </>
          }
        />
      </CompareTable>
    </>
  );
}

function writeFact(value: unknown, key: string): string {
  if (key === "memory" && typeof value === "number") return formatBytes(value);
  if (typeof value === "number" && Number.isInteger(value)) return formatInteger(value);
  return key === "commit" && typeof value === "string" ? value.slice(0, 10) : formatValue(value);
}
