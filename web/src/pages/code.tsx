/** The code of a run: what was not committed, the script, packages and variables, each searched and copied. */

import { type ReactNode, useDeferredValue, useMemo, useState } from "react";
import type { RunDetail } from "../api/types.ts";
import { CodeBlock, CopyButton } from "../components/copy.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatInteger, plural } from "../lib/format.ts";
import { type PatchFile, readPatch } from "../lib/patch.ts";
import { CAPTURED, jsonOf, record, recordsOf, text, texts, useCaptured } from "../state/captured.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { Source } from "../views/code/lines.tsx";
import { countIn, sourceLines } from "../views/code/source.ts";

const PARTS = [
  ["changes", "Uncommitted changes"],
  ["script", "Script"],
  ["packages", "Packages"],
  ["variables", "Environment variables"],
] as const;
type Part = (typeof PARTS)[number][0];

/** Files of more lines than this together are opened by hand. */
const OPEN_LINES = 4000;

export function CodePane({ run }: { run: RunDetail }) {
  const { search } = usePlace();
  const [typed, setFind] = useState("");
  const find = useDeferredValue(typed);
  const script = useCaptured(run.id, CAPTURED.script);
  const diff = useCaptured(run.id, CAPTURED.diff);
  const environment = useCaptured(run.id, CAPTURED.environment);
  const known = useMemo(() => jsonOf(environment), [environment]);
  const files = useMemo(() => readPatch(diff.text), [diff.text]);
  const lines = useMemo(() => sourceLines(script.text), [script.text]);
  const packages = useMemo(() => pairsOf(known?.packages), [known]);
  const variables = useMemo(() => pairsOf(known?.variables), [known]);
  const all = [script, diff, environment];
  if (all.some((one) => one.state === "reading")) return <p className="muted center">Reading…</p>;
  const failed = all.find((one) => one.state === "failed");
  if (failed) return <Trouble cause={failed.problem} />;
  if (all.every((one) => one.state === "none")) return <TeachCode />;
  const git = record(known?.git);
  const counts: Record<Part, number | null> = {
    changes: git || diff.state === "there" ? files.length + recordsOf(git?.skipped).length : null,
    script: script.state === "there" ? lines.length : null,
    packages: packages.length,
    variables: variables.length,
  };
  const asked = search.get("part");
  const first: Part = files.length > 0 ? "changes" : script.state === "there" ? "script" : "packages";
  const part = PARTS.find(([name]) => name === asked)?.[0] ?? first;
  return (
    <div className="code-pane">
      <nav className="code-parts" aria-label="Parts of the code">
        {PARTS.map(([name, label]) => (
          <button
            key={name}
            type="button"
            className={name === part ? "part on" : "part"}
            aria-current={name === part ? "true" : undefined}
            onClick={() => setSearch({ part: name })}
          >
            {label} <span className="muted">{counts[name] === null ? "" : formatInteger(counts[name])}</span>
          </button>
        ))}
        <input
          type="search"
          placeholder="Find"
          aria-label={`Find in ${part}`}
          value={typed}
          onChange={(event) => setFind(event.target.value)}
        />
      </nav>
      {part === "changes" ? (
        <Changes run={run} git={git} files={files} patch={diff.text} find={find} />
      ) : part === "script" ? (
        <Script lines={lines} source={script.text} meta={script.row?.meta ?? {}} find={find} />
      ) : (
        <Pairs
          what={part}
          pairs={part === "packages" ? packages : variables}
          find={find}
          copy={part === "packages" ? requirements(packages) : ""}
        />
      )}
    </div>
  );
}

interface ChangesProps {
  readonly run: RunDetail;
  readonly git: Record<string, unknown> | null;
  readonly files: readonly PatchFile[];
  readonly patch: string;
  readonly find: string;
}

function Changes({ run, git, files, patch, find }: ChangesProps) {
  const skipped = recordsOf(git?.skipped);
  const problems = [...texts(git?.problems), ...texts(git?.changed_submodules).map(submodule)];
  const total = files.reduce((sum, file) => sum + file.lines.length, 0);
  const commit = text(run.meta.commit);
  return (
    <section className="scrolls" aria-label="Uncommitted changes">
      {commit !== "" && <Again run={run} commit={commit} changed={files.length > 0} />}
      {problems.map((problem) => (
        <p key={problem} className="notice small-notice">
          ▲ {problem}
        </p>
      ))}
      {skipped.length > 0 && <Skipped skipped={skipped} />}
      {files.length === 0 && skipped.length === 0 && <p className="muted">{nothing(run, git)}</p>}
      {files.length > 0 && (
        <p className="tally">
          {plural(files.length, "file")} <CopyButton text={patch} what="the diff" word="Copy the diff" />
        </p>
      )}
      {files.map((file) => (
        <File key={file.path} file={file} open={total <= OPEN_LINES} find={find} />
      ))}
    </section>
  );
}

