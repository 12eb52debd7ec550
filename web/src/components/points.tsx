/** A chart as tables, for those who cannot or will not read curves: what each line comes to, and every logged point. */

import { useEffect, useMemo, useState } from "react";
import { pointsUrl } from "../api/charts.ts";
import { listSeries, readEnvelopes, readPoints } from "../api/client.ts";
import type { PointsPage, SeriesRow } from "../api/types.ts";
import { type LineSpec, lineName } from "../lib/arrangement.ts";
import { formatExact, formatInteger, formatNumber, MISSING, wireNumber } from "../lib/format.ts";
import { formatMoment } from "../lib/time.ts";
import type { Trace } from "../lib/trace.ts";
import { Dialog } from "./dialog.tsx";
import { Trouble } from "./trouble.tsx";

interface Props {
  readonly name: string;
  readonly lines: readonly LineSpec[];
  readonly runs: readonly { readonly id: string; readonly name: string }[];
  readonly x: string;
  readonly zoom: readonly [number, number] | null;
  readonly onClose: () => void;
}

const PAGE = 200;
/** A table of more lines than this says how many are left out. */
const SUMMED = 100;

export function PointsDialog({ name, lines, runs, x, zoom, onClose }: Props) {
  const plain = lines.filter((line) => line.key);
  const url = pointsUrl(
    runs.map((run) => run.id),
    lines,
    x,
    zoom,
  );
  return (
    <Dialog title={name} wide onClose={onClose}>
      <Summary lines={lines} runs={runs} />
      {plain.length > 0 && <Points name={name} lines={plain} runs={runs} />}
      <footer>
        <span className="muted">
          {zoom
            ? `CSV of what is shown, ${x} ${formatNumber(zoom[0], 6)} to ${formatNumber(zoom[1], 6)}`
            : "CSV of every point"}
        </span>
        <a className="button" href={url} download={`${name}.csv`}>
          Download CSV
        </a>
      </footer>
    </Dialog>
  );
}

interface Sum {
  readonly run: string;
  readonly name: string;
  readonly metric: string;
  readonly points: number;
  readonly bad: number;
  readonly last: number | null;
  readonly low: number | null;
  readonly lowAt: number | null;
  readonly high: number | null;
  readonly highAt: number | null;
}

