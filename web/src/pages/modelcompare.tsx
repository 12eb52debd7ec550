/** Two versions: their figures with the change, what else differs, and what the graphs do differently. */

import { useId } from "react";
import { compareVersions, type ModelComparison, type ModelDetail } from "../api/models.ts";
import { Trouble } from "../components/trouble.tsx";
import { formatExact, formatNumber } from "../lib/format.ts";
import { changeWords, figureOrder, isOfClass, lessIsBetter } from "../lib/models.ts";
import { useRead } from "../state/read.ts";
import { TestsBeside } from "./testsbeside.tsx";

type Pair = readonly [number, number];

interface Props {
  readonly model: ModelDetail;
  readonly pair: Pair;
  readonly onPair: (pair: Pair | null) => void;
}

export function CompareVersions({ model, pair, onPair }: Props) {
  const [a, b] = pair;
  const key = `${model.name} ${a} ${b} ${model.rev}`;
  const { answer, problem, again } = useRead(key, () => compareVersions(model.name, a, b));
  return (
    <section aria-label="Comparison" className="md-compare" aria-busy={answer === null && problem === null}>
      <h2>
        Compare
        <Which label="First version" model={model} value={a} onChoose={(next) => onPair([next, b])} />
        with
        <Which label="Second version" model={model} value={b} onChoose={(next) => onPair([a, next])} />
        <button
          type="button"
          className="quiet"
          aria-label="Swap the versions"
          title="Swap"
          onClick={() => onPair([b, a])}
        >
          ⇄
        </button>
        <span className="grow" />
        <button type="button" className="quiet" aria-label="Close the comparison" onClick={() => onPair(null)}>
          ✕
        </button>
      </h2>
      {problem !== null && <Trouble cause={problem} onRetry={again} small />}
      {answer !== null && <TestsBeside model={model} pair={pair} />}
      {answer !== null && <Found found={answer} pair={pair} />}
    </section>
  );
}

/** As many figures stand there at first. */
const FEW = 12;

interface WhichProps {
  readonly label: string;
  readonly model: ModelDetail;
  readonly value: number;
  readonly onChoose: (version: number) => void;
}

function Which({ label, model, value, onChoose }: WhichProps) {
  const id = useId();
  return (
    <>
      <label htmlFor={id} className="visually-hidden">
        {label}
      </label>
      <select id={id} value={value} onChange={(event) => onChoose(Number(event.target.value))}>
        {!model.versions.some((version) => version.number === value) && <option value={value}>{value}</option>}
        {model.versions.map(({ number, aliases }) => (
          <option key={number} value={number}>
            {number}
            {aliases.length > 0 ? ` (${aliases.join(", ")})` : ""}
          </option>
        ))}
      </select>
    </>
  );
}

function Found({ found, pair: [a, b] }: { found: ModelComparison; pair: Pair }) {
  const by = new Map(found.figures.map((figure) => [figure.name, figure]));
  const names = figureOrder(by.keys());
  const [main, ofClass] = [names.filter((name) => !isOfClass(name)), names.filter(isOfClass)];
  const table = (keys: readonly string[]) => (
    <table className="md-pairs">
      <thead>
        <tr>
          <th scope="col">figure</th>
          <th scope="col" className="number">
            {a}
          </th>
          <th scope="col" className="number">
            {b}
          </th>
          <th scope="col" className="number">
            change
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map((name) => {
          const { first = null, second = null, change = null } = by.get(name) ?? {};
          return (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className="number" title={formatExact(first)}>
                {formatNumber(first)}
              </td>
              <td className="number" title={formatExact(second)}>
                {formatNumber(second)}
              </td>
              <td className={`number ${toneOf(name, change)}`} title={formatExact(change)}>
                {changeWords(change)}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
  return (
    <>
      {found.same_data === false && (
        <p className="notice" role="status">
          <b>Their data differ.</b> The figures are not of the same rows: a better one may only mean easier data.
        </p>
      )}
      {found.same_files && <p className="muted">They are the same model, byte for byte.</p>}
      <div className="md-compare-body">
        <div>
          {main.length > 0 ? table(main.slice(0, FEW)) : <p className="muted">Neither has a figure.</p>}
          {main.length > FEW && (
            <details className="md-classes">
              <summary>{main.length - FEW} more figures</summary>
              {table(main.slice(FEW))}
            </details>
          )}
          {ofClass.length > 0 && (
            <details className="md-classes">
              <summary>Figures of each class and level</summary>
              {table(ofClass)}
            </details>
          )}
        </div>
        <div>
          <h3>What else differs</h3>
          {found.fields.length === 0 ? (
            <p className="muted">Nothing.</p>
          ) : (
            <table className="md-pairs">
              <thead>
                <tr>
                  <th scope="col">
                    <span className="visually-hidden">What</span>
                  </th>
                  <th scope="col">{a}</th>
                  <th scope="col">{b}</th>
                </tr>
              </thead>
              <tbody>
                {found.fields.map(({ name, first, second }) => (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td>{first || "–"}</td>
                    <td>{second || "–"}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {found.graph !== null && (
            <>
              <h3>Graph</h3>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, and keys must be able to */}
              <pre className="md-graph" tabIndex={0}>
                {found.graph || "They compute the same."}
              </pre>
            </>
          )}
        </div>
      </div>
    </>
  );
}

/** Better is green and worse is red, where the name of a figure says which way is better. */
function toneOf(name: string, change: number | null): string {
  const less = lessIsBetter(name);
  if (less === null || change === null || change === 0) return "";
  return change < 0 === less ? "md-pass" : "md-fail";
}
