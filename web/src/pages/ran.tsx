/** What ran: the command, the code it came from, the machine, versions, the seed, the data, and how it ended. */

import type { ReactNode } from "react";
import type { RunDetail } from "../api/types.ts";
import { CopyButton } from "../components/copy.tsx";
import { Link } from "../components/link.tsx";
import { Pairs } from "../components/pairs.tsx";
import { formatBytes, formatInteger, formatValue, plural } from "../lib/format.ts";
import { jobPath, runPath, sweepPath } from "../lib/url.ts";
import { CAPTURED, record, text, texts, useCaptured } from "../state/captured.ts";

/** Facts of `meta` that are shown here, and so not among the others. */
export const SHOWN_AS_RAN: readonly string[] =
  "command script cwd commit branch dirty repo os host cpu cores memory gpu python framework seed parameters data pid job ended".split(
    " ",
  );

export function Ran({ run }: { run: RunDetail }) {
  const meta = run.meta;
  const command = texts(meta.command);
  const rows: [string, ReactNode][] = [
    ["code", code(run)],
    ["machine", machine(meta)],
    ["versions", versions(meta)],
    ["seed", meta.seed === undefined ? null : formatValue(meta.seed)],
    ["parameters", typeof meta.parameters === "number" ? formatInteger(meta.parameters) : null],
    ["data", data(run)],
    ["folder", mono(meta.cwd)],
    ["job", job(meta)],
    ["sweep", sweep(meta)],
  ];
  const known = rows.filter(([, value]) => value !== null);
  return (
    <section aria-label="What ran">
      <h2>What ran</h2>
      {command.length > 0 && (
        <div className="command">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long commands scroll, and keys must be able to */}
          <pre tabIndex={0}>{shellWords(command)}</pre>
          <CopyButton text={shellWords(command)} what="the command" />
        </div>
      )}
      {known.length === 0 ? <NothingCaptured /> : <Pairs rows={known} className="pairs ran" />}
    </section>
  );
}

/** The job that it ran in, which may have been removed. */
function job(meta: RunDetail["meta"]): ReactNode {
  return typeof meta.job === "string" ? <Link to={jobPath(meta.job)}>{meta.job}</Link> : null;
}

/** The sweep that it is a trial of, and why that was ended early if it was. */
function sweep(meta: RunDetail["meta"]): ReactNode {
  const found = meta.sweep;
  if (typeof found !== "object" || found === null || Array.isArray(found)) return null;
  const { id, name, trial, pruned } = found as Record<string, unknown>;
  if (typeof id !== "string") return null;
  return (
    <>
      <Link to={sweepPath(id)}>{formatValue(name)}</Link>, trial {formatValue(trial)}
      {typeof pruned === "string" && `, ended early: ${pruned}`}
    </>
  );
}

/** Why it failed, with the whole traceback where it was captured; or that it was stopped on purpose, and how it goes on. */
export function Ending({ run }: { run: RunDetail }) {
  const trace = useCaptured(run.id, CAPTURED.traceback);
  const shown = trace.state === "there" ? trace.text : (run.error ?? "");
  if (run.state === "stopped" && typeof run.meta.ended === "string")
    return (
      <section aria-label="Ending">
        <h2>Stopped on purpose</h2>
        <p className="muted">{run.meta.ended}</p>
      </section>
    );
  if (run.error === null) return null;
  return (
    <section aria-label="Error">
      <h2>
        Error <CopyButton text={shown} what="the traceback" />
      </h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, and keys must be able to */}
      <pre className="error-text" tabIndex={0}>
        {shown}
      </pre>
    </section>
  );
}

function NothingCaptured() {
  return (
    <p className="muted">
      Nothing was captured of the program: it logged over HTTP, or ran with <code>GNOMON_CAPTURE=off</code>. Runs that
      begin with <code>gnomon.init</code> tell their command, code, packages and hardware by themselves.
    </p>
  );
}

function code(run: RunDetail): ReactNode {
  const { commit, branch, dirty, repo, script } = run.meta;
  if (typeof commit !== "string") return mono(script);
  const to = `${runPath(run.project, run.id)}?tab=code`;
  return (
    <>
      <Link to={to} className="mono" title={commit}>
        {commit.slice(0, 10)}
      </Link>
      {branch ? <> on {text(branch)}</> : null}
      {dirty === true && (
        <Link to={to} className="dirty" title="What was not committed is kept with the run">
          ± with changes
        </Link>
      )}
      {dirty === undefined && <span className="muted"> (changes not known)</span>}
      {repo ? <div className="muted mono">{text(repo)}</div> : null}
      {script ? <div className="muted mono">{text(script)}</div> : null}
    </>
  );
}

function machine(meta: RunDetail["meta"]): ReactNode {
  const { gpu, cpu, cores, memory, os, host } = meta;
  const parts = [
    text(gpu),
    text(cpu),
    typeof cores === "number" ? plural(cores, "core") : "",
    typeof memory === "number" ? formatBytes(memory) : "",
  ].filter((part) => part !== "");
  if (parts.length === 0) return host ? text(host) : null;
  return (
    <>
      {parts.join(" · ")}
      <div className="muted">{[text(host), text(os)].filter((part) => part !== "").join(" · ")}</div>
    </>
  );
}

function versions(meta: RunDetail["meta"]): ReactNode {
  const found = Object.entries(record(meta.framework) ?? {}).map(
    ([name, version]) => `${name} ${formatValue(version)}`,
  );
  const python = meta.python ? [`Python ${text(meta.python)}`] : [];
  return python.length + found.length === 0 ? null : [...python, ...found].join(" · ");
}

function data(run: RunDetail): ReactNode {
  const used = Object.entries(record(run.meta.data) ?? {});
  if (used.length === 0) return null;
  return used.map(([name, hash]) => (
    <div key={name}>
      <Link to={`${runPath(run.project, run.id)}?tab=data`}>{name}</Link>{" "}
      <span className="mono muted">{text(hash)}</span>
    </div>
  ));
}

function mono(value: unknown): ReactNode {
  return value ? <span className="mono">{text(value)}</span> : null;
}

/** A command as a shell reads it. */
function shellWords(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}