function Summary({ lines, runs }: Pick<Props, "lines" | "runs">) {
  const [sums, setSums] = useState<readonly Sum[] | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const shown = useMemo(() => runs.slice(0, SUMMED), [runs]);
  useEffect(() => {
    let here = true;
    Promise.all(shown.map((run) => summed(run, lines))).then(
      (all) => here && setSums(all.flat()),
      (cause: unknown) => here && setProblem(cause),
    );
    return () => {
      here = false;
    };
  }, [shown, lines]);
  if (problem !== null) return <Trouble cause={problem} small />;
  const several = lines.length > 1;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a long table scrolls, and keys must be able to
    <section className="points-scroll sums" tabIndex={0} aria-label="What each line comes to" aria-busy={sums === null}>
      <table>
        <caption className="visually-hidden">
          {sums === null ? "Reading" : `${formatInteger(sums.length)} lines: points, last, lowest and highest values`}
        </caption>
        <thead>
          <tr>
            <th scope="col">run</th>
            {several && <th scope="col">metric</th>}
            <th scope="col">points</th>
            <th scope="col">last</th>
            <th scope="col">lowest</th>
            <th scope="col">at step</th>
            <th scope="col">highest</th>
            <th scope="col">at step</th>
            <th scope="col">NaN or ∞</th>
          </tr>
        </thead>
        <tbody>
          {sums?.map((sum) => (
            <tr key={`${sum.run} ${sum.metric}`}>
              <th scope="row">{sum.name}</th>
              {several && <td>{sum.metric}</td>}
              <td>{formatInteger(sum.points)}</td>
              <td>{number(sum.last)}</td>
              <td>{number(sum.low)}</td>
              <td>{step(sum.lowAt)}</td>
              <td>{number(sum.high)}</td>
              <td>{step(sum.highAt)}</td>
              <td>{formatInteger(sum.bad)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {runs.length > SUMMED && <p className="muted">{runs.length - SUMMED} more runs are in the CSV.</p>}
    </section>
  );
}

function number(value: number | null): string {
  return value === null ? MISSING : formatNumber(value, 6);
}

function step(value: number | null): string {
  return value === null ? MISSING : formatInteger(value);
}

/** What the lines of one run come to; those without points are left out. */
async function summed(run: { readonly id: string; readonly name: string }, lines: readonly LineSpec[]): Promise<Sum[]> {
  const found = await Promise.all(
    lines.map((line) => (line.expression ? sumOfExpression(run.id, line) : sumOfKey(run.id, line.key ?? ""))),
  );
  return found.flatMap((sum, i) =>
    sum && sum.points > 0 ? [{ run: run.id, name: run.name, metric: lineName(lines[i] ?? {}), ...sum }] : [],
  );
}

type Plain = Omit<Sum, "run" | "name" | "metric">;

async function sumOfKey(run: string, key: string): Promise<Plain | null> {
  // Keys that contain this one come too.
  for (let offset = 0; ; ) {
    const page = await listSeries(run, key, offset, 1000);
    const row = page.series.find((one) => one.key === key);
    if (row) return sumOfRow(row);
    offset += page.series.length;
    if (page.series.length === 0 || offset >= page.total) return null;
  }
}

function sumOfRow(row: SeriesRow): Plain {
  return {
    points: row.n,
    bad: row.bad,
    last: wireNumber(row.last),
    low: wireNumber(row.low),
    lowAt: row.low_step,
    high: wireNumber(row.high),
    highAt: row.high_step,
  };
}

/** One pixel holds the extremes of all points; the last is asked for where the span ends. */
async function sumOfExpression(run: string, line: LineSpec): Promise<Plain | null> {
  const series = [{ run, expression: line.expression ?? "" }];
  const window_ = { px: 1, x: "step", scale: "linear" } as const;
  const [whole] = await readEnvelopes(series, window_);
  if (!whole || whole.trace.total === 0) return null;
  const [, end] = whole.trace.span;
  const [last] = await readEnvelopes(series, { ...window_, first: end, last: end });
  return { ...sumOfTrace(whole.trace), last: last ? (last.trace.buckets.mean[0] ?? null) : null };
}

function sumOfTrace({ buckets: b, total }: Trace): Plain {
  const [low, high] = [b.low[0] ?? null, b.high[0] ?? null];
  return {
    points: total,
    bad: b.bad[0] ?? 0,
    last: null,
    low,
    lowAt: b.lowX[0] ?? null,
    high,
    highAt: b.highX[0] ?? null,
  };
}

function Points({ name, lines, runs }: Pick<Props, "name" | "lines" | "runs">) {
  const [run, setRun] = useState(runs[0]?.id ?? "");
  const [key, setKey] = useState(lines[0]?.key ?? "");
  const [starts, setStarts] = useState<readonly number[]>([0]);
  const [page, setPage] = useState<PointsPage | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const start = starts.at(-1) ?? 0;
  useEffect(() => {
    if (run === "") return;
    let here = true;
    readPoints(run, key, start, null, PAGE).then(
      (answer) => {
        if (!here) return;
        setPage(answer);
        setProblem(null);
      },
      (cause: unknown) => here && setProblem(cause),
    );
    return () => {
      here = false;
    };
  }, [run, key, start]);
  const last = page?.step.at(-1);
  return (
    <>
      <div className="points-bar">
        <label>
          Run
          <select
            value={run}
            onChange={(event) => {
              setRun(event.target.value);
              setStarts([0]);
            }}
          >
            {runs.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
        {lines.length > 1 && (
          <label>
            Metric
            <select
              value={key}
              onChange={(event) => {
                setKey(event.target.value);
                setStarts([0]);
              }}
            >
              {lines.map((line) => (
                <option key={line.key}>{line.key}</option>
              ))}
            </select>
          </label>
        )}
        <span className="grow" />
        <button type="button" disabled={starts.length < 2} onClick={() => setStarts(starts.slice(0, -1))}>
          Back
        </button>
        <button
          type="button"
          disabled={!page?.more || last === undefined}
          onClick={() => setStarts([...starts, (last ?? 0) + 1])}
        >
          Next {PAGE}
        </button>
      </div>
      {problem !== null && <Trouble cause={problem} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long table scrolls, and keys must be able to */}
      <section className="points-scroll" tabIndex={0} aria-label={`Values of ${name}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">step</th>
              <th scope="col">value</th>
              <th scope="col">time</th>
            </tr>
          </thead>
          <tbody>
            {page?.step.map((at, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a step may come twice; its place in the page does not
              <tr key={i}>
                <td>{formatInteger(at)}</td>
                <td>{formatExact(wireNumber(page.value[i]))}</td>
                <td>{formatMoment(page.time[i] ?? 0)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {page && page.step.length === 0 && <p className="muted">No points from here on.</p>}
      </section>
    </>
  );
}
