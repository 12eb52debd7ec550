/** The data of a run: for each set its shape, type, classes, hash, a preview, and which runs used the same. */

import { useEffect, useMemo, useState } from "react";
import { queryRuns } from "../api/client.ts";
import type { RunDetail } from "../api/types.ts";
import { CodeBlock, CopyButton } from "../components/copy.tsx";
import { Link } from "../components/link.tsx";
import { ScrollX } from "../components/scrollx.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatBytes, formatInteger, formatNumber, formatValue, plural } from "../lib/format.ts";
import { readPinned } from "../lib/graphdata.ts";
import { datasetPath, runsPath } from "../lib/url.ts";
import { CAPTURED, jsonOf, pictureUrl, record, recordsOf, text, texts, useCaptured } from "../state/captured.ts";

/** Classes that are drawn; the rest is counted. */
const SHOWN_CLASSES = 40;
const SHOWN_COLUMNS = 200;
const THUMBNAIL_PX = 64;

export function DataPane({ run }: { run: RunDetail }) {
  const names = Object.keys(record(run.meta.data) ?? {});
  if (names.length === 0) return <TeachData />;
  const pinned = readPinned(text(run.config.dataset));
  return (
    <div className="data-pane">
      {pinned !== null && (
        <p className="tally">
          <Link to={datasetPath(pinned.name, { version: pinned.version })}>Data set {pinned.name}</Link>
          <span className="mono">{pinned.version}</span>
        </p>
      )}
      <SameData run={run} />
      {names.map((name) => (
        <Dataset key={name} run={run} name={name} />
      ))}
    </div>
  );
}

/** Other runs of the project that used the same data under the same names: those that may be ranked together. */
function SameData({ run }: { run: RunDetail }) {
  const [found, setFound] = useState<{ hash: string; others: number } | null>(null);
  const used = JSON.stringify(run.meta.data);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the run uses decides, not each new copy of the run
  useEffect(() => {
    let here = true;
    const look = async (): Promise<void> => {
      const own = await queryRuns({ project: run.project, ids: [run.id], columns: ["attr.data"], limit: 1 });
      const hash = own.columns["attr.data"]?.[0];
      if (typeof hash !== "string") return;
      const same = await queryRuns({ project: run.project, where: `attr.data = '${hash}'`, limit: 0 });
      if (here) setFound({ hash, others: Math.max(0, same.matched - 1) });
    };
    look().catch(() => here && setFound(null));
    return () => {
      here = false;
    };
  }, [run.id, run.project, used]);
  if (found === null) return null;
  const to = `${runsPath(run.project)}?where=${encodeURIComponent(`attr.data = '${found.hash}'`)}`;
  return (
    <p className="tally">
      {found.others === 0 ? (
        <span className="muted">No other run of this project used exactly this data.</span>
      ) : (
        <Link to={to}>{plural(found.others, "other run")} used exactly this data</Link>
      )}
      <span className="muted">Leaderboards rank only runs of the same data against each other.</span>
    </p>
  );
}

function Dataset({ run, name }: { run: RunDetail; name: string }) {
  const found = useCaptured(run.id, CAPTURED.data + name);
  const facts = useMemo(() => jsonOf(found), [found]);
  if (found.state === "failed") return <Trouble cause={found.problem} />;
  if (facts === null) return <div className="skeleton dataset" />;
  const classes = Object.entries(record(facts.classes) ?? {}).map(([label, n]) => [label, Number(n)] as const);
  const columns = [...recordsOf(facts.x), ...recordsOf(facts.y)];
  return (
    <section className="dataset" aria-label={`Data ${name}`}>
      <header>
        <h2>{name}</h2>
        <span className="mono">{text(facts.hash)}</span>
        <CopyButton text={text(facts.hash)} what={`the hash of ${name}`} />
      </header>
      <p className="facts">{summary(facts).join(" · ")}</p>
      {texts(facts.sampled).length > 0 && (
        <p className="muted">The hash is of a sample: {texts(facts.sampled).join("; ")}.</p>
      )}
      {texts(facts.notes).map((note) => (
        <p key={note} className="muted">
          ▲ {note}
        </p>
      ))}
      {text(facts.preview) !== "" && <Preview run={run.id} name={text(facts.preview)} />}
      <div className="beside">
        {classes.length > 0 && <Classes classes={classes} />}
        {columns.length > 0 && <Columns columns={columns} head={record(facts.head) ?? {}} />}
      </div>
    </section>
  );
}

