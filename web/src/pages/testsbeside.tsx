/** The tests of two versions beside each other: each figure with its change, and how sure that change is. */

import "../styles/testing.css";
import type { ModelDetail } from "../api/models.ts";
import { listTests, type VersionTest } from "../api/testing.ts";
import { Link } from "../components/link.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatExact, formatNumber } from "../lib/format.ts";
import { changeWords, lessIsBetter } from "../lib/models.ts";
import {
  type ClassFigures,
  type Difference,
  differences,
  isShare,
  type OutputReport,
  rowWords,
} from "../lib/testing.ts";
import { modelTestPath } from "../lib/url.ts";
import { useDocumentTick, useRead } from "../state/read.ts";

interface Props {
  readonly model: ModelDetail;
  readonly pair: readonly [number, number];
}

const FEW_CLASSES = 5;

export function TestsBeside({ model, pair: [a, b] }: Props) {
  const tick = useDocumentTick("model_test");
  const { answer, problem } = useRead(
    `${model.name} ${a} ${b}`,
    async (signal) => Promise.all([a, b].map((number) => listTests(model.name, String(number), signal))),
    tick,
  );
  if (problem !== null) return <Trouble cause={problem} small />;
  if (answer === null) return <div className="skeleton line" />;
  const [first, second] = answer.map(({ tests }) => tests.filter(({ kind }) => kind === "test"));
  const both = (first ?? []).flatMap((one) => {
    const other = second?.find(({ test }) => test === one.test);
    return other ? [[one, other] as const] : [];
  });
  return (
    <div className="mt-besides">
      <h3>Tests</h3>
      {both.length === 0 ? (
        <p className="muted">
          No test was made of both.{" "}
          {[a, b].map((number) => (
            <span key={number}>
              <Link to={modelTestPath(model.name, number)}>Test version {number}</Link>{" "}
            </span>
          ))}
        </p>
      ) : (
        both.map(([one, other]) => <Beside key={one.test} model={model} pair={[one, other]} />)
      )}
    </div>
  );
}

function Beside({ model, pair: [a, b] }: { model: ModelDetail; pair: readonly [VersionTest, VersionTest] }) {
  const same =
    a.report.dataset === b.report.dataset && a.report.part === b.report.part && a.report.rows === b.report.rows;
  return (
    <section aria-label={`Test ${a.test}`}>
      <h4>
        {a.test}: <Link to={modelTestPath(model.name, a.version, { test: a.test })}>version {a.version}</Link>,{" "}
        <Link to={modelTestPath(model.name, b.version, { test: b.test })}>version {b.version}</Link>
        {same && `, the same ${rowWords(a.report)}`}
      </h4>
      {!same && (
        <p className="notice" role="status">
          <b>They were judged by different rows</b>: {rowWords(a.report)} of {a.report.dataset}, {rowWords(b.report)} of{" "}
          {b.report.dataset}. Run both on the same before you believe a change.
        </p>
      )}
      {a.report.outputs.map((output) => {
        const other = b.report.outputs.find((one) => one.output === output.output);
        return other ? <Outputs key={output.output} a={output} b={other} versions={[a.version, b.version]} /> : null;
      })}
    </section>
  );
}

interface OutputsProps {
  readonly a: OutputReport;
  readonly b: OutputReport;
  readonly versions: readonly [number, number];
}

function Outputs({ a, b, versions }: OutputsProps) {
  const rows = differences(a, b);
  const sure = rows.filter(({ interval }) => interval !== null);
  // Shares have one scale; what is no share has none in common with them, and is not drawn.
  const shared = sure.filter(({ name }) => isShare(name));
  const most = Math.max(1e-12, ...shared.flatMap(({ interval }) => (interval ?? []).map(Math.abs)));
  return (
    <>
      <table className="md-pairs mt-differences">
        <thead>
          <tr>
            <th scope="col">figure</th>
            <th scope="col" className="number">
              {versions[0]}
            </th>
            <th scope="col" className="number">
              {versions[1]}
            </th>
            <th scope="col" className="number">
              change
            </th>
            <th scope="col" className="number">
              95 % of it
            </th>
            <th scope="col" className="mt-whisk">
              <span className="mt-ends">
                <span>{formatNumber(-most, 2)}</span>
                <span>0</span>
                <span>{formatNumber(most, 2)}</span>
              </span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sure.map((row) => (
            <tr key={row.name}>
              <th scope="row">{row.name.replaceAll("_", " ")}</th>
              <td className="number" title={formatExact(row.first)}>
                {formatNumber(row.first)}
              </td>
              <td className="number" title={formatExact(row.second)}>
                {formatNumber(row.second)}
              </td>
              <td className={`number ${toneOf(row)}`} title={formatExact(row.change)}>
                {changeWords(row.change)}
              </td>
              <td className="number muted">
                {row.interval && `${formatNumber(row.interval[0], 2)}…${formatNumber(row.interval[1], 2)}`}
              </td>
              <td className="mt-whisk" aria-hidden="true">
                {isShare(row.name) && <Whisker row={row} most={most} />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Classes a={a.per_class} b={b.per_class} versions={versions} />
      <p className="muted">
        A change is coloured where its interval does not hold 0. The interval takes both tests as independent; by the
        same rows the true one is narrower.
      </p>
    </>
  );
}

/** From the left, what is less; 0 in the middle. */
function Whisker({ row: { change, interval }, most }: { row: Difference; most: number }) {
  if (change === null || interval === null) return null;
  const at = (value: number): number => 50 + (50 * value) / most;
  return (
    <span>
      <i className="zero" />
      <i className="line" style={{ left: `${at(interval[0])}%`, width: `${at(interval[1]) - at(interval[0])}%` }} />
      <i className="dot" style={{ left: `${at(change)}%` }} />
    </span>
  );
}

/** Green or red only where the change is surely one. */
function toneOf({ name, change, interval }: Difference): string {
  const less = lessIsBetter(name);
  if (less === null || change === null || interval === null) return "";
  if (interval[0] <= 0 && interval[1] >= 0) return "";
  return change < 0 === less ? "md-pass" : "md-fail";
}

/** The classes whose F1 changed most. */
function Classes({
  a,
  b,
  versions,
}: {
  a: readonly ClassFigures[];
  b: readonly ClassFigures[];
  versions: readonly [number, number];
}) {
  const rows = a
    .flatMap((one) => {
      const other = b.find(({ name }) => name === one.name);
      return other
        ? [{ name: one.name, n: one.support, first: one.f1, second: other.f1, change: other.f1 - one.f1 }]
        : [];
    })
    .filter(({ change }) => change !== 0)
    .sort((x, y) => Math.abs(y.change) - Math.abs(x.change))
    .slice(0, FEW_CLASSES);
  if (rows.length === 0) return null;
  return (
    <details className="md-classes">
      <summary>The classes that changed most</summary>
      <table className="md-pairs">
        <thead>
          <tr>
            <th scope="col">class</th>
            <th scope="col" className="number">
              n
            </th>
            <th scope="col" className="number">
              F1, {versions[0]}
            </th>
            <th scope="col" className="number">
              F1, {versions[1]}
            </th>
            <th scope="col" className="number">
              change
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, n, first, second, change }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className="number">{n}</td>
              <td className="number">{formatNumber(first, 3)}</td>
              <td className="number">{formatNumber(second, 3)}</td>
              <td className="number">{changeWords(Number(change.toPrecision(3)))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
