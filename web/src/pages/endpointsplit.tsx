/** What answers: the model or alias, a canary with its share, a shadow, all changed while requests come; and what is logged. */

import { type ReactNode, useEffect, useId, useState } from "react";
import { type EndpointRow, type EndpointVersion, patchEndpoint } from "../api/endpoints.ts";
import { getModel } from "../api/models.ts";
import { Link } from "../components/link.tsx";
import { milliseconds, PAST_ROLES, ROLES, splitOf } from "../lib/endpoints.ts";
import { formatInteger, formatNumber, plural } from "../lib/format.ts";
import { modelPath, runPath } from "../lib/url.ts";
import { useDocumentTick, useRead } from "../state/read.ts";

interface Props {
  readonly row: EndpointRow;
  readonly onChange: (work: Promise<EndpointRow>) => void;
}

export function EndpointSplit({ row, onChange }: Props) {
  return (
    <div className="ep-below">
      <section aria-label="Versions">
        <h2>Versions</h2>
        <Versions row={row} />
        <Drawn row={row} />
      </section>
      <section aria-label="Change what answers">
        <h2>Change what answers</h2>
        <Change row={row} onChange={onChange} />
      </section>
    </div>
  );
}

function Versions({ row }: { row: EndpointRow }) {
  const past = row.past.filter((one) => one.requests + one.passed > 0);
  if (row.versions.length + past.length === 0)
    return <p className="muted">Nothing answers. What is to be served is {row.model}.</p>;
  return (
    <section className="scroll-x" aria-label="Counts of each version">
      <table className="ep-versions">
        <thead>
          <tr>
            <th scope="col">version</th>
            <th scope="col">role</th>
            <th scope="col" className="number">
              requests
            </th>
            <th scope="col" className="number">
              refused
            </th>
            <th scope="col" className="number">
              failed
            </th>
            <th scope="col" className="number">
              p50 ms
            </th>
            <th scope="col" className="number">
              p95 ms
            </th>
            <th scope="col">logged</th>
          </tr>
        </thead>
        <tbody>
          {row.versions.map((one) => (
            <Version key={`${one.role} ${one.version}`} one={one} words={ROLES[one.role]} />
          ))}
          {past.map((one) => (
            <Version key={`past ${one.role} ${one.version}`} one={one} words={PAST_ROLES[one.role]} />
          ))}
        </tbody>
      </table>
      <p className="muted ep-note">
        Counted since the server started, each request once: of the version that answered it. A process that dies takes
        what it counted in its last second along. Refused: what came could not be predicted, and was answered 4xx with
        the reason.
      </p>
    </section>
  );
}

function Version({ one, words }: { one: EndpointVersion; words: string }) {
  const [name = "", number = ""] = one.version.split("@");
  return (
    <tr>
      <th scope="row">
        <Link to={modelPath(name, { version: number })}>{one.version}</Link>
      </th>
      <td>
        {words}
        {one.passed > 0 && (
          <span className="md-under">{plural(one.passed, "request")} it could not answer went to the model</span>
        )}
        {one.role === "shadow" && one.compared > 0 && (
          <span className="md-under">
            says the same in {formatNumber((100 * one.agreed) / one.compared, 3)} % of {formatInteger(one.compared)}{" "}
            rows
          </span>
        )}
      </td>
      <td className="number">{formatInteger(one.requests)}</td>
      <td className="number">{formatInteger(one.refused)}</td>
      <td className={one.failed > 0 ? "number bad" : "number"}>{formatInteger(one.failed)}</td>
      <td className="number">{milliseconds(one.p50_ms)}</td>
      <td className="number">{milliseconds(one.p95_ms)}</td>
      <td>{one.run === "" ? "–" : <Link to={runPath("serving", one.run)}>run</Link>}</td>
    </tr>
  );
}

/** How requests were split since the share was changed, beside what was asked for. */
function Drawn({ row }: { row: EndpointRow }) {
  const split = splitOf(row);
  if (split === null || row.canary === null) return null;
  const seen = split.all === 0 ? 0 : split.canary / split.all;
  const outside = split.all > 0 && (seen < split.low || seen > split.high);
  return (
    <div className="ep-split">
      <h3>Split since it was last changed</h3>
      <div
        className="ep-split-bar"
        role="img"
        aria-label={`${split.canary} of ${split.all} requests went to the canary`}
      >
        <span className="ep-split-canary" style={{ width: `${100 * seen}%` }} />
        <span
          className="ep-split-range"
          style={{ left: `${100 * split.low}%`, width: `${100 * (split.high - split.low)}%` }}
        />
        <span className="ep-split-asked" style={{ left: `${100 * split.asked}%` }} />
      </div>
      <p className="muted">
        {split.all === 0 ? (
          "No request has come since."
        ) : (
          <>
            <b className="ep-ink">{formatNumber(100 * seen, 3)} %</b> of {formatInteger(split.all)} requests went to{" "}
            {row.canary.ref} ({formatInteger(split.canary)}); asked for are {formatNumber(100 * split.asked, 3)} %, and
            chance alone keeps 19 of 20 splits within {formatNumber(100 * split.low, 3)}–
            {formatNumber(100 * split.high, 3)} %.
            {outside && " Requests that name themselves go by their name: many of one name weigh more."}
          </>
        )}
      </p>
    </div>
  );
}