function summary(facts: Record<string, unknown>): string[] {
  const shape = Array.isArray(facts.shape) && facts.shape.length > 0 ? facts.shape.map(String).join(" × ") : "";
  const rows = typeof facts.rows === "number" ? facts.rows : null;
  const files = facts.kind === "files";
  return [
    shape,
    rows === null || shape.startsWith(String(rows)) ? "" : plural(rows, files ? "file" : "sample"),
    text(facts.dtype) === "files" ? text(facts.path) : text(facts.dtype),
    typeof facts.bytes === "number" ? formatBytes(facts.bytes) : "",
    facts.exact === true ? "all of it hashed" : "",
  ].filter((part) => part !== "");
}

function Preview({ run, name }: { run: string; name: string }) {
  const { row } = useCaptured(run, name);
  if (row === null) return null;
  const shape = Array.isArray(row.meta.shape) ? row.meta.shape : [];
  const captions = texts(row.meta.captions);
  return (
    <ul className="thumbnails" aria-label="Some samples">
      {Array.from({ length: Number(shape[0] ?? 0) }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: pictures of one record never move
        <li key={i}>
          <img
            src={pictureUrl(run, row, i, THUMBNAIL_PX)}
            alt={captions[i] ? `Sample of class ${captions[i]}` : "Sample"}
          />
          <span className="muted">{captions[i] ?? ""}</span>
        </li>
      ))}
    </ul>
  );
}

function Classes({ classes }: { classes: readonly (readonly [string, number])[] }) {
  const most = Math.max(...classes.map(([, n]) => n));
  const least = Math.min(...classes.map(([, n]) => n));
  const total = classes.reduce((sum, [, n]) => sum + n, 0);
  return (
    <div className="classes">
      <h3>
        {plural(classes.length, "class", "classes")}{" "}
        <span className="muted">
          {most === least ? "all alike" : `largest ${formatNumber(most / least, 2)} times the smallest`}
        </span>
      </h3>
      <table>
        <tbody>
          {classes.slice(0, SHOWN_CLASSES).map(([label, n]) => (
            <tr key={label}>
              <th scope="row" title={label}>
                {label}
              </th>
              <td className="bar" aria-hidden="true">
                <span style={{ width: `${(100 * n) / most}%` }} />
              </td>
              <td className="number">{formatInteger(n)}</td>
              <td className="number muted">{((100 * n) / total).toFixed(1)} %</td>
            </tr>
          ))}
        </tbody>
      </table>
      {classes.length > SHOWN_CLASSES && <p className="muted">{classes.length - SHOWN_CLASSES} more classes</p>}
    </div>
  );
}

interface ColumnsProps {
  readonly columns: readonly Record<string, unknown>[];
  readonly head: Record<string, unknown>;
}

function Columns({ columns, head }: ColumnsProps) {
  const hasHead = Object.keys(head).length > 0;
  return (
    <div className="columns">
      <h3>{plural(columns.length, "part")}</h3>
      <ScrollX label="Parts of the data">
        <table className="results">
          <thead>
            <tr>
              <th scope="col">name</th>
              <th scope="col">type</th>
              <th scope="col">shape</th>
              {["lowest", "highest", "mean", "missing"].map((name) => (
                <th key={name} scope="col" className="number">
                  {name}
                </th>
              ))}
              {hasHead && <th scope="col">first values</th>}
            </tr>
          </thead>
          <tbody>
            {columns.slice(0, SHOWN_COLUMNS).map((column) => (
              <tr key={text(column.name)}>
                <th scope="row" className="mono">
                  {text(column.name)}
                </th>
                <td>{text(column.dtype)}</td>
                <td>{Array.isArray(column.shape) ? column.shape.map(String).join(" × ") : ""}</td>
                {["low", "high", "mean"].map((name) => (
                  <td key={name} className="number">
                    {typeof column[name] === "number" ? formatNumber(column[name]) : "–"}
                  </td>
                ))}
                <td className={Number(column.missing) > 0 ? "number bad" : "number muted"}>
                  {column.missing === undefined ? "–" : formatInteger(Number(column.missing))}
                </td>
                {hasHead && <td className="head-values">{firsts(head[text(column.name)])}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollX>
      {columns.length > SHOWN_COLUMNS && <p className="muted">{columns.length - SHOWN_COLUMNS} more</p>}
    </div>
  );
}

function firsts(values: unknown): string {
  return Array.isArray(values) ? values.map((value) => (value === null ? "–" : formatValue(value))).join(", ") : "";
}

const PYTHON = `data = run.use_data(x_train, y_train, name="train")   # arrays, tensors, frames, data sets, a path
run.use_data(x_test, y_test, name="test")
data.hash, data.shape, data.classes`;

function TeachData() {
  return (
    <div className="teach">
      <h1>Which data was it?</h1>
      <p className="muted">
        One line tells shape, type, class balance and a hash of the content. Runs of the same data are ranked together,
        and a test set that shares rows with the training set is pointed out.
      </p>
      <CodeBlock code={PYTHON} what="the Python lines" />
    </div>
  );
}
