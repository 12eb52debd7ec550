/** What differs between runs: a column for each, rows in sections; the baseline is what the others are told apart from. */

import { type ReactNode, useState } from "react";
import type { ComparedMetric, ComparedRow, Comparison } from "../../api/analysis.ts";
import { Swatch } from "../../components/swatch.tsx";
import type { Style } from "../../lib/colour.ts";
import { formatExact, formatInteger, formatValue, wireNumber } from "../../lib/format.ts";
import { metricCells, type Statistic, shownRows } from "./model.ts";

/** More rows than this are searched, or asked for. */
const SHOWN = 200;

interface TableProps {
  readonly label: string;
  readonly comparison: Comparison;
  readonly styles: ReadonlyMap<string, Style>;
  /** Which of the runs. */
  readonly baseline: number;
  readonly children: ReactNode;
}

export function CompareTable({ label, comparison, styles, baseline, children }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: many runs scroll, and keys must be able to
    <section className="cmp-scroll" tabIndex={0} aria-label={label}>
      <table className="cmp">
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">What</span>
            </th>
            {comparison.runs.map((run, i) => (
              <th key={run.id} scope="col" className={i === baseline ? "base" : undefined} title={run.name}>
                <span className="cmp-run">
                  {i === baseline && <small>baseline</small>}
                  <Swatch style={styles.get(run.id)} />
                  <span className="name">{run.name}</span>
                </span>
              </th>
            ))}
            <td className="cmp-fill" />
          </tr>
        </thead>
        {children}
      </table>
    </section>
  );
}

interface SectionProps {
  readonly title: string;
  readonly rows: readonly ComparedRow[];
  readonly width: number;
  readonly baseline: number;
  readonly all: boolean;
  /** What is said where there is no row at all. */
  readonly none: ReactNode;
  readonly write?: (value: unknown, key: string) => string;
}

export function RowSection({ title, rows, width, baseline, all, none, write = formatValue }: SectionProps) {
  const [more, setMore] = useState(false);
  const shown = shownRows(rows, all);
  const same = rows.length - shown.length;
  return (
    <tbody>
      <Heading width={width} title={title}>
        {rows.length === 0
          ? none
          : same > 0
            ? `${formatInteger(same)} the same${shown.length === 0 ? " in all" : ""}`
            : ""}
      </Heading>
      {(more ? shown : shown.slice(0, SHOWN)).map((row) => (
        <tr key={row.key} className={row.differs ? undefined : "same"}>
          <th scope="row" className="key" title={row.key}>
            {row.key}
          </th>
          {row.values.map((value, i) => {
            const text = write(value, row.key);
            const other = i !== baseline && value !== row.values[baseline];
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: a column for each run, in their order
              <td key={i} className={i === baseline ? "base" : other ? "other" : undefined} title={formatValue(value)}>
                <span className="cmp-value">{text}</span>
              </td>
            );
          })}
          <td className="cmp-fill" />
        </tr>
      ))}
      {shown.length > SHOWN && !more && <More width={width} count={shown.length} onMore={() => setMore(true)} />}
    </tbody>
  );
}

interface MetricsProps {
  readonly metrics: readonly ComparedMetric[];
  readonly total: number;
  readonly width: number;
  readonly stat: Statistic;
  readonly baseline: number;
  readonly tools: ReactNode;
}

export function MetricSection({ metrics, total, width, stat, baseline, tools }: MetricsProps) {
  const [more, setMore] = useState(false);
  return (
    <tbody>
      <Heading width={width} title="Metrics">
        {tools}
        {metrics.length < total && <span>{`${formatInteger(metrics.length)} of ${formatInteger(total)}`}</span>}
      </Heading>
      {(more ? metrics : metrics.slice(0, SHOWN)).map((metric) => (
        <MetricRow key={metric.key} metric={metric} stat={stat} baseline={baseline} />
      ))}
      {metrics.length > SHOWN && !more && <More width={width} count={metrics.length} onMore={() => setMore(true)} />}
    </tbody>
  );
}

function MetricRow({ metric, stat, baseline }: { metric: ComparedMetric; stat: Statistic; baseline: number }) {
  return (
    <tr>
      <th scope="row" className="key" title={metric.key}>
        {metric.key}
        <span className="cmp-goal" title={metric.goal === "max" ? "larger is better" : "smaller is better"}>
          {metric.goal === "max" ? " ↑" : " ↓"}
        </span>
      </th>
      {metricCells(metric, stat, baseline).map((cell, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a column for each run, in their order
        <td key={i} className={i === baseline ? "number base" : "number"}>
          <span className="cmp-figure" title={formatExact(wireNumber(metric[stat].values[i]))}>
            {cell.best && <span className="good cmp-best">▲ best</span>}
            {cell.delta !== "" && (
              <span className={cell.better === null ? "muted" : cell.better ? "good" : "bad"}>
                <span className="visually-hidden">
                  {cell.better === null ? "as the baseline, " : cell.better ? "better, " : "worse, "}
                </span>
                {cell.delta}
              </span>
            )}
            <b>{cell.text}</b>
          </span>
        </td>
      ))}
      <td className="cmp-fill" />
    </tr>
  );
}

function Heading({ width, title, children }: { width: number; title: string; children: ReactNode }) {
  return (
    <tr className="cmp-heading">
      <th scope="rowgroup" colSpan={width + 2}>
        <div>
          <b>{title}</b> {children}
        </div>
      </th>
    </tr>
  );
}

function More({ width, count, onMore }: { width: number; count: number; onMore: () => void }) {
  return (
    <tr>
      <td colSpan={width + 2}>
        <button type="button" className="small" onClick={onMore}>
          Show all {formatInteger(count)}
        </button>
      </td>
    </tr>
  );
}
