/** The code of two of the runs line by line, and the packages of all. */

import { useMemo } from "react";
import type { TextDiff } from "../api/analysis.ts";
import { CodeBlock } from "../components/copy.tsx";
import { Link } from "../components/link.tsx";
import { Trouble } from "../components/trouble.tsx";
import { formatInteger, plural } from "../lib/format.ts";
import { readPatch } from "../lib/patch.ts";
import { runPath } from "../lib/url.ts";
import { useCode } from "../state/compare.ts";
import { Source } from "../views/code/lines.tsx";
import { CompareTable, RowSection } from "../views/compare/table.tsx";
import type { Compared } from "./compare.tsx";

const TITLES: Readonly<Record<string, string>> = {
  script: "Script",
  diff: "Uncommitted changes",
  environment: "Environment, as it was captured",
};

/** Chooses whose code or graph is laid beside that of the baseline. */
export function Against({ comparison, baseline, against, put, of }: Compared & { of: string }) {
  const base = comparison.runs[baseline];
  return (
    <div className="runs-bar cmp-bar">
      <span>
        {of} of <b>{base?.name}</b> and
      </span>
      <select
        aria-label="Compared with the baseline"
        value={comparison.runs[against]?.id}
        onChange={(event) => put({ against: event.target.value })}
      >
        {comparison.runs.map((run, i) =>
          i === baseline ? null : (
            <option key={run.id} value={run.id}>
              {run.name}
            </option>
          ),
        )}
      </select>
    </div>
  );
}

export function CodePane(props: Compared) {
  const { comparison, baseline, against } = props;
  const [a, b] = [comparison.runs[baseline], comparison.runs[against]];
  const { code, problem } = useCode(a?.id ?? "", b?.id ?? "");
  const commits = comparison.facts.find((row) => row.key === "commit")?.values ?? [];
  const [before, after] = [commits[baseline], commits[against]];
  return (
    <>
      <Against {...props} of="Code" />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long code scrolls, and keys must be able to */}
      <section className="cmp-code" tabIndex={0} aria-label="Code">
        {problem !== null && <Trouble cause={problem} />}
        {code === null && problem === null && <p className="muted">Reading…</p>}
        {before && after && before !== after && (
          <div>
            <h2>Commits</h2>
            <CodeBlock code={`git diff ${String(before)} ${String(after)}`} what="the command" />
          </div>
        )}
        {before && before === after && (
          <p className="muted">
            Both ran from the commit <code>{String(before).slice(0, 10)}</code>.
          </p>
        )}
        {code?.parts.map((part) => (
          <Part key={part.what} part={part} />
        ))}
        {code && (
          <p className="muted">
            The whole of it:{" "}
            {[a, b].map(
              (run, i) =>
                run && (
                  <span key={run.id}>
                    {i > 0 && ", "}
                    <Link to={`${runPath(run.project, run.id)}?tab=code`}>{run.name}</Link>
                  </span>
                ),
            )}
          </p>
        )}
      </section>
    </>
  );
}

function Part({ part }: { part: TextDiff }) {
  const lines = useMemo(() => readPatch(part.text)[0]?.lines ?? [], [part.text]);
  const title = TITLES[part.what] ?? part.what;
  return (
    <details className="patch-file" open={lines.length > 0}>
      <summary>
        <span>{title}</span>
        {part.added > 0 && <span className="added">+{formatInteger(part.added)}</span>}
        {part.removed > 0 && <span className="removed">−{formatInteger(part.removed)}</span>}
        {part.note !== null && <span className="muted">{part.note}</span>}
      </summary>
      {lines.length > 0 && <Source label={`Differences of ${part.what}`} lines={lines} patch find="" />}
    </details>
  );
}

/** Installed distributions of other versions. */
export function PackagesPane({ comparison, styles, baseline }: Compared) {
  const { packages, packages_same: same } = comparison;
  if (packages.length === 0)
    return (
      <p className="muted center">
        {same > 0
          ? `All ${plural(same, "package")} are of the same version in these runs.`
          : "No packages were captured of these runs: they logged over HTTP, or were told not to."}
      </p>
    );
  return (
    <CompareTable label="Packages" comparison={comparison} styles={styles} baseline={baseline}>
      <RowSection
        title={`${plural(packages.length, "package")} of different versions`}
        rows={packages}
        width={comparison.runs.length}
        baseline={baseline}
        all
        none=""
      />
      <tbody>
        <tr>
          <td colSpan={comparison.runs.length + 2} className="muted">
            {plural(same, "package")} the same in all
          </td>
        </tr>
      </tbody>
    </CompareTable>
  );
}
