/** Which config keys a metric depends on, and how sure that is. */

import { type ReactNode, useEffect, useState } from "react";
import { type Importance, type ParameterImportance, queryImportance } from "../../api/analysis.ts";
import { Problem } from "../../api/client.ts";
import { Trouble } from "../../components/trouble.tsx";
import { formatNumber, MISSING, plural } from "../../lib/format.ts";

interface Props {
  readonly project: string;
  readonly metric: string;
  readonly where: string;
  /** How many runs have a value of the metric. */
  readonly count: number;
}

/** With fewer, the server does not guess. */
const FEWEST = 10;

export function ImportancePane({ project, metric, where, count }: Props) {
  const [found, setFound] = useState<Importance | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  useEffect(() => {
    let current = true;
    if (count < FEWEST) return;
    queryImportance({ project, metric, where: where || null }).then(
      (answer) => {
        if (!current) return;
        setFound(answer);
        setProblem(null);
      },
      (cause: unknown) => current && setProblem(cause),
    );
    return () => {
      current = false;
    };
  }, [project, metric, where, count]);
  if (count < FEWEST)
    return (
      <p className="muted explore-note">
        It takes {FEWEST} runs with a value to tell; here {count === 1 ? "is one" : `are ${count}`}.
      </p>
    );
  if (problem instanceof Problem && problem.status === 400)
    return <p className="muted explore-note">{problem.detail}</p>;
  if (problem !== null) return <Trouble cause={problem} />;
  if (found === null) return <div className="skeleton explore-skeleton" aria-hidden="true" />;
  const most = Math.max(0.05, ...found.parameters.map((parameter) => parameter.interval[1]));
  return (
    <>
      <table className="importance">
        <caption className="visually-hidden">Importance of config keys for {metric}</caption>
        <thead>
          <tr>
            <th scope="col">config</th>
            <th scope="col">importance</th>
            <th scope="col" className="num">
              R² lost
            </th>
            <th scope="col" className="num">
              rank correlation
            </th>
          </tr>
        </thead>
        <tbody>
          {found.parameters.map((parameter) => (
            <Row key={parameter.name} parameter={parameter} most={most} />
          ))}
        </tbody>
      </table>
      <p className="muted explore-note">
        {plural(found.runs, "run")}; explains {formatNumber(Math.max(0, found.score) * 100, 2)} % of the variance of
        runs left out ({percent(found.score_interval[0])} to {percent(found.score_interval[1])} %). {found.method}
        {found.caveat && <strong> {found.caveat}</strong>}
      </p>
    </>
  );
}

function percent(share: number): string {
  return formatNumber(Math.round(share * 100), 3);
}

function Row({ parameter, most }: { parameter: ParameterImportance; most: number }) {
  const { name, importance, interval, matters, correlation, correlation_interval: between } = parameter;
  const at = (value: number): string => `${Math.max(0, Math.min(1, value / most)) * 100}%`;
  return (
    <tr className={matters ? undefined : "unsure"}>
      <th scope="row">
        <span className="key">{name}</span>
        {!matters && <small> may not matter</small>}
      </th>
      <td>
        <span className="bar" aria-hidden="true">
          <i className="fill" style={{ width: at(importance) }} />
          <i className="whisker" style={{ left: at(interval[0]), right: `calc(100% - ${at(interval[1])})` }} />
        </span>
      </td>
      <Figure value={importance} between={interval} />
      <Figure value={correlation} between={between} signed />
    </tr>
  );
}

interface FigureProps {
  readonly value: number | null;
  readonly between: readonly [number, number] | null;
  readonly signed?: boolean;
}

/** A number with its 95 % interval on hover, and for those who listen. */
function Figure({ value, between, signed = false }: FigureProps): ReactNode {
  if (value === null) return <td className="num muted">{MISSING}</td>;
  const text = `${signed && value > 0 ? "+" : ""}${value.toFixed(2).replace("-", "\u2212")}`;
  const range = between ? `${between[0].toFixed(2)} to ${between[1].toFixed(2)}`.replaceAll("-", "\u2212") : "";
  return (
    <td className="num" title={range && `95 % interval ${range}`}>
      {text}
      {range && <small className="muted"> {range}</small>}
    </td>
  );
}