function File({ file, open, find }: { file: PatchFile; open: boolean; find: string }) {
  const [shown, setShown] = useState(open);
  const hits = useMemo(() => countIn(file.lines, find), [file, find]);
  return (
    <details className="patch-file" open={shown} onToggle={(event) => setShown(event.currentTarget.open)}>
      <summary>
        <span className="mono">{file.path}</span>
        {file.change === "new" && <span className="muted">new</span>}
        {file.change === "deleted" && <span className="muted">deleted</span>}
        {file.change === "mode" && <span className="muted">mode</span>}
        {file.added > 0 && <span className="added">+{formatInteger(file.added)}</span>}
        {file.removed > 0 && <span className="removed">−{formatInteger(file.removed)}</span>}
        {find !== "" && <span className="muted">{hits === 0 ? "not found here" : `${formatInteger(hits)} found`}</span>}
      </summary>
      {shown && <Source label={`Changes of ${file.path}`} lines={file.lines} patch find={find} />}
    </details>
  );
}

/** How to get the code back. */
function Again({ run, commit, changed }: { run: RunDetail; commit: string; changed: boolean }) {
  const lines = [`git checkout ${commit}`, ...(changed ? [`gnomon show ${run.id} --diff | git apply`] : [])].join("\n");
  return (
    <div className="again">
      <h2>To get this code back</h2>
      <CodeBlock code={lines} what="the commands" />
    </div>
  );
}

function Skipped({ skipped }: { skipped: readonly Record<string, unknown>[] }) {
  return (
    <details className="left-out">
      <summary>▲ {plural(skipped.length, "file is", "files are")} not in the diff</summary>
      <ul>
        {skipped.map((one) => (
          <li key={text(one.path)}>
            <span className="mono">{text(one.path)}</span> <span className="muted">{text(one.reason)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

interface ScriptProps {
  readonly lines: ReturnType<typeof sourceLines>;
  readonly source: string;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly find: string;
}

function Script({ lines, source, meta, find }: ScriptProps) {
  const hits = useMemo(() => countIn(lines, find), [lines, find]);
  const [place, setPlace] = useState({ find: "", at: 0 });
  const at = place.find === find ? place.at : 0;
  if (lines.length === 0)
    return (
      <p className="muted center">No script was captured: the program was no file, or is gone from where it was.</p>
    );
  return (
    <section className="scrolls" aria-label="Script">
      <p className="tally">
        <span className="mono">{text(meta.path) || text(meta.notebook)}</span>
        {find !== "" && (
          <span className="muted" role="status">
            {hits === 0 ? "not found" : `${formatInteger(at + 1)} of ${formatInteger(hits)}`}
          </span>
        )}
        {hits > 1 && (
          <button type="button" className="small" onClick={() => setPlace({ find, at: (at + 1) % hits })}>
            Next
          </button>
        )}
        <CopyButton text={source} what="the script" word="Copy the script" />
      </p>
      <Source label="Script" lines={lines} patch={false} find={find} at={hits > 0 ? at : -1} />
    </section>
  );
}

interface PairsProps {
  readonly what: "packages" | "variables";
  readonly pairs: readonly (readonly [string, string])[];
  readonly find: string;
  readonly copy: string;
}

function Pairs({ what, pairs, find, copy }: PairsProps) {
  const wanted = find.toLowerCase();
  const shown = pairs.filter(([name, value]) => `${name} ${value}`.toLowerCase().includes(wanted));
  if (pairs.length === 0)
    return (
      <p className="muted center">No {what} were captured. GNOMON_CAPTURE or init(capture=) says which parts are.</p>
    );
  return (
    <section className="scrolls" aria-label={what}>
      <p className="tally">
        {find === ""
          ? plural(pairs.length, what === "packages" ? "package" : "variable")
          : `${shown.length} of ${pairs.length}`}
        {what === "variables" && <span className="muted">Secrets are masked before anything is written.</span>}
        {copy !== "" && <CopyButton text={copy} what="the packages as requirements" word="Copy as requirements" />}
      </p>
      <table className="pairs wide">
        <tbody>
          {shown.map(([name, value]) => (
            <tr key={name}>
              <th scope="row" className="mono">
                {name}
              </th>
              <td className={value === "[masked]" ? "muted" : "mono"}>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length === 0 && <p className="muted">Nothing is called or holds “{find}”.</p>}
    </section>
  );
}

const LINES = `run = gnomon.init("my-project")                          # keeps what ran
run = gnomon.init("my-project", capture="-environment")  # all but the variables`;

function TeachCode(): ReactNode {
  return (
    <div className="teach">
      <h1>No code was captured</h1>
      <p className="muted">
        Runs that begin with gnomon.init keep their script, the commit and what was not committed, packages, hardware
        and environment variables without being asked. This one logged over HTTP, or ran with GNOMON_CAPTURE=off.
      </p>
      <CodeBlock code={LINES} what="the Python lines" />
    </div>
  );
}

function pairsOf(value: unknown): readonly (readonly [string, string])[] {
  return Object.entries(record(value) ?? {}).map(([name, one]) => [name, text(one)] as const);
}

function requirements(packages: readonly (readonly [string, string])[]): string {
  return packages
    .map(([name, version]) => (version.includes(" @ ") ? `# ${name} ${version}` : `${name}==${version}`))
    .join("\n");
}

function submodule(path: string): string {
  return `The submodule ${path} stands at another commit than the one recorded; its changes are not in the diff.`;
}

function nothing(run: RunDetail, git: Record<string, unknown> | null): string {
  if (run.meta.dirty === false) return "Everything was committed: the commit is the code that ran.";
  if (git === null) return "The program did not run from a git repository, so there is nothing to compare it with.";
  return "What was not committed is not known.";
}
