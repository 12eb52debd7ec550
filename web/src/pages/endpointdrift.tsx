/** Drift: whether requests, and answers, are distributed as the rows that the version was trained on. */

import { useState } from "react";
import { type EndpointDrift, type EndpointRow, readDrift } from "../api/endpoints.ts";
import { Link } from "../components/link.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatInteger, formatNumber } from "../lib/format.ts";
import { datasetPath, runPath } from "../lib/url.ts";
import { useRead } from "../state/read.ts";

/** A class of so many letters has room under its bars. */
const SHORT = 5;

type Row = EndpointDrift["rows"][number];

const NAMES = { psi: "PSI", ks: "KS distance" } as const;
const WORDS = { few: "not enough yet", same: "as in training", drifted: "drifted" } as const;

export function EndpointDriftPane({ row }: { row: EndpointRow }) {
  const versions = row.versions.filter(({ role }) => role !== "shadow");
  const [picked, setPicked] = useState<string | null>(null);
  const version = picked ?? versions[0]?.version ?? null;
  const { answer, problem, again, loading } = useRead(version && `${row.name} drift ${version}`, () =>
    readDrift(row.name, version as string),
  );
  if (version === null) return <p className="muted">Nothing answers now, so there is nothing to look at.</p>;
  if (problem !== null) return <Trouble cause={problem} small onRetry={again} />;
  if (answer === null) return <div className="skeleton line" />;
  return (
    <div className="ep-drift" aria-busy={loading}>
      <p className="ep-drift-head">
        {versions.length > 1 && (
          <select aria-label="Version" value={version} onChange={(event) => setPicked(event.target.value)}>
            {versions.map((one) => (
              <option key={one.version}>{one.version}</option>
            ))}
          </select>
        )}
        <span>
          <b>{formatInteger(answer.requests)}</b> logged requests
          {answer.run !== "" && (
            <>
              {" "}
              (<Link to={runPath("serving", answer.run)}>the run</Link>)
            </>
          )}
          {answer.data !== "" && (
            <>
              {" "}
              against rows of <code>train</code> of <Data value={answer.data} />
            </>
          )}
        </span>
        <button type="button" className="small" onClick={again}>
          Measure again
        </button>
      </p>
      {answer.why !== "" ? (
        <p className="muted">{answer.why}</p>
      ) : (
        <>
          {answer.requests < answer.least && (
            <p className="ep-few" role="status">
              Not enough requests yet: {formatInteger(answer.requests)} of {formatInteger(answer.least)}. Before that,
              chance would look like drift.
            </p>
          )}
          <div className="ep-drift-rows">
            {answer.rows.map((one) => (
              <Drifted key={`${one.of} ${one.name}`} row={one} />
            ))}
          </div>
          <p className="muted ep-note">
            Drifted is what exceeds all its bounds. They hold for requests that do not depend on each other: one caller
            who sends the same picture again and again drifts by that.
          </p>
        </>
      )}
    </div>
  );
}

function Data({ value }: { value: string }) {
  const [name = "", digest = ""] = value.split("@");
  return <Link to={datasetPath(name, { version: digest })}>{value}</Link>;
}

function Drifted({ row }: { row: Row }) {
  return (
    <section className={`ep-drift-row ep-drift-${row.state}`} aria-label={`${row.of} ${row.name}`}>
      <h3>
        <span className="muted">{row.of}</span> {row.name}
        <span className="ep-drift-state">
          {row.state === "drifted" ? "▲ " : ""}
          {WORDS[row.state]}
        </span>
      </h3>
      <p className="muted ep-drift-n">
        {formatInteger(row.before)} before, {formatInteger(row.now)} now
      </p>
      {row.figures.map((figure) => (
        <p key={figure.name} className="ep-figure">
          <span>{NAMES[figure.name]}</span>{" "}
          <b className={figure.value > figure.bound ? "bad" : ""}>{formatNumber(figure.value, 3)}</b>{" "}
          <span className="muted">
            bound {formatNumber(figure.bound, 3)}: {figure.source}
          </span>
        </p>
      ))}
      {row.shares.length > 0 && <Shares row={row} />}
    </section>
  );
}

function Shares({ row }: { row: Row }) {
  const most = Math.max(0.01, ...row.shares.flatMap(({ before, now }) => [before, now]));
  const wide = 100 / row.shares.length;
  const named = row.shares.every(({ name }) => name.length <= SHORT);
  return (
    <figure className="ep-shares">
      <svg
        viewBox="0 0 100 40"
        preserveAspectRatio="none"
        role="img"
        aria-label={`Shares of ${row.name}, before and now`}
      >
        {row.shares.map(({ name, before, now }, i) => (
          <g key={name}>
            <title>{`${name}: ${formatNumber(100 * before, 3)} % before, ${formatNumber(100 * now, 3)} % now`}</title>
            <rect
              className="ep-before"
              x={i * wide + wide * 0.08}
              width={wide * 0.4}
              y={40 - (38 * before) / most}
              height={(38 * before) / most}
            />
            <rect
              className="ep-now"
              x={i * wide + wide * 0.52}
              width={wide * 0.4}
              y={40 - (38 * now) / most}
              height={(38 * now) / most}
            />
          </g>
        ))}
      </svg>
      <figcaption className="muted">
        {named ? (
          <span className="ep-names">
            {row.shares.map(({ name }) => (
              <span key={name}>{name}</span>
            ))}
          </span>
        ) : (
          <span className="ep-ends">
            <span>{row.shares[0]?.name}</span>
            <span>{row.shares.at(-1)?.name}</span>
          </span>
        )}
        <span className="ep-key">
          <i className="ep-before" /> training <i className="ep-now" /> requests
        </span>
      </figcaption>
    </figure>
  );
}
