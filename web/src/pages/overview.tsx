/** One screen about a run: config, results, tags and notes, errors, rewinds. */

import { useMemo, useState } from "react";
import type { RunDetail, RunPatch, SeriesRow } from "../api/types.ts";
import { CopyButton } from "../components/copy.tsx";
import { Editable } from "../components/editable.tsx";
import { Pairs } from "../components/pairs.tsx";
import { ScrollX } from "../components/scrollx.tsx";
import { flatten } from "../lib/flatten.ts";
import { formatExact, formatInteger, formatNumber, formatValue, wireNumber } from "../lib/format.ts";
import { byImportance } from "../lib/metrics.ts";
import { matching } from "../lib/sections.ts";
import { formatMoment } from "../lib/time.ts";
import { Ending, Ran, SHOWN_AS_RAN } from "./ran.tsx";

/** Marks of the process that only the server reads, and what is told elsewhere on the page. */
const HIDDEN = ["started", "summary", "define", "evaluation", ...SHOWN_AS_RAN];
/** More rows than this are searched, not scrolled. */
const SHOWN = 300;

type Edit = (changes: RunPatch) => void;

interface Props {
  readonly run: RunDetail;
  readonly series: readonly SeriesRow[];
  readonly edit: Edit;
}

export function Overview({ run, series, edit }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: long tables scroll, and keys must be able to
    <section className="overview" tabIndex={0} aria-label="Overview">
      <div>
        <Ending run={run} />
        <Results series={series} />
      </div>
      <div>
        <Words run={run} edit={edit} />
        <Ran run={run} />
        <Config run={run} />
        <Facts run={run} />
        {run.rewinds.length > 0 && <Rewinds run={run} />}
      </div>
    </section>
  );
}

/** What people say about the run: its tags and its notes. */
function Words({ run, edit }: { run: RunDetail; edit: Edit }) {
  const add = (text: string): void => {
    const said = text.split(",").map((tag) => tag.trim());
    edit({ tags: [...new Set([...run.tags, ...said])].filter((tag) => tag !== "") });
  };
  return (
    <section aria-label="Tags and notes">
      <h2>Tags and notes</h2>
      <ul className="chips tags" aria-label="Tags">
        {run.tags.map((tag) => (
          <li key={tag} title={tag}>
            {tag}
            <button
              type="button"
              className="quiet"
              aria-label={`Remove the tag ${tag}`}
              onClick={() => edit({ tags: run.tags.filter((one) => one !== tag) })}
            >
              ✕
            </button>
          </li>
        ))}
        <li className="more">
          <Editable value="" label="New tags, separated by commas" hint="Enter adds, Escape leaves" onSave={add}>
            Add a tag
          </Editable>
        </li>
      </ul>
      <Editable
        value={run.notes}
        label="Notes"
        hint="Ctrl+Enter keeps, Escape leaves"
        long
        onSave={(notes) => edit({ notes })}
      >
        <span className={run.notes ? "notes" : "muted"}>{run.notes || "Add notes"}</span>
      </Editable>
    </section>
  );
}

function Facts({ run }: { run: RunDetail }) {
  const facts: [string, string][] = [
    ["id", run.id],
    ["state", run.state],
    ["started", formatMoment(run.created)],
    ["last heard", formatMoment(run.updated)],
    ...(run.finished === null ? [] : ([["ended", formatMoment(run.finished)]] as [string, string][])),
    ...(run.group === null ? [] : ([["group", run.group]] as [string, string][])),
    ...(run.dropped === 0 ? [] : ([["dropped values", formatInteger(run.dropped)]] as [string, string][])),
    ...flatten(run.meta)
      .filter(([key, value]) => value !== null && value !== "" && !HIDDEN.includes(key.split(".")[0] as string))
      .map(([key, value]): [string, string] => [key, formatValue(value)]),
  ];
  return (
    <section>
      <h2>Run</h2>
      <Pairs rows={facts} />
    </section>
  );
}

function Config({ run }: { run: RunDetail }) {
  const pairs = flatten(run.config);
  if (pairs.length === 0) return null;
  return (
    <section>
      <h2>
        Config <span className="muted">{pairs.length}</span>{" "}
        <CopyButton text={JSON.stringify(run.config, null, 2)} what="the config as JSON" />
      </h2>
      <Pairs rows={pairs.slice(0, SHOWN).map(([key, value]) => [key, formatValue(value)])} keys />
    </section>
  );
}

function Results({ series }: { series: readonly SeriesRow[] }) {
  const [search, setSearch] = useState("");
  const found = useMemo(() => {
    const rows = new Map(series.map((row) => [row.key, row]));
    return byImportance(matching([...rows.keys()], search)).flatMap((key) => rows.get(key) ?? []);
  }, [series, search]);
  if (series.length === 0)
    return <p className="muted">No numbers were logged yet; anything else stands under Media.</p>;
  return (
    <section>
      <h2>
        Results <span className="muted">{formatInteger(series.length)}</span>
        {series.length > 20 && (
          <input
            type="search"
            placeholder="Find a series"
            aria-label="Find a series"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
          />
        )}
      </h2>
      <ScrollX label="Results">
        <table className="results">
          <thead>
            <tr>
              <th scope="col">series</th>
              {["last", "lowest", "at step", "highest", "at step", "points", "NaN or ∞"].map((name, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the heads never move
                <th key={i} scope="col" className="number">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.slice(0, SHOWN).map((row) => (
              <Result key={row.key} row={row} />
            ))}
          </tbody>
        </table>
      </ScrollX>
      {found.length > SHOWN && (
        <p className="muted">{formatInteger(found.length - SHOWN)} more: search to narrow them down.</p>
      )}
    </section>
  );
}

function Result({ row }: { row: SeriesRow }) {
  const finite = (value: unknown): number | null => {
    const number = wireNumber(value);
    return number !== null && Number.isNaN(number) ? null : number;
  };
  const [last, low, high] = [wireNumber(row.last), finite(row.low), finite(row.high)];
  return (
    <tr>
      <th scope="row" className="key" title={row.key}>
        {row.key}
      </th>
      <td className={`number${last !== null && !Number.isFinite(last) ? " bad" : ""}`} title={formatExact(last)}>
        <b>{formatNumber(last)}</b>
      </td>
      <td className="number" title={formatExact(low)}>
        {formatNumber(low)}
      </td>
      <td className="number muted">{low === null ? "–" : formatInteger(row.low_step ?? 0)}</td>
      <td className="number" title={formatExact(high)}>
        {formatNumber(high)}
      </td>
      <td className="number muted">{high === null ? "–" : formatInteger(row.high_step ?? 0)}</td>
      <td className="number muted">{formatInteger(row.n)}</td>
      <td className={row.bad > 0 ? "number bad" : "number muted"}>
        {row.bad > 0 ? `▲ ${formatInteger(row.bad)}` : "–"}
      </td>
    </tr>
  );
}

function Rewinds({ run }: { run: RunDetail }) {
  return (
    <section>
      <h2>Rewinds</h2>
      <p className="muted">The run went back and continued; charts show what it continued to.</p>
      <table className="pairs">
        <tbody>
          {run.rewinds.map(({ time, step }, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rewinds are only ever added
            <tr key={i}>
              <th scope="row">to step {formatInteger(step)}</th>
              <td>{formatMoment(time)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