function Change({ row, onChange }: Props) {
  const [model = "", which = "latest"] = row.model.split("@");
  const tick = useDocumentTick("model");
  const { answer } = useRead(`serve ${model}`, () => getModel(model), tick);
  const aliases = Object.keys(answer?.aliases ?? {}).sort();
  const refs = [...aliases, "latest", ...(answer?.versions ?? []).map(({ number }) => String(number))];
  const id = useId();
  const set = (changes: Parameters<typeof patchEndpoint>[1]): void => onChange(patchEndpoint(row.name, changes));
  const canary = row.canary?.ref ?? "";
  return (
    <div className="md-form ep-form">
      <label htmlFor={`${id}model`}>model</label>
      <Refs
        id={`${id}model`}
        refs={refs}
        model={model}
        value={`${model}@${which}`}
        aliases={answer?.aliases ?? {}}
        onPick={(ref) => set({ model: ref })}
      />
      <p className="muted md-wide">The next version is loaded beside the one that answers; no request fails.</p>
      <label htmlFor={`${id}canary`}>canary</label>
      <Refs
        id={`${id}canary`}
        refs={refs}
        model={model}
        value={canary}
        aliases={answer?.aliases ?? {}}
        none="none"
        onPick={(ref) => set({ canary: ref === "" ? null : { ref, share: row.canary?.share ?? 0.1 } })}
      />
      {row.canary !== null && (
        <>
          <label htmlFor={`${id}share`}>share</label>
          <Share
            id={`${id}share`}
            share={row.canary.share}
            onShare={(share) => set({ canary: { ref: canary, share } })}
          />
        </>
      )}
      <label htmlFor={`${id}shadow`}>shadow</label>
      <Refs
        id={`${id}shadow`}
        refs={refs}
        model={model}
        value={row.shadow}
        aliases={answer?.aliases ?? {}}
        none="none"
        onPick={(ref) => set({ shadow: ref })}
      />
      <label htmlFor={`${id}minute`}>logged</label>
      <div className="ep-log">
        <Field
          id={`${id}minute`}
          value={row.log.per_minute ?? 60}
          most={6000}
          label="requests a minute at most"
          onValue={(per_minute) => set({ log: { ...row.log, per_minute } })}
        >
          a minute at most, evenly, of
        </Field>
        <Field
          id={`${id}part`}
          value={Math.round(100 * (row.log.share ?? 1))}
          most={100}
          label="percent of requests that may be logged"
          onValue={(percent) => set({ log: { ...row.log, share: percent / 100 } })}
        >
          % of requests
        </Field>
      </div>
    </div>
  );
}

interface RefsProps {
  readonly id: string;
  readonly model: string;
  readonly refs: readonly string[];
  readonly value: string;
  readonly aliases: Readonly<Record<string, number>>;
  readonly none?: string;
  readonly onPick: (ref: string) => void;
}

function Refs({ id, model, refs, value, aliases, none, onPick }: RefsProps) {
  const known = refs.map((ref) => `${model}@${ref}`);
  return (
    <select id={id} value={value} onChange={(event) => onPick(event.target.value)}>
      {none !== undefined && <option value="">{none}</option>}
      {value !== "" && !known.includes(value) && <option value={value}>{value}</option>}
      {refs.map((ref) => (
        <option key={ref} value={`${model}@${ref}`}>
          {model}@{ref}
          {aliases[ref] !== undefined && ` (version ${aliases[ref]})`}
        </option>
      ))}
    </select>
  );
}

function Share({ id, share, onShare }: { id: string; share: number; onShare: (share: number) => void }) {
  const [moved, setMoved] = useState<number | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the server says now counts
  useEffect(() => setMoved(null), [share]);
  const shown = moved ?? Math.round(100 * share);
  const done = (): void => {
    if (moved !== null && moved / 100 !== share) onShare(moved / 100);
  };
  return (
    <div className="ep-share">
      <input
        id={id}
        type="range"
        min={0}
        max={100}
        step={1}
        value={shown}
        aria-valuetext={`${shown} %`}
        onChange={(event) => setMoved(Number(event.target.value))}
        onPointerUp={done}
        onKeyUp={done}
        onBlur={done}
      />
      <output htmlFor={id}>{shown} %</output>
    </div>
  );
}

interface FieldProps {
  readonly id: string;
  readonly value: number;
  readonly most: number;
  readonly label: string;
  readonly onValue: (value: number) => void;
  readonly children: ReactNode;
}

/** A whole number, kept when its field is left or Enter is pressed. */
function Field({ id, value, most, label, onValue, children }: FieldProps) {
  const [text, setText] = useState<string | null>(null);
  const keep = (): void => {
    const number = Math.round(Number(text));
    if (text !== null && text !== "" && number >= 0 && number <= most && number !== value) onValue(number);
    setText(null);
  };
  return (
    <span className="ep-field">
      <input
        id={id}
        type="text"
        inputMode="numeric"
        aria-label={label}
        value={text ?? value}
        onChange={(event) => setText(event.target.value)}
        onBlur={keep}
        onKeyDown={(event) => event.key === "Enter" && keep()}
      />{" "}
      {children}
    </span>
  );
}
